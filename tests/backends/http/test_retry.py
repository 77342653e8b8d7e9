from __future__ import annotations

import subprocess
import sys
from typing import Never

import httpx
import pytest
from msgspec.structs import replace

from nbtrack.api.metrics import LOG_METRIC, LogMetric
from nbtrack.api.operation import AnyOperation, Message
from nbtrack.api.runs import (
    DELETE_RUNS,
    GET_RUN,
    SEARCH_RUNS,
    SET_TAG,
    DeletedRuns,
    DeleteRuns,
    GetRun,
    SearchRuns,
    SetTag,
)
from nbtrack.errors import (
    InvalidState,
    RequestLimitExceeded,
    TemporarilyUnavailable,
    TransportError,
)
from tests.backends.http.scripted import (
    FakeClock,
    Script,
    Step,
    api,
    http_backend,
    ok,
    outcome,
    page,
    run,
)

GET = (GET_RUN, GetRun(run_id="r1"))
METRIC = (LOG_METRIC, LogMetric(run_id="r1", key="loss", value=0.5, timestamp=7, step=3))
BULK = (DELETE_RUNS, DeleteRuns(experiment_id="1", max_timestamp_millis=5))
Call = tuple[AnyOperation, Message]


def busy(status: int, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=names)


LOST: list[Step] = [
    httpx.ReadTimeout("timed out"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("disconnected"),
    busy(502),
    busy(504),
    page(500, "Internal Server Error"),
    api(500, "INTERNAL_ERROR"),
]
LOST_IDS = ["timeout", "reset", "disconnect", "502", "504", "500 page", "500 internal"]


@pytest.mark.parametrize("call", [GET, METRIC, BULK], ids=["read", "metric", "bulk"])
@pytest.mark.parametrize(
    "step",
    [busy(429), busy(503), httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")],
    ids=["429", "503", "refused", "no connection"],
)
def test_call_that_was_not_executed_is_repeated(call: Call, step: Step) -> None:
    script = Script(step, ok({"run": run()}))
    result = outcome(http_backend(script), *call)
    assert not isinstance(result, Exception)
    assert len(script.requests) == 2


@pytest.mark.parametrize("step", LOST, ids=LOST_IDS)
@pytest.mark.parametrize("call", [GET, METRIC], ids=["A", "C"])
def test_lost_reply_is_repeated_with_the_identical_body(call: Call, step: Step) -> None:
    script = Script(step, ok({"run": run()}))
    assert not isinstance(outcome(http_backend(script), *call), Exception)
    first, second = script.requests
    assert (first.url, first.content) == (second.url, second.content)


@pytest.mark.parametrize("step", LOST, ids=LOST_IDS)
def test_lost_reply_of_group_d_is_final(step: Step) -> None:
    script = Script(step, ok())
    result = outcome(http_backend(script, flavour="databricks"), *BULK)
    assert isinstance(result, Exception)
    assert len(script.requests) == 1


def test_unknown_outcome_is_said() -> None:
    script = Script(httpx.ReadTimeout("timed out"))
    result = outcome(http_backend(script, flavour="databricks"), *BULK)
    assert str(result) == (
        "No answer from http://127.0.0.1:5000: it took too long (timed out). "
        "Whether the call was carried out is not known: look before you repeat it."
    )


def test_error_with_a_code_is_final_even_with_status_500() -> None:
    script = Script(api(500, "INVALID_STATE"), ok())
    assert type(outcome(http_backend(script), *METRIC)) is InvalidState
    assert len(script.requests) == 1


def test_waits_grow_to_thirty_seconds() -> None:
    clock = FakeClock(chance=1.0)
    result = outcome(http_backend(Script(busy(503)), clock), *GET)
    assert type(result) is TemporarilyUnavailable
    assert clock.sleeps[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_waits_stay_within_the_total_time() -> None:
    clock = FakeClock(chance=1.0)
    outcome(http_backend(Script(busy(503)), clock), *GET)
    assert 270 < sum(clock.sleeps) <= 300


def test_jitter_is_full() -> None:
    clock = FakeClock(chance=0.25)
    outcome(http_backend(Script(busy(503), busy(503), ok({"run": run()})), clock), *GET)
    assert clock.sleeps == [0.125, 0.25]


def test_retry_after_replaces_the_wait() -> None:
    clock = FakeClock()
    script = Script(busy(429, retry_after="11"), busy(503, retry_after="40"), ok({"run": run()}))
    outcome(http_backend(script, clock), *GET)
    assert clock.sleeps == [11.0, 40.0]


def test_retry_after_may_be_a_date() -> None:
    clock = FakeClock()
    clock.time = 0.0
    date = "Thu, 01 Jan 1970 00:00:09 GMT"
    outcome(http_backend(Script(busy(429, retry_after=date), ok({"run": run()})), clock), *GET)
    assert clock.sleeps == [9.0]


def test_retry_after_beyond_the_total_time_ends_the_call_at_once() -> None:
    clock = FakeClock()
    script = Script(busy(429, retry_after="301"))
    assert type(outcome(http_backend(script, clock), *GET)) is RequestLimitExceeded
    assert clock.sleeps == []


def test_lost_reply_waits_a_second_at_least() -> None:
    clock = FakeClock(chance=0.0)
    outcome(http_backend(Script(busy(502), ok({"run": run()})), clock), *GET)
    assert clock.sleeps == [1.0]


def test_search_is_repeated_though_it_is_a_post() -> None:
    script = Script(busy(502), ok({"runs": [run("a")]}))
    reply = http_backend(script).call(SEARCH_RUNS, SearchRuns(experiment_ids=("1",)))
    assert [found.info.run_id for found in reply.runs] == ["a"]


def test_certificate_failure_is_final() -> None:
    import ssl

    def refuse(request: httpx.Request) -> httpx.Response:
        problem = ssl.SSLCertVerificationError("bad")
        problem.verify_message = "self-signed certificate"
        raise httpx.ConnectError("bad") from problem

    script = Script(refuse)
    result = outcome(http_backend(script), *GET)
    assert type(result) is TransportError
    assert "is not trusted: self-signed certificate" in str(result)
    assert len(script.requests) == 1


def test_total_time_of_zero_sends_each_call_once() -> None:
    clock = FakeClock(chance=0.0)
    script = Script(busy(503, retry_after="0"))
    backend = http_backend(script, clock, retry_seconds=0)
    assert type(outcome(backend, *GET)) is TemporarilyUnavailable
    assert (len(script.requests), clock.sleeps) == (1, [])


def interrupt(*_: object) -> Never:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["wait", "attempt"])
def test_interrupt_ends_the_call_at_once(place: str) -> None:
    clock = FakeClock()
    script = Script(busy(503), interrupt if place == "attempt" else busy(503), ok())
    if place == "wait":
        clock.clock = replace(clock.clock, sleep=interrupt)
    with pytest.raises(KeyboardInterrupt):
        http_backend(script, clock).call(*GET)
    assert len(script.requests) == (2 if place == "attempt" else 1)


def test_each_wait_is_told_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    script = Script(busy(503), ok({"run": run()}))
    outcome(http_backend(script, FakeClock(chance=1.0)), *GET)
    (told,) = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert told.getMessage().endswith("Trying again in 0.5 s.")


LATE = """
import atexit, sys
import httpx
from nbtrack.api.runs import GET_RUN, GetRun
from nbtrack.backends.http import Clock, HttpBackend

run = {"info": {"run_id": "r1", "experiment_id": "1", "status": "RUNNING"}, "data": {}}
replies = [httpx.Response(code, json={"run": run}) for code in (200, 503, 200)]
transport = httpx.MockTransport(lambda _: replies.pop(0))
backend = HttpBackend("http://h", transport=transport, clock=Clock(sleep=lambda _: None))

def call():
    reply = backend.call(GET_RUN, GetRun(run_id="r1"))
    print(reply.run.info.run_id, "tenacity" in sys.modules)

call()
atexit.register(call)
"""


def test_first_retry_loads_its_library_and_may_come_when_the_process_ends() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["r1 False", "r1 True"], "")


def test_writes_are_sent_once_when_all_is_well() -> None:
    clock = FakeClock()
    script = Script(ok())
    http_backend(script, clock).call(SET_TAG, SetTag(run_id="r1", key="k", value="v"))
    assert (len(script.requests), clock.sleeps) == (1, [])


def test_bulk_reply_is_read() -> None:
    script = Script(ok({"runs_deleted": 3}))
    assert outcome(http_backend(script), *BULK) == DeletedRuns(runs_deleted=3)
