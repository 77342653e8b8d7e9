"""The rules of the code base that no linter knows, and the ceilings without exceptions.

The floors of the packages are checked by import-linter, see pyproject.toml.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbtrack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.glob("nbtrack/**/*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

FILE_LINES = 400
INIT_LINES = 60
STATEMENTS = 30
COMPLEXITY = 8
PARAMETERS = 6

PUBLIC = {
    "ApiError",
    "Client",
    "ConfigError",
    "FilterError",
    "MissingDependencyError",
    "NbtrackError",
    "ResourceDoesNotExist",
    "StoreError",
    "TransportError",
    "__version__",
    "active_run",
    "artifacts",
    "browse",
    "compare_view",
    "compare",
    "compare_groups",
    "count",
    "datasets",
    "end_run",
    "experiments",
    "explain",
    "export",
    "flush",
    "group_history",
    "groups",
    "history",
    "importance",
    "keys",
    "log",
    "log_metrics",
    "log_params",
    "log_series",
    "logged_models",
    "note",
    "permissions",
    "run",
    "runs",
    "set_direction",
    "set_experiment",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "sync",
    "to_arrow",
    "to_polars",
    "track",
}
NOT_AT_IMPORT = {
    "IPython",
    "anywidget",
    "httpx",
    "ipywidgets",
    "msgspec",
    "numpy",
    "pandas",
    "plotly",
    "sqlite3",
}
EMPTY_WORDS = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}
HOMES = {
    "IPython": ("nbtrack/magics/", "nbtrack/display/formatters.py"),
    "anywidget": ("nbtrack/widgets/",),
    "httpx": ("nbtrack/backends/http/",),
    "ipywidgets": ("nbtrack/widgets/",),
    "pandas": ("nbtrack/frames/",),
    "plotly": ("nbtrack/charts/",),
    "sqlite3": ("nbtrack/backends/sqlite/",),
}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file once for all tests."""
    return ast.parse(path.read_text("utf-8"))


def definitions(path: Path) -> Iterator[Definition]:
    """Find the public functions and classes of a file, and the public methods of those."""
    for node in tree(path).body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    item
                    for item in node.body
                    if isinstance(item, Definition) and not item.name.startswith("_")
                )


def is_overload(node: Definition) -> bool:
    """Tell whether a definition is one of several signatures of the next one."""
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)


def imported(node: ast.AST) -> Iterator[str]:
    """Name the top packages that a tree imports, leaving out what only type checkers see."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            for other in node.orelse:
                yield from imported(other)
        case ast.Import():
            yield from (alias.name.split(".")[0] for alias in node.names)
        case ast.ImportFrom(module=str(module), level=0):
            yield module.split(".")[0]
        case _:
            for child in ast.iter_child_nodes(node):
                yield from imported(child)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_file_is_short(path: Path) -> None:
    ceiling = INIT_LINES if path.name == "__init__.py" else FILE_LINES
    assert len(path.read_text("utf-8").splitlines()) <= ceiling


def test_functions_keep_the_ceilings_without_exception() -> None:
    ceilings = (
        f"lint.mccabe.max-complexity={COMPLEXITY}",
        f"lint.pylint.max-args={PARAMETERS}",
        f"lint.pylint.max-statements={STATEMENTS}",
    )
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--no-cache"]
    options = [*(f"--config={c}" for c in ceilings), "--select=C901,PLR0913,PLR0915"]
    done = subprocess.run(
        [*command, *options, "--output-format=concise", "nbtrack"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_public_things_have_docstrings(path: Path) -> None:
    assert ast.get_docstring(tree(path))
    bare = [node.name for node in definitions(path) if not ast.get_docstring(node)]
    signatures = [node.name for node in definitions(path) if is_overload(node)]
    assert sorted(bare) == sorted(signatures)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_names_say_what_a_thing_is_about(path: Path) -> None:
    module = set(path.with_suffix("").relative_to(ROOT).parts)
    classes = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert not {part for name in module for part in name.split("_")} & EMPTY_WORDS
    assert not [name for name in classes if name.lower().endswith(tuple(EMPTY_WORDS))]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_library_is_imported_only_in_its_home(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    strangers = {lib for lib, homes in HOMES.items() if not name.startswith(homes)}
    assert not strangers & set(imported(tree(path)))


def test_public_names_are_the_stored_list() -> None:
    assert set(nbtrack.__all__) == PUBLIC
    assert set(dir(nbtrack)) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_name_loads(name: str) -> None:
    assert getattr(nbtrack, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Clyent'"):
        getattr(nbtrack, "Clyent")  # noqa: B009  (a plain attribute would not pass the type check)


def test_import_is_light() -> None:
    program = "import sys, nbtrack; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "nbtrack" in done.stdout.split()
    assert not NOT_AT_IMPORT & set(done.stdout.split())
