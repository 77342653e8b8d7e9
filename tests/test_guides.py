"""The examples in the guides run, and their links lead somewhere."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("notebooks/*.ipynb")),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"``.*?``|`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
GUIDES = [
    path
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    ended = doctest.testfile(str(path), module_relative=False, optionflags=flags, encoding="utf-8")
    assert ended.attempted
    assert ended.failed == 0


def prose(path: Path) -> str:
    """Return the text of a guide or of a notebook's Markdown cells, without its code."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return FENCED.sub("", text)


def links(path: Path) -> list[str]:
    """Return where a text links to within the project."""
    found: list[str] = LINK.findall(CODE.sub("", prose(path)))
    return [link for link in found if not link.startswith(("https://", "http://", "mailto:"))]


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a text."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(path)))
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def outward(text: str) -> list[str]:
    """Return the links that lead out of the project."""
    found: list[str] = LINK.findall(CODE.sub("", text))
    return [link for link in found if "://" in link]


def is_well_formed(link: str) -> bool:
    """Tell whether a link out of the project is https, to a host that others can reach."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    return parts.scheme == "https" and "." in host and not host.replace(".", "").isdigit()


def test_a_link_out_of_the_project_that_leads_nowhere_is_noticed() -> None:
    links_of = (
        "[a](http://a.org) [b](https://localhost:1/) [c](https://127.0.0.1/) [d](https://d.org/x)"
    )
    assert [is_well_formed(link) for link in outward(links_of)] == [False, False, False, True]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_out_of_the_project_are_well_formed(path: Path) -> None:
    assert [link for link in outward(prose(path)) if not is_well_formed(link)] == []


def test_every_guide_can_be_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md"}
    waiting = list(reached)
    while waiting:
        path = waiting.pop()
        near = {(path.parent / link.partition("#")[0]).resolve() for link in links(path)}
        new = {other for other in near - reached if other.suffix in {".md", ".ipynb"}}
        reached |= new
        waiting += new
    wanted = set(ROOT.glob("docs/*.md")) | set(ROOT.glob("notebooks/*.ipynb"))
    assert wanted - reached == set()
