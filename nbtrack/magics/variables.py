"""Variables of the person: reading them by name, and which ones a cell may set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from IPython.core.error import UsageError

from nbtrack.magics.mistakes import unknown

Transform = Callable[[str], str]


def read_variable(namespace: Mapping[str, object], name: str) -> object:
    """Return the value of a variable. Raises UsageError with a near name if there is none."""
    if name not in namespace:
        raise unknown("variable", name, public_names(namespace))
    return namespace[name]


def public_names(namespace: Mapping[str, object]) -> list[str]:
    """List the variables that a person made, more or less."""
    return [name for name in namespace if not name.startswith("_")]


def settable_names(source: str, transform: Transform) -> frozenset[str] | None:
    """Return the names that a cell may set; None if that cannot be told from its text."""
    try:
        tree = ast.parse(transform(source))
    except (SyntaxError, ValueError, UsageError):
        return None
    found: set[str] = set()
    for node in ast.walk(tree):
        names = _names_set_by(node)
        if names is None:
            return None
        found.update(names)
    return frozenset(found)


def _names_set_by(node: ast.AST) -> Iterable[str] | None:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            names = [alias.asname or alias.name.partition(".")[0] for alias in aliases]
            return None if "*" in names else names
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.Call(func=ast.Name(id="exec" | "globals" | "get_ipython")):
            return None
        case _:
            return []
