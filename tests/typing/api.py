"""What a type checker sees of the public names. This file is checked, not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_type

import nbtrack
from nbtrack import ApiError, Client, FilterError, NbtrackError, ResourceDoesNotExist
from nbtrack.entities import Experiment, Metric, Run, RunInfo

client = nbtrack.Client()

assert_type(client, Client)
assert_type(client.tracking_uri, str)
assert_type(nbtrack.__version__, str)

assert_type(client.create_run(experiment_id="0"), Run)
assert_type(client.get_run("a1"), Run)
assert_type(client.update_run("a1", status="FINISHED"), RunInfo)
assert_type(client.iter_runs(["0"]), Iterator[Run])
assert_type(client.iter_experiments(), Iterator[Experiment])
assert_type(client.iter_history("a1", "loss"), Iterator[Metric])

with Client("runs.db") as opened:
    assert_type(opened, Client)

error: NbtrackError = ResourceDoesNotExist("Run 'a1' does not exist.")
answer: ApiError = FilterError("Unknown attribute 'stat'.", text="stat = 1", position=0)
assert_type(answer.error_code, str)

# Refused: without the error, mypy reports the comment as unused.
client.create_run(experiment_id=3)  # type: ignore[arg-type]
client.get_run()  # type: ignore[call-arg]
