"""Functions with many keywords: declared once as a TypedDict, and shown with every keyword.

A function that takes `**options: Unpack[SomeOptions]` is checked by type checkers, but `?` and
completion would show `**options` alone. A dataclass with the same names holds the defaults:
`spelled_out` makes from it the signature that the function has in truth, `filled` the values.
`named_in` does with the TypedDict alone, where a keyword that is left out means None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field
    from inspect import Parameter

F = TypeVar("F", bound=Callable[..., object])


class Choice(Protocol):
    """A dataclass of keywords with their defaults."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


C = TypeVar("C", bound=Choice)


def spelled_out(choice: type[Choice]) -> Callable[[F], F]:
    """Show the fields of a dataclass as keyword-only parameters, with their defaults."""
    return _shown([_parameter(field) for field in choice.__dataclass_fields__.values()])


def named_in(options: type, **defaults: object) -> Callable[[F], F]:
    """Show the keys of a TypedDict as keyword-only parameters: None, or these, by default."""
    from inspect import Parameter

    return _shown(
        [
            Parameter(
                name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=_text(kind)
            )
            for name, kind in options.__annotations__.items()
        ]
    )


def _shown(keywords: list[Parameter]) -> Callable[[F], F]:
    from inspect import signature

    def decorate(function: F) -> F:
        real = signature(function)
        kept = [p for p in real.parameters.values() if p.kind is not p.VAR_KEYWORD]
        shown = real.replace(parameters=[*kept, *keywords])
        function.__signature__ = shown  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return decorate


def filled(choice: type[C], options: Mapping[str, Any], *, of: str) -> C:
    """Return the keywords of a call with defaults for the rest. Raises TypeError for others."""
    known = list(choice.__dataclass_fields__)
    unknown = [name for name in options if name not in known]
    if unknown:
        raise TypeError(f"{of}() has no keyword {unknown[0]!r}. Use one of {', '.join(known)}.")
    return choice(**options)


def _parameter(field: Field[Any]) -> Parameter:
    from inspect import Parameter

    default, kind = field.default, field.type
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _text(kind: object) -> object:
    """Return the annotation as it was written; a TypedDict wraps it."""
    return getattr(kind, "__forward_arg__", kind)
