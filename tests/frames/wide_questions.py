"""Random filters of the wide language, each beside the judgement of a plain run that it stands for.

What a filter means is said here a second time, in plain Python: a test of a value that is not there
is false, a negated one is true where a value is there and does not fit, NOT turns round what stands
behind it, and NaN is a value that fits nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import Any

from hypothesis import strategies as st

from tests.conformance import oracle
from tests.conformance.oracle import Order, PlainRun
from tests.conformance.strategies import quoted, written_field
from tests.frames.frame_oracle import SUMMARIES, as_integer, as_number
from tests.frames.messy_world import FINITE, METRICS, PARAMS, START, TAGS, TEXTS

Check = Callable[[PlainRun], bool]
Read = Callable[[PlainRun], Any]
Asked = tuple[str, Check]


@dataclass(frozen=True)
class Test:
    """The right side of a test: an operator, whether it is negated, and its values as written."""

    __test__ = False

    operator: str
    is_negated: bool
    texts: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def written(self) -> str:
        """The text from the operator on."""
        if self.operator == "=":
            return f"{'!=' if self.is_negated else '='} {self.texts[0]}"
        word = f"not {self.operator}" if self.is_negated else self.operator
        if self.operator == "IN":
            return f"{word} ({', '.join(self.texts)})"
        return f"{word} {' AND '.join(self.texts)}"

    def holds(self, value: Any) -> bool:  # noqa: ANN401 - text or number
        """Judge a value; one that is not there passes no test."""
        return value is not None and self._fits(value) is not self.is_negated

    def _fits(self, value: Any) -> bool:  # noqa: ANN401
        if self.operator == "IN":
            return value in self.values
        if self.operator == "BETWEEN":
            return bool(self.values[0] <= value <= self.values[1])
        return _COMPARED[self.operator](value, self.values[0])


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "LIKE": oracle.is_like,
    "ILIKE": lambda a, b: oracle.is_like(oracle.lower_ascii(a), oracle.lower_ascii(b)),
}
_NEGATED = ("=", "IN", "BETWEEN", "LIKE", "ILIKE")


@st.composite
def _tests(
    draw: st.DrawFn,
    pool: Sequence[tuple[str, Any]],
    operators: Iterable[str] = ("=", "<", "<=", ">", ">=", "IN", "BETWEEN"),
) -> Test:
    """Make a right side from literals and the values that they stand for."""
    operator = draw(st.sampled_from(sorted(operators)))
    least, most = {"IN": (1, 3), "BETWEEN": (2, 2)}.get(operator, (1, 1))
    chosen = draw(st.lists(st.sampled_from(pool), min_size=least, max_size=most))
    is_negated = operator in _NEGATED and draw(st.booleans())
    return Test(operator, is_negated, tuple(t for t, _ in chosen), tuple(v for _, v in chosen))


def _of(left: str, read: Read, tests: st.SearchStrategy[Test]) -> st.SearchStrategy[Asked]:
    def build(test: Test) -> Asked:
        return f"{left} {test.written}", lambda run: test.holds(read(run))

    return st.builds(build, tests)


# --- what is compared -----------------------------------------------------------------------------

_NUMBERS: list[tuple[str, float]] = [
    *((text, float(text)) for text in ("0", "1", "-1", "0.5", "0.25", "2.", ".9", "5e-324", "3")),
    *(("1e400", float("inf")), ("-1e400", float("-inf")), ("0.30000000000000004", 0.1 + 0.2)),
]
_BIG: list[tuple[str, float]] = [
    *((text, int(text)) for text in ("9007199254740993", "9223372036854775807")),
    ("100000000000000000000", 1e20),
]
_WORDS = [(quoted(text), text) for text in (*TEXTS, "prod", "Prod", "0.1", "1e-3", "nan", "True")]
_PATTERNS = [
    (quoted(text), text) for text in ("c%", "%ü%", "C:\\%", "_", "%", "c_n", "PROD", "%'%")
]
# Who adds numbers up in another order gets another last digit: no mean is compared exactly.
_MEANS = [("0.123456789", 0.123456789), ("-0.987654321", -0.987654321), ("1e3", 1000.0)]
_LASTING = [
    *(("0", 0), ("90", 90_000), ("1.001", 1001), ("-0.5", -500), ("'1.001s'", 1001)),
    *(("'1h30m'", 5_400_000), ("'90s'", 90_000), ("'1001ms'", 1001), ("'1.5m'", 90_000)),
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = [START, START + 1, START + 1001, START + 90_000]
_DATES = [(quoted((_EPOCH + timedelta(milliseconds=m)).isoformat()), m) for m in _MOMENTS]
_DAYS = [("'2023-11-14'", 1_699_920_000_000), ("'2023-11-15 00:00'", 1_700_006_400_000)]
_TIMES = [*((str(moment), moment) for moment in _MOMENTS), *_DATES, *_DAYS]
_STATUSES = [(f"'{word}'", word) for word in ("RUNNING", "FINISHED", "FAILED", "finished")]
_NAMES = [(quoted(n), n) for n in ("plain", "it's", "größe", "both \" and '", "'quoted' \"twice\"")]
_TEXTUAL = ("=", "<", ">=", "IN", "BETWEEN")
_LIKE = ("LIKE", "ILIKE")
_NUMERIC = _tests(_NUMBERS)


def number_of(text: str | None) -> float | None:
    """Read a param as a filter does: a whole number exactly, any other as a double."""
    if text is None:
        return None
    whole = as_integer(text)
    return as_number(text) if whole is None else whole


def summary_of(run: PlainRun, key: str, word: str) -> float | None:
    """Return a summary of a metric's points, or the last of them."""
    points = run.metrics.get(key)
    if points is None:
        return None
    if word == "mean":
        return oracle.summary(points).mean
    return oracle.latest(points)[2] if word in {"", "last"} else SUMMARIES[word][1](points)


