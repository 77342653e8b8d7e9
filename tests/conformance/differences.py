"""Where nbtrack differs from an MLflow 3.17 server on purpose: what MLflow does, and why we do not.

Tests state what nbtrack does and name the row here. Everything that has no row is the same on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LARGEST = 1.7976931348623157e308
OK = "OK"
BAD = "BAD_REQUEST"
INTERNAL = "INTERNAL_ERROR"
TAKEN = "RESOURCE_ALREADY_EXISTS"


@dataclass(frozen=True)
class Difference:
    """What MLflow answers, and the reason for another answer of ours."""

    mlflow: Any
    why: str


_ACCIDENT = "a constraint of MLflow's tables speaks; our code says what is wrong"
_UNCHECKED = "what one call refuses must not come in through another"
_TRUE_VALUE = "a value is kept or refused, never changed"

DIFFERENCES: dict[str, Difference] = {
    # experiments
    "experiment id beyond int64": Difference(INTERNAL, _ACCIDENT),
    "experiment tag twice": Difference(TAKEN, _ACCIDENT),
    "rename to a taken name": Difference(BAD, _ACCIDENT),
    # runs
    "run without experiment": Difference(BAD, "the field is optional, and '0' always exists"),
    "run starts now": Difference(mlflow=False, why="0 is a start in 1970"),
    "run tag twice": Difference(BAD, _ACCIDENT),
    "run tag keys at creation": Difference(OK, _UNCHECKED),
    "line break at the end of a key": Difference(OK, _UNCHECKED),
    "dataset without name or digest": Difference(OK, "such datasets cannot be told apart"),
    "dataset tag twice": Difference(BAD, _ACCIDENT),
    "model inputs in searches": Difference((), "searches show runs as getRun does"),
    "model output twice": Difference(BAD, "a repeated call must be harmless"),
    "step of a repeated model output": Difference(1, "as above"),
    "failed model link": Difference(({"m": 1.0}, {"p": "1"}, {}), "a batch is all or nothing"),
    "old model that is no object": Difference(INTERNAL, "the caller's mistake, not the server's"),
    # metrics
    "infinity": Difference(LARGEST, _TRUE_VALUE),
    "NaN in a tie": Difference("nan", "a number says more than NaN"),
    "NaN of a model": Difference("0.0", _TRUE_VALUE),
    "linked point with another value": Difference(BAD, _ACCIDENT),
    "metric of an unknown model": Difference(BAD, _ACCIDENT),
    # logged models
    "model key twice": Difference(BAD, _ACCIDENT),
    "keys of models": Difference(OK, _UNCHECKED),
    "pending is not final": Difference(OK, "finalize must end in a final state"),
    "same param of a model again": Difference(BAD, "a repeated call must be harmless"),
    "changed param of a model": Difference(BAD, _ACCIDENT),
    # limits and pages
    "values that are too long": Difference(OK, _TRUE_VALUE),
    "token that is no object": Difference(INTERNAL, "the caller's mistake, not the server's"),
    # artifacts
    "size of an empty file": Difference(None, "0 is a size"),
}

_BLANK = "blanks ask for nothing, so everything is found"
_WORDS = "people know the words of the enum; MLflow compares with its numbers"
_MISTAKE = "the caller's mistake, not the server's"
_TWICE = "the second direction can have no effect"
_NOTHING: frozenset[str] = frozenset()

FILTERS: dict[str, Difference] = {
    " \t\r\n": Difference("INVALID_PARAMETER_VALUE", _BLANK),
    "tags.q = 'it''s'": Difference((), "a doubled quote is SQL's way to write one"),
    "tags.from = 'x'": Difference("INVALID_PARAMETER_VALUE", "after a dot any word is a key"),
    "metrics.neg = -1e400": Difference((), _TRUE_VALUE),
    "runs: ('start_time', 'created DESC')": Difference(INTERNAL, _MISTAKE),
    "experiments: ('name', 'name DESC')": Difference(OK, _TWICE),
    "logged models: ({'field_name': 'name'}, {'field_name': 'name'})": Difference(OK, _TWICE),
}
"""Filters of runs, and orders of every search as `<search>: <order_by>`."""

FILTERS_OF_MODELS: dict[str, Difference] = {
    "status = 'READY'": Difference(_NOTHING, _WORDS),
    "status != 'LOGGED_MODEL_READY'": Difference(frozenset({"m", "a", "b"}), _WORDS),
    "status IN ('PENDING', 'LOGGED_MODEL_UPLOAD_FAILED')": Difference(_NOTHING, _WORDS),
    "status LIKE '%READY'": Difference(_NOTHING, _WORDS),
    "foo = 'x'": Difference(INTERNAL, _MISTAKE),
    "metrics.acc > '0.8'": Difference(INTERNAL, _MISTAKE),
}
"""Filters of logged models."""

SHAPES: dict[str, frozenset[str]] = {
    "search_runs": frozenset({".runs[].inputs.model_inputs[].model_id: str"}),
}
"""Fields that stand in only one of the two replies to the same call."""
