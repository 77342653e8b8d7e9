"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import nbtrack
from nbtrack import Client, StoreError, TransportError, charts
from nbtrack.api import OPERATIONS
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.fluent import reset

ROOT = Path(__file__).parents[1]
FILES = [path for path in sorted(ROOT.glob("nbtrack/**/*.py")) if ">>> " in path.read_text("utf-8")]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# A server that is away and a store that is broken are no short examples; the others are read from
# figures, and made by nobody.
BARE = {TransportError, StoreError, charts.Line, charts.Refined, charts.Theme}
# What can be called: not tables such as THEMES, nor the version.
DOCUMENTED = [
    f"{module.__name__}.{name}"
    for module in (nbtrack, charts)
    for name in module.__all__
    if callable(getattr(module, name)) and getattr(module, name) not in BARE
]
METHODS = [
    (kind, name)
    for kind in (Client, ActiveRun)
    for name, _ in inspect.getmembers(kind, callable)
    if not name.startswith("_")
]
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()  # beside the home folder, which is tmp_path
    monkeypatch.chdir(tmp_path / "project")
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for examples in doctest.DocTestFinder().find(import_module(name.removesuffix(".__init__"))):
        runner.run(examples)
        reset()  # each starts with an empty store, as for a reader who tries it
    assert runner.summarize().failed == 0
    assert runner.tries > 0


@pytest.mark.parametrize("name", DOCUMENTED)
def test_public_name_has_an_example(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert has_example(getattr(import_module(module), attribute))


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_method_has_an_example(kind: type, name: str) -> None:
    assert has_example(getattr(kind, name))


@pytest.mark.parametrize("name", OPERATIONS)
def test_method_of_the_client_names_its_source(name: str) -> None:
    first, *rest = name.split("_")
    text = inspect.getdoc(getattr(Client, name)) or ""
    sources = f"API: {first}{''.join(map(str.title, rest))}.", "An extension of MLflow."
    assert sum(source in text for source in sources) == 1


def has_example(public: object) -> bool:
    """Tell whether the docstring of something public shows it at work."""
    text = inspect.getdoc(public) or ""
    return "\nExamples\n--------\n" in text and ">>> " in text
