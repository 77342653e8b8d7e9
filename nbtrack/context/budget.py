"""Hooks that cannot harm the cell they run beside."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DEFAULT_SECONDS: Final = 0.25
SLOW_CALLS: Final = 3

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
_NAMED: Final = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

Hook = Callable[..., object]
Say = Callable[[str], None]
Clock = Callable[[], float]


class GuardedHook:
    """A hook that takes any arguments, never raises, and stops when it slows the cells.

    After it took longer than its budget several times in a row, it says so once and does nothing
    any more. What it raises is said once; it goes on, because the next cell may be another.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        say: Say,
        seconds: float = DEFAULT_SECONDS,
        slow_calls: int = SLOW_CALLS,
        clock: Clock = time.perf_counter,
    ) -> None:
        """Guard a hook that may exceed its budget of `seconds` fewer than `slow_calls` times."""
        self._hook = hook
        self._say = say
        self._seconds = seconds
        self._slow_calls = slow_calls
        self._clock = clock
        self._slow = 0
        self._has_failed = False
        self._parameters = _parameters_of(hook)
        self.name = getattr(hook, "__name__", type(hook).__name__).strip("_")
        self.is_on = True

    def __call__(self, *arguments: object, **named: object) -> None:
        """Call the hook with those of the arguments that it takes."""
        if not self.is_on:
            return
        begin = self._clock()
        try:
            self._hook(*self._parameters.positional(arguments), **self._parameters.named(named))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the user's cell goes on
            self._failed(error)
        self._took(self._clock() - begin)

    def reset(self) -> None:
        """Switch the hook on again and forget what it took."""
        self.is_on = True
        self._slow = 0
        self._has_failed = False

    def _took(self, seconds: float) -> None:
        self._slow = self._slow + 1 if seconds > self._seconds else 0
        if self._slow >= self._slow_calls:
            self.is_on = False
            self._tell(
                f"the hook {self.name!r} took {seconds:.2g} s, more than its {self._seconds:g} s, "
                f"{self._slow} times in a row and is switched off. "
                "Load nbtrack again to switch it on."
            )

    def _failed(self, error: BaseException) -> None:
        if not self._has_failed:
            self._has_failed = True
            text = " ".join(f"{type(error).__name__}: {error}".split())
            self._tell(f"the hook {self.name!r} failed ({text}); your cell is not affected.")

    def _tell(self, text: str) -> None:
        try:
            self._say(text)
        except Exception:  # noqa: BLE001 - a warning that cannot be shown must not fail a cell
            return


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What a hook takes: how many arguments, and which names; None is all of them."""

    most: int | None = None
    names: frozenset[str] | None = None

    def positional(self, arguments: tuple[object, ...]) -> tuple[object, ...]:
        return arguments[: self.most]

    def named(self, arguments: dict[str, object]) -> dict[str, object]:
        if self.names is None:
            return arguments
        return {name: value for name, value in arguments.items() if name in self.names}


def _parameters_of(hook: Hook) -> _Parameters:
    try:
        parameters = inspect.signature(hook).parameters.values()
    except (TypeError, ValueError):  # a builtin that does not tell
        return _Parameters()
    kinds = [parameter.kind for parameter in parameters]
    most = sum(kind in _POSITIONAL for kind in kinds)
    names = frozenset(parameter.name for parameter in parameters if parameter.kind in _NAMED)
    return _Parameters(
        None if inspect.Parameter.VAR_POSITIONAL in kinds else most,
        None if inspect.Parameter.VAR_KEYWORD in kinds else names,
    )
