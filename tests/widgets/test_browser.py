from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import nbtrack
from nbtrack.client import Client
from nbtrack.errors import FilterError
from nbtrack.widgets import RunBrowser, browse
from nbtrack.widgets.screen import Bundle
from tests.widgets.conftest import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ["otter", "<img src=x onerror=alert(1)>", "vole"]


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a store with three runs of an experiment and one of another."""
    with Client("nbtrack::memory:") as client:
        for experiment, names in (("digits", NAMES), ("other", ["lynx"])):
            made = client.create_experiment(experiment)
            for place, name in enumerate(names):
                run_id = client.create_run(made, run_name=name, start_time=place).info.run_id
                client.log_param(run_id, "lr", str(place))
                for step in range(3):
                    client.log_metric(run_id, "loss", place / (step + 1), step=step, timestamp=step)
        yield client


@pytest.fixture
def browser(client: Client) -> RunBrowser:
    """Give a browser of the three runs."""
    return browse(experiments="digits", client=client)


def act(browser: RunBrowser, wish: str, **content: object) -> None:
    """Do something with the runs that are chosen, as a page does."""
    tell(browser.bar, type=wish, id=1, turn=browser.bar.picked["turn"], **content)


def id_of(browser: RunBrowser, name: str) -> str:
    """Return the id of a run that is shown."""
    return str(browser.frame.set_index("run_name")["run_id"][name])


def test_first_paint_is_part_of_the_state(browser: RunBrowser) -> None:
    assert [row[1] for row in browser.grid.get_state()["_first"]] == NAMES[::-1]
    state = browser.bar.get_state()
    assert state["metrics"] == ["loss"]
    assert {"name": "metrics.loss", "kind": "metric", "values": []} in state["words"]
    assert [one["name"] for one in state["experiments"]].count("digits") == 1


def test_filter_of_the_page_finds_runs(browser: RunBrowser) -> None:
    tell(browser.bar, type="filter", id=1, text="params.lr > 1")
    assert browser.frame["run_name"].tolist() == ["vole"]
    assert (browser.filter, browser.bar.filter, browser.bar.wrong) == (
        "params.lr > 1",
        "params.lr > 1",
        {},
    )


def test_wrong_filter_of_the_page_is_marked_and_changes_nothing(browser: RunBrowser) -> None:
    tell(browser.bar, type="filter", id=1, text="metrics.loss < < 1")
    assert browser.bar.wrong["position"] == 15
    browser.selected = [id_of(browser, "vole")]
    assert browser.bar.filter == "metrics.loss < < 1"  # what was typed stays
    assert (browser.filter, len(browser.frame), browser.bar.error) == ("", 3, "")


def test_wrong_filter_of_code_is_raised(browser: RunBrowser) -> None:
    with pytest.raises(FilterError):
        browser.filter = "metrics.loss <"
    assert browser.filter == ""


def test_columns_come_back_after_a_filter_that_finds_nothing(browser: RunBrowser) -> None:
    before = browser.grid.visible
    browser.filter = "params.lr > 99"
    assert len(browser.frame) == 0
    browser.filter = ""
    assert browser.grid.visible == before


def test_selected_is_a_frame_and_can_be_assigned(browser: RunBrowser) -> None:
    browser.selected = browser.frame[browser.frame["params.lr"] < 2]
    assert browser.selected["run_name"].tolist() == NAMES[1::-1]
    assert browser.bar.picked["count"] == 2
    assert "IN (" in browser.code


def test_code_finds_the_same_runs(browser: RunBrowser, client: Client) -> None:
    browser.selected = [id_of(browser, "vole")]
    line = browser.code.removesuffix(")") + ", client=client)"
    found = eval(line, {"nbtrack": nbtrack, "client": client})
    assert found["run_name"].tolist() == ["vole"]


def test_experiments_are_chosen(browser: RunBrowser, client: Client) -> None:
    other = client.get_by_name("other").experiment_id
    tell(browser.bar, type="experiments", id=1, chosen=[other])
    assert browser.frame["run_name"].tolist() == ["lynx"]
    tell(browser.bar, type="experiments", id=1, chosen=[])
    assert browser.bar.error.startswith("No experiment is chosen.")


def test_focused_run_is_shown_in_detail(browser: RunBrowser) -> None:
    browser.grid.set_state({"focused": id_of(browser, "vole")})
    assert browser.details.details["params"] == [["lr", "2"]]
    assert browser.details.details["metrics"] == [["loss", "0.66667", "step 2"]]
    assert browser.bar.picked["names"] == ["vole"]


def test_run_is_renamed(browser: RunBrowser) -> None:
    browser.selected = [id_of(browser, "vole")]
    act(browser, "rename", name="shrew")
    assert "shrew" in browser.frame["run_name"].tolist()
    assert browser.bar.status == "Renamed to 'shrew'."


def test_tag_and_note_are_written_and_removed(browser: RunBrowser, client: Client) -> None:
    run_id = id_of(browser, "vole")
    browser.selected = [run_id]
    act(browser, "tag", key="team", value="vision")
    act(browser, "note", text="good")
    tags = {tag.key: tag.value for tag in client.get_run(run_id).data.tags}
    assert (tags["team"], tags["mlflow.note.content"]) == ("vision", "good")
    act(browser, "untag", key="team")
    assert "team" not in {tag.key for tag in client.get_run(run_id).data.tags}


def test_runs_are_deleted_and_restored(browser: RunBrowser) -> None:
    browser.selected = [id_of(browser, "vole"), id_of(browser, "otter")]
    act(browser, "delete")
    assert browser.frame["run_name"].tolist() == [NAMES[1]]
    assert browser.bar.status == "Deleted 2 runs."
    tell(browser.bar, type="view", id=2, view="deleted")
    assert browser.bar.picked["deleted"] == 2
    act(browser, "restore")
    assert len(browser.frame) == 0


def test_action_on_runs_that_are_no_longer_chosen_is_refused(browser: RunBrowser) -> None:
    browser.selected = [id_of(browser, "vole")]
    seen = browser.bar.picked["turn"]
    browser.selected = [id_of(browser, "otter")]
    tell(browser.bar, type="delete", id=1, turn=seen)
    assert "has changed meanwhile" in browser.bar.error
    assert len(browser.frame) == 3


def test_comparison_is_shown_below_and_closed(browser: RunBrowser) -> None:
    browser.selected = browser.frame
    act(browser, "compare")
    assert (browser.bar.error, browser.bar.comparing) == ("", 1)
    assert browser.bar.status == "Comparing 3 runs below."
    tell(browser.bar, type="close", id=2)
    assert (browser.bar.error, browser.bar.comparing) == ("", 0)


def test_small_curves_are_of_the_chosen_metric(browser: RunBrowser) -> None:
    run_id = id_of(browser, "vole")
    assert browser.grid._sparks["curve"]([run_id]) == {run_id: [2.0, 1.0, 2.0 / 3]}  # pyright: ignore[reportPrivateUsage]
    tell(browser.bar, type="metric", id=1, metric="nope")
    assert browser.grid._sparks["curve"]([run_id]) == {}  # pyright: ignore[reportPrivateUsage]


def test_refresh_shows_what_is_new(browser: RunBrowser, client: Client) -> None:
    experiment = client.get_by_name("digits").experiment_id
    client.create_run(experiment, run_name="late", start_time=99)
    browser.refresh()
    assert browser.frame["run_name"].tolist()[0] == "late"


def test_refresh_offers_new_experiments(browser: RunBrowser, client: Client) -> None:
    made = client.create_experiment("faces")
    assert "faces" not in [one["name"] for one in browser.bar.experiments]
    browser.refresh()
    assert {"id": made, "name": "faces"} in browser.bar.experiments
    client.delete_experiment(made)
    browser.refresh()
    assert "faces" not in [one["name"] for one in browser.bar.experiments]


def test_browser_watches_while_a_page_shows_it(browser: RunBrowser) -> None:
    watch = browser._watch  # pyright: ignore[reportPrivateUsage]
    tell(browser.bar, type="seen", id=0, view="a")
    assert watch.is_running
    tell(browser.bar, type="gone", id=0, view="a")
    assert not watch.is_running
    tell(browser.bar, type="seen", id=0, view="b")
    browser.close()
    assert not watch.is_running


def test_without_a_kernel_the_browser_is_a_table(browser: RunBrowser) -> None:
    data = browser._repr_mimebundle_()  # pyright: ignore[reportPrivateUsage]
    assert "&lt;img src=x onerror=alert(1)&gt;" in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "Runs: 3" in data["text/plain"]


def test_shown_table_follows_the_view(browser: RunBrowser) -> None:
    shown: list[Bundle] = []

    class FakeScreen:
        def show(self, bundle: Bundle) -> None:
            shown.append(bundle)

        def replace(self, bundle: Bundle) -> None:
            shown.append(bundle)

    output = browser._output  # pyright: ignore[reportPrivateUsage]
    output.show(browser.still(), {"view": "live"}, FakeScreen())
    browser.filter = "params.lr > 1"
    table, view, later = (data for data, _ in shown)
    assert "otter" in table["text/html"]
    assert view == {"view": "live"}
    assert "Runs: 1" in later["text/plain"]
    assert "otter" not in later["text/html"]


def test_empty_store_is_shown_too() -> None:
    with Client("nbtrack::memory:") as client:
        browser = browse(client=client)
        assert len(browser.frame) == 0
        client.log_metric(
            client.create_run("0", run_name="first").info.run_id, "loss", 1.0, timestamp=1
        )
        browser.refresh()
        assert "metrics.loss" in browser.grid.shown
        assert browser.bar.metric == "loss"


def test_threads_leave_the_browser_consistent(browser: RunBrowser) -> None:
    def seek() -> None:
        for turn in range(20):
            tell(browser.bar, type="filter", id=1, text="params.lr > 1" if turn % 2 else "")

    thread = threading.Thread(target=seek)
    thread.start()
    for _ in range(20):
        browser.refresh()
    thread.join()
    assert (browser.filter, browser.grid.n_all) == ("params.lr > 1", 1)
