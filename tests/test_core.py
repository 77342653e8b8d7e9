"""What works where only the core is installed: see docs/adr/0006-core.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nbtrack.errors import MissingDependencyError
from nbtrack.loading import CORE, lacking, load

ROOT = Path(__file__).parents[1]
# Lets nothing be imported but nbtrack, the standard library and what the core brings.
BLOCKED = """
import sys
from nbtrack.loading import CORE

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""
TRACKED = """
import nbtrack
from nbtrack.backends import open_backend
from nbtrack.cli import main
from nbtrack.server import create_app, running

def track():
    with nbtrack.run(params={"lr": 0.1}) as run:
        for step in range(3):
            run.log(loss=1 / (step + 1))
        run.log_text("hello", "notes.txt")
        run.log_table({"label": [3]}, "errors.json")
        run.log_model(b"weights", "net")
    return nbtrack.Client(), run.run_id

def read(client, run_id):
    points = client.get_history(run_id, "loss").metrics
    files = client.list_artifacts(run_id).files
    print([point.value for point in points][::2], [file.path for file in files])

read(*track())
served = open_backend("served", proxied_artifacts=True)
with running(create_app(served)) as url:
    nbtrack.set_tracking_uri(url)
    read(*track())
    print(main(["sync"]), main(["check"]), main(["refused"]), main(["doctor"]))
"""
LACKING = """
from nbtrack.cli import main

for name in ("runs", "history", "browse", "groups"):
    try:
        getattr(nbtrack, name)
    except nbtrack.MissingDependencyError as error:
        print(error)
print(main(["export", "runs.csv"]), main(["cache"]))
"""


def dependencies() -> set[str]:
    """Return what `pip install nbtrack` brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {re.split(r"[<>=]", line)[0] for line in project["dependencies"]}


def beyond_the_core() -> set[str]:
    """Return the modules of the dependencies that are not the core's, and what pandas brings."""
    names = {"ipython": "IPython"}
    return {names.get(name, name) for name in dependencies() - CORE} | {"numpy"}


def in_the_core(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that finds the libraries of the core alone."""
    blocker = BLOCKED.format(blocked=beyond_the_core())
    return subprocess.run(
        [sys.executable, "-c", blocker + program],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_core_is_a_part_of_the_dependencies() -> None:
    assert dependencies() > CORE


def test_core_is_what_the_docs_install() -> None:
    text = (ROOT / "docs" / "adr" / "0006-core.md").read_text("utf-8")
    (named,) = re.findall(r"^pip install (?!--no-deps)(.*?) +#", text, re.MULTILINE)
    assert set(named.split()) == CORE


def test_core_logs_reads_and_serves_without_the_rest(tmp_path: Path) -> None:
    done = in_the_core(TRACKED, tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:1] == lines[1:2] == ["[1.0, 0.3333333333333333] ['errors.json', 'notes.txt']"]
    assert lines[-1] == "0 0 0 0"


def test_what_the_core_lacks_is_said_with_the_command_that_brings_it(tmp_path: Path) -> None:
    done = in_the_core("import nbtrack" + LACKING, tmp_path)
    lines = done.stdout.splitlines() + done.stderr.splitlines()
    assert lines.pop(4) == "2 2"
    assert len(lines) == 6
    assert all(line.endswith("Install it with: pip install nbtrack.") for line in lines)


def test_a_module_that_nobody_knows_stays_its_own_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"nbtrack\.nothing"):
        load("nbtrack.nothing")
    assert isinstance(lacking(ModuleNotFoundError(name="pandas.core")), MissingDependencyError)
