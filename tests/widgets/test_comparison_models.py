"""The page of logged models: lineage, params, metrics with their datasets, and plain sentences."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

import nbtrack
from nbtrack import Client
from nbtrack.entities import Metric, ModelInput
from nbtrack.errors import EndpointNotFound
from nbtrack.widgets import RunComparison
from nbtrack.widgets.comparison_models import MOST_ASKED
from tests.widgets.test_comparison import NASTY, opened


@pytest.fixture
def client() -> Generator[Client]:
    """Give a store with a run that trains and one that evaluates."""
    with Client("nbtrack::memory:") as client:
        for name in ("train", "test"):
            client.create_run("0", run_name=name)
        yield client


def run_ids(client: Client) -> list[str]:
    """Return the runs in the order in which they were made."""
    found = {run.info.run_name: run.info.run_id for run in client.iter_runs(["0"])}
    return [found["train"], found["test"]]


def compared(client: Client) -> RunComparison:
    """Compare the two runs."""
    return nbtrack.compare_view(run_ids(client), client=client)


def model_of(client: Client, run_id: str, name: str | None = None) -> str:
    """Make a model."""
    params = {"depth": "3", "net": "<i>"}
    tags = {"stage": NASTY, "mlflow.user": "hidden"}
    made = client.create_logged_model(
        "0", name=name, source_run_id=run_id, params=params, tags=tags
    )
    return made.info.model_id


def html_of(view: RunComparison) -> str:
    """Return the page."""
    return "".join(part.value for part in opened(view, "Models"))


def test_models_stand_with_their_runs_params_tags_and_metrics(client: Client) -> None:
    train, test = run_ids(client)
    model = model_of(client, train, name="net")
    client.finalize_logged_model(model, status="LOGGED_MODEL_READY")
    client.log_inputs(test, models=[ModelInput(model_id=model)])
    point = Metric(
        key="acc",
        value=0.75,
        timestamp=1,
        step=2,
        model_id=model,
        dataset_name="digits",
        dataset_digest="9f2c",
    )
    client.log_batch(test, metrics=[point])
    page = html_of(compared(client))
    assert "Metrics of the models" in page
    for wanted in ("net", "READY", "train", "test", "depth = 3", "0.75", "digits (9f2c)"):
        assert re.search(rf"[>\n]{re.escape(wanted)}[<\n]", page)
    assert "hidden" not in page


def test_values_of_models_are_only_text(client: Client) -> None:
    model_of(client, run_ids(client)[0], name=NASTY)
    page = html_of(compared(client))
    assert NASTY not in page
    assert "&lt;img src=x" in page
    assert "net = &lt;i&gt;" in page


def test_models_of_one_name_are_told_apart(client: Client) -> None:
    made = [model_of(client, run_ids(client)[0], name="net") for _ in range(2)]
    page = html_of(compared(client))
    assert all(f"net ({model_id[:10]})" in page for model_id in made)


def test_the_models_of_the_selected_runs_are_shown(client: Client) -> None:
    train, test = run_ids(client)
    model_of(client, train, name="first")
    model_of(client, test, name="second")
    view = compared(client)
    assert "first" in html_of(view)
    view.selected = [test]
    assert "first" not in html_of(view)
    assert "second" in html_of(view)


def test_runs_without_models_have_a_sentence(client: Client) -> None:
    assert "These runs have no logged models." in html_of(compared(client))


def test_models_that_are_gone_are_named(client: Client) -> None:
    train, test = run_ids(client)
    model = model_of(client, train)
    client.log_inputs(test, models=[ModelInput(model_id=model)])
    client.delete_logged_model(model)
    assert f"Named by runs, but not in the store: {model}." in html_of(compared(client))


def test_a_server_without_models_has_a_sentence(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise EndpointNotFound("no such route")

    monkeypatch.setattr(Client, "iter_logged_models", refuse)
    assert "The server of these runs has no logged models." in html_of(compared(client))


def test_so_many_runs_are_asked_and_no_more(client: Client) -> None:
    for number in range(MOST_ASKED):
        client.create_run("0", run_name=f"more {number}")
    view = nbtrack.compare_view("", client=client)
    assert f"Showing models of {MOST_ASKED} of {MOST_ASKED + 2} runs." in html_of(view)
