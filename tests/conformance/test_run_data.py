"""What is written into a run: params, tags, keys, batches, inputs, outputs, old-style models."""

from __future__ import annotations

import json

import pytest

from nbtrack.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    ModelInput,
    ModelOutput,
    Param,
    RunTag,
)
from tests.conformance.service import ABSENT, INVALID, OK, Service, code_of, point

GOOD_KEYS = ("a/b", " a", "a b", "a.b-c_d:e", "Ünïcodé", "学习率", "0", "x" * 250)
BAD_KEYS = {
    "double slash": "a//b",
    "trailing slash": "a/",
    "dot": ".",
    "dot slash": "./a",
    "inner dots": "a/../b",
    "absolute": "/a",
    "dots": "..",
    "dots first": "../a",
    "star": "a*b",
    "backslash": "a\\b",
    "quote": "a'b",
    "percent": "a%b",
    "comma": "a,b",
    "equals": "a=b",
    "at": "a@b",
    "line break": "a\nb",
    "251 characters": "x" * 251,
}


@pytest.mark.parametrize("key", GOOD_KEYS, ids=lambda key: key[:12])
def test_good_keys_name_params_tags_and_metrics(service: Service, key: str) -> None:
    run_id = service.new_run_id()
    service.client.log_param(run_id, key, "p")
    service.client.set_tag(run_id, key, "t")
    service.client.log_metric(run_id, key, 1.0, timestamp=0)
    assert service.data_of(run_id) == ({key: 1.0}, {key: "p"}, {key: "t"})


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
def test_bad_keys_are_refused_everywhere(service: Service, key: str) -> None:
    client, run_id = service.client, service.new_run_id()
    codes = {
        code_of(lambda: client.log_param(run_id, key, "p")),
        code_of(lambda: client.set_tag(run_id, key, "t")),
        code_of(lambda: client.log_metric(run_id, key, 1.0, timestamp=0)),
        code_of(lambda: client.log_batch(run_id, params={key: "p"})),
        code_of(lambda: client.log_batch(run_id, tags={key: "p"})),
        code_of(lambda: client.log_batch(run_id, metrics=(point(1.0, key=key),))),
    }
    assert codes == {INVALID}
    assert service.data_of(run_id) == ({}, {}, {})


def test_key_with_a_line_break_at_its_end_is_refused(service: Service) -> None:
    run_id = service.new_run_id()
    code = code_of(lambda: service.client.log_param(run_id, "a\n", "p"))
    assert code == service.expected("line break at the end of a key", INVALID)


