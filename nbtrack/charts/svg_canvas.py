"""A sheet of SVG: elements, texts and paths, all of it escaped and short."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Final
from unicodedata import east_asian_width

import numpy as np

from nbtrack.charts.labels import one_line
from nbtrack.charts.theme import FONT

_TAG: Final = re.compile(r"</?(?:b|i|em|strong|sub|sup|span|a|s|u)\b[^>]*>", re.IGNORECASE)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9.]+(?:e-?[0-9]+)?")
_HEX: Final = 7
DASH_LENGTHS: Final = {
    "dash": "8 4",
    "dot": "2 3",
    "dashdot": "8 3 2 3",
    "longdash": "13 5",
    "longdashdot": "13 4 2 4",
}
"""Dashes of plotly in pixels."""
Number = int | float
Point = tuple[float, float]


def plain_lines(text: object) -> list[str]:
    """Return the lines of a text that is meant for plotly, without its tags and entities.

    >>> plain_lines("<b>a</b><br>&lt;b&gt;")
    ['a', '<b>']
    """
    parts = _BREAK.split(str(text or ""))
    return [one_line(unescape(_TAG.sub("", part))) for part in parts]


def plain(text: object) -> str:
    """Return a text that is meant for plotly on one line."""
    return " ".join(plain_lines(text))


def width_of(text: str, size: float = 12) -> float:
    """Estimate how wide a text is."""
    return size * sum(1.0 if east_asian_width(sign) in "WF" else 0.56 for sign in text)


def short(value: Number) -> str:
    """Write a number with one decimal at most.

    >>> short(2.04), short(3.0)
    ('2', '3')
    """
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


@dataclass(slots=True)
class Canvas:
    """Elements in their order."""

    parts: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])
    """What the picture does not show though the figure does."""

    def put(self, name: str, **attributes: str | Number | None) -> None:
        """Add an element without content."""
        self.parts.append(element(name, "", **attributes))

    def text(self, place: Point, words: str, **attributes: str | Number | None) -> None:
        """Write words at a place."""
        content = escape(words, quote=False)
        self.parts.append(element("text", content, x=place[0], y=place[1], **attributes))

    def line(self, start: Point, end: Point, **attributes: str | Number | None) -> None:
        """Draw a straight line."""
        self.put("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], **attributes)

    def path(self, d: str, **attributes: str | Number | None) -> None:
        """Draw a path, unless it is empty; paths of one style in a row share it."""
        if not d:
            return
        head = element("g", " ", **attributes).removesuffix(" </g>")
        drawn = element("path", "", d=d)
        if self.parts and self.parts[-1].startswith(head) and self.parts[-1].endswith("</g>"):
            self.parts[-1] = f"{self.parts[-1].removesuffix('</g>')}{drawn}</g>"
        else:
            self.parts.append(f"{head}{drawn}</g>")


def element(name: str, content: str, /, **attributes: str | Number | None) -> str:
    """Write an element; `_` in the name of an attribute stands for `-`."""
    written = "".join(
        f' {key.replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _value(value: str | Number) -> str:
    return escape(value, quote=True) if isinstance(value, str) else short(value)


def document(size: tuple[int, int], title: str, alt: str, parts: Iterable[str]) -> str:
    """Write a whole picture with what it is called and what it shows."""
    width, height = size
    head = "".join(
        element(name, escape(one_line(text), quote=False))
        for name, text in (("title", title), ("desc", alt))
    )
    return element(
        "svg",
        head + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        font_family=FONT,
        font_size="12",
    )


def polyline(x: np.ndarray, y: np.ndarray) -> str:
    """Return the path through some points; a NaN is a gap.

    >>> polyline(np.array([0, 1.5, 2, 3]), np.array([5, 4, np.nan, 1]))
    'M0 5l1.5-1M3 1'
    """
    finite = np.isfinite(x) & np.isfinite(y)
    ends = np.flatnonzero(np.diff(np.concatenate(([False], finite, [False])).astype(np.int8)))
    tenths = [np.rint(np.where(finite, part, 0) * 10).astype(int) for part in (x, y)]
    paths: list[str] = []
    for start, end in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
        across, up = (part[start:end] for part in tenths)
        steps = zip(np.diff(across).tolist(), np.diff(up).tolist(), strict=True)
        moves = " ".join(_pair(right, down) for right, down in steps)
        head = f"M{_pair(int(across[0]), int(up[0]))}"
        paths.append(f"{head}l{moves}" if moves else head)
    return "".join(paths)


def _pair(right: int, down: int) -> str:
    """Write two lengths, given in tenths, as short as they can be."""
    first, second = (f"{tenth / 10:g}" for tenth in (right, down))
    return f"{first}{second}" if down < 0 else f"{first} {second}"


def area(upper: str, lower: str) -> str:
    """Return the path of what lies between two lines of `polyline` with the same gaps."""
    pairs = zip(upper.split("M")[1:], lower.split("M")[1:], strict=False)
    corners = [np.concatenate((_points(top), _points(bottom)[::-1])) for top, bottom in pairs]
    return "".join(f"{polyline(part[:, 0], part[:, 1])}z" for part in corners)


def _points(d: str) -> np.ndarray:
    steps = np.array([float(text) for text in _NUMBER.findall(d)]).reshape(-1, 2)
    return np.asarray(np.cumsum(steps, axis=0))


def paint(colour: object, fallback: str, kind: str = "fill") -> dict[str, str | Number]:
    """Return attributes for a colour, whose opacity SVG wants on its own."""
    text = colour if isinstance(colour, str) and colour else fallback
    if text.startswith("#") and len(text) == _HEX + 2:
        return {kind: text[:_HEX], f"{kind}_opacity": f"{int(text[_HEX:], 16) / 255:.2f}"}
    return {kind: text}
