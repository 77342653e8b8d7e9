from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nbtrack import Client, ConfigError
from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.client.current import current_client
from nbtrack.client.directions import directions_of, experiment_tags, set_direction
from nbtrack.client.fluent import set_experiment, set_tracking_uri, start_run
from nbtrack.config import DIRECTIONS, set_setting, setting
from nbtrack.directions import Directions, matching_direction
from nbtrack.errors import InvalidParameterValue, ResourceDoesNotExist
from nbtrack.frames.frame_directions import frame_directions

SAID = {"nbtrack.direction.score": "min"}
OTHERWISE = {"nbtrack.direction.score": "max"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBTRACK_STATE_FOLDER", str(tmp_path / "state"))
    set_tracking_uri(str(tmp_path / "store"))


def way(metric: str, **said: object) -> str:
    return directions_of([metric], **said)[metric].way  # type: ignore[arg-type]


def test_a_name_is_the_last_thing_that_tells() -> None:
    known = directions_of(["val/loss", "acc"])
    assert (known["val/loss"].way, known["acc"].way) == ("min", "max")
    assert known["acc"].source == "name"


def test_what_is_said_comes_in_an_order() -> None:
    set_setting(DIRECTIONS, "score=min")
    assert way("score") == "min"
    assert way("score", experiment_tags=[OTHERWISE]) == "max"
    assert way("score", experiment_tags=[OTHERWISE], run_tags=[SAID]) == "min"
    assert way("score", given={"score": "max"}, run_tags=[SAID]) == "max"


def test_the_source_is_told() -> None:
    set_setting(DIRECTIONS, "sc*=min")
    assert directions_of(["score"])["score"].source == "setting directions, set in this process"
    known = directions_of(["score"], run_tags=[SAID])["score"]
    assert known.source == "tag nbtrack.direction.score = 'min' of the run"
    assert directions_of(["score"], "max")["score"].source == "argument"


def test_runs_that_contradict_each_other_do_not_count() -> None:
    known = directions_of(["score"], run_tags=[SAID, OTHERWISE], experiment_tags=[SAID])["score"]
    assert (known.way, known.source[:24]) == ("min", "tag nbtrack.direction.sc")
    known = directions_of(["score"], run_tags=[SAID, OTHERWISE])["score"]
    assert (known.way, known.source) == ("max", "name; tags of runs contradict each other")


def test_a_tag_that_is_no_direction_is_told_of() -> None:
    known = directions_of(["score"], run_tags=[{"nbtrack.direction.score": "down"}])["score"]
    assert known.way == "max"
    assert known.source == "name; tag nbtrack.direction.score = 'down' of the run is no direction"


@pytest.mark.parametrize(("text", "wanted"), [("false", "min"), ("True", "max")])
def test_the_primary_metric_of_mlflow_counts(text: str, wanted: str) -> None:
    tags = {
        "mlflow.experiment.primaryMetric.name": "loss/score",
        "mlflow.experiment.primaryMetric.greaterIsBetter": text,
    }
    assert way("loss/score", experiment_tags=[tags]) == wanted
    assert way("loss", experiment_tags=[tags]) == "min"


def test_a_given_direction_must_be_one() -> None:
    with pytest.raises(InvalidParameterValue, match=r"of 'loss' is 'low'\. Use 'min' or 'max'\.$"):
        directions_of(["loss"], {"loss": "low"})


def test_a_name_beats_a_pattern_and_the_first_pattern_the_next() -> None:
    known = {"val_*": "max", "*_score": "min", "val_x": "Minimise"}
    assert matching_direction("val_x", known) == "min"
    assert matching_direction("val_score", known) == "max"
    assert matching_direction("other", known) is None


@pytest.mark.parametrize(
    "text",
    [
        "loss=max, größe=min",
        "{'loss': 'max', 'größe': 'min'}",
        '{"loss": "maximize", "größe": "MIN"}',
    ],
)
def test_the_setting_is_read_from_texts(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_DIRECTIONS", text)
    assert setting(DIRECTIONS) == {"loss": "max", "größe": "min"}
    assert str(setting(DIRECTIONS)) == "loss=max, größe=min"


def test_the_setting_is_a_table_of_the_project(tmp_path: Path) -> None:
    lines = ["[tool.nbtrack.directions]", '"val_*" = "min"', 'acc = "min"']
    (tmp_path / "pyproject.toml").write_text("\n".join(lines), "utf-8")
    assert (way("val_x"), way("acc")) == ("min", "min")
    assert "pyproject.toml [tool.nbtrack]" in directions_of(["acc"])["acc"].source


@pytest.mark.parametrize("text", ["loss", "loss=down", "=min", "{'loss': 1}", "{loss", "{1, 2}"])
def test_the_setting_refuses_what_is_no_table(text: str) -> None:
    with pytest.raises(ConfigError, match=r"directions is .* which does not fit\. Use "):
        set_setting(DIRECTIONS, text)


def test_directions_as_text_are_read_again_the_same() -> None:
    set_setting(DIRECTIONS, str(Directions({"a=b": "min", "c": "max"})))
    assert setting(DIRECTIONS) == {"a=b": "min", "c": "max"}


def test_set_direction_writes_a_tag_of_the_experiment_in_use() -> None:
    set_experiment("digits")
    set_direction("score", "min")
    made = current_client().get_by_name("digits")
    assert {tag.key: tag.value for tag in made.tags} == SAID


def test_set_direction_takes_the_experiment_of_the_active_run() -> None:
    with start_run(experiment_name="other") as run:
        set_direction("score", "min")
    assert experiment_tags(current_client(), [run.experiment_id]) == [SAID]


def test_set_direction_takes_a_name_or_an_id() -> None:
    made = current_client().create_experiment("a")
    set_direction("score", "min", experiment="a")
    set_direction("other", "max", experiment=made)
    assert experiment_tags(current_client(), [made]) == [{**SAID, "nbtrack.direction.other": "max"}]


def test_set_direction_refuses_other_words_and_unknown_experiments() -> None:
    with pytest.raises(InvalidParameterValue, match="The direction of 'score' is 'up'"):
        set_direction("score", "up")  # type: ignore[arg-type]
    with pytest.raises(ResourceDoesNotExist):
        set_direction("score", "min", experiment="nothing")


def test_a_frame_of_runs_knows_the_tags_of_its_experiments() -> None:
    set_direction("score", "min")
    frame = pd.DataFrame({"experiment_id": ["0"]})
    frame.attrs["source"] = current_client().tracking_uri
    assert frame_directions(frame, ["score"])["score"].way == "min"
    frame.attrs["source"] = "http://elsewhere"
    assert frame_directions(frame, ["score"])["score"].way == "max"


def test_a_frame_of_runs_knows_the_tags_of_its_runs() -> None:
    frame = pd.DataFrame({"tags.nbtrack.direction.score": ["min", None, "min"]})
    assert frame_directions(frame, ["score"])["score"].way == "min"


def test_a_frame_asks_the_client_that_is_given(tmp_path: Path) -> None:
    with Client(backend=SqliteBackend(tmp_path / ".other")) as client:
        client.set_experiment_tag("0", "nbtrack.direction.score", "min")
        frame = pd.DataFrame({"experiment_id": ["0", "404"]})
        assert frame_directions(frame, ["score"], client=client)["score"].way == "min"
