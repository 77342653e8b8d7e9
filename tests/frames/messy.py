"""A store with runs as people have them: odd keys, NaN, missing values, texts like code."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client import Client
from nbtrack.entities import Metric

NAN, INF = float("nan"), float("inf")
FORMULA = "=cmd|' /C calc'!A0"
ODD_TEXT = 'x\ny,"q" |'


@contextmanager
def messy_client(folder: Path) -> Generator[Client]:
    """Open a store with three runs in two experiments."""
    with Client(backend=SqliteBackend(folder / ".nbtrack")) as client:
        vision = client.create_experiment("vision")
        speech = client.create_experiment("speech")
        for number, experiment in enumerate((vision, vision, speech)):
            _add_run(client, experiment, number)
        yield client


def _add_run(client: Client, experiment: str, number: int) -> None:
    run = client.create_run(experiment, run_name=f"run {number}", start_time=1_000 + number)
    points = [
        Metric(key="val loss", value=value, timestamp=10 + step, step=step)
        for step, value in enumerate((0.1, NAN, INF))
    ]
    if number == 1:
        points.append(Metric(key="VAL_LOSS", value=NAN, timestamp=1))
        points.append(Metric(key="val_loss", value=2, timestamp=1))
        points.append(Metric(key="größe", value=-INF, timestamp=1, step=2**60))
    texts = {"note": FORMULA if number else ODD_TEXT, "empty": ""}
    client.log_batch(
        run.info.run_id,
        metrics=points,
        params={"lr": str(number / 2), "depth": str(number), **texts},
        tags={"größe": "ü"} if number else {},
    )
    client.update_run(run.info.run_id, status="FINISHED", end_time=5_000)
