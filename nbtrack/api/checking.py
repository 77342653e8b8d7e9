"""Check requests that were built in Python, where nothing has decoded them."""

from __future__ import annotations

import msgspec

from nbtrack.api.operation import Operation, Q, R
from nbtrack.api.runs import LogBatch
from nbtrack.api.wire import invalid_request
from nbtrack.errors import InvalidParameterValue


def check_request(op: Operation[Q, R], request: Q) -> None:
    """Refuse absent, empty or wrongly typed fields as a server would.

    The metrics of a batch are left to its writer, which looks at every point anyway.
    """
    for name in op.required:
        value = getattr(request, name)
        if value == "":
            message = f"Missing value for required parameter {name!r} of {op.name}: it is empty."
            raise InvalidParameterValue(message)
    fields = msgspec.structs.asdict(request)
    if isinstance(request, LogBatch):
        fields["metrics"] = ()
    try:
        msgspec.convert(msgspec.to_builtins(fields), op.request)
    except (msgspec.ValidationError, TypeError) as exc:
        raise invalid_request(op.name, exc) from exc
