"""Measure nbtrack against floor systems and MLflow: `python -m tests.benchmarks [names...]`.

`plan.py` is the table of workloads, `goals.py` the promises. Each trial is a process of its own
(`trials.py`, `worker.py`); `report.py` makes the tables of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import msgspec

from tests.benchmarks.plan import WORKLOADS
from tests.benchmarks.report import machine, markdown, put
from tests.benchmarks.trials import Runner


def main() -> None:
    """Run the workloads that are named, or all, and print the tables."""
    options = _options()
    about = machine(quick=options.quick)
    with tempfile.TemporaryDirectory(prefix="nbtrack-benchmarks-") as scratch:
        folder = Path(options.keep or scratch).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        runner = Runner(
            folder,
            quick=options.quick,
            tell=partial(print, flush=True),
            peers=options.peers,
            most=options.trials,
        )
        for name in options.names or WORKLOADS:
            runner.run(WORKLOADS[name])
    text = markdown(runner.outcomes, about)
    print(text)
    if options.markdown:
        put(options.markdown, text)
    if options.json:
        body = {"machine": about, "outcomes": runner.outcomes}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(body)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*WORKLOADS, []], metavar="names")
    parser.add_argument("--quick", action="store_true", help="small sizes, one trial each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every trial there")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the tables there, or between the marks of a document",
    )
    parser.add_argument(
        "--trials", type=int, default=1000, metavar="COUNT", help="at most so many of each"
    )
    parser.add_argument(
        "--peers",
        metavar="PYTHON",
        help="an interpreter that has trackio, which is left out without it",
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep filled stores there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
