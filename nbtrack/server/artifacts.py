"""Move files: the `mlflow-artifacts` routes, and those of MLflow's UI for one run or model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Final

from nbtrack.api import DELETE, GET, OPERATIONS, POST, PUT, Message, Route
from nbtrack.api.wire import encode
from nbtrack.backends import Backend, KnowsFiles
from nbtrack.entities import FileInfo
from nbtrack.errors import BadRequest, InvalidParameterValue
from nbtrack.server.downloads import Span, choose_span, file_headers, is_unchanged
from nbtrack.server.exchange import Call, Handler, Reply, reply

UPLOAD_BYTES: Final = 10 << 20
"""What the UI's upload route takes."""

_PROXY: Final = "/api/2.0/mlflow-artifacts/artifacts"
_FILE: Final = f"{_PROXY}/{{artifact_path}}"
_ROOT: Final = "mlflow-artifacts:/"

_BackendHandler = Callable[[Backend, Call, Mapping[str, str]], Reply]


class Listing(Message, frozen=True, kw_only=True):
    """Answer with the entries of one directory; their paths are base names."""

    files: tuple[FileInfo, ...] = ()


def _download(backend: Backend, call: Call, path: Mapping[str, str]) -> Reply:
    return send_file(backend, call, _uri(path["artifact_path"]))


def _upload(backend: Backend, call: Call, path: Mapping[str, str]) -> Reply:
    backend.artifacts.write(_uri(path["artifact_path"]), call.chunks())
    return reply(b"")


def _list(backend: Backend, call: Call, _path: Mapping[str, str]) -> Reply:
    files = backend.artifacts.entries(_uri(call.argument("path")))
    return reply(encode(Listing(files=files)))


def _delete(backend: Backend, _call: Call, path: Mapping[str, str]) -> Reply:
    backend.artifacts.delete(_uri(path["artifact_path"]))
    return reply(b"{}")


def _run_file(backend: Backend, call: Call, _path: Mapping[str, str]) -> Reply:
    root = _run_root(backend, call.argument("run_id") or call.argument("run_uuid"))
    return send_file(backend, call, f"{root}/{_argument(call, 'path')}")


def _upload_run_file(backend: Backend, call: Call, _path: Mapping[str, str]) -> Reply:
    path = _argument(call, "path")
    root = _run_root(backend, _argument(call, "run_uuid"))
    content = call.body(UPLOAD_BYTES)
    if not content:
        raise InvalidParameterValue("The upload has no data. Send the file as the body.")
    backend.artifacts.write(f"{root}/{path}", (content,))
    return reply(b"")


def _model_file(backend: Backend, call: Call, path: Mapping[str, str]) -> Reply:
    file = call.argument("artifact_file_path")
    if not file:
        raise BadRequest("Parameter 'artifact_file_path' is missing. Name the file.")
    get_model = OPERATIONS["get_logged_model"]
    answer = backend.call(get_model, get_model.request(model_id=path["model_id"]))
    return send_file(backend, call, f"{answer.model.info.artifact_uri}/{file}")


ROUTES: Final[dict[Route, _BackendHandler]] = {
    GET(_PROXY): _list,
    GET(_FILE): _download,
    PUT(_FILE): _upload,
    DELETE(_FILE): _delete,
    GET("/get-artifact"): _run_file,
    POST("/ajax-api/2.0/mlflow/upload-artifact"): _upload_run_file,
    GET("/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"): _model_file,
}
"""The routes that move bytes or list them."""


def artifact_routes(backend: Backend) -> dict[Route, Handler]:
    """Make a handler for each of `ROUTES`."""
    return {route: partial(handler, backend) for route, handler in ROUTES.items()}


def _uri(path: str) -> str:
    if path.startswith("/"):
        raise InvalidParameterValue(
            f"Artifact path {path[:200]!r} is absolute. Drop the first '/'."
        )
    return _ROOT + path


def _argument(call: Call, name: str) -> str:
    value = call.argument(name)
    if not value:
        raise InvalidParameterValue(f"Parameter {name!r} is missing. Put it into the query.")
    return value


def _run_root(backend: Backend, run_id: str) -> str:
    get_run = OPERATIONS["get_run"]
    root: str = backend.call(get_run, get_run.request(run_id=run_id)).run.info.artifact_uri
    return root


def send_file(backend: Backend, call: Call, uri: str) -> Reply:
    """Answer with a file, whole or the range that was asked for, always as an attachment."""
    name = uri.rpartition("/")[2]
    movers = backend.artifacts
    if not isinstance(movers, KnowsFiles):
        return Reply(_started(movers.read(uri)), headers=file_headers(name))
    stat = movers.stat(uri)
    headers = file_headers(name, stat)
    if is_unchanged(call, stat):
        return Reply((), 304, headers)
    span = choose_span(call, stat)
    length = (("Content-Length", str(span.stop - span.start)),)
    if span.is_part:
        note = f"bytes {span.start}-{span.stop - 1}/{stat.size}"
        headers = (*headers, ("Content-Range", note))
    body = _cut(_started(movers.read(uri)), span) if span.is_part else _started(movers.read(uri))
    return Reply(body, 206 if span.is_part else 200, headers + length)


def _started(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first piece now, while a missing file can still be an error answer."""
    first = next(chunks, b"")
    return _closing(chain((first,), chunks), chunks)


def _closing(chunks: Iterable[bytes], source: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def _cut(chunks: Iterator[bytes], span: Span) -> Iterator[bytes]:
    position = 0
    for chunk in chunks:
        begin, end = position, position + len(chunk)
        position = end
        if end > span.start:
            yield chunk[max(span.start - begin, 0) : max(span.stop - begin, 0)]
        if end >= span.stop:
            return
