"""Texts in charts: names appear literally, short, and distinct from each other.

Plotly reads a small part of HTML in titles, legends and hover texts, and `%{...}` in templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Final

import numpy as np

LABEL: Final = 28
"""The most characters of a name in a legend or on an axis."""
_ID_DIGITS: Final = 8
_LINE: Final = 96
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "{": "&#123;"}


def literal(text: object) -> str:
    """Write a text so that plotly shows it as it is: no tags, templates, formulas; one line.

    >>> literal("<b>a</b> & $b$"), literal("%{y}")
    ('&lt;b&gt;a&lt;/b&gt; &amp; &#36;b&#36;', '%&#123;y}')
    """
    return "".join(_ENTITIES.get(sign, sign) for sign in one_line(text))


def one_line(text: object) -> str:
    r"""Write a text on one line, without signs that cannot be seen.

    >>> one_line("a\n b\x00c")
    'a bc'
    """
    line = " ".join(str(text).split())
    return "".join(sign for sign in line if sign.isprintable())


def middle(text: str, most: int = LABEL) -> str:
    """Cut the middle out of a long text, for names often differ at their ends.

    >>> middle("resnet50-augmented-lr0.001-seed7", 16)
    'resnet50…1-seed7'
    """
    line = one_line(text)
    if len(line) <= most:
        return line
    head = most // 2
    return f"{line[:head]}…{line[len(line) - (most - head - 1) :]}"


def distinct(texts: Iterable[str], most: int = LABEL) -> list[str]:
    """Shorten texts so that no two of them become equal.

    >>> distinct(["run", "run", "other"])
    ['run (1)', 'run (2)', 'other']
    """
    short = [middle(text, most) for text in texts]
    often = Counter(short)
    taken = {text for text, count in often.items() if count == 1}
    return [text if often[text] == 1 else _numbered(text, taken) for text in short]


def _numbered(text: str, taken: set[str]) -> str:
    number = 1
    while (name := f"{text} ({number})") in taken:
        number += 1
    taken.add(name)
    return name


def run_labels(run_ids: Sequence[str], names: Mapping[str, str] | None) -> list[str]:
    """Return a distinct label for each run: its name, else the first digits of its id."""
    found = [(names or {}).get(run_id) or run_id[:_ID_DIGITS] for run_id in run_ids]
    often = Counter(found)
    return distinct(
        name if often[name] == 1 else f"{middle(name, 20)} {run_id[:_ID_DIGITS]}"
        for name, run_id in zip(found, run_ids, strict=True)
    )


def number(value: float) -> str:
    """Write a number with five digits, and a NaN as such.

    >>> number(0.123456789), number(12_000_000.0), number(float("nan"))
    ('0.12346', '1.2e+07', 'NaN')
    """
    if value != value:  # noqa: PLR0124 - NaN differs
        return "NaN"
    return f"{value:.5g}"


def moment(milliseconds: float) -> str:
    """Write a time in UTC.

    >>> moment(0)
    '1970-01-01 00:00:00'
    """
    return str(np.datetime64(round(milliseconds), "ms").astype("M8[s]")).replace("T", " ")


def plural(count: int, noun: str) -> str:
    """Write a count of things.

    >>> plural(1, "run"), plural(1000, "run")
    ('1 run', '1,000 runs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(texts: Sequence[str], most: int = 3) -> str:
    """Write some names, and how many more there are.

    >>> listed(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most:,} more"
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def with_unit(name: str, unit: str | None) -> str:
    """Write a name with its unit.

    >>> with_unit("time", "s"), with_unit("acc", None)
    ('time (s)', 'acc')
    """
    return f"{name} ({unit})" if unit else name


def lines(texts: Iterable[str], width: int = _LINE) -> list[str]:
    """Put remarks one after the other, and break where a line gets too long."""
    return wrap(" · ".join(texts), width, break_long_words=False)
