"""The journal: what is written is read, whatever happens in between."""

from __future__ import annotations

import json
import math
import struct
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.client import journal
from nbtrack.client.journal import Journal, Position, read_records
from nbtrack.client.journal_folder import JournalFolder
from nbtrack.client.journal_index import Owner, host_name
from nbtrack.errors import InvalidState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbtrack.client.journal import Record

START = Position(0, 0)
Write = tuple[str, int, int, float] | dict[str, str]
INT64 = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.dictionaries(st.text(max_size=20), st.text(max_size=300), max_size=5)
POINTS = st.tuples(st.text(min_size=1, max_size=30), INT64, INT64, st.floats())
WRITES = st.lists(st.one_of(POINTS, TEXTS), max_size=60)


def owner(process: int = 1) -> Owner:
    return Owner(tracking_uri="/nowhere", process=process, host=host_name(), created=1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[JournalFolder]:
    made = JournalFolder.make(tmp_path / "journals", owner())
    yield made
    made.close()


def path_of(folder: JournalFolder) -> Path:
    assert folder.path is not None
    return folder.path


def after_death(folder: JournalFolder) -> JournalFolder:
    """Return the folder as somebody sees it who has only the files."""
    path = path_of(folder)
    folder.close()
    adopted = JournalFolder.adopt(path)
    assert adopted is not None
    return adopted


def points(folder: JournalFolder) -> list[float]:
    found = read_records(folder, START)
    return [record.point[1] for record in found if record.point is not None]


def same(record: Record, written: Write, keys: dict[int, str]) -> bool:
    if isinstance(written, dict):
        return record.kind == journal.PARAMS and json.loads(record.document) == written
    key, step, time, value = written
    assert record.point is not None
    is_same_value = struct.pack("d", record.point[1]) == struct.pack("d", value)
    return is_same_value and (keys[record.key], record.point[0], record.time) == (key, step, time)


@given(writes=WRITES, segment_bytes=st.integers(64, 600))
def test_what_is_written_is_read_across_segments(
    tmp_path_factory: pytest.TempPathFactory, writes: list[Write], segment_bytes: int
) -> None:
    folder = JournalFolder.make(tmp_path_factory.mktemp("journals"), owner())
    written = Journal(folder, segment_bytes=segment_bytes)
    run = written.add_run("r1", is_owner=True)
    for write in writes:
        if isinstance(write, dict):
            written.document(journal.PARAMS, run, write)
        else:
            key, step, time, value = write
            written.metric(run, key, step, time, value)
    living = list(read_records(folder, START, written.position()))
    found = after_death(folder)
    dead = list(read_records(found, START))
    assert repr(living) == repr(dead)  # NaN is not itself
    assert all(same(r, w, found.index.keys) for r, w in zip(dead, writes, strict=True))
    found.remove()


def test_reading_goes_on_from_any_record(folder: JournalFolder) -> None:
    written = Journal(folder, segment_bytes=200)
    for number in range(20):
        written.metric(1, "loss", number, 0, float(number))
    everything = list(read_records(folder, START))
    for place, record in enumerate(everything):
        rest = list(read_records(folder, record.end))
        assert rest == everything[place + 1 :]


def test_a_record_larger_than_a_segment_has_one_of_its_own(folder: JournalFolder) -> None:
    written = Journal(folder, segment_bytes=100)
    written.document(journal.TAGS, 1, {"note": "x" * 10_000})
    written.metric(1, "loss", 0, 0, 1.0)
    first, second = read_records(folder, START)
    assert json.loads(first.document) == {"note": "x" * 10_000}
    assert second.point == (0, 1.0)


def test_nan_and_infinities_are_kept(folder: JournalFolder) -> None:
    written = Journal(folder)
    for value in (math.inf, -math.inf, math.nan):
        written.metric(1, "loss", 0, 0, value)
    found = points(folder)
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])


@pytest.mark.parametrize("segment_bytes", [60, 100, 140, 1000], ids=str)
def test_a_record_may_be_written_in_the_midst_of_another(
    folder: JournalFolder, segment_bytes: int
) -> None:
    written = Journal(folder, segment_bytes=segment_bytes)

    class Step:
        """Interrupts the packing of its record, as a signal handler would."""

        def __index__(self) -> int:
            written.metric(1, "inner", 5, 0, 2.0)
            return 4

    for _ in range(5):
        written.metric(1, "loss", Step(), 0, 1.0)  # type: ignore[arg-type]
        assert points(folder)[-2:].count(2.0) == 1
    assert sorted(points(folder)) == [1.0] * 5 + [2.0] * 5


