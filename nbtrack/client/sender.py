"""The thread that delivers a journal: batches, waits, and the flush that others wait for."""

from __future__ import annotations

import threading
import time
from typing import Final

from nbtrack.client.delivery import Delivery, UndeliveredError
from nbtrack.client.journal import Journal, Position
from nbtrack.client.notices import forget_what_was_said, log_failure, say
from nbtrack.config import SURVIVE_POWER_CUT, setting

INTERVAL: Final = 0.1
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_LATE_SECONDS: Final = 2.0
"""How long a flush waits at most when delivery has failed before and nothing says it works."""


class Sender:
    """Delivers what a journal holds, about ten times a second, for as long as the process lives.

    When delivery fails the records stay, the person is told once, and it is tried again after a
    growing pause. Nothing that a caller does waits for it, except `flush`.
    """

    def __init__(self, journal: Journal, delivery: Delivery, *, interval: float = INTERVAL) -> None:
        """Prepare; the thread starts with `start`."""
        self._journal = journal
        self._delivery = delivery
        self._interval = interval
        self._pause = 0.0
        self._wake = threading.Event()
        self._changed = threading.Condition()
        self._delivered = Position(*journal.folder.cursor())
        self._attempt = 0
        self._failed_attempt = 0
        self._is_stopped = False
        self._problem: str | None = None
        self._thread: threading.Thread | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing can be delivered at the moment; None when all is well."""
        return self._problem

    @property
    def delivered(self) -> Position:
        """Up to where everything has been delivered."""
        return self._delivered

    @property
    def is_done(self) -> bool:
        """Whether everything that was written has been delivered."""
        return self._delivered >= self._journal.position()

    def start(self) -> None:
        """Start the thread, and one that has the disk write if a power cut must not hurt."""
        self._thread = threading.Thread(target=self._loop, name="nbtrack-sender", daemon=True)
        self._thread.start()
        if setting(SURVIVE_POWER_CUT):
            threading.Thread(target=self._sync_loop, name="nbtrack-sync", daemon=True).start()

    def flush(self, timeout: float) -> bool:
        """Wait until what is written now has been delivered.

        Returns False if it was not in time, or if an attempt that began after the call failed.
        """
        if threading.current_thread() is self._thread:
            return False  # what the sender reads for itself cannot wait for the sender
        target = self._journal.position()
        if self._problem is not None:
            timeout = min(timeout, _LATE_SECONDS)
        deadline = time.monotonic() + timeout
        first = self._attempt + 1
        self._pause = 0.0
        self._wake.set()
        with self._changed:
            while self._delivered < target:
                left = deadline - time.monotonic()
                is_alive = self._thread is not None and self._thread.is_alive()
                if left <= 0 or not is_alive or self._failed_attempt >= first:
                    return False
                self._changed.wait(min(left, 0.5))
        return True

    def stop(self, timeout: float) -> bool:
        """Deliver what there is, within the timeout, and end the thread."""
        done = self.flush(timeout)
        self._is_stopped = True
        self._wake.set()
        if done and self._thread is not None:
            self._thread.join(timeout)
        return done and self.is_done

    def _loop(self) -> None:
        while not self._is_stopped:
            self._wake.wait(self._interval + self._pause)
            self._wake.clear()
            self.drain()

    def _sync_loop(self) -> None:
        synced = Position(0, 0)
        while not self._is_stopped:
            now = self._journal.position()
            if now != synced:
                self._journal.sync()
                synced = now
            time.sleep(self._interval)

    def drain(self) -> None:
        """Deliver everything written so far, or note why not."""
        self._attempt += 1
        try:
            while self._deliver_chunk():
                pass
        except UndeliveredError as error:
            self._late(str(error))
        except Exception as error:  # noqa: BLE001 - points wait for this thread: it must live on
            log_failure("delivery failed", error)
            self._late(f"{type(error).__name__}: {error}.")
        else:
            self._well()

    def _deliver_chunk(self) -> bool:
        end = self._delivery.deliver_chunk(self._delivered, self._journal.position())
        if end is None:
            return False
        with self._changed:
            self._delivered = end
            self._changed.notify_all()
        return True

    def _late(self, problem: str) -> None:
        self._problem = problem
        self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        if not self._is_stopped:  # then who stopped it says what is left
            say(
                f"delivery waits: {problem} Training goes on; everything is kept in "
                f"{self._journal.folder.place} and is sent when it works again.",
                once=f"late {self._journal.folder.place}",
            )
        with self._changed:
            self._failed_attempt = self._attempt
            self._changed.notify_all()

    def _well(self) -> None:
        if self._problem is not None:
            self._problem = None
            forget_what_was_said(f"late {self._journal.folder.place}")
            say("delivery works again; everything logged so far has been sent.")
        self._pause = 0.0
