"""Record what goes over the wire for the good use of each operation, with ids made stable.

`python -m tests.conformance.recording` writes the examples anew, one file an operation. Look at
the difference before you keep it: it is the wire format.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from nbtrack.backends.sqlite import SqliteBackend
from nbtrack.limits import MLFLOW as MLFLOW_LIMITS
from nbtrack.server import create_app
from tests.conformance.calls import CALLS, Stage, prepare
from tests.conformance.opening import ADDRESS, over_http
from tests.conformance.service import IN_PROCESS, Service

FOLDER = Path(__file__).parent / "examples"
EPOCH = 1767225600000
_HEX = re.compile("[0-9a-f]{32}")
_TOKEN = re.compile(r'"next_page_token": "[^"]+"')
_NAME = re.compile(r"(created|renamed)-\d+-\d+")

Exchange = dict[str, Any]


@dataclass
class Recorder(httpx.BaseTransport):
    """A transport that keeps the last exchange."""

    inner: httpx.BaseTransport
    last: Exchange = field(default_factory=dict[str, Any])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on and keep it with its response."""
        response = self.inner.handle_request(request)
        response.read()
        body = request.read()
        if request.url.path.startswith("/api/2.0/mlflow-artifacts"):
            return response
        self.last = {
            "verb": request.method,
            "path": request.url.path,
            "query": [list(pair) for pair in request.url.params.multi_items()],
            "body": json.loads(body) if body else None,
            "status": response.status_code,
            "reply": json.loads(response.content),
        }
        return response

    def close(self) -> None:
        """Close the transport behind."""
        self.inner.close()


class Ticking:
    """A clock that starts in 2026 and moves a second at each look."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> int:
        """Return the time."""
        self.now += 1000
        return self.now


@contextmanager
def recording_stage(folder: Path) -> Generator[tuple[Stage, Recorder]]:
    """Give a stage on a store of its own, whose requests are recorded."""
    engine = SqliteBackend(folder, limits=MLFLOW_LIMITS, proxied_artifacts=True, clock=Ticking())
    with closing(engine):
        recorder = Recorder(httpx.WSGITransport(app=create_app(engine)))
        with closing(over_http(ADDRESS, recorder)) as backend:
            yield prepare(Service(IN_PROCESS, backend), "stage"), recorder


def record(name: str, folder: Path) -> Exchange:
    """Record one operation, with random ids replaced by what they stand for."""
    with recording_stage(folder) as (stage, recorder):
        CALLS[name](stage)
        names = {stage.run_id: "<run>", stage.model_id.removeprefix("m-"): "<model>"}
        found = {"operation": name, **recorder.last}
    return stable(found, names)


def stable(exchange: Exchange, names: Mapping[str, str]) -> Exchange:
    """Replace what differs from time to time: ids, tokens, and the name of this user."""
    text = json.dumps(exchange)
    for value, word in names.items():
        text = text.replace(value, word)
    text = _NAME.sub(r"\1", _TOKEN.sub('"next_page_token": "<token>"', _HEX.sub("<new>", text)))
    found: Exchange = json.loads(text)
    for entry in found["reply"].get("access_control_list", ())[:1]:
        entry["user_name"] = entry["display_name"] = "<local user>"
    default = [e for e in found["reply"].get("experiments", ()) if e["experiment_id"] == "0"]
    for experiment in default:  # made with the file, by SQLite's clock
        experiment["creation_time"] = experiment["last_update_time"] = 0
    return found


def write_examples() -> None:
    """Write every example anew."""
    for name in CALLS:
        with tempfile.TemporaryDirectory() as folder:
            text = json.dumps(record(name, Path(folder)), indent=1, ensure_ascii=True)
        (FOLDER / f"{name}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    write_examples()
