"""The JSON codec of the API: requests and replies to bytes and back, and error bodies.

Reading is lenient: int64 may come as text or as a whole float, doubles as `"NaN"`, `"Infinity"` and
`"-Infinity"` or as true and false, enums as words or numbers, null as absent, and unknown fields
are ignored. Writing is exact: absent fields are left out, and doubles that JSON cannot hold are
the three words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from nbtrack.api.operation import Operation, Q, R, Route
from nbtrack.entities import LoggedModelStatus, RunStatus, ViewType
from nbtrack.errors import ApiError, InvalidParameterValue

S = TypeVar("S", bound=Struct)
_QUERY_VERBS = frozenset({"GET", "DELETE"})
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<where>.*)`)?$")
_ENUM_NUMBERS: dict[str, dict[int, str]] = {
    "view_type": {number: word.value for number, word in enumerate(ViewType, 1)},
    "run_view_type": {number: word.value for number, word in enumerate(ViewType, 1)},
    "status": {number: word.value for number, word in enumerate(RunStatus, 1)},
}
_MODEL_STATUS_NUMBERS = {number: word.value for number, word in enumerate(LoggedModelStatus)}


class WireRequest(Struct, frozen=True):
    """What goes on the wire for one call: verb, path, query pairs, and body if there is one."""

    verb: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes | None


def encode(message: Struct) -> bytes:
    """Encode a message or entity as exact JSON."""
    body = msgspec.json.encode(message)
    if b"null" in body:  # msgspec writes NaN and the infinities as null; nothing else becomes null
        return msgspec.json.encode(_spell_doubles(msgspec.to_builtins(message)))
    return body


def _spell_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spell_doubles(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spell_doubles(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):  # noqa: PLR0124 - NaN
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN
    return value


def to_wire(op: Operation[Q, R], request: Q) -> WireRequest:
    """Spread a request over path, query and body of the operation's first route."""
    route = op.route
    path = fill_path(route, request)
    if route.verb in _QUERY_VERBS:
        return WireRequest(route.verb, path, tuple(_query_pairs(route, request)), None)
    return WireRequest(route.verb, path, (), encode(request))


def fill_path(route: Route, request: Struct) -> str:
    """Put the request's fields into the route's path, percent-encoded."""
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", quote(str(getattr(request, name)), safe=""))
    return path


def _query_pairs(route: Route, request: Struct) -> Iterable[tuple[str, str]]:
    for name, value in msgspec.to_builtins(request).items():
        if name in route.parameters:
            continue
        for item in value if isinstance(value, (list, tuple)) else (value,):
            yield name, ("true" if item else "false") if isinstance(item, bool) else str(item)


def decode_reply(op: Operation[Q, R], content: bytes) -> R:
    """Decode the reply of an operation; raises `msgspec.MsgspecError` if it is not one."""
    try:
        return msgspec.json.decode(content or b"{}", type=op.reply, strict=False)
    except msgspec.ValidationError:
        return msgspec.convert(_relaxed(msgspec.json.decode(content)), op.reply, strict=False)


def decode_body(op: Operation[Q, R], content: bytes, path: Mapping[str, str]) -> Q:
    """Decode a request from its JSON body and the fields that stood in the path."""
    try:
        if not path:
            return msgspec.json.decode(content or b"{}", type=op.request, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # the lenient reading below takes it, or says what is wrong
    try:
        raw = _relaxed(msgspec.json.decode(content or b"{}"))
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        message = f"The body of {op.name} is not valid JSON: {exc}. Send one JSON object."
        raise InvalidParameterValue(message) from exc
    except RecursionError as exc:
        message = f"The body of {op.name} is nested too deeply. Send one JSON object."
        raise InvalidParameterValue(message) from exc
    return _convert(op, raw, path)


def decode_query(
    op: Operation[Q, R], query: Iterable[tuple[str, str]], path: Mapping[str, str]
) -> Q:
    """Decode a request from query pairs and the fields that stood in the path."""
    lists = {f.name for f in msgspec.structs.fields(op.request) if _is_list(f.type)}
    raw: dict[str, Any] = {}
    for name, value in query:
        if name in lists:
            raw.setdefault(name, []).append(value)
        else:
            raw.setdefault(name, value)
    return _convert(op, _relaxed(raw), path)


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is tuple


def _convert(op: Operation[Q, R], raw: Any, path: Mapping[str, str]) -> Q:
    if not isinstance(raw, dict):
        message = f"The body of {op.name} is {type(raw).__name__}, not a JSON object."
        raise InvalidParameterValue(message)
    for name, value in path.items():
        if raw.get(name, value) != value:
            message = f"{name} is {raw[name]!r} in the body and {value!r} in the path. Send one."
            raise InvalidParameterValue(message)
        raw[name] = value
    try:
        return msgspec.convert(raw, op.request, strict=False)
    except msgspec.ValidationError as exc:
        raise invalid_request(op.name, exc) from exc


def invalid_request(name: str, exc: Exception) -> InvalidParameterValue:
    """Turn a failed conversion into the API's error, naming the field."""
    match = _AT.match(str(exc))
    what, where = (match["what"], match["where"]) if match else (str(exc), None)
    what = what.replace("Object missing required field", "missing required field")
    place = f" at {where!r}" if where else ""
    return InvalidParameterValue(f"Invalid request to {name}{place}: {what.replace('`', chr(39))}.")


def _relaxed(raw: Any) -> Any:
    """Undo the spellings that the typed decoder does not take: null, flags, enum numbers."""
    if isinstance(raw, list):
        return [_relaxed(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    found = {key: _relaxed(value) for key, value in raw.items() if value is not None}
    if "timestamp" in found and isinstance(found.get("value"), bool):
        found["value"] = float(found["value"])
    for field, words in _ENUM_NUMBERS.items():
        if field in found:
            numbers = _MODEL_STATUS_NUMBERS if "model_id" in found else words
            found[field] = _enum_word(found[field], numbers)
    return found


def _enum_word(value: Any, words: Mapping[int, str]) -> Any:
    numbers = {str(number): word for number, word in words.items()}
    return numbers.get(str(value), value) if isinstance(value, (int, str)) else value


def error_body(error: ApiError) -> bytes:
    """Encode an error as the API's body: `error_code` and `message`."""
    return msgspec.json.encode({"error_code": error.error_code, "message": error.message})
