"""From records to calls: refusals are set aside, what may pass stays, nothing blocks the rest."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from nbtrack.api.runs import LogBatch
from nbtrack.client import Client, journal
from nbtrack.client.delivery import Delivery, UndeliveredError
from nbtrack.client.journal import Journal, Position
from nbtrack.client.journal_folder import JournalFolder
from nbtrack.client.sender import Sender
from nbtrack.errors import (
    BadRequest,
    InternalError,
    InvalidParameterValue,
    RequestLimitExceeded,
    TransportError,
    Unauthenticated,
)
from tests.tracking.flaky import FlakyBackend, Trouble, no_trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbtrack.client.refusals import Refusal

START = Position(0, 0)


class Line:
    """A journal and the way from it to a backend."""

    def __init__(self, folder: Path) -> None:
        self.backend = FlakyBackend(folder / ".nbtrack")
        self.client = Client(backend=self.backend)
        self.run_id = self.client.create_run().info.run_id
        self.refused: list[Refusal] = []
        self.journal = Journal(JournalFolder.in_memory())
        self.run = self.journal.add_run(self.run_id, is_owner=True)
        self.delivery = Delivery(self.client, self.journal.folder, self.refused.append)
        self.sender = Sender(self.journal, self.delivery, interval=0.01)

    def deliver(self) -> None:
        position: Position | None = START
        while position is not None:
            position = self.delivery.deliver_chunk(position, self.journal.position())

    def values(self, key: str = "loss") -> list[float]:
        return [point.value for point in self.client.iter_history(self.run_id, key)]

    def params(self) -> dict[str, str]:
        return {p.key: p.value for p in self.client.get_run(self.run_id).data.params}


@pytest.fixture
def line(tmp_path: Path, said: list[str]) -> Iterator[Line]:
    found = Line(tmp_path)
    with closing(found.client):
        yield found
        found.backend.trouble = no_trouble
        found.sender.stop(5)


def log_some(line: Line, count: int = 10) -> None:
    for step in range(count):
        line.journal.metric(line.run, "loss", step, step, float(step))


def failing(error: Exception) -> Trouble:

    def trouble(_name: str, _request: object) -> None:
        raise error

    return trouble


@pytest.mark.parametrize(
    "error",
    [
        TransportError("gone"),
        InternalError("broken"),
        RequestLimitExceeded("slow down"),
        Unauthenticated("who?"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_stays_and_is_delivered_later(line: Line, error: Exception) -> None:
    log_some(line)
    line.backend.trouble = failing(error)
    with pytest.raises(UndeliveredError):
        line.deliver()
    line.backend.trouble = no_trouble
    line.deliver()
    assert line.values() == [float(step) for step in range(10)]
    assert line.refused == []


def test_a_changed_param_is_set_aside_and_the_rest_arrives(line: Line) -> None:
    line.client.log_param(line.run_id, "lr", "0.1")
    line.journal.document(journal.PARAMS, line.run, {"lr": "0.2", "depth": "3"})
    log_some(line)
    line.deliver()
    assert line.params() == {"lr": "0.1", "depth": "3"}
    assert len(line.values()) == 10
    (refusal,) = line.refused
    assert refusal.what == "param 'lr' = '0.2'"
    assert refusal.content == {"kind": "param", "key": "lr", "value": "0.2"}


def test_a_param_that_changes_within_a_chunk_is_set_aside(line: Line) -> None:
    for value in ("1", "2", "1"):
        line.journal.document(journal.PARAMS, line.run, {"lr": value})
    line.deliver()
    assert line.params() == {"lr": "1"}
    assert [refusal.what for refusal in line.refused] == ["param 'lr' = '2'"]


def test_one_bad_point_among_thousands_is_found(line: Line) -> None:
    log_some(line, 3_000)
    line.journal.metric(line.run, "bad\nkey", 0, 0, 1.0)
    log_some(line, 3_000)
    line.deliver()
    assert len(line.values()) == 3_000  # the second thousands are copies of the first
    assert [refusal.content["key"] for refusal in line.refused] == ["bad\nkey"]


def test_a_run_that_is_gone_is_told_once_for_all_its_points(line: Line) -> None:
    line.client.delete_run(line.run_id)
    log_some(line, 2_000)
    other = line.client.create_run().info.run_id
    number = line.journal.add_run(other, is_owner=True)
    line.journal.metric(number, "loss", 0, 0, 1.0)
    line.deliver()
    assert len(line.refused) == 2  # a batch each
    assert len(line.refused[0].content) == 1_000
    assert [point.value for point in line.client.iter_history(other, "loss")] == [1.0]


def test_a_record_that_breaks_its_delivery_is_isolated(line: Line) -> None:
    log_some(line)
    line.journal.document(journal.INPUTS, line.run, {"datasets": "nonsense"})
    line.journal.document(journal.PARAMS, line.run, {"lr": "1"})
    line.journal.metric(99, "loss", 0, 0, 1.0)
    line.deliver()
    assert len(line.values()) == 10
    assert line.params() == {"lr": "1"}
    assert len(line.refused) == 2
    assert "does not name run 99" in line.refused[1].why


def test_a_text_that_the_server_finds_too_long_becomes_an_artifact(line: Line) -> None:
    line.journal.document(journal.PARAMS, line.run, {"text": "x" * 5_000, "lr": "1"})
    line.deliver()
    found = line.params()
    assert found["lr"] == "1"
    assert found["text"].endswith("... [5000 characters, see artifacts]")
    whole = line.client.read_artifact(line.run_id, "nbtrack/params/text.txt")
    assert whole == b"x" * 5_000
    assert line.refused == []


def test_delivering_twice_changes_nothing(line: Line) -> None:
    log_some(line)
    line.journal.document(journal.TAGS, line.run, {"a": "1"})
    line.deliver()
    before = line.client.get_run(line.run_id)
    line.deliver()
    assert line.client.get_run(line.run_id) == before
    assert len(line.values()) == 10


def test_a_lost_reply_doubles_nothing(line: Line) -> None:
    log_some(line)

    def lose_the_reply(_name: str, request: object) -> None:
        if isinstance(request, LogBatch):
            line.backend.trouble = no_trouble
            line.client.log_batch(request.run_id, metrics=request.metrics)
            raise TransportError("the reply was lost")

    line.backend.trouble = lose_the_reply
    with pytest.raises(UndeliveredError):
        line.deliver()
    line.deliver()
    assert line.values() == [float(step) for step in range(10)]


def test_the_sender_warns_once_and_says_when_it_works_again(line: Line, said: list[str]) -> None:
    line.backend.trouble = failing(TransportError("gone."))
    line.sender.start()
    log_some(line)
    assert not line.sender.flush(5)
    assert not line.sender.flush(5)
    assert line.sender.problem == "gone."
    line.backend.trouble = no_trouble
    while not line.sender.flush(5):
        pass
    assert [text.partition(":")[0].partition(";")[0] for text in said] == [
        "delivery waits",
        "delivery works again",
    ]
    assert len(line.values()) == 10


def test_a_flush_from_the_senders_own_thread_does_not_wait(line: Line) -> None:
    answers: list[bool] = []

    def flush(_name: str, _request: object) -> None:
        answers.append(line.sender.flush(60))

    line.backend.trouble = flush
    line.sender.start()
    log_some(line)
    assert line.sender.flush(10)
    assert answers
    assert not any(answers)


def test_flush_gives_up_in_time_on_a_backend_that_hangs(line: Line) -> None:
    go_on = threading.Event()

    def hang(_name: str, _request: object) -> None:
        go_on.wait(30)

    line.backend.trouble = hang
    line.sender.start()
    log_some(line)
    assert not line.sender.flush(0.1)
    go_on.set()
    assert line.sender.flush(10)


def test_stop_says_whether_everything_went_out(line: Line) -> None:
    line.sender.start()
    log_some(line)
    assert line.sender.stop(10)
    log_some(line, 20)
    assert not line.sender.is_done


@pytest.mark.parametrize("error", [InvalidParameterValue("no"), BadRequest("no")], ids=repr)
def test_an_end_that_is_refused_does_not_block(line: Line, error: Exception) -> None:
    def trouble(name: str, _request: object) -> None:
        if name == "update_run":
            raise error

    line.backend.trouble = trouble
    line.journal.document(journal.UPDATE, line.run, {"status": "FINISHED", "end_time": 1})
    log_some(line)
    line.deliver()
    assert len(line.values()) == 10
    assert line.refused[0].what.startswith("the end ")