def test_param_is_written_once(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_param(run_id, "p", "1")
    assert code_of(lambda: service.client.log_param(run_id, "p", "1")) == OK
    assert code_of(lambda: service.client.log_param(run_id, "p", "2")) == INVALID
    assert service.data_of(run_id)[1] == {"p": "1"}


def test_param_may_be_empty(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_param(run_id, "p", "")
    assert service.data_of(run_id)[1] == {"p": ""}


def test_params_come_in_the_order_of_their_first_log(service: Service) -> None:
    run_id = service.new_run_id()
    for key in ("c", "a", "b", "a"):
        service.client.log_param(run_id, key, "1")
    assert [param.key for param in service.client.get_run(run_id).data.params] == ["c", "a", "b"]


def test_tag_is_overwritten(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.set_tag(run_id, "k", "1")
    service.client.set_tag(run_id, "k", "2")
    assert service.data_of(run_id)[2] == {"k": "2"}


def test_tag_is_deleted_once(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.set_tag(run_id, "k", "1")
    service.client.delete_tag(run_id, "k")
    assert service.data_of(run_id)[2] == {}
    assert code_of(lambda: service.client.delete_tag(run_id, "k")) == ABSENT


def test_values_keep_every_character(service: Service) -> None:
    run_id, text = service.new_run_id(), "line\nbreak \t ✓ 😀 \"'\\ \x00 \x7f \u2028"
    service.client.log_param(run_id, "p", text)
    service.client.set_tag(run_id, "t", text)
    assert service.data_of(run_id) == ({}, {"p": text}, {"t": text})


def test_batch_writes_all_kinds(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(
        run_id, metrics=(point(1.0), point(2.0, step=1)), params={"p": "1"}, tags={"t": "2"}
    )
    assert service.data_of(run_id) == ({"m": 2.0}, {"p": "1"}, {"t": "2"})


def test_empty_batch_is_fine(service: Service) -> None:
    assert code_of(lambda: service.client.log_batch(service.new_run_id())) == OK


def test_last_of_equal_tags_in_a_batch_wins(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, tags=(RunTag(key="t", value="1"), RunTag(key="t", value="2")))
    assert service.data_of(run_id)[2] == {"t": "2"}


@pytest.mark.parametrize("second", ["1", "2"], ids=["equal", "different"])
def test_batch_refuses_a_param_twice_and_writes_nothing(service: Service, second: str) -> None:
    run_id = service.new_run_id()
    params = (Param(key="p", value="1"), Param(key="p", value=second))
    batch = lambda: service.client.log_batch(run_id, params=params, metrics=(point(1.0),))  # noqa: E731
    assert code_of(batch) == INVALID
    assert service.data_of(run_id) == ({}, {}, {})


def test_batch_with_a_changed_param_writes_nothing(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_param(run_id, "p", "1")

    def batch() -> None:
        service.client.log_batch(
            run_id, metrics=(point(1.0),), params={"q": "1", "p": "2"}, tags={"t": "1"}
        )

    assert code_of(batch) == INVALID
    assert service.data_of(run_id) == ({}, {"p": "1"}, {})


def test_batch_whose_model_link_fails_writes_nothing(service: Service) -> None:
    from msgspec.structs import replace

    run_id = service.new_run_id()
    linked = replace(point(1.0), model_id="m-" + "0" * 32)

    def batch() -> None:
        service.client.log_batch(run_id, metrics=(linked,), params={"p": "1"}, tags={"t": "1"})

    assert code_of(batch) == service.expected("metric of an unknown model", ABSENT)
    nothing: tuple[object, ...] = ({}, {}, {})
    assert service.data_of(run_id) == service.expected("failed model link", nothing)


def dataset(name: str = "iris", digest: str = "d1", **more: str) -> Dataset:
    """Make a dataset."""
    return Dataset(name=name, digest=digest, source_type="local", source="{}", **more)


def test_dataset_inputs_are_read_back_with_their_tags(service: Service) -> None:
    run_id = service.new_run_id()
    given = DatasetInput(
        dataset=dataset(schema="s", profile="p"),
        tags=(InputTag(key="mlflow.data.context", value="train"),),
    )
    service.client.log_inputs(run_id, datasets=(given,))
    assert service.client.get_run(run_id).inputs.dataset_inputs == (given,)


def test_first_log_of_a_dataset_stays(service: Service) -> None:
    experiment_id = service.new_experiment()
    first, second = service.new_run_id(experiment_id), service.new_run_id(experiment_id)
    given = DatasetInput(dataset=dataset(schema="first"), tags=(InputTag(key="k", value="1"),))
    changed = DatasetInput(dataset=dataset(schema="second"), tags=(InputTag(key="k", value="2"),))
    service.client.log_inputs(first, datasets=(given,))
    service.client.log_inputs(first, datasets=(changed,))
    service.client.log_inputs(second, datasets=(changed,))
    assert service.client.get_run(first).inputs.dataset_inputs == (given,)
    (other,) = service.client.get_run(second).inputs.dataset_inputs
    assert (other.dataset.schema, other.tags) == ("first", changed.tags)


def test_datasets_belong_to_one_experiment(service: Service) -> None:
    first, second = service.new_run_id(), service.new_run_id()
    service.client.log_inputs(first, datasets=(DatasetInput(dataset=dataset(schema="1")),))
    service.client.log_inputs(second, datasets=(DatasetInput(dataset=dataset(schema="2")),))
    (found,) = service.client.get_run(second).inputs.dataset_inputs
    assert found.dataset.schema == "2"


@pytest.mark.parametrize("broken", [dataset(name=""), dataset(digest="")], ids=["name", "digest"])
def test_dataset_needs_a_name_and_a_digest(service: Service, broken: Dataset) -> None:
    run_id = service.new_run_id()
    log = service.client.log_inputs
    code = code_of(lambda: log(run_id, datasets=(DatasetInput(dataset=broken),)))
    assert code == service.expected("dataset without name or digest", INVALID)


@pytest.mark.parametrize(
    "given",
    [
        DatasetInput(dataset=dataset(name="x" * 501)),
        DatasetInput(dataset=dataset(digest="x" * 37)),
        DatasetInput(dataset=Dataset(name="n", digest="d", source_type="l", source="x" * 65536)),
        DatasetInput(dataset=dataset(), tags=(InputTag(key="x" * 256, value=""),)),
        DatasetInput(dataset=dataset(), tags=(InputTag(key="k", value="x" * 501),)),
    ],
    ids=["name", "digest", "source", "tag key", "tag value"],
)
def test_long_texts_of_datasets_are_refused(service: Service, given: DatasetInput) -> None:
    run_id = service.new_run_id()
    assert code_of(lambda: service.client.log_inputs(run_id, datasets=(given,))) == INVALID


def test_dataset_tag_twice_is_refused(service: Service) -> None:
    run_id = service.new_run_id()
    tags = (InputTag(key="k", value="1"), InputTag(key="k", value="2"))
    given = DatasetInput(dataset=dataset(), tags=tags)
    code = code_of(lambda: service.client.log_inputs(run_id, datasets=(given,)))
    assert code == service.expected("dataset tag twice", INVALID)


def test_model_inputs_are_a_set(service: Service) -> None:
    run_id = service.new_run_id()
    models = (ModelInput(model_id="m-1"), ModelInput(model_id="m-2"))
    for _ in range(2):
        service.client.log_inputs(run_id, models=models)
    assert service.client.get_run(run_id).inputs.model_inputs == models


def test_search_shows_model_inputs(service: Service) -> None:
    experiment_id = service.new_experiment()
    models = (ModelInput(model_id="m-1"),)
    service.client.log_inputs(service.new_run_id(experiment_id), models=models)
    (run,) = service.client.search_runs(experiment_id).runs
    assert run.inputs.model_inputs == service.expected("model inputs in searches", models)


def test_repeated_model_output_moves_the_step(service: Service) -> None:
    run_id = service.new_run_id()
    first, second = ModelOutput(model_id="m-1", step=1), ModelOutput(model_id="m-1", step=5)
    service.client.log_outputs(run_id, models=(first,))
    code = code_of(lambda: service.client.log_outputs(run_id, models=(second,)))
    assert code == service.expected("model output twice", OK)
    outputs = service.client.get_run(run_id).outputs
    assert outputs is not None
    stored = service.expected("step of a repeated model output", 5)
    assert [(o.model_id, o.step) for o in outputs.model_outputs] == [("m-1", stored)]


def old_model(**changes: str | None) -> str:
    """Make the JSON of an MLmodel file."""
    fields: dict[str, object] = {
        "artifact_path": "model",
        "flavors": {"sklearn": {}},
        "utc_time_created": "2026-01-01",
        "run_id": "r",
        "extra": 1,
    }
    fields.update(changes)
    return json.dumps({key: value for key, value in fields.items() if value is not None})


def test_old_models_are_appended_to_the_history_tag(service: Service) -> None:
    run_id = service.new_run_id()
    for path in ("one", "two"):
        service.client.log_model(run_id, model_json=old_model(artifact_path=path))
    history = json.loads(service.data_of(run_id)[2]["mlflow.log-model.history"])
    assert [entry["artifact_path"] for entry in history] == ["one", "two"]
    assert "extra" not in history[0]


@pytest.mark.parametrize(
    "text",
    ["", "no json", old_model(run_id=None), old_model(artifact_path=None)],
    ids=["empty", "text", "no run", "no path"],
)
def test_old_model_that_is_not_complete_is_refused(service: Service, text: str) -> None:
    run_id = service.new_run_id()
    assert code_of(lambda: service.client.log_model(run_id, model_json=text)) == INVALID


def test_old_model_that_is_no_object_is_refused(service: Service) -> None:
    run_id = service.new_run_id()
    code = code_of(lambda: service.client.log_model(run_id, model_json="[1]"))
    assert code == service.expected("old model that is no object", INVALID)
