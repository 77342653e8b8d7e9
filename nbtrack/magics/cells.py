"""What happens around cells: tracked ones become runs, and what was logged leaves at their end.

`Cells` hears of each cell before and after it runs. A cell that runs inside another one (another
magic, `run_cell`) is a frame of its own on the stack, so that its end does not end the outer run.
The first line of a tracked cell calls `begin`, below the name `__nbtrack__`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from IPython.core.error import UsageError

from nbtrack.client.channel import open_channels
from nbtrack.client.fluent import active_run, end_run
from nbtrack.client.notices import say
from nbtrack.config import QUIET, setting
from nbtrack.context import capped_line
from nbtrack.entities import RunStatus
from nbtrack.magics.attempts import CellIdentity
from nbtrack.magics.body import run_source
from nbtrack.magics.cell_card import show_card
from nbtrack.magics.cell_notices import CellNotices
from nbtrack.magics.header import CELL, Header, read_header
from nbtrack.magics.mistakes import one_line_errors
from nbtrack.magics.session import Session
from nbtrack.magics.shell import CellInfo, CellResult
from nbtrack.magics.tracked import TrackedRun, end_at_once, finish_tracked, start_tracked
from nbtrack.magics.variables import read_variable, settable_names

FLUSH_SECONDS: Final = 2.0


@dataclass(slots=True)
class CellFrame:
    """A cell that is running; `tracked` is there once its first line has begun a run."""

    source: str
    info: CellInfo | None = None
    tracked: TrackedRun | None = None


class _Frames(threading.local):
    """The cells that run in this thread, the innermost last."""

    def __init__(self) -> None:
        self.stack: list[CellFrame] = []


class Cells:
    """Begins and ends the runs of cells, and tends to what is logged in any cell."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Tend to the cells of a session."""
        self.session = session
        self.notices = CellNotices()
        self._frames = _Frames()
        self._clock = clock

    def __repr__(self) -> str:
        return "<nbtrack in this notebook>"

    # --- what the first line of a cell calls ------------------------------------------------------

    def begin(self, line: str) -> None:
        """Begin the run of the cell that is running.

        Only wrong arguments raise, as UsageError. If nbtrack fails in another way, the cell goes
        on without a run, and that is said once.
        """
        frame = self._frames.stack[-1] if self._frames.stack else None
        line = self.session.shell.var_expand(line, depth=1)
        with one_line_errors():
            header = read_header(line)
        if frame is None:
            say("this cell runs silently, so it is not tracked.")
            return
        late = self._late_params(header, frame.source)
        try:
            with self.session.surroundings.at_level(header.capture):
                frame.tracked = start_tracked(header, self._identity())
                if frame.tracked.is_resumed:
                    self.session.surroundings.record(frame.tracked.run)
            self._record(frame.tracked, late)
        except KeyboardInterrupt:
            end_run(RunStatus.KILLED.value)
            raise
        except Exception as exc:  # noqa: BLE001 - the person's work goes on
            what = "is not tracked" if frame.tracked is None else "is tracked in part"
            say(f"this cell {what}: {exc}", once=f"begin {type(exc).__name__} {exc}")

    def _record(self, tracked: TrackedRun, late: list[str]) -> None:
        """Record what is known when a tracked cell begins."""
        self.session.last = tracked.run
        tracked.late_params = late
        header, namespace = tracked.header, self.session.namespace
        early = [name for name in header.param_names if name not in late]
        tracked.run.log_params({**header.params, **{name: namespace[name] for name in early}})
        if header.live:
            tracked.run.live(*header.live, total=header.total)

    def _late_params(self, header: Header, source: str) -> list[str]:
        """Return the params that the cell itself sets, which are read when it has ended."""
        settable = settable_names(_body(source), self.session.shell.transform_cell)
        late = [n for n in header.param_names if settable is None or n in settable]
        for name in header.param_names:
            if name not in late:
                read_variable(self.session.namespace, name)
        return late

    def _identity(self) -> CellIdentity:
        """Return what the notebook's cell is known by: id and source of the outermost frame."""
        outermost = self._frames.stack[0]
        cell_id = getattr(outermost.info, "cell_id", None)
        return CellIdentity(None if cell_id is None else capped_line(cell_id), outermost.source)

    def run_body(self, line: str, body: str) -> object:
        """Run the body of a cell as a run, for somebody who calls `%%track` as a function."""
        frame = CellFrame(f"%%track {line}\n{body}")
        self._frames.stack.append(frame)
        error: BaseException | None = None
        try:
            self.begin(line)
            return run_source(self.session.shell, body)
        except BaseException as exc:
            error = exc
            raise
        finally:
            self._frames.stack.remove(frame)
            if frame.tracked is not None:
                self._finish(frame.tracked, error)

    def help(self) -> None:
        """Show the help of `%%track`; the cell does not run."""
        print_text(CELL.help_text())

    def misplaced(self, line: int) -> None:
        """Say that `%%track` is not on the first line."""
        message = f"%%track stands on line {line}. Put it on the first line of the cell."
        raise UsageError(message)

    def misplaced_magic(self, name: str) -> None:
        """Say that another magic stands below `%%track`."""
        message = f"%%{name} stands below %%track. Put %%track below %%{name}."
        raise UsageError(message)

    # --- what IPython calls -----------------------------------------------------------------------

    def before_cell(self, info: CellInfo) -> None:
        """Hear that a cell begins."""
        if not self._frames.stack:
            self.notices.enter_cell()
            self.session.cell_time.enter_cell()
            self.session.surroundings.hear_cell(info)
        self._frames.stack.append(CellFrame(info.raw_cell, info))

    def after_cell(self, result: CellResult | None) -> None:
        """Hear that a cell has ended: end its run, deliver, say what there is to say."""
        frame = self._leave(result)
        if frame is None:  # the cell that loaded nbtrack, or an empty one
            if not self._frames.stack:
                self.notices.print_waiting()
            return
        is_outermost = not self._frames.stack
        try:
            self._count_time()
            if frame.tracked is not None:
                self._finish(frame.tracked, _error_of(result))
            if is_outermost:
                self.session.surroundings.hear_end()
                self._deliver()
        except KeyboardInterrupt:
            say("waiting for the delivery was interrupted; it goes on in the background.")
        except Exception as exc:  # noqa: BLE001 - the person's work goes on
            say(f"the end of the cell could not be tracked: {exc}")
        finally:
            self._settle(frame.tracked, result)

    def _settle(self, tracked: TrackedRun | None, result: CellResult | None) -> None:
        """Do what must be done at the end of a cell, whatever went wrong before."""
        if tracked is not None:
            end_at_once(tracked, _error_of(result))
        if not self._frames.stack:
            self.session.cell_time.leave_cell()
            self.notices.leave_cell()

    def stop(self) -> None:
        """End the runs of cells whose end will not be heard."""
        for frame in self._frames.stack:
            if frame.tracked is not None:
                end_at_once(frame.tracked, None)

    def _leave(self, result: CellResult | None) -> CellFrame | None:
        """Take the frame of the cell that has ended, and frames in it that never heard so."""
        stack = self._frames.stack
        places = [
            place
            for place, frame in enumerate(stack)
            if result is None or frame.info is result.info or frame.source == result.info.raw_cell
        ]
        if not places:
            return None
        frame = stack[places[-1]]
        del stack[places[-1] :]
        return frame

    def _count_time(self) -> None:
        run = active_run()
        if run is not None:
            self.session.cell_time.count(run)

    def _finish(self, tracked: TrackedRun, error: BaseException | None) -> None:
        was_running = tracked.run.status == RunStatus.RUNNING.value
        finish_tracked(tracked, error, self.session)
        self.session.cell_time.forget(tracked.run)
        if was_running and not setting(QUIET):
            show_card(tracked.run, tracked.previous)

    def _deliver(self) -> None:
        """Deliver what was logged, for a moment; not to a place that is known to be away."""
        deadline = self._clock() + FLUSH_SECONDS
        for channel in open_channels():
            if channel.sender is not None and channel.sender.problem is None:
                channel.flush(max(deadline - self._clock(), 0.0))


def _error_of(result: CellResult | None) -> BaseException | None:
    if result is None:  # IPython was interrupted itself
        return KeyboardInterrupt()
    return result.error_before_exec or result.error_in_exec


def _body(source: str) -> str:
    return source.lstrip().partition("\n")[2]


def print_text(text: str) -> None:
    """Print a text in the cell that runs."""
    sys.stdout.write(f"{text}\n")