def duration(run: PlainRun) -> float:
    """Return how many milliseconds a run took, or has taken until now."""
    return (run.end_time or time.time() * 1000) - run.start_time


def _metric_tests(
    key: str, word: str, tests: st.SearchStrategy[Test] = _NUMERIC
) -> st.SearchStrategy[Asked]:
    field = written_field("metrics", key)
    left = f"{word}({field})" if word else field
    return _of(left, lambda run: summary_of(run, key, word), tests)


def _number_tests(entity: str, key: str) -> st.SearchStrategy[Asked]:
    left = written_field(entity, key)
    return _of(left, lambda run: number_of(run.value(entity, key)), _tests(_NUMBERS + _BIG))


def _text_tests(entity: str, key: str) -> st.SearchStrategy[Asked]:
    tests = _tests(_WORDS, _TEXTUAL) | _tests(_PATTERNS, _LIKE)
    return _of(written_field(entity, key), lambda run: run.value(entity, key), tests)


def _null_tests(entity: str, key: str) -> st.SearchStrategy[Asked]:
    def build(word: str) -> Asked:
        is_null = word == "IS NULL"
        left = written_field(entity, key)
        return f"{left} {word}", lambda run: (run.value(entity, key) is None) is is_null

    return st.builds(build, st.sampled_from(["IS NULL", "is not null"]))


_KEYS = [*(("params", key) for key in PARAMS), *(("tags", key) for key in TAGS)]
_SUMMARIES = st.sampled_from(["", "", "last", *SUMMARIES])
_KEYED = st.sampled_from(_KEYS)
_LEAVES = st.one_of(
    st.tuples(st.sampled_from(METRICS), _SUMMARIES).flatmap(lambda pair: _metric_tests(*pair)),
    st.tuples(st.just("m"), _SUMMARIES).flatmap(lambda pair: _metric_tests(*pair)),
    _metric_tests(FINITE, "mean", _tests(_MEANS, ("<", ">", "BETWEEN"))),
    _KEYED.flatmap(lambda pair: _number_tests(*pair)),
    st.just(("params", "lr")).flatmap(lambda pair: _number_tests(*pair)),
    _KEYED.flatmap(lambda pair: _text_tests(*pair)),
    st.sampled_from([*_KEYS, ("metrics", "m"), ("attributes", "end_time")]).flatmap(
        lambda pair: _null_tests(*pair)
    ),
    _of("duration", duration, _tests(_LASTING)),
    _of("start_time", lambda run: run.start_time, _tests(_TIMES)),
    _of("end_time", lambda run: run.end_time, _tests(_TIMES)),
    _of("status", lambda run: run.status, _tests(_STATUSES, ("=", "IN"))),
    _of("run_name", lambda run: run.name, _tests(_NAMES, _TEXTUAL)),
)


