"""Widgets without a kernel: they are closed after each test, and say what they would send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import pandas as pd
import pytest

from nbtrack.widgets.base import BaseWidget

Sent = list[tuple[dict[str, Any], list[bytes]]]
Listen = Callable[[BaseWidget], Sent]


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def listen() -> Listen:
    """Give what collects the messages that a widget sends from now on."""

    def collect(widget: BaseWidget) -> Sent:
        sent: Sent = []

        def send(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
            sent.append((content, buffers or []))

        widget.send = send
        return sent

    return collect


def tell(widget: BaseWidget, **message: object) -> None:
    """Send a widget a message as a page does."""
    widget._handle_custom_msg(message, [])  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def frame() -> pd.DataFrame:
    """Give four runs: with a missing metric, one that is NaN, and one that goes on."""
    start = pd.to_datetime([0, 60_000, 120_000, 180_000], unit="ms", utc=True)
    frame = pd.DataFrame(
        {
            "run_id": ["a", "b", "c", "d"],
            "run_name": ["otter", "<img src=x onerror=alert(1)>", "Heron", "vole"],
            "status": ["FINISHED", "FAILED", "FINISHED", "RUNNING"],
            "start_time": start,
            "end_time": [*(start[:3] + pd.Timedelta(seconds=83)), pd.NaT],
            "metrics.loss": pd.array([0.25, None, float("nan"), 0.125], dtype="Float64"),
            "params.lr": [0.1, 0.2, 0.1, 0.4],
            "params.model": ["cnn", "cnn", "cnn", "cnn"],
        }
    )
    values = frame["metrics.loss"].to_numpy(dtype=float, na_value=0.0)
    values[2] = float("nan")
    frame["metrics.loss"] = pd.arrays.FloatingArray(values, frame["run_id"].eq("b").to_numpy())
    frame.attrs["time"] = 200.0
    return frame
