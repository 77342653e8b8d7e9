"""What `?` and completion show of functions that take many keywords."""

from __future__ import annotations

import inspect

import pytest

import nbtrack
from nbtrack import charts
from nbtrack.client.options import Options

CALLED = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (nbtrack, charts)
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
}
FREE = {"log", "log_params", "set_tags"}  # the user's own names are keywords of these


@pytest.mark.parametrize("name", CALLED)
def test_each_keyword_is_shown_by_its_name(name: str) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(CALLED[name]).parameters.values()}
    has_free = inspect.Parameter.VAR_KEYWORD in kinds
    assert has_free == (name.removeprefix("nbtrack.") in FREE)
    assert inspect.Parameter.VAR_POSITIONAL not in kinds


@pytest.mark.parametrize("name", ["start_run", "run", "track"])
def test_options_of_a_run_are_shown_as_they_are_declared(name: str) -> None:
    shown = inspect.signature(getattr(nbtrack, name))
    assert [key for key in shown.parameters if key != "function"] == [*Options.__annotations__]
    assert "tags: 'Mapping[str, object] | None' = None" in str(shown)
    assert shown.parameters["nested"].default is (name == "track")
