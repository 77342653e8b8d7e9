from __future__ import annotations

import pytest

from nbtrack.client import Client
from nbtrack.client.artifact_text import text_reader
from nbtrack.context.recording import recorded_cells
from nbtrack.display import Card
from tests.magics.conftest import AnyShell, Listed, RunCell, Track, tags


@pytest.fixture
def next_input(shell: AnyShell) -> list[str]:
    """Return the texts that are put into a next cell."""
    texts: list[str] = []

    shell.set_next_input = lambda text, replace: texts.append(text)
    return texts


def test_why_shows_the_cell_that_logged_a_metric(run_cell: RunCell, track: Track) -> None:
    track("start base")
    run_cell("%track log loss=0.5")
    run_cell("%track log acc=1\n# the cell")
    card = track("why metrics.acc")
    assert isinstance(card, Card)
    assert repr(card).endswith("\n\n%track log acc=1\n# the cell")
    assert "logged by cell [3]" in repr(card)
    assert "%track log loss=0.5" in repr(track("why loss base"))


def test_why_knows_params_and_runs_of_plain_python(run_cell: RunCell, track: Track) -> None:
    run_cell(
        "from nbtrack.client.fluent import run\n"
        "with run(run_name='inner') as r:\n    r.log_params({'lr': 1})\n    r.log(acc=1)"
    )
    for key in ("params.lr", "metrics.acc"):
        assert "with run(run_name='inner')" in repr(track(f"why {key} inner"))


def test_why_works_from_what_the_run_has_recorded(
    run_cell: RunCell, track: Track, shell: AnyShell
) -> None:
    run_cell("%%track base\n%track log acc=1")
    shell.run_line_magic("unload_ext", "nbtrack")
    shell.run_line_magic("load_ext", "nbtrack")
    assert "%track log acc=1" in repr(track("why acc base"))


def test_an_edited_cell_is_flagged(run_cell: RunCell, track: Track) -> None:
    run_cell("%%track base\n%track log acc=1", "cell-1")
    assert "edited" not in repr(track("why acc base"))
    run_cell("x = 'something else'", "cell-1")
    assert "note: the cell was edited since" in repr(track("why acc base"))


def test_cells_out_of_order_are_flagged(
    run_cell: RunCell, track: Track, runs: Listed, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cell("scale = 1", "top")
    run_cell("factor = scale * 2", "middle")
    run_cell("scale = 5", "top")
    run_cell("%%track base --log factor\nfactor = factor", "bottom")
    assert tags(runs()[0])["nbtrack.cells.out_of_order"]
    assert "cells ran out of order" in capsys.readouterr().out
    assert "note: cells ran out of order" in repr(track("why factor base"))


def test_a_cell_run_again_after_one_below_is_not_flagged(run_cell: RunCell, runs: Listed) -> None:
    run_cell("%%track base\nfactor = 1", "train")
    run_cell("shown = factor", "plot")
    run_cell("%%track base\nfactor = 2", "train")
    assert all("nbtrack.cells.out_of_order" not in tags(run) for run in runs())


def test_cells_of_a_run_out_of_order_are_flagged(
    run_cell: RunCell, runs: Listed, track: Track
) -> None:
    run_cell("x = 1", "first")
    run_cell("x = 2", "second")
    track("start base")
    run_cell("x = 4", "second")
    run_cell("x = 3", "first")
    track("end")
    assert tags(runs()[0])["nbtrack.cells.out_of_order"] == "[4] [5]"
    assert dict(track("status"))["cells out of order"] == "[4] [5]"


def test_cells_in_order_are_not_flagged(run_cell: RunCell, runs: Listed) -> None:
    run_cell("scale = 1", "top")
    run_cell("%%track base\nfactor = scale", "bottom")
    run_cell("%%track base\nfactor = scale", "bottom")
    assert all("nbtrack.cells.out_of_order" not in tags(run) for run in runs())


def test_the_cells_of_a_run_are_recorded_with_it(
    run_cell: RunCell, track: Track, store: Client
) -> None:
    run = track("start base")
    run_cell("x = 1", "one")
    run_cell("%track log acc=1", "two")
    track("end")
    found = recorded_cells(text_reader(store, run.run_id))
    assert found is not None
    assert [cell.source for cell in found.cells][1:3] == ["x = 1", "%track log acc=1"]
    assert found.logged == {"metrics.acc": 2}


def test_nothing_is_recorded_at_level_none(
    run_cell: RunCell, runs: Listed, store: Client, track: Track
) -> None:
    run_cell("%%track base --capture none\n%track log acc=1")
    assert list(store.iter_artifacts(runs()[0].info.run_id)) == []
    assert "nbtrack.capture.level" not in tags(runs()[0])


def test_restore_puts_the_recorded_cell_into_a_new_one_and_does_not_run_it(
    run_cell: RunCell, track: Track, next_input: list[str], shell: AnyShell
) -> None:
    run_cell("%%track base\nx = 1", "cell-1")
    run_cell("x = 2", "cell-1")
    assert track("restore base") == "%%track base\nx = 1"
    assert next_input == ["%%track base\nx = 1"]
    assert shell.user_ns["x"] == 2


def test_restore_of_a_run_over_several_cells_has_them_all(
    run_cell: RunCell, track: Track, next_input: list[str]
) -> None:
    track("start base")
    run_cell("x = 1", "one")
    run_cell("x = 2", "two")
    track("end")
    track("restore base")
    assert "# %% one\nx = 1\n" in next_input[0]
    assert "# %% two\nx = 2\n" in next_input[0]


def test_the_surroundings_are_tags_that_mlflow_shows(
    run_cell: RunCell, runs: Listed, shell: AnyShell
) -> None:
    shell.user_ns["__vsc_ipynb_file__"] = "/home/ann/train.ipynb"
    run_cell("%%track base\nx = 1", "cell-1")
    found = tags(runs()[0])
    assert found["mlflow.source.name"] == "train.ipynb"
    assert found["mlflow.source.type"] == "NOTEBOOK"
    assert found["nbtrack.notebook.path"] == "/home/ann/train.ipynb"
    assert found["nbtrack.cell.id"] == "cell-1"
    assert found["nbtrack.cell.execution_count"] == "1"


def test_the_level_of_a_cell_beats_that_of_the_setting(
    run_cell: RunCell, runs: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_CAPTURE", "none")
    run_cell("%%track a\nx = 1")
    run_cell("%%track b --capture full\nx = 1")
    levels = [tags(run).get("nbtrack.capture.level") for run in runs()]
    assert levels == [None, "full"]
