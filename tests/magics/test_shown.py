"""What a shell with nbtrack shows of what a client returns."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from nbtrack.client import Client
from nbtrack.client.current import current_client
from nbtrack.client.fluent import run
from nbtrack.client.paging import Found
from tests.magics.conftest import AnyShell


class Pair(NamedTuple):
    """A tuple with a look of its own."""

    left: int
    right: int

    def _repr_html_(self) -> str:
        return "<b>a pair</b>"


class Bag(list[Any]):
    """A list with a text of its own."""

    def __repr__(self) -> str:
        return "a bag"


def shown(shell: AnyShell, value: object) -> dict[str, str]:
    """Return what a notebook shows of a value, by MIME type."""
    data: dict[str, str] = shell.display_formatter.format(value)[0]
    return data


@pytest.fixture
def client(shell: AnyShell) -> Client:
    """Return a client of a store with two runs, one of which made a model."""
    client = current_client()
    experiment_id = client.create_experiment("sweep")
    for name in ("first", "<b>second"):
        with run(run_name=name, experiment_id=experiment_id) as made:
            made.log(loss=0.5)
    client.create_logged_model(experiment_id, name="forest", source_run_id=made.info.run_id)
    return client


def test_lists_tuples_and_pages_of_entities_are_tables(shell: AnyShell, client: Client) -> None:
    experiment = client.get_by_name("sweep").experiment_id
    page = client.search_runs(experiment)
    for value in (page, page.runs, list(page.runs), sorted(page.runs, key=lambda r: r.info.run_id)):
        found = shown(shell, value)
        assert found["text/plain"].startswith("2 runs\n")
        assert "first" in found["text/html"]
        assert "&lt;b&gt;second" in found["text/html"]
    assert shown(shell, client.search_experiments())["text/plain"].startswith("2 experiments\n")
    models = client.search_logged_models(experiment)
    assert shown(shell, models)["text/plain"].startswith("1 logged model\n")
    assert "<b>forest</b>" in shown(shell, models.models[0])["text/html"]


def test_a_page_tells_of_further_ones(shell: AnyShell, client: Client) -> None:
    page = client.search_experiments(max_results=1)
    assert shown(shell, page)["text/plain"].startswith("1 experiment; there are more pages\n")


def test_other_lists_are_shown_as_before(shell: AnyShell) -> None:
    assert shown(shell, [1, "a"]) == {"text/plain": "[1, 'a']"}
    assert shown(shell, ()) == {"text/plain": "()"}
    assert shown(shell, Bag([1])) == {"text/plain": "a bag"}
    assert shown(shell, Pair(1, 2)) == {
        "text/plain": "Pair(left=1, right=2)",
        "text/html": "<b>a pair</b>",
    }


def test_iterators_tell_how_to_read_them_without_reading(shell: AnyShell, client: Client) -> None:
    found = client.iter_experiments()
    assert isinstance(found, Found)
    told = "<pages of search_experiments, read as they are needed; list(...) reads all of them>"
    assert shown(shell, found) == {"text/plain": told}
    assert len(list(found)) == 2
    assert list(found) == []


def test_unloading_gives_lists_back_to_who_had_them(bare_shell: AnyShell) -> None:
    rich = bare_shell.display_formatter.formatters["text/html"]
    rich.for_type(list, lambda values: f"<i>{len(values)}</i>")
    texts = dict(bare_shell.display_formatter.formatters["text/plain"].type_printers)
    bare_shell.run_line_magic("load_ext", "nbtrack")
    assert shown(bare_shell, [1, 2])["text/html"] == "<i>2</i>"
    bare_shell.run_line_magic("unload_ext", "nbtrack")
    assert shown(bare_shell, [1, 2])["text/html"] == "<i>2</i>"
    assert bare_shell.display_formatter.formatters["text/plain"].type_printers == texts