# --- how tests are put together -------------------------------------------------------------------


@st.composite
def _chains(draw: st.DrawFn, atoms: st.SearchStrategy[Asked]) -> Asked:
    """Join atoms by AND, and those by OR, without parentheses: AND binds closer."""
    terms = draw(st.lists(st.lists(atoms, min_size=1, max_size=3), min_size=1, max_size=2))
    either, both = draw(st.sampled_from([(" OR ", " AND "), ("\nor ", " and ")]))
    text = either.join(both.join(text for text, _ in term) for term in terms)
    return text, lambda run: any(all(check(run) for _, check in term) for term in terms)


def _negated(part: Asked) -> Asked:
    return f"NOT {part[0]}", lambda run: not part[1](run)


def _enclosed(part: Asked) -> Asked:
    return f"({part[0]})", part[1]


def _atoms(inner: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    return st.builds(_negated, inner) | st.builds(_enclosed, _chains(inner))


_BLANK: st.SearchStrategy[Asked] = st.just(("", lambda _: True))
_FILTERS = _chains(st.recursive(_LEAVES, _atoms, max_leaves=4))


@dataclass(frozen=True)
class Question:
    """A search: the filter, and what else `runs` is told."""

    asked: Asked
    experiments: tuple[int, ...]
    view: str
    orders: tuple[Order, ...]
    limit: int | None
    summaries: tuple[str, ...]
    attempts: str
    is_typed: bool


_ORDERS = st.builds(
    lambda field, ascending: Order(field[0], field[1], ascending),
    st.sampled_from(
        [
            *(("metrics", key) for key in METRICS),
            *_KEYS,
            *(("attributes", name) for name in ("run_name", "status", "start_time", "end_time")),
        ]
    ),
    st.booleans(),
)
QUESTIONS = st.builds(
    Question,
    asked=st.one_of(_BLANK, _LEAVES, *[_FILTERS] * 12),  # a leaf alone shows most mistakes
    experiments=st.one_of(*[st.just((0, 1, 2, 3))] * 4)
    | st.lists(st.integers(0, 3), unique=True).map(tuple),
    view=st.sampled_from(["active", "active", "deleted", "all"]),
    orders=st.lists(_ORDERS, max_size=2, unique_by=lambda order: (order.entity, order.key)).map(
        tuple
    ),
    limit=st.sampled_from([*[None] * 9, 0, 1, 3]),
    summaries=st.lists(st.sampled_from(sorted(SUMMARIES)), unique=True, max_size=2).map(tuple),
    attempts=st.sampled_from(["all", "latest"]),
    is_typed=st.booleans(),
)


def found(runs: Sequence[PlainRun], question: Question) -> list[PlainRun]:
    """Return the runs that a question is answered with, in order."""
    view = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", "all": "ALL"}[question.view]
    known = {run.run_id: run for run in runs if question.asked[1](run)}
    ids = oracle.search(known.values(), (), question.orders, view)
    return [known[run_id] for run_id in ids][: question.limit]


def _reads(run: PlainRun, key: str, check: Callable[[float], bool]) -> bool:
    number = number_of(run.params.get(key))
    return number is not None and check(number)


HARD: Sequence[Asked] = (
    ("params.lr != 1", lambda run: _reads(run, "lr", lambda number: number != 1)),
    ("params.lr IN (1e400, 7)", lambda run: _reads(run, "lr", lambda number: number == math.inf)),
    ("run_name = '''quoted'' \"twice\"'", lambda run: run.name == "'quoted' \"twice\""),
    (
        "metrics.m < 3 AND first(metrics.m) > 0.8 AND (params.lr > 0 OR tags.env IS NOT NULL)",
        lambda run: (
            (summary_of(run, "m", "") or 0) < 3
            and (summary_of(run, "m", "first") or 0) > 0.8
            and (_reads(run, "lr", lambda number: number > 0) or "env" in run.tags)
        ),
    ),
)
"""Filters that random ones hit too seldom, each of which was answered wrongly once."""


def plainly(asked: Asked) -> Question:
    """Ask for all runs of all experiments that a filter finds."""
    return Question(asked, (0, 1, 2, 3), "all", (), None, (), "all", is_typed=True)
