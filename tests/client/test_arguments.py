"""What callers may pass: mappings for tags and params, words for enums, one text for several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbtrack.api.runs import CreateRun, SearchRuns, UpdateRun
from nbtrack.client.arguments import as_entities, as_enum, as_pairs, as_texts
from nbtrack.entities import LoggedModelStatus, Metric, RunStatus, RunTag, ViewType
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrack.client import Client
    from tests.client.fake_backend import FakeBackend

RUN = {"info": {"run_id": "a1", "experiment_id": "0", "status": "RUNNING"}}


def test_mapping_becomes_tags_in_its_order() -> None:
    tags = as_pairs(RunTag, {"b": "1", "a": "2"})
    assert tags == (RunTag(key="b", value="1"), RunTag(key="a", value="2"))


def test_tags_stay_as_they_are() -> None:
    tag = RunTag(key="a", value="1")
    assert as_pairs(RunTag, [tag, tag]) == (tag, tag)


def test_pair_that_is_no_entity_is_refused() -> None:
    pairs: Any = [("a", "1")]
    with pytest.raises(InvalidParameterValue, match=r"\('a', '1'\) is not a RunTag\. Make one"):
        as_pairs(RunTag, pairs)


def test_key_of_a_mapping_of_metrics_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="'loss' is not a Metric"):
        list(as_entities(Metric, {"loss": 0.5}))


@pytest.mark.parametrize(
    "ids", ["12", ["12"], ("12",), iter(["12"])], ids=["text", "list", "tuple", "iterator"]
)
def test_one_text_is_one_item(ids: str | Iterable[str]) -> None:
    assert as_texts(ids) == ("12",)


@pytest.mark.parametrize("value", [RunStatus.KILLED, "KILLED"], ids=repr)
def test_enum_by_member_or_word(value: RunStatus | str) -> None:
    assert as_enum(RunStatus, value) is RunStatus.KILLED


@pytest.mark.parametrize("value", ["DONE", "finished", ""], ids=repr)
def test_unknown_word_names_the_allowed_ones(value: str) -> None:
    words = "RUNNING, SCHEDULED, FINISHED, FAILED, KILLED"
    with pytest.raises(InvalidParameterValue, match=f"is not a RunStatus. Use one of {words}"):
        as_enum(RunStatus, value)


def test_no_enum_stays_none() -> None:
    assert as_enum(RunStatus, None) is None


def test_unknown_word_sends_nothing(client: Client, backend: FakeBackend) -> None:
    with pytest.raises(InvalidParameterValue, match="'DONE' is not a RunStatus"):
        client.update_run("a1", status="DONE")
    with pytest.raises(InvalidParameterValue, match="'READY' is not a LoggedModelStatus"):
        client.finalize_logged_model("m-1", status="READY")
    assert backend.calls == []


def test_words_reach_the_request_as_enums(client: Client, backend: FakeBackend) -> None:
    backend.answer("update_run", {"run_info": RUN["info"]})
    client.update_run("a1", status="FAILED", end_time=5)
    update = UpdateRun(run_id="a1", status=RunStatus.FAILED, end_time=5)
    client.search_runs("12", run_view_type="ALL", order_by="metrics.loss")
    search = SearchRuns(
        experiment_ids=("12",), run_view_type=ViewType.ALL, order_by=("metrics.loss",)
    )
    assert backend.calls == [("update_run", update), ("search_runs", search)]


def test_tags_reach_the_request_as_entities(client: Client, backend: FakeBackend) -> None:
    backend.answer("create_run", {"run": RUN})
    client.create_run("0", tags={"team": "vision"}, start_time=7)
    tags = (RunTag(key="team", value="vision"),)
    assert backend.last == CreateRun(experiment_id="0", start_time=7, tags=tags)


def test_model_status_by_word(client: Client, backend: FakeBackend) -> None:
    info = {"model_id": "m-1", "experiment_id": "0", "status": "LOGGED_MODEL_READY"}
    backend.answer("finalize_logged_model", {"model": {"info": info}})
    model = client.finalize_logged_model("m-1", status="LOGGED_MODEL_READY")
    assert model.info.status is LoggedModelStatus.LOGGED_MODEL_READY
