"""Any amount becomes legal batches that together hold what was given."""

from __future__ import annotations

import math
from itertools import chain, count, islice, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack import limits
from nbtrack.api import wire
from nbtrack.client.batching import batches
from nbtrack.entities import Metric, Param, RunTag
from nbtrack.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrack.api.runs import LogBatch

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
# A letter and how often: a few of the long ones fill a body, and the longest still fits alone.
REPEATS = st.tuples(st.sampled_from("aé\n\0\N{OTTER}"), st.sampled_from([0, 1, 60_000, 150_000]))
METRICS = st.lists(
    st.builds(
        Metric,
        key=TEXT,
        value=st.floats(),
        timestamp=st.integers(0, limits.INT64_MAX),
        step=st.integers(limits.INT64_MIN, limits.INT64_MAX),
    ),
    max_size=5,
)
RUN_ID = '"é\n'
TIMES = st.sampled_from([1, 2, 60, 450])


def numbered(count_: int, size: int = 1) -> dict[str, str]:
    return {f"k{n}": "v" * size for n in range(count_)}


def repeated(values: dict[str, tuple[str, int]]) -> dict[str, str]:
    return {key: letter * times for key, (letter, times) in values.items()}


def params(values: dict[str, str]) -> list[Param]:
    return [Param(key=key, value=value) for key, value in values.items()]


def tags(values: dict[str, str]) -> list[RunTag]:
    return [RunTag(key=key, value=value) for key, value in values.items()]


def points(number: int) -> Iterable[Metric]:
    return (Metric(key="loss", value=0.5, timestamp=n) for n in range(number))


def shape(found: Iterable[LogBatch]) -> list[tuple[int, int, int]]:
    return [(len(batch.params), len(batch.tags), len(batch.metrics)) for batch in found]


def is_legal(batch: LogBatch) -> bool:
    counts = len(batch.metrics), len(batch.params), len(batch.tags)
    return (
        all(a <= b for a, b in zip(counts, (1000, 100, 100), strict=True))
        and 1 <= sum(counts) <= 1000
        and len(wire.encode(batch)) <= 1_000_000
    )


@given(METRICS, TIMES, st.dictionaries(TEXT, REPEATS), st.dictionaries(TEXT, REPEATS))
def test_batches_are_legal_and_hold_everything(
    some: list[Metric],
    times: int,
    param_repeats: dict[str, tuple[str, int]],
    tag_repeats: dict[str, tuple[str, int]],
) -> None:
    metrics = some * times
    given_params, given_tags = params(repeated(param_repeats)), tags(repeated(tag_repeats))
    found = list(batches("a1", metrics=metrics, params=given_params, tags=given_tags))
    assert all(map(is_legal, found))
    assert list(chain(*(batch.params for batch in found))) == given_params
    assert list(chain(*(batch.tags for batch in found))) == given_tags
    sent = list(chain(*(batch.metrics for batch in found)))
    assert [id(point) for point in sent] == [id(point) for point in metrics]


