"""`Client` itself: what it opens and shows, and that it has every operation."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbtrack.api import OPERATIONS
from nbtrack.backends import RunsQuery
from nbtrack.client import Client
from nbtrack.client.metrics import ModelLink
from nbtrack.errors import ConfigError

if TYPE_CHECKING:
    from tests.client.fake_backend import FakeBackend

ROOT = Path(__file__).parents[2]
DEPRECATED = {"run_uuid"}
IDENTIFYING = {
    "experiment_id",
    "experiment_ids",
    "experiment_name",
    "key",
    "metric_key",
    "model_id",
    "name",
    "run_id",
    "run_ids",
    "tag_key",
    "value",
}


def parameters(name: str) -> dict[str, inspect.Parameter]:
    signature = inspect.signature(getattr(Client, name))
    return {key: value for key, value in signature.parameters.items() if key != "self"}


def names(name: str) -> set[str]:
    found = parameters(name)
    link = set(ModelLink.__annotations__) if found.pop("link", None) else set[str]()
    return set(found) | link


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_method(name: str) -> None:
    method = getattr(Client, name)
    assert OPERATIONS[name].method in method.__doc__


@pytest.mark.parametrize("name", OPERATIONS)
def test_parameters_are_the_fields_of_the_request(name: str) -> None:
    fields = set(OPERATIONS[name].request.__struct_fields__)
    assert names(name) == fields - DEPRECATED


@pytest.mark.parametrize("name", OPERATIONS)
def test_only_what_identifies_a_thing_is_positional(name: str) -> None:
    found = parameters(name).values()
    positional = {p.name for p in found if p.kind is p.POSITIONAL_OR_KEYWORD}
    assert positional <= IDENTIFYING


@pytest.mark.parametrize("name", OPERATIONS)
def test_required_fields_have_no_default(name: str) -> None:
    found = parameters(name)
    optional = {key for key, value in found.items() if value.default is not value.empty}
    assert not optional & set(OPERATIONS[name].required)


def test_methods_of_the_service_name_it_in_their_docstring() -> None:
    docs = {name: getattr(Client, name).__doc__ for name in OPERATIONS}
    assert "API: getRun" in docs["get_run"]
    assert "extension of MLflow" in docs["search_datasets"]


def test_with_statement_closes_the_backend(backend: FakeBackend) -> None:
    with Client(backend=backend) as client:
        assert not backend.closed
        assert client.tracking_uri == "https://tracking.example"
    assert backend.closed


def test_repr_shows_where_the_data_is(client: Client) -> None:
    assert repr(client) == "Client('https://tracking.example')"


def test_password_in_a_tracking_uri_is_not_shown() -> None:
    with Client("https://ana:secret@tracking.example/path") as client:
        assert "secret" not in repr(client) + client.tracking_uri
        assert "tracking.example/path" in repr(client)


def test_backend_and_tracking_uri_together_are_refused(backend: FakeBackend) -> None:
    with pytest.raises(ConfigError, match=r"a tracking URI and a backend\. Give one") as caught:
        Client("https://ana:secret@host", backend=backend)
    assert "secret" not in str(caught.value)


def test_columns_go_to_the_backend(client: Client, backend: FakeBackend) -> None:
    query = RunsQuery(experiment_ids=("1",))
    assert client.columns(query).rows == 0
    assert backend.queries == [query]


def test_importing_the_client_is_light() -> None:
    program = "import sys, nbtrack.client; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "nbtrack.client" in loaded
    assert not loaded & {"httpx", "numpy", "pandas", "sqlite3"}
