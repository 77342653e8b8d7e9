"""Who hears what a run logs, in the call that logs it; and the chart that is drawn from that."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    from nbtrack.client.active_run import ActiveRun


class Listener(Protocol):
    """Hears the points of a run. It must be quick, and must not raise."""

    def hear(self, key: str, step: int, value: float) -> None:
        """Hear of a point that is being logged."""
        ...

    def hear_end(self, status: str) -> None:
        """Hear that the run has ended."""
        ...


def is_in_kernel() -> bool:
    """Tell whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def live_chart(
    run: ActiveRun, metrics: Sequence[str], total: int | None, behind: str | None
) -> None:
    """Show a live chart of a run if this is a notebook. Raises InvalidParameterValue."""
    if not metrics or not all(metrics):
        raise InvalidParameterValue(
            f'live() was given {list(metrics)!r}. Name the metrics to show: run.live("loss").'
        )
    if total is not None and (total.__class__ is not int or total < 1):
        raise InvalidParameterValue(
            f"total is {total!r}. Give the number of steps that there will be, or leave it out."
        )
    if is_in_kernel():
        # By name: a view stands above the run that it shows, and is loaded only when it is wanted.
        import_module("nbtrack.widgets").show_live(run, metrics, total, behind)
