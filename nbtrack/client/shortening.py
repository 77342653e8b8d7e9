"""Short forms of texts that are longer than a backend takes: marked, and never mistaken."""

from __future__ import annotations

from nbtrack.limits import Limits


def longest_tag(limits: Limits) -> int:
    """Return how many characters a tag's value may have, whatever characters they are."""
    if limits.tag_value is not None:
        return limits.tag_value
    return (limits.tag_value_bytes or limits.batch_tag_value) // 4


def shortened(text: str, most: int) -> str:
    """Return the text, or its beginning with a mark that says how long it was.

    Examples
    --------
    >>> shortened("x" * 300, 40)
    'xxxxx... [300 characters, see artifacts]'
    >>> shortened("short", 40)
    'short'
    """
    if len(text) <= most:
        return text
    mark = f"... [{len(text)} characters, see artifacts]"
    return (text[: max(most - len(mark), 0)] + mark)[:most]


def artifact_path(kind: str, key: str) -> str:
    """Return where the whole value of a param or tag is kept among a run's artifacts."""
    return f"nbtrack/{kind}s/{key}.txt"
