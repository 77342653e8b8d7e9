from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from nbtrack.context import GuardedHook


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def guarded(seconds: Iterator[float], clock: Clock, said: list[str]) -> GuardedHook:
    def slow_hook() -> None:
        clock.sleep(next(seconds))

    return GuardedHook(slow_hook, say=said.append, seconds=0.5, slow_calls=3, clock=clock)


def test_a_slow_hook_is_switched_off_with_one_warning() -> None:
    clock, said = Clock(), list[str]()
    hook = guarded(iter([1.0] * 3), clock, said)
    for _ in range(10):
        hook()
    assert not hook.is_on
    assert clock.now == 3.0
    (warning,) = said
    assert warning == (
        "the hook 'slow_hook' took 1 s, more than its 0.5 s, 3 times in a row and is switched off. "
        "Load nbtrack again to switch it on."
    )


def test_a_hook_that_is_slow_now_and_then_stays_on() -> None:
    said = list[str]()
    hook = guarded(iter([1.0, 1.0, 0.1] * 10), Clock(), said)
    for _ in range(30):
        hook()
    assert hook.is_on
    assert said == []


def test_a_hook_that_was_switched_off_can_be_switched_on() -> None:
    hook = guarded(iter([1.0] * 6), Clock(), [])
    for _ in range(3):
        hook()
    hook.reset()
    assert hook.is_on


@pytest.mark.parametrize("error", [ValueError("bad\nvalue"), KeyboardInterrupt(), AssertionError()])
def test_a_hook_never_raises_and_says_so_once(error: BaseException) -> None:
    said = list[str]()

    def failing() -> None:
        raise error

    hook = GuardedHook(failing, say=said.append)
    hook()
    hook()
    assert len(said) == 1
    assert type(error).__name__ in said[0]
    assert "\n" not in said[0]
    assert hook.is_on


def test_a_warning_that_cannot_be_said_fails_nothing() -> None:
    def say(text: str) -> None:
        raise OSError(text)

    GuardedHook(lambda: 1 / 0, say=say)()


def test_a_hook_gets_the_arguments_that_it_takes() -> None:
    got: list[object] = []

    def none() -> None:
        got.append("none")

    def one(info: object, *, extra: object = None) -> None:
        got.append((info, extra))

    def all_of_them(*args: object, **named: object) -> None:
        got.append((args, named))

    for hook in (none, one, all_of_them, partial(one, "info"), print):
        GuardedHook(hook, say=got.append)(*([] if hook is print else [1, 2]), extra=3, other=4)
    assert got[:3] == ["none", (1, 3), ((1, 2), {"extra": 3, "other": 4})]
    assert got[3] == ("info", 3)


def test_a_hook_that_wants_more_than_it_gets_does_not_raise() -> None:
    said = list[str]()

    def wants(first: object, second: object) -> None:
        said.append(f"{first}{second}")

    GuardedHook(wants, say=said.append)()
    assert "TypeError" in said[0]
