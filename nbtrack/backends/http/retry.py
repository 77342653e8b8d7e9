"""When a failed attempt is repeated, and after how long a wait.

A call that was never sent or was refused is repeated always, one whose reply was lost only if its
operation allows it. Waits grow exponentially with full jitter, unless the server named one, and all
of them stay within a total time; with one of 0 each call is sent once. tenacity drives the loop. It
loads tornado where that is installed, which takes 30 ms, so it is imported when an attempt failed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from nbtrack.backends.http.failures import AttemptError, FailureKind
from nbtrack.errors import NbtrackError, TransportError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
SHORTEST_WAIT_AFTER_LOSS: Final = 1.0
OUTCOME_UNKNOWN: Final = "Whether the call was carried out is not known: look before you repeat it."

_log = logging.getLogger(__name__)


class Clock(Struct, frozen=True):
    """Time, sleep and chance, so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    time_of_day: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class Attempts:
    """The attempts of one call: how many, until when, and whether a reply was lost."""

    def __init__(self, clock: Clock, total: float, *, may_repeat: bool) -> None:
        """Start the time; `may_repeat` says whether a lost reply allows another attempt."""
        self.lost_error: NbtrackError | None = None
        self.first_time = clock.time_of_day()
        self._clock = clock
        self._end = clock.now() + total
        self._may_repeat = may_repeat

    def repeat(self, attempt_once: Callable[[], T]) -> T:
        """Run attempts until one gives an answer or a final error.

        The first one runs outside of tenacity's loop, which costs time and fills tracebacks.
        """
        try:
            return attempt_once()
        except AttemptError as failure:
            first = failure
        try:
            return self._repeat_after(first, attempt_once)
        except AttemptError as failure:
            raise self._final_error(failure) from failure.__cause__

    def _repeat_after(self, first: AttemptError, attempt_once: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception

        attempts = Retrying(
            retry=retry_if_exception(self._may_follow),
            wait=self._wait_before_next,
            stop=self._would_be_late,
            before_sleep=_tell,
            sleep=self._clock.sleep,
            reraise=True,
        )
        for attempt in attempts:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                return attempt_once()
        raise AssertionError("The loop ends with an answer or an exception.")

    def _final_error(self, failure: AttemptError) -> NbtrackError:
        is_unknown = failure.kind is FailureKind.LOST and not self._may_repeat
        if is_unknown and isinstance(failure.error, TransportError):
            return TransportError(f"{failure.error} {OUTCOME_UNKNOWN}")
        return failure.error

    def _may_follow(self, exc: BaseException) -> bool:
        if not isinstance(exc, AttemptError):
            return False
        if exc.kind is FailureKind.LOST:
            if not self._may_repeat:
                return False
            self.lost_error = exc.error
        return True

    def _wait_before_next(self, state: RetryCallState) -> float:
        failure = _failure_of(state)
        if failure.retry_after is not None:
            return failure.retry_after
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(state.attempt_number - 1, 16))
        wait = self._clock.chance() * longest
        if failure.kind is FailureKind.LOST:  # the first request may still be running
            return max(wait, SHORTEST_WAIT_AFTER_LOSS)
        return wait

    def _would_be_late(self, state: RetryCallState) -> bool:
        return self._clock.now() + state.upcoming_sleep >= self._end


def _tell(state: RetryCallState) -> None:
    _log.info("%s Trying again in %.1f s.", _failure_of(state), state.upcoming_sleep)


def _failure_of(state: RetryCallState) -> AttemptError:
    failure = state.outcome and state.outcome.exception()
    if not isinstance(failure, AttemptError):
        raise TypeError(f"Only failed attempts are followed by others, not {failure!r}.")
    return failure
