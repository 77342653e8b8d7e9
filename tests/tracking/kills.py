"""Kill processes that log, at random moments, and count what was lost or doubled.

`python -m tests.tracking.kills --count 100` kills victims that track to an embedded store; with
`--uri http://...` they track to a server. Each victim notes in a mapped file what it was told is
logged. When all are dead, others recover what they left, and are killed at it a few times too;
then the histories are compared with the notes.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import nbtrack
from nbtrack.client import Client
from nbtrack.client.recovery import recover
from nbtrack.entities import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = 3
PARALLEL = 4
LONGEST = 0.3
PARAM_EVERY = 40
FAST_POINTS = 5_000
SLOW = 0.0005
_POINTS, _PARAMS, _STARTED = range(3)
_HEAD = 64


class Summary(msgspec.Struct):
    """What came of a campaign."""

    kills: int = 0
    started: int = 0
    points: int = 0
    params: int = 0
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    not_killed: int = 0


@dataclass
class Victim:
    """A process to be killed, and its notes: points, params, whether it has a run, and its id."""

    notes: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 4096))
    process: int = 0
    dies_at: float = 0.0

    @property
    def counts(self) -> memoryview:
        return memoryview(self.notes)[:_HEAD].cast("Q")

    @property
    def run_id(self) -> str:
        return self.notes[_HEAD:].rstrip(b"\0").decode()


def log_until_killed(victim: Victim, pace: float) -> None:
    """Log for as long as the killer lives, and note each call that has returned."""
    killer = os.getppid()
    run = nbtrack.start_run(tags={"pace": pace})
    victim.notes[_HEAD : _HEAD + len(run.run_id)] = run.run_id.encode()
    counts = victim.counts
    counts[_STARTED] = 1
    number = 0
    while os.getppid() == killer:
        run.log_metric(f"m{number % METRICS}", float(number))
        number += 1
        counts[_POINTS] = number
        if number % PARAM_EVERY == 0:
            run.log_params({f"p{number // PARAM_EVERY}": number})
            counts[_PARAMS] = number // PARAM_EVERY
        if pace or number > FAST_POINTS:
            time.sleep(pace or SLOW)


def fork(work: Callable[[], object]) -> int:
    """Run something in a child process."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def kill_all(count: int, chance: random.Random, paces: list[float]) -> list[Victim]:
    """Start victims, a few at a time, and kill each at a random moment."""
    victims: list[Victim] = []
    living: list[Victim] = []
    while len(victims) < count or living:
        while len(victims) < count and len(living) < PARALLEL:
            victim, pace = Victim(), chance.choice(paces)
            victim.process = fork(lambda v=victim, p=pace: log_until_killed(v, p))  # type: ignore[misc]
            victims.append(victim)
            living.append(victim)
        for victim in living:
            ended, status = os.waitpid(victim.process, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                raise RuntimeError(f"Victim {ended} ended with {code} before it was killed.")
            if not victim.dies_at and victim.counts[_STARTED]:
                victim.dies_at = time.monotonic() + chance.uniform(0, LONGEST)
        for victim in [v for v in living if v.dies_at and v.dies_at <= time.monotonic()]:
            os.kill(victim.process, signal.SIGKILL)
            os.waitpid(victim.process, 0)
            living.remove(victim)
        time.sleep(0.002)
    return victims


def recover_at_last(chance: random.Random, tries: int = 4) -> None:
    """Recover in other processes, of which all but the last are killed at it."""
    for _ in range(tries):
        helpers = [fork(recover), fork(recover)]
        time.sleep(chance.uniform(0, LONGEST))
        for helper in helpers:
            os.kill(helper, signal.SIGKILL)
            os.waitpid(helper, 0)
    os.waitpid(fork(recover), 0)


def judge(client: Client, victims: list[Victim]) -> Summary:
    """Compare what the store has with what the victims were told."""
    found = Summary(kills=len(victims))
    for victim in victims:
        run = client.get_run(victim.run_id)
        told = victim.counts[_POINTS]
        values = Counter(
            point.value
            for key in range(METRICS)
            for point in client.iter_history(run.info.run_id, f"m{key}")
        )
        params = {int(param.key[1:]) for param in run.data.params}
        noted = victim.counts[_PARAMS]
        found.started += victim.counts[_STARTED]
        found.points += told
        found.params += noted
        found.lost += len(set(range(told)) - values.keys())
        found.lost += len(set(range(1, noted + 1)) - params)
        found.doubled += sum(count - 1 for count in values.values())
        # The call that was cut off may have been written or not.
        found.invented += len(values.keys() - set(range(told + 1)))
        found.not_killed += run.info.status is not RunStatus.KILLED
    return found


def campaign(uri: str, count: int, seed: int, paces: list[float]) -> Summary:
    """Kill, recover and judge."""
    chance = random.Random(seed)
    nbtrack.set_tracking_uri(uri)
    victims = kill_all(count, chance, paces)
    recover_at_last(chance)
    with Client(uri) as client:
        return judge(client, victims)


def main() -> int:
    """Run a campaign and print its summary as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--uri", default="")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--slow", action="store_true", help="log no faster than a server takes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("NBTRACK_STATE_FOLDER", str(Path(folder, "state")))
        uri = options.uri or str(Path(folder, "project", ".nbtrack"))
        paces = [0.001, 0.005] if options.slow else [0.0, 0.0, 0.00005, 0.001]
        found = campaign(uri, options.count, options.seed, paces)
    sys.stdout.write(msgspec.json.encode({"seed": options.seed, **vars_of(found)}).decode() + "\n")
    return 1 if found.lost or found.doubled or found.invented or found.not_killed else 0


def vars_of(summary: Summary) -> dict[str, int]:
    return msgspec.structs.asdict(summary)


if __name__ == "__main__":
    sys.exit(main())
