"""Which part of a wide filter any server of the API understands.

Only what is surely understood alike is sent: the rest, and what servers are known to differ in,
such as NaN behind `!=`, is left for the engine that holds what was found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nbtrack.errors import FilterError
from nbtrack.search.fields import RUNS, Entity, Operator
from nbtrack.search.order import parse_order_by
from nbtrack.search.tree import And, Comparison, Field, print_field, print_filter
from nbtrack.search.wide_tree import Ago, All, Literal_, Node, Scope, Test

_TEXTS: Final = frozenset({"run_name", "status"})
_ORDERED: Final = frozenset({"=", "<", "<=", ">", ">="})
_SAFE: Final = 2**53


@dataclass(frozen=True, slots=True)
class Split:
    """A filter in two parts, of which both must hold; an empty text holds always.

    sent
        What the server answers.
    here
        What is answered in this process.
    """

    sent: str
    here: str


def split_filter(text: str, node: Node) -> Split:
    """Split a filter by the terms that AND joins at its top.

    >>> from nbtrack.search.wide import parse_where
    >>> text = "metrics.loss < 1 and (params.lr > 0.1 or status = 'FAILED')"
    >>> split_filter(text, parse_where(text))
    Split(sent='metrics.loss < 1.0', here="(params.lr > 0.1 or status = 'FAILED')")
    """
    terms = node.terms if isinstance(node, All) else (node,)
    sent: list[Comparison] = []
    here: list[str] = []
    for term in terms:
        comparison = _as_narrow(term)
        if comparison is None:
            part = text[term.span[0] : term.span[1]]
            here.append(part if isinstance(term, Test) or len(terms) == 1 else _joined(part))
        else:
            sent.append(comparison)
    return Split(print_filter(And(tuple(sent)), RUNS), " AND ".join(here))


def sent_order(order_by: Sequence[str]) -> tuple[str, ...] | None:
    """Write an order so that any server understands it; None if the API cannot say it.

    >>> sent_order([" metrics.from desc "]), sent_order(["min(metrics.loss) ASC"])
    (('metrics.`from` DESC',), None)
    """
    try:
        terms = parse_order_by(order_by, RUNS)
    except FilterError:
        return None
    ways = {True: "ASC", False: "DESC"}
    return tuple(f"{print_field(term.field, RUNS)} {ways[term.ascending]}" for term in terms)


def _joined(part: str) -> str:
    return part if part[:3].upper() == "NOT" else f"({part})"


def _as_narrow(node: Node) -> Comparison | None:
    """Return a test in the API's own language, None where it may not be."""
    if not isinstance(node, Test) or node.field.scope is not Scope.RUN or node.field.summary:
        return None
    value = node.values[0] if len(node.values) == 1 else None
    operator = _operator(node, value)
    if operator is None or value is None or isinstance(value, Ago):
        return None
    return Comparison(Field(node.field.entity, node.field.key), operator, value)


def _operator(test: Test, value: Literal_ | None) -> Operator | None:
    if test.field.entity is Entity.METRIC or test.field.key == "start_time":
        is_sure = isinstance(value, float | int) and math.isfinite(value) and abs(value) < _SAFE
        is_sent = is_sure and test.operator in _ORDERED and not test.negated
        return Operator(test.operator) if is_sent else None
    if not isinstance(value, str) or not _is_text(test) or {"'", '"'} <= set(value):
        return None  # MLflow does not read a doubled quote as one
    if test.operator == "=":
        return Operator.NE if test.negated else Operator.EQ
    return Operator.LIKE if test.operator == "LIKE" and not test.negated else None


def _is_text(test: Test) -> bool:
    if test.field.entity is Entity.ATTRIBUTE:
        return test.field.key in _TEXTS
    return test.field.entity in (Entity.PARAM, Entity.TAG)
