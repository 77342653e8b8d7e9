from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nbtrack.context.notebook import NotebookHint, Surroundings, notebook_hint


def colab(reply: object) -> dict[str, ModuleType]:
    module: Any = ModuleType("google.colab._message")
    module.asked = []

    def blocking_request(*arguments: object, **named: object) -> object:
        module.asked.append(arguments)
        return reply

    module.blocking_request = blocking_request
    return {"google.colab._message": module}


def databricks(path: object) -> dict[str, ModuleType]:
    module: Any = ModuleType("dbruntime.databricks_repl_context")
    module.get_context = lambda: SimpleNamespace(notebookPath=path, notebookId=42)
    return {"dbruntime.databricks_repl_context": module}


class Dbutils:
    """As much of Databricks' `dbutils` as leads to the notebook's path."""

    def __getattr__(self, name: str) -> object:
        return (lambda: "/Users/ann/old") if name == "get" else self

    def __call__(self) -> Dbutils:
        return self


COLAB = colab({"ipynb": {"metadata": {"colab": {"name": "colab.ipynb"}}}})
PLACES: list[tuple[str, Surroundings]] = [
    ("set.ipynb", Surroundings(setting="set.ipynb", environ={}, modules={})),
    (
        "/a/code.ipynb",
        Surroundings(user_ns={"__vsc_ipynb_file__": "/a/code.ipynb"}, environ={}, modules={}),
    ),
    ("/a/lab.ipynb", Surroundings(environ={"JPY_SESSION_NAME": "/a/lab.ipynb"}, modules={})),
    (
        "in.ipynb",
        Surroundings(user_ns={"PAPERMILL_INPUT_PATH": Path("in.ipynb")}, environ={}, modules={}),
    ),
    ("colab.ipynb", Surroundings(environ={}, modules=COLAB)),
    ("/Users/ann/x", Surroundings(environ={}, modules=databricks("/Users/ann/x"))),
]


@pytest.mark.parametrize(("path", "around"), PLACES, ids=[path for path, _ in PLACES])
def test_each_place_tells_the_path(path: str, around: Surroundings) -> None:
    hint = notebook_hint(around)
    assert hint is not None
    assert hint.path == path


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_places_are_asked_in_their_order(first: int) -> None:
    rest = [around for _, around in PLACES[first:]]
    everything = Surroundings(
        setting=rest[0].setting,
        user_ns={key: value for around in rest for key, value in around.user_ns.items()},
        environ={key: value for around in rest for key, value in around.environ.items()},
        modules={key: value for around in rest for key, value in around.modules.items()},
    )
    hint = notebook_hint(everything)
    assert hint is not None
    assert hint.path == PLACES[first][0]


def test_nothing_known_is_none() -> None:
    assert notebook_hint(Surroundings(environ={}, modules={})) is None


def test_the_session_of_a_console_is_no_notebook() -> None:
    around = Surroundings(environ={"JPY_SESSION_NAME": "/home/ann/console-1-4f3c"}, modules={})
    assert notebook_hint(around) is None


def test_the_session_in_the_namespace_counts_too() -> None:
    around = Surroundings(user_ns={"__session__": "a/b.ipynb"}, environ={}, modules={})
    assert notebook_hint(around) == NotebookHint("a/b.ipynb", "jupyter")


@pytest.mark.parametrize("reply", [None, {}, {"ipynb": {"metadata": None}}, 3])
def test_a_place_that_breaks_is_passed_over(reply: object) -> None:
    around = Surroundings(environ={}, modules=colab(reply) | databricks("/Users/ann/x"))
    hint = notebook_hint(around)
    assert hint is not None
    assert hint.origin == "databricks"
    assert hint.notebook_id == "42"


def test_the_old_way_of_databricks_tells_the_path() -> None:
    around = Surroundings(user_ns={"dbutils": Dbutils()}, environ={}, modules={})
    assert notebook_hint(around) == NotebookHint("/Users/ann/old", "databricks")


def test_colab_is_asked_once() -> None:
    modules = colab({"ipynb": {"metadata": {"colab": {"name": "once.ipynb"}}}})
    around = Surroundings(environ={}, modules=modules)
    assert notebook_hint(around) == notebook_hint(around)
    assert len(vars(modules["google.colab._message"])["asked"]) == 1


@pytest.mark.parametrize("value", [3, object(), "", b"x.ipynb"])
def test_a_strange_value_is_passed_over(value: object) -> None:
    around = Surroundings(user_ns={"__vsc_ipynb_file__": value}, environ={}, modules={})
    assert notebook_hint(around) is None


def test_the_name_is_the_last_part_of_any_path() -> None:
    assert NotebookHint("C:\\work\\train.ipynb", "vscode").name == "train.ipynb"
    assert NotebookHint("s3://bucket/a/b.ipynb", "papermill").name == "b.ipynb"
