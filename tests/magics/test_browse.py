from __future__ import annotations

import pytest

from nbtrack.client.fluent import start_run
from nbtrack.widgets import RunBrowser, RunComparison
from tests.magics.conftest import AnyShell, Refused, Track


@pytest.fixture
def two_runs(shell: AnyShell) -> None:
    """Make two finished runs."""
    for name, loss in (("a", 0.5), ("b", 0.2)):
        with start_run(run_name=name) as run:
            run.log_series("loss", [loss])


def test_runs_are_browsed(two_runs: None, track: Track) -> None:
    browser = track('runs "metrics.loss < 0.4" --browse --columns run_name')
    assert isinstance(browser, RunBrowser)
    assert browser.filter == "metrics.loss < 0.4"
    assert browser.frame["run_name"].tolist() == ["b"]
    assert browser.grid.visible == ["run_name"]
    browser.close()


@pytest.mark.parametrize("flag", ["--limit 3", "--order-by run_name"])
def test_options_of_the_frame_are_refused(two_runs: None, refused: Refused, flag: str) -> None:
    assert "does not go with --browse" in refused(f"runs --browse {flag}")


def test_runs_are_compared_in_a_view(two_runs: None, track: Track) -> None:
    view = track("compare a b --view")
    assert isinstance(view, RunComparison)
    assert sorted(view.frame["run_name"]) == ["a", "b"]
    assert "loss" in view.bundle()["text/html"]
    view.close()
