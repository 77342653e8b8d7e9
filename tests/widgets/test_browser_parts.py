from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import cast

import pytest

from nbtrack.backends import Artifacts
from nbtrack.client import Client
from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.errors import TransportError
from nbtrack.widgets.browser_details import RunDetails
from nbtrack.widgets.browser_preview import (
    MOST_BYTES,
    MOST_LINES,
    MOST_ROWS,
    START_BYTES,
    preview,
    started,
)
from nbtrack.widgets.browser_search import RunSearch, runs_code
from nbtrack.widgets.browser_watch import BLIND, StoreWatch
from tests.widgets.conftest import Listen, tell


def test_text_is_cut_and_says_so() -> None:
    shown = preview("log.txt", b"line\n" * 1_000)
    assert shown["text"].count("\n") == MOST_LINES - 1
    assert shown["left_out"] == "showing 300 of 1,000 lines"


def test_json_is_laid_out_and_broken_json_is_text() -> None:
    assert preview("a.json", b'{"a": [1]}')["text"].splitlines()[1] == '  "a": ['
    assert preview("a.json", b"{") == {"kind": "text", "text": "{"}


def test_table_is_cut_and_says_so() -> None:
    data = "\n".join(["a,b", *(f"{n},x" for n in range(90))])
    shown = preview("a.csv", data.encode())
    assert (shown["columns"], len(shown["rows"])) == (["a", "b"], MOST_ROWS)
    assert shown["left_out"] == "showing 50 of 90 rows"


def test_image_is_an_address_of_data() -> None:
    url = preview("a.png", b"\x89PNG")["url"]
    assert url == "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()


def test_kinds_follow_the_ending() -> None:
    assert preview("a.py", b"x = 1")["kind"] == "code"
    assert preview("a.patch", b"+x")["kind"] == "diff"
    assert preview("a.bin", b"\0\1")["kind"] == "none"


def test_start_of_a_big_text_ends_with_a_whole_line() -> None:
    data = "naïve\n".encode() * 100
    shown = started("log.txt", "r1", data[:-4], 9_000_000)
    assert shown["text"].splitlines() == ["naïve"] * 99
    assert shown["left_out"] == (
        "showing the first 99 lines: the file has 9.0 MB, and only its start was read. "
        "Fetch all of it with client.download_artifact('r1', 'log.txt', '.')."
    )


def test_start_of_a_big_table_is_a_table() -> None:
    head = ",".join(f"c{n}" for n in range(30))
    data = "\n".join([head, *[head] * 90]).encode()
    shown = started("a.csv", "r1", data, None)
    assert len(shown["rows"]) == MOST_ROWS
    told = "showing the first 50 rows and 20 of 30 columns: the file has more than 4.2 MB"
    assert shown["left_out"].startswith(told)


def test_start_of_a_big_image_is_not_shown() -> None:
    shown = started("a.png", "r1", b"\x89PNG", 9_000_000)
    assert shown["kind"] == "none"
    assert shown["text"].startswith("9.0 MB are too many for a preview of such a file. Fetch all")


def test_marks_cut_a_code_as_a_page_counts() -> None:
    text = 'x = "🐍"  # <b>\n'
    marks = preview("a.py", text.encode())["marks"]
    assert marks == [("", 4), ("string", 4), ("", 2), ("comment", 5)]


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("a.json", '{"depth": 3}', "number"),
        ("a.yaml", "depth: 3 # few", "comment"),
        ("a.py", "def f(): pass", "keyword"),
        ("a.sql", "select 1", "keyword"),
    ],
    ids=["json", "yaml", "python", "sql"],
)
def test_languages_have_marks(path: str, text: str, word: str) -> None:
    assert word in [mark[0] for mark in preview(path, text.encode())["marks"]]


def test_text_has_no_marks() -> None:
    assert "marks" not in preview("a.txt", b"def f(): pass")
    assert "marks" not in preview("a.json", b"{")


def test_start_of_a_file_leaves_the_rest_unread() -> None:
    read: list[bytes] = []

    class Files:
        def read(self, uri: str) -> Iterator[bytes]:
            for place in range(9):
                read.append(uri.encode())
                yield bytes([place]) * START_BYTES

    root = ArtifactRoot(cast("Artifacts", Files()), "root")
    assert root.read_start("a.bin", START_BYTES + 1) == b"\0" * START_BYTES + b"\1"
    assert read == [b"root/a.bin"] * 2


def test_files_are_listed_and_previewed(listen: Listen) -> None:
    with Client("nbtrack::memory:") as client:
        run_id = client.create_run("0").info.run_id
        client.upload_text(run_id, "sub/a.txt", "hello")
        client.upload_bytes(run_id, "big.txt", b"x" * (MOST_BYTES + 1))
        details = RunDetails(client)
        details.show(run_id)
        sent = listen(details)
        tell(details, type="files", id=1, run=run_id, path="")
        tell(details, type="preview", id=2, run=run_id, path="sub/a.txt")
        tell(details, type="preview", id=3, run=run_id, path="big.txt")
    listed, small, big = (content for content, _ in sent)
    assert [one["path"] for one in listed["files"]] == ["big.txt", "sub"]
    assert small["shown"] == {"kind": "text", "text": "hello"}
    assert set(big["shown"]["text"]) == {"x"}
    told = "showing the first 40,000 characters: the file has 4.2 MB, and only its start was read"
    assert big["shown"]["left_out"].startswith(told)


def test_missing_file_is_told_in_the_details(listen: Listen) -> None:
    with Client("nbtrack::memory:") as client:
        run_id = client.create_run("0").info.run_id
        details = RunDetails(client)
        listen(details)
        tell(details, type="preview", id=1, run=run_id, path="nope.txt")
    assert "nope.txt" in details.error


def test_code_names_few_ids_and_says_how_many_there_are() -> None:
    with Client("nbtrack::memory:") as client:
        search = RunSearch(client=client, experiments=("0",), view="all")
        code = runs_code(search, {"0": "Default"}, [str(n) for n in range(300)])
    assert code.endswith("experiments=['Default'], view='all')  # the first 200 of 300")


def test_watch_calls_only_when_the_version_is_another() -> None:
    versions = iter(["1", "1", "2", "2"])
    calls: list[int] = []
    watch = StoreWatch(lambda: next(versions), lambda: calls.append(1), lambda _exc: calls.clear())
    assert [watch.look() for _ in range(3)] == [False, True, False]
    assert calls == [1]


def test_watch_of_a_store_without_versions_looks_seldom() -> None:
    calls: list[int] = []
    watch = StoreWatch(lambda: None, lambda: calls.append(1), lambda exc: calls.clear())
    for _ in range(2 * BLIND):
        watch.look()
    assert len(calls) == 2


def test_watch_tells_why_it_failed_and_goes_on() -> None:
    told: list[str] = []

    def fail() -> None:
        raise TransportError("No answer.")

    versions = iter("123")
    watch = StoreWatch(lambda: next(versions), fail, lambda exc: told.append(str(exc)))
    assert [watch.look(), watch.look()] == [False, False]
    assert told == ["No answer.", "No answer."]
