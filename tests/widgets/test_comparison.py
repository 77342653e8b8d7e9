from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack import Client
from nbtrack.errors import FilterError, InvalidParameterValue
from nbtrack.widgets import Chart, RunComparison, comparison_state, comparison_still
from nbtrack.widgets.code_line import CodeLine
from nbtrack.widgets.comparison_pages import PAGES
from tests.widgets.conftest import tell

NASTY = "<img src=x onerror=alert(1)>"
TITLES = [page.title for page in PAGES]


@pytest.fixture
def view() -> Generator[RunComparison]:
    """Give a comparison of six runs in a store of its own."""
    nbtrack.set_tracking_uri("nbtrack::memory:")
    for number in range(6):
        lr = (0.1, 0.01, 0.001)[number // 2]
        params = {"lr": lr, "seed": number % 2, "same": 1}
        with nbtrack.run(run_name=NASTY if number == 5 else f"run{number}", params=params) as run:
            run.log_series("loss", [1.0, lr * (number + 1)])
            run.log_series("acc", [0.1, 1 - lr])
    shown = nbtrack.compare_view("metrics.loss < 9")
    yield shown
    nbtrack.set_tracking_uri(None)


def opened(view: RunComparison, title: str) -> list[Any]:
    """Open a page, and return its widgets."""
    view.tabs.selected_index = TITLES.index(title)
    return list(view.tabs.children[TITLES.index(title)].children)


def names(view: RunComparison) -> list[str]:
    """Return the names of the selected runs."""
    return sorted(view.selected["run_name"])


def test_differences_are_there_from_the_start(view: RunComparison) -> None:
    (page,) = view.tabs.children[0].children
    assert "loss" in page.value
    assert "same" not in page.value
    assert "better" in page.value or "worse" in page.value


def test_columns_that_are_the_same_are_left_out(view: RunComparison) -> None:
    assert "params.lr" in view.grid.shown
    assert "params.same" not in view.grid.shown


def test_durations_are_those_of_the_runs() -> None:
    with Client("nbtrack::memory:") as client:
        for name, end_time in (("short", 2_500), ("long", 91_000)):
            run = client.create_run("0", run_name=name, start_time=1_000)
            client.update_run(run.info.run_id, status="FINISHED", end_time=end_time)
        shown = nbtrack.compare_view("status = 'FINISHED'", client=client)
        text = shown.bundle()["text/plain"]
    assert "1.5 s" in text
    assert "1 min 30 s" in text


def test_an_empty_filter_means_all_runs(view: RunComparison) -> None:
    every = nbtrack.compare_view("")
    assert set(every.frame["run_id"]) == set(view.frame["run_id"])


def test_another_baseline_is_compared_with(view: RunComparison) -> None:
    run_id = view.frame["run_id"].tolist()[2]
    before = view.tabs.children[0].children[0].value
    view.baseline.value = run_id
    assert view.tabs.children[0].children[0].value != before


def test_a_brush_in_the_scatter_selects_in_the_grid(view: RunComparison) -> None:
    (chart,) = opened(view, "Scatter")
    wanted = chart.figure["data"][0]["customdata"][:1]
    tell(chart, type="brush", points={"0": [0]})
    assert view.grid.selected == wanted
    assert len(view.selected) == 1


def test_ranges_of_parallel_axes_select(view: RunComparison) -> None:
    (chart,) = opened(view, "Parallel")
    label = chart.figure["data"][0]["dimensions"][0]["label"]
    tell(chart, type="brush", ranges={label: [[-1e9, 1e9]]})
    assert len(view.selected) == len(view.frame)


def legend(chart: Chart) -> list[str]:
    """Return the runs that stand in the legend of a chart of curves."""
    traces: list[dict[str, Any]] = chart.figure["data"]
    return [trace["name"] for trace in traces if trace.get("showlegend")]


def curves_of(chart: Chart) -> int:
    """Count the runs that have a curve."""
    return len({trace["meta"]["run_id"] for trace in chart.figure["data"] if "meta" in trace})


def test_selected_runs_stand_out_among_the_curves(view: RunComparison) -> None:
    (chart,) = opened(view, "Curves")
    assert isinstance(chart, Chart)
    assert curves_of(chart) == 6
    colours = {trace["name"]: trace["line"]["color"] for trace in chart.figure["data"][:6]}
    view.selected = view.frame["run_id"].tolist()[1:3]
    (chart,) = opened(view, "Curves")
    assert curves_of(chart) == 6
    assert sorted(legend(chart)) == names(view)
    last = chart.figure["data"][4:6]
    assert {trace["name"]: trace["line"]["color"] for trace in last} == {
        name: colours[name] for name in names(view)
    }


def test_a_click_on_a_curve_selects_its_run(view: RunComparison) -> None:
    (chart,) = opened(view, "Curves")
    tell(chart, type="click", trace=2, point=0)
    assert view.grid.selected == [chart.figure["data"][2]["meta"]["run_id"]]


def test_selected_runs_are_drawn_though_there_are_more_than_may_be(
    view: RunComparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_state, "MOST_CURVES", 3)
    view.selected = view.frame["run_id"].tolist()[-1:]
    told, chart = opened(view, "Curves")
    assert "Showing 3 of 6 runs." in told.value
    assert curves_of(chart) == 3
    assert legend(chart) == names(view)


def test_nothing_is_read_twice_for_one_state(
    view: RunComparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.bundle()
    opened(view, "Curves")
    for name in ("compare", "history"):
        monkeypatch.delattr(f"nbtrack.frames.{name}")
    view.bundle()
    opened(view, "Differences")
    assert view._problem.value == ""  # pyright: ignore[reportPrivateUsage]


def test_any_error_is_shown_in_the_view(
    view: RunComparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("<b>odd</b>")

    monkeypatch.setattr("nbtrack.frames.compare", fail)
    view.selected = view.frame["run_id"].tolist()[:2]
    problem = view._problem.value  # pyright: ignore[reportPrivateUsage]
    assert "ValueError: &lt;b&gt;odd" in problem
    assert view.tabs.children[0].children == ()
    opened(view, "Curves")
    assert view._problem.value == ""  # pyright: ignore[reportPrivateUsage]


def test_replaced_charts_are_closed(view: RunComparison) -> None:
    (first,) = opened(view, "Curves")
    view.selected = view.frame["run_id"].tolist()[:1]
    assert first.comm is None


def test_images_of_runs_stand_side_by_side(view: RunComparison, tmp_path: Path) -> None:
    run_id = view.frame["run_id"].tolist()[0]
    image = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    path = tmp_path / "a.svg"
    path.write_bytes(image)
    view.client.upload_artifact(run_id, path, "plots")
    page, *_ = opened(view, "Images")
    assert page.value.count("<img ") == 1
    assert 'alt="plots/a.svg"' in page.value


def test_filter_finds_the_selected_runs(view: RunComparison) -> None:
    view.selected = view.frame[view.frame["params.lr"] < 0.005]
    found = nbtrack.runs(view.filter)
    assert sorted(found["run_name"]) == names(view)


def test_an_assigned_filter_shows_other_runs(view: RunComparison) -> None:
    view.filter = "params.lr > 0.005"
    assert len(view.frame) == 4
    assert view.filter == "params.lr > 0.005"
    assert len(view.baseline.options) == 4


def test_code_gives_the_selected_runs(view: RunComparison) -> None:
    view.selected = view.frame["run_id"].tolist()[:3]
    found = eval(view.code, {"nbtrack": nbtrack})
    assert set(found["run_id"]) == set(view.selected["run_id"])


def test_the_line_of_code_follows_the_selection(view: RunComparison) -> None:
    line = next(part for part in view.children if isinstance(part, CodeLine))
    assert line.code == view.code
    before = line.code
    view.selected = view.frame["run_id"].tolist()[:1]
    assert line.code == view.code != before
    assert NASTY not in CodeLine(code=NASTY).still().html


def test_a_closed_view_closes_what_it_shows(view: RunComparison) -> None:
    (chart,) = opened(view, "Curves")
    view.close()
    assert chart.comm is None
    assert view.grid.comm is None


def test_a_wrong_filter_leaves_the_view_as_it_was(view: RunComparison) -> None:
    with pytest.raises(FilterError):
        view.filter = "params.lr >> 1"
    assert len(view.frame) == 6


def test_names_are_only_names(view: RunComparison) -> None:
    data = view.bundle()
    assert NASTY not in data["text/html"]
    assert "&lt;img src=x" in data["text/html"]
    assert NASTY not in view.tabs.children[0].children[0].value


def pictures(html: str) -> list[str]:
    """Return the descriptions of the pictures in a piece of HTML."""
    return re.findall(r'<img alt="([^"]*)"[^>]*src="data:image/svg', html)


def test_without_a_kernel_every_page_with_something_to_show_is_there(view: RunComparison) -> None:
    data = view.bundle()
    assert "Compared runs: 6" in data["text/plain"]
    assert "acc of groups" in data["text/plain"]
    assert "Groups are runs alike in all params but params.seed." in data["text/html"]
    curves, scatter, parallel = pictures(data["text/html"])
    assert scatter.startswith("Scatter")
    assert parallel.startswith("Parallel")
    assert curves.startswith("Curves")
    assert len(data["text/html"]) < 200_000


def test_a_selection_is_in_what_stays_without_a_kernel(view: RunComparison) -> None:
    before = view.still()
    view.selected = view.frame[view.frame["params.seed"] == 0]
    after = view.still()
    assert "selection" not in before.html
    assert pictures(before.html)[:2] != pictures(after.html)[:2]


def test_without_a_kernel_runs_without_params_have_no_empty_pictures() -> None:
    nbtrack.set_tracking_uri("nbtrack::memory:")
    for number in range(3):
        with nbtrack.run(run_name=f"run{number}") as run:
            run.log(loss=number)
    html = nbtrack.compare_view("").still().html
    assert len(pictures(html)) == 1
    assert "of groups" not in html
    nbtrack.set_tracking_uri(None)


def test_what_stays_of_many_long_runs_is_bounded_and_says_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nbtrack.set_tracking_uri("nbtrack::memory:")
    for number in range(60):
        params = {f"param number {key}": f"{'v' * 100}{number + key}" for key in range(40)}
        with nbtrack.run(run_name=f"{number} {'r' * 200}", params=params) as run:
            for metric in range(10):
                run.log_series(f"metric {metric}", [1 / (step + 1) for step in range(300)])
    view = nbtrack.compare_view("")
    assert len(view.still().html.encode()) < 200_000
    monkeypatch.setattr(comparison_still, "MOST_BYTES", 30_000)
    still = view.still()
    told = "Left out, so that the notebook stays small: curves"
    assert told in still.text
    assert told in still.html
    assert pictures(still.html) == []
    nbtrack.set_tracking_uri(None)


def test_one_run_is_no_comparison(view: RunComparison) -> None:
    with pytest.raises(InvalidParameterValue, match="of 1 runs is not shown"):
        nbtrack.compare_view(view.frame["run_id"].tolist()[:1])


def test_a_baseline_that_is_not_compared_is_refused(view: RunComparison) -> None:
    with pytest.raises(InvalidParameterValue, match="'nothing' is not one of the runs"):
        nbtrack.compare_view(view.frame, baseline="nothing")
