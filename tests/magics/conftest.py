"""A bare shell with nbtrack loaded, its own store, and nothing of the person who runs the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from nbtrack.client import Client
from nbtrack.client.channel import channel_to
from nbtrack.client.fluent import reset
from nbtrack.client.notices import forget_what_was_said
from nbtrack.config import reset_settings
from nbtrack.entities import Run, ViewType

RunCell = Callable[..., ExecutionResult]
AnyShell = Any
Listed = Callable[..., list[Run]]
Track = Callable[[str], Any]
Refused = Callable[[str], str]
Complete = Callable[[str], list[str]]


@pytest.fixture
def bare_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnyShell]:
    """Return a shell without nbtrack."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("NBTRACK_TRACKING_URI", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell: AnyShell = InteractiveShell.instance(config=config)
    shell.magics_manager.load_all_lazy_magics()  # which else would come in the middle of a test
    yield shell
    InteractiveShell.clear_instance()
    reset()
    reset_settings()
    forget_what_was_said()


@pytest.fixture
def shell(bare_shell: AnyShell) -> Iterator[AnyShell]:
    """Return a shell with nbtrack."""
    bare_shell.run_line_magic("load_ext", "nbtrack")
    yield bare_shell
    if "Track" in bare_shell.magics_manager.registry:
        bare_shell.run_line_magic("unload_ext", "nbtrack")


@pytest.fixture
def run_cell(shell: AnyShell) -> RunCell:
    """Return a function that runs a cell as a notebook does."""

    def run(source: str, cell_id: str | None = None) -> ExecutionResult:
        result: ExecutionResult = shell.run_cell(source, store_history=True, cell_id=cell_id)
        return result

    return run


@pytest.fixture
def track(run_cell: RunCell) -> Track:
    """Return a function that runs `%track ...` in a cell and returns what it gives."""

    def run(line: str) -> object:
        result: Any = run_cell(f"%track {line}")
        result.raise_error()
        return result.result

    return run


@pytest.fixture
def refused(run_cell: RunCell) -> Refused:
    """Return a function that runs `%track ...` and returns the one line that refuses it."""

    def run(line: str) -> str:
        error = run_cell(f"%track {line}").error_in_exec
        assert type(error) is UsageError
        _, *below = str(error).splitlines()
        assert not below or (len(below) == 2 and below[1].strip() == "^")  # a filter's mistake
        return str(error)

    return run


@pytest.fixture
def store(shell: AnyShell, tmp_path: Path) -> Client:
    """Return a client of the store that the shell tracks to."""
    return channel_to(str(tmp_path / "store")).client


@pytest.fixture
def runs(store: Client) -> Listed:
    """Return a function that lists all runs, the oldest first."""

    def listed(view: ViewType = ViewType.ACTIVE_ONLY) -> list[Run]:
        ids = [experiment.experiment_id for experiment in store.iter_experiments()]
        order = "attributes.start_time ASC"
        return list(store.iter_runs(ids, order_by=order, run_view_type=view))

    return listed


@pytest.fixture
def complete(shell: AnyShell) -> Complete:
    """Return a function that lists the completions at the end of a text."""

    def completed(text: str) -> list[str]:
        with provisionalcompleter():
            return [found.text for found in shell.Completer.completions(text, len(text))]

    return completed


def tags(run: Run) -> dict[str, str]:
    """Return the tags of a run."""
    return {tag.key: tag.value for tag in run.data.tags}


def params(run: Run) -> dict[str, str]:
    """Return the params of a run."""
    return {param.key: param.value for param in run.data.params}


def metrics(run: Run) -> dict[str, float]:
    """Return the last metrics of a run."""
    return {metric.key: metric.value for metric in run.data.metrics}
