"""The page of groups: statistics, mean curves with bands, tests, and plain sentences."""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest

import nbtrack
from nbtrack import Client
from nbtrack.widgets import Chart, RunComparison, comparison_groups
from tests.widgets.test_comparison import NASTY, opened


@pytest.fixture(autouse=True)
def _store() -> Generator[None]:
    nbtrack.set_tracking_uri("nbtrack::memory:")
    yield
    nbtrack.set_tracking_uri(None)


def compared(*optimizers: str, seeds: int = 3) -> RunComparison:
    """Compare groups of replicates."""
    for place, optimizer in enumerate(optimizers):
        for seed in range(seeds):
            params = {"optimizer": optimizer, "seed": seed}
            with nbtrack.run(run_name=f"{optimizer}{seed}", params=params) as run:
                run.log_series("loss", [1.0, 0.5 + place + seed / 10])
    return nbtrack.compare_view("")


def test_groups_have_statistics_curves_and_tests() -> None:
    view = compared("adam", "sgd")
    statistics, chart, tests = opened(view, "Groups")
    assert "runs alike in all params but params.seed" in statistics.value
    assert ">optimizer=adam<" in statistics.value
    assert ">0.6<" in statistics.value
    assert isinstance(chart, Chart)
    bands = [trace for trace in chart.figure["data"] if trace.get("fill") == "tonexty"]
    assert len(bands) == 2
    assert "p_welch_holm" in tests.value
    assert "worse" in tests.value or "better" in tests.value
    assert "One comparison, so nothing is to be adjusted" in tests.value


def test_groups_are_tested_against_the_one_of_the_baseline() -> None:
    view = compared("adam", "sgd")
    for name in ("adam", "sgd"):
        frame = view.frame
        of_group = frame[frame["params.optimizer"] == name]["run_id"].tolist()
        view.baseline.value = of_group[0]
        *_, tests = opened(view, "Groups")
        assert f"Differences to optimizer={name} in metrics.loss" in tests.value


def test_one_group_is_not_tested() -> None:
    view = compared("adam")
    assert len(opened(view, "Groups")) == 2


def test_without_scipy_a_sentence_stands_for_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    view = compared("adam", "sgd")
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    *_, sentence = opened(view, "Groups")
    assert "which is not installed" in sentence.value


def test_the_first_groups_are_drawn_whole_and_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparison_groups, "MOST_READ", 7)
    view = compared("adam", "sgd", "lion")
    _, chart, told, _ = opened(view, "Groups")
    assert {trace["legendgroup"] for trace in chart.figure["data"] if trace.get("fill")} == {
        "optimizer=lion",
        "optimizer=sgd",
    }
    assert "Showing curves of 2 of 3 groups." in told.value


def test_names_of_groups_are_only_names() -> None:
    view = compared(NASTY, "<b>sgd")
    page = "".join(part.value for part in opened(view, "Groups") if hasattr(part, "value"))
    assert NASTY not in page
    assert "&lt;img src=x" in page


def test_selected_runs_alone_make_groups() -> None:
    view = compared("adam", "sgd", "lion")
    frame = view.frame
    view.selected = frame[frame["params.optimizer"] != "lion"]
    statistics, *_ = opened(view, "Groups")
    assert "lion" not in statistics.value
    assert "sgd" in statistics.value


def test_runs_without_a_metric_have_a_sentence() -> None:
    with Client("nbtrack::memory:") as client:
        for _ in range(2):
            client.create_run("0")
        view = nbtrack.compare_view("", client=client)
        (sentence,) = opened(view, "Groups")
    assert "The runs have no metric" in sentence.value
