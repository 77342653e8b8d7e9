from __future__ import annotations

from collections.abc import Callable

import pytest

from nbtrack.display import list_card, model_card
from nbtrack.display.lists import kind_of
from nbtrack.entities import (
    DatasetSummary,
    Experiment,
    ExperimentTag,
    FileInfo,
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelParameter,
    LoggedModelStatus,
    Metric,
    Run,
)
from tests.display.test_cards import EVIL, make_run


def make_model(name: str = "forest") -> LoggedModel:
    """Make a model with a param and two points of a metric."""
    info = LoggedModelInfo(
        model_id="m-1a2b",
        experiment_id="0",
        name=name,
        model_type=name,
        source_run_id="a1b2c3d4e5f6",
        status=LoggedModelStatus.LOGGED_MODEL_READY,
    )
    points = [Metric(key=name, value=value, timestamp=1, step=1) for value in (0.5, 0.75)]
    params = (LoggedModelParameter(key=name, value=name),)
    return LoggedModel(info=info, data=LoggedModelData(params=params, metrics=tuple(points)))


def named_run(name: str) -> Run:
    """Make a run whose texts are all the same."""
    return make_run(name, params={name: name}, metrics={name: 0.25})


def named_experiment(name: str) -> Experiment:
    """Make an experiment whose texts are all the same."""
    return Experiment(experiment_id="3", name=name, tags=(ExperimentTag(key=name, value=name),))


def named_dataset(name: str) -> DatasetSummary:
    """Make a dataset whose texts are all the same."""
    return DatasetSummary(experiment_id="3", name=name, digest=name, context=name)


def named_file(name: str) -> FileInfo:
    """Make an artifact of a kilobyte and a half."""
    return FileInfo(path=name, file_size=1500)


def named_point(name: str) -> Metric:
    """Make a point of a metric."""
    return Metric(key=name, value=0.25, timestamp=1, step=7)


MAKERS: list[tuple[Callable[[str], object], list[str]]] = [
    (named_run, ["2 runs", "FINISHED", "12.3 s", "x 0.25", "x x", "a1b2c3d4e5f6"]),
    (named_experiment, ["2 experiments", "active", "x x", "3"]),
    (make_model, ["2 logged models", "READY", "x 0.75", "a1b2c3d4", "m-1a2b"]),
    (named_dataset, ["2 datasets", "3"]),
    (named_file, ["2 artifacts", "1,500"]),
    (named_point, ["2 points", "7", "0.25"]),
]


@pytest.mark.parametrize(("make", "told"), MAKERS)
def test_a_list_is_a_table_in_text_and_in_html(
    make: Callable[[str], object], told: list[str]
) -> None:
    values = [make("x"), make("x")]
    kind = kind_of(values)
    assert kind is not None
    card = list_card(values, kind)
    for words in told:
        assert words in card.text
        assert words in card.html


@pytest.mark.parametrize("make", [make for make, _ in MAKERS])
def test_a_list_escapes_everything(make: Callable[[str], object]) -> None:
    kind = type(make(EVIL))
    html = list_card([make(EVIL)], kind).html
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_long_list_says_what_is_left_out_and_stays_small() -> None:
    runs = [make_run("r" * 500, params={f"p{n}": "v" * 500 for n in range(40)})] * 50_000
    card = list_card(runs, Run)
    assert card.text.startswith("50,000 runs, the first 20 shown\n")
    assert "and 37 more" in card.text
    assert card.html.count("<tr>") == 21
    assert len(card.html) < 40_000


def test_a_page_says_whether_there_are_more() -> None:
    assert list_card([], Run).text == "0 runs: nothing"
    card = list_card([make_run()], Run, has_more=True)
    assert card.text.startswith("1 run; there are more pages\n")


def test_lists_of_other_things_have_no_table() -> None:
    assert kind_of([make_run(), make_model()]) is None
    assert kind_of([1.0, 2.0]) is None
    assert kind_of([]) is None
    assert kind_of((make_run(),)) is Run


def test_a_model_has_a_card() -> None:
    assert model_card(make_model("forest")).text.splitlines() == [
        "forest  READY  forest  logged model m-1a2b  made by run a1b2c3d4",
        "  params   forest forest",
        "  metrics  forest 0.75",
    ]
    html = model_card(make_model(EVIL)).html
    assert "<img" not in html
    assert html.count("&lt;img") == 5
