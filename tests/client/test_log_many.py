"""`Client.log_many` sends its batches one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbtrack.api.runs import LogBatch
from nbtrack.entities import Metric, Param, RunTag
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrack.client import Client
    from tests.client.fake_backend import FakeBackend


def test_everything_goes_in_one_call_if_it_fits(client: Client, backend: FakeBackend) -> None:
    point = Metric(key="loss", value=0.5, timestamp=7)
    client.log_many("a1", metrics=[point], params={"lr": "0.1"}, tags={"team": "vision"})
    assert backend.last == LogBatch(
        run_id="a1",
        metrics=(point,),
        params=(Param(key="lr", value="0.1"),),
        tags=(RunTag(key="team", value="vision"),),
    )
    assert backend.names == ["log_batch"]


def test_generator_is_sent_while_it_runs(client: Client, backend: FakeBackend) -> None:
    sent: list[int] = []

    def points() -> Iterator[Metric]:
        for n in range(2500):
            sent.append(len(backend.calls))
            yield Metric(key="loss", value=0.5, timestamp=n)

    client.log_many("a1", metrics=points())
    assert (sent[999], sent[1000], sent[2000]) == (0, 1, 2)
    assert len(backend.calls) == 3


def test_nothing_sends_nothing(client: Client, backend: FakeBackend) -> None:
    client.log_many("a1")
    assert backend.calls == []


def test_conflicting_param_sends_nothing(client: Client, backend: FakeBackend) -> None:
    many = [Param(key=str(n), value="1") for n in range(300)]
    with pytest.raises(InvalidParameterValue, match="Param '0' has two values"):
        client.log_many("a1", params=[*many, Param(key="0", value="2")])
    assert backend.calls == []


@pytest.mark.parametrize("method", ["log_batch", "log_many"])
def test_metrics_as_a_mapping_are_refused(
    method: str, client: Client, backend: FakeBackend
) -> None:
    metrics: Any = {"loss": 0.5}
    with pytest.raises(InvalidParameterValue, match="'loss' is not a Metric"):
        getattr(client, method)("a1", metrics=metrics)
    assert backend.calls == []
