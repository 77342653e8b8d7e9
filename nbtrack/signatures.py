"""Functions with many keywords: declared once as a TypedDict, and shown with every keyword.

A function that takes `**options: Unpack[SomeOptions]` is checked by type checkers, but `?` and
completion would show `**options` alone. `spelled_out` gives it the signature that it has in truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def spelled_out(options: type, defaults: Mapping[str, object]) -> Callable[[F], F]:
    """Show the keys of a TypedDict as keyword-only parameters, with their defaults."""
    from inspect import Parameter, signature

    keywords = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
        for name, kind in options.__annotations__.items()
    ]

    def decorate(function: F) -> F:
        real = signature(function)
        kept = [p for p in real.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
        shown = real.replace(parameters=[*kept, *keywords])
        function.__signature__ = shown  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return decorate
