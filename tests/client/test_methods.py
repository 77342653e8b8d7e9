"""Each method calls its operation with its arguments and unwraps the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from nbtrack import entities
from nbtrack.api import OPERATIONS

if TYPE_CHECKING:
    from nbtrack.client import Client
    from tests.client.fake_backend import FakeBackend

EXPERIMENT = {"experiment_id": "3", "name": "vision"}
INFO = {"run_id": "a1", "experiment_id": "3", "status": "RUNNING"}
MODEL = {"info": {"model_id": "m-1", "experiment_id": "3", "status": "LOGGED_MODEL_PENDING"}}
SUMMARY = {"experiment_id": "3", "name": "iris", "digest": "9f2c"}
LEVEL = {"permission_level": "CAN_READ", "description": "May look."}
POINT = {"key": "loss", "value": 0.5, "timestamp": 7, "run_id": "a1"}
GRANT = entities.ExperimentAccessControlRequest(user_name="ana", permission_level="CAN_READ")
OUTPUT = entities.ModelOutput(model_id="m-1", step=2)
DATASET = entities.DatasetInput(dataset=entities.Dataset(name="iris", digest="9f2c"))

ARGUMENTS: dict[str, dict[str, Any]] = {
    "create_experiment": {"name": "vision", "artifact_location": "s3://b", "tags": {"a": "1"}},
    "get_by_name": {"experiment_name": "vision"},
    "get_experiment": {"experiment_id": "3"},
    "delete_experiment": {"experiment_id": "3"},
    "restore_experiment": {"experiment_id": "3"},
    "update_experiment": {"experiment_id": "3", "new_name": "sight"},
    "set_experiment_tag": {"experiment_id": "3", "key": "a", "value": "1"},
    "list_experiments": {"max_results": 5, "page_token": "t", "view_type": "ALL"},
    "search_experiments": {
        "filter": "name = 'a'",
        "max_results": 5,
        "order_by": ["name"],
        "page_token": "t",
        "view_type": "ALL",
    },
    "delete_experiment_tag": {"experiment_id": "3", "key": "a"},
    "search_datasets": {"experiment_ids": ["3"]},
    "create_run": {
        "experiment_id": "3",
        "user_id": "ana",
        "run_name": "first",
        "start_time": 7,
        "tags": {"a": "1"},
    },
    "get_run": {"run_id": "a1"},
    "update_run": {"run_id": "a1", "status": "FAILED", "end_time": 9, "run_name": "second"},
    "delete_run": {"run_id": "a1"},
    "restore_run": {"run_id": "a1"},
    "delete_runs": {"experiment_id": "3", "max_timestamp_millis": 9, "max_runs": 2},
    "restore_runs": {"experiment_id": "3", "min_timestamp_millis": 9, "max_runs": 2},
    "search_runs": {
        "experiment_ids": ["3"],
        "filter": "metrics.loss < 1",
        "run_view_type": "ALL",
        "max_results": 5,
        "order_by": ["metrics.loss"],
        "page_token": "t",
    },
    "log_param": {"run_id": "a1", "key": "lr", "value": "0.1"},
    "set_tag": {"run_id": "a1", "key": "a", "value": "1"},
    "delete_tag": {"run_id": "a1", "key": "a"},
    "log_batch": {
        "run_id": "a1",
        "metrics": [entities.Metric(key="loss", value=0.5, timestamp=7)],
        "params": {"lr": "0.1"},
        "tags": {"a": "1"},
    },
    "log_inputs": {
        "run_id": "a1",
        "datasets": [DATASET],
        "models": [entities.ModelInput(model_id="m-1")],
    },
    "log_outputs": {"run_id": "a1", "models": [OUTPUT]},
    "log_model": {"run_id": "a1", "model_json": "{}"},
    "log_metric": {
        "run_id": "a1",
        "key": "loss",
        "value": 0.5,
        "timestamp": 7,
        "step": 2,
        "model_id": "m-1",
        "dataset_name": "iris",
        "dataset_digest": "9f2c",
    },
    "get_history": {"run_id": "a1", "metric_key": "loss", "max_results": 5, "page_token": "t"},
    "get_history_bulk": {"run_id": ["a1", "b2"], "metric_key": "loss", "max_results": 5},
    "get_history_bulk_interval": {
        "run_ids": ["a1", "b2"],
        "metric_key": "loss",
        "start_step": 1,
        "end_step": 9,
        "max_results": 5,
    },
    "list_artifacts": {"run_id": "a1", "path": "model", "page_token": "t"},
    "list_logged_model_artifacts": {
        "model_id": "m-1",
        "artifact_directory_path": "model",
        "page_token": "t",
    },
    "create_logged_model": {
        "experiment_id": "3",
        "name": "net",
        "model_type": "cnn",
        "source_run_id": "a1",
        "params": {"lr": "0.1"},
        "tags": {"a": "1"},
    },
    "get_logged_model": {"model_id": "m-1", "allow_deleted": True},
    "delete_logged_model": {"model_id": "m-1"},
    "finalize_logged_model": {"model_id": "m-1", "status": "LOGGED_MODEL_READY"},
    "log_logged_model_params": {"model_id": "m-1", "params": {"lr": "0.1"}},
    "set_logged_model_tags": {"model_id": "m-1", "tags": {"a": "1"}},
    "delete_logged_model_tag": {"model_id": "m-1", "tag_key": "a"},
    "search_logged_models": {
        "experiment_ids": ["3"],
        "filter": "name = 'net'",
        "datasets": [entities.SearchLoggedModelsDataset(dataset_name="iris")],
        "max_results": 5,
        "order_by": [entities.SearchLoggedModelsOrderBy(field_name="name")],
        "page_token": "t",
    },
    "get_permissions": {"experiment_id": "3"},
    "get_permission_levels": {"experiment_id": "3"},
    "set_permissions": {"experiment_id": "3", "access_control_list": [GRANT]},
    "update_permissions": {"experiment_id": "3", "access_control_list": [GRANT]},
}

# The reply of an operation, and the field of it that the method returns.
REPLIES: dict[str, tuple[dict[str, Any], str]] = {
    "create_experiment": ({"experiment_id": "3"}, "experiment_id"),
    "get_by_name": ({"experiment": EXPERIMENT}, "experiment"),
    "get_experiment": ({"experiment": EXPERIMENT}, "experiment"),
    "search_datasets": ({"dataset_summaries": [SUMMARY]}, "dataset_summaries"),
    "create_run": ({"run": {"info": INFO}}, "run"),
    "get_run": ({"run": {"info": INFO}}, "run"),
    "update_run": ({"run_info": INFO}, "run_info"),
    "delete_runs": ({"runs_deleted": 2}, "runs_deleted"),
    "restore_runs": ({"runs_restored": 2}, "runs_restored"),
    "get_history_bulk": ({"metrics": [POINT]}, "metrics"),
    "get_history_bulk_interval": ({"metrics": [POINT]}, "metrics"),
    "create_logged_model": ({"model": MODEL}, "model"),
    "get_logged_model": ({"model": MODEL}, "model"),
    "finalize_logged_model": ({"model": MODEL}, "model"),
    "get_permission_levels": ({"permission_levels": [LEVEL]}, "permission_levels"),
}
PAGES: dict[str, dict[str, Any]] = {
    "list_experiments": {"experiments": [EXPERIMENT], "next_page_token": "u"},
    "search_experiments": {"experiments": [EXPERIMENT], "next_page_token": "u"},
    "search_runs": {"runs": [{"info": INFO}], "next_page_token": "u"},
    "get_history": {"metrics": [POINT], "next_page_token": "u"},
    "list_artifacts": {"files": [{"path": "model/a"}], "root_uri": "s3://b"},
    "list_logged_model_artifacts": {"files": [{"path": "model/a"}], "root_uri": "s3://b"},
    "search_logged_models": {"models": [MODEL], "next_page_token": "u"},
    "get_permissions": {"object_id": "/experiments/3"},
    "set_permissions": {"object_id": "/experiments/3"},
    "update_permissions": {"object_id": "/experiments/3"},
}


def as_request(value: object) -> object:
    """Write a mapping of tags or params as the request does."""
    if isinstance(value, dict):
        return [{"key": key, "value": text} for key, text in value.items()]
    return value


def test_every_operation_is_called_below() -> None:
    assert set(ARGUMENTS) == set(OPERATIONS)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_method_sends_all_its_arguments(name: str, client: Client, backend: FakeBackend) -> None:
    backend.answer(name, REPLIES.get(name, ({}, ""))[0])
    getattr(client, name)(**ARGUMENTS[name])
    expected = {key: as_request(value) for key, value in ARGUMENTS[name].items()}
    assert backend.names == [name]
    assert backend.last == msgspec.convert(msgspec.to_builtins(expected), OPERATIONS[name].request)


@pytest.mark.parametrize("name", REPLIES)
def test_reply_that_holds_one_thing_is_unwrapped(
    name: str, client: Client, backend: FakeBackend
) -> None:
    reply, field = REPLIES[name]
    backend.answer(name, reply)
    expected = getattr(msgspec.convert(reply, OPERATIONS[name].reply), field)
    assert getattr(client, name)(**ARGUMENTS[name]) == expected


@pytest.mark.parametrize("name", PAGES)
def test_page_is_the_reply(name: str, client: Client, backend: FakeBackend) -> None:
    backend.answer(name, PAGES[name])
    expected = msgspec.convert(PAGES[name], OPERATIONS[name].reply)
    assert getattr(client, name)(**ARGUMENTS[name]) == expected


@pytest.mark.parametrize("name", sorted(set(ARGUMENTS) - set(REPLIES) - set(PAGES)))
def test_other_methods_return_nothing(name: str, client: Client, backend: FakeBackend) -> None:
    assert getattr(client, name)(**ARGUMENTS[name]) is None