@given(st.lists(st.integers(100, 400_000), min_size=1, max_size=8), TEXT, st.sampled_from("aé\n\0"))
def test_batch_is_closed_only_when_the_next_item_does_not_fit(
    sizes: list[int], run_id: str, letter: str
) -> None:
    values = [letter * (size // len(wire.encode(Param(key="", value=letter)))) for size in sizes]
    items = [Param(key=str(n), value=value) for n, value in enumerate(values)]
    found = list(batches(run_id, params=items))
    assert all(map(is_legal, found))
    for batch, after in pairwise(found):
        longer = type(batch)(run_id=run_id, params=(*batch.params, after.params[0]))
        assert len(wire.encode(longer)) > limits.BATCH_BYTES


@pytest.mark.parametrize("kind", ["params", "tags", "metrics"])
@pytest.mark.parametrize(("more", "expected"), [(0, 1), (1, 2)], ids=["fits", "one byte more"])
def test_size_is_exact(kind: str, more: int, expected: int) -> None:
    made: dict[str, Any] = {
        "params": lambda key: Param(key=key),
        "tags": lambda key: RunTag(key=key),
        "metrics": lambda key: Metric(key=key, value=math.nan, timestamp=0),
    }
    make = made[kind]
    empty = next(batches(RUN_ID, **{kind: [make("a"), make("b")]}))
    room = limits.BATCH_BYTES - len(wire.encode(empty))
    items = [make("a" * (room + 1 + more)), make("b")]
    assert len(list(batches(RUN_ID, **{kind: items}))) == expected


def test_nothing_makes_no_batch() -> None:
    assert list(batches("a1")) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 1000), [(0, 0, 1000)]),
        ((0, 0, 1001), [(0, 0, 1000), (0, 0, 1)]),
        ((100, 100, 801), [(100, 100, 800), (0, 0, 1)]),
        ((101, 0, 1000), [(100, 0, 0), (1, 0, 999), (0, 0, 1)]),
        ((150, 250, 10), [(100, 100, 0), (50, 100, 0), (0, 50, 10)]),
    ],
    ids=str,
)
def test_batches_are_filled(counts: tuple[int, int, int], expected: list[Any]) -> None:
    some_params, some_tags = params(numbered(counts[0])), tags(numbered(counts[1]))
    found = batches("a1", params=some_params, tags=some_tags, metrics=points(counts[2]))
    assert shape(found) == expected


def test_metrics_are_read_as_they_are_taken() -> None:
    read: list[int] = []

    def endless() -> Iterable[Metric]:
        for n in count():
            read.append(n)
            yield Metric(key="loss", value=0.5, timestamp=n)

    assert shape(islice(batches("a1", metrics=endless()), 2)) == [(0, 0, 1000), (0, 0, 1000)]
    assert len(read) == 2000


def test_equal_params_are_sent_once() -> None:
    found = list(batches("a1", params=[*params({"a": "1", "b": "2"}), *params({"a": "1"})]))
    assert found[0].params == tuple(params({"a": "1", "b": "2"}))
    assert len(found) == 1


def test_param_with_two_values_is_refused_before_anything_is_sent() -> None:
    many = [*params(numbered(500)), Param(key="k0", value="other")]
    with pytest.raises(InvalidParameterValue, match="'k0' has two values, 'v' and 'other'"):
        next(batches("a1", params=many))


def test_last_of_equal_tags_wins() -> None:
    twice = [*tags({"a": "1", "b": "2"}), *tags({"a": "3"})]
    assert next(batches("a1", tags=twice)).tags == tuple(tags({"a": "3", "b": "2"}))


@pytest.mark.parametrize("kind", ["params", "tags"])
def test_item_larger_than_a_batch_is_refused_before_anything_is_sent(kind: str) -> None:
    large = numbered(300) | {"large": "v" * 1_000_000}
    items: dict[str, Any] = {"params": params(large), "tags": tags(large)}
    with pytest.raises(InvalidParameterValue, match=r"'large' takes 1,000,\d+ bytes, and a batch"):
        next(batches("a1", **{kind: items[kind]}))


def test_metric_larger_than_a_batch_is_refused_after_those_before() -> None:
    large = Metric(key="x" * 1_000_000, value=0.5, timestamp=0)
    found = batches("a1", metrics=chain(points(1000), [large]))
    assert shape(islice(found, 1)) == [(0, 0, 1000)]
    with pytest.raises(InvalidParameterValue, match=r"Metric 'x{40}' takes 1,000,\d+ bytes"):
        next(found)


@pytest.mark.parametrize("value", ["\ud800", object()], ids=["surrogate", "object"])
def test_item_that_cannot_be_encoded_is_refused(value: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"Param\(key='a', .* cannot be sent"):
        next(batches("a1", params=[Param(key="a", value=value)]))