def test_a_refused_number_leaves_nothing_behind(folder: JournalFolder) -> None:
    written = Journal(folder)
    written.metric(1, "loss", 0, 0, 1.0)
    with pytest.raises(struct.error):
        written.metric(1, "loss", 2**63, 0, 2.0)
    written.metric(1, "loss", 1, 0, 3.0)
    assert points(folder) == [1.0, 3.0]


def test_a_refused_key_leaves_nothing_behind(folder: JournalFolder) -> None:
    def refuse(key: str) -> None:
        if key == "bad":
            raise ValueError(key)

    written = Journal(folder, check_key=refuse)
    for key in ("good", "bad", "good"):
        try:
            written.metric(1, key, 0, 0, 1.0)
        except ValueError:
            written.metric(1, "other", 0, 0, 2.0)
    assert points(folder) == [1.0, 2.0, 1.0]


def test_threads_share_a_journal(folder: JournalFolder) -> None:
    written = Journal(folder, segment_bytes=5_000)

    def write(thread: int) -> None:
        for step in range(1_000):
            written.metric(thread, f"key{step % 7}", step, 0, float(step))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found: dict[int, list[int]] = {}
    for record in read_records(folder, START):
        assert record.point is not None
        found.setdefault(record.run, []).append(record.point[0])
    assert found == {number: list(range(1_000)) for number in range(4)}


def test_what_is_read_while_it_is_written_is_whole(folder: JournalFolder) -> None:
    written = Journal(folder, segment_bytes=3_000)
    position, seen, is_written = START, list[int](), threading.Event()

    def write() -> None:
        for step in range(20_000):
            written.metric(1, "loss", step, 0, 0.0)
        is_written.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not is_written.is_set() or position < written.position():
        for record in read_records(folder, position, written.position()):
            assert record.point is not None
            seen.append(record.point[0])
            position = record.end
        for number in folder.segments():
            if number < position.segment:
                folder.drop_segment(number)
    thread.join()
    assert seen == list(range(20_000))


def test_a_closed_journal_takes_nothing(folder: JournalFolder) -> None:
    written = Journal(folder)
    written.metric(1, "loss", 0, 0, 1.0)
    written.shut()
    with pytest.raises(InvalidState, match="has ended"):
        written.metric(1, "loss", 1, 0, 2.0)
    assert points(folder) == [1.0]


def test_damaged_bytes_are_one_record_and_the_rest_is_read(folder: JournalFolder) -> None:
    written = Journal(folder, segment_bytes=200)
    for step in range(10):
        written.metric(1, "loss", step, 0, float(step))
    segment = sorted(path_of(folder).glob("*.log"))[1]
    found = after_death(folder)
    body = bytearray(segment.read_bytes())
    body[16:24] = b"\xff" * 8
    segment.write_bytes(body)
    kinds = [record.kind for record in read_records(found, START)]
    assert kinds.count(journal.DAMAGED) == 1
    assert kinds.count(journal.METRIC) == 6
    assert kinds[-1] == journal.METRIC
    found.close()


@pytest.mark.parametrize("cut", [1, 5, 30], ids=str)
def test_a_torn_index_line_is_left_out(folder: JournalFolder, cut: int) -> None:
    written = Journal(folder)
    run = written.add_run("r1", is_owner=True)
    written.metric(run, "loss", 0, 0, 1.0)
    index = path_of(folder) / "index"
    found = after_death(folder)
    index.write_bytes(index.read_bytes() + b'{"type":"key","number":2,"name":"accuracy"}\n'[:cut])
    again = after_death(found)
    assert again.index.keys == {1: "loss"}
    assert again.index.runs[1].run_id == "r1"
    again.close()


def test_a_damaged_index_line_spares_those_behind_it(folder: JournalFolder) -> None:
    written = Journal(folder)
    for key in ("a", "b", "c"):
        written.metric(1, key, 0, 0, 1.0)
    index = path_of(folder) / "index"
    found = after_death(folder)
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(lines[0] + b"\0\0garbage\n" + lines[2])
    again = after_death(found)
    assert again.index.keys == {1: "a", 3: "c"}
    again.close()
