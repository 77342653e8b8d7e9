"""Take secrets out of what is captured, before anything is written.

A secret is known by its form (`secret_patterns`), by the name it stands under
(`secret_assignments`, `secret_keys`), or because it looks random (`secret_values`). Each finding is
a span of the original text; overlapping ones are joined and a mark `[removed: kind]` stands in
their place. What was redacted once stays as it is when it is redacted again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from nbtrack.context.secret_assignments import assigned_spans
from nbtrack.context.secret_keys import SecretKey, secret_key
from nbtrack.context.secret_patterns import pattern_spans
from nbtrack.context.secret_values import looks_random
from nbtrack.context.spans import Span, mark, merged, without

_RANDOM: Final = "random text"
_QUOTED: Final = re.compile(r"([\"'])([A-Za-z0-9+/=_.~-]{20,}+)(?=\\?\1)")
_BARE: Final = re.compile(r"[=:][ \t]{0,40}(?!//)([A-Za-z0-9+/_.~-]{20,}+={0,2})(?=[\s,;&\"']|\Z)")
_ATTRIBUTE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")

_CONFIG_CELL: Final = re.compile(r"\s*%%(?:bash|sh|script|system|cmd|!)(?!\w)")
_FILE_CELL: Final = re.compile(r"\s*%%(?:writefile|file)[ \t]+(?:-a[ \t]+)?([^\n]*)")
_DIFF_FILE: Final = re.compile(r"^diff --git [^\n]* \"?b/([^\n\"]*)\"?$", re.MULTILINE)
_CODE: Final = frozenset(
    (
        *(".c", ".cc", ".cpp", ".cu", ".go", ".h", ".hpp", ".ipynb", ".java", ".jl", ".js", ".jsx"),
        *(
            ".kt",
            ".md",
            ".php",
            ".py",
            ".pyi",
            ".pyx",
            ".r",
            ".rb",
            ".rs",
            ".rst",
            ".scala",
            ".sql",
        ),
        *(".swift", ".ts", ".tsx", ".vue"),
    )
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets, and how many of each kind were removed."""

    text: str
    kinds: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def removed(self) -> int:
        """How many secrets were removed."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class RedactedValues:
    """Values without their secrets, and how many of each kind were removed."""

    values: dict[str, object]
    kinds: Mapping[str, int]

    @property
    def removed(self) -> int:
        """How many secrets were removed."""
        return sum(self.kinds.values())


def redact_text(text: str, *, is_config: bool = False) -> Redacted:
    """Remove the secrets from a text.

    Parameters
    ----------
    is_config
        Whether the text is a shell script or a config file, in which bare words are values. In
        code they are expressions.

    Examples
    --------
    >>> redact_text('login(user="ann", password="hunter2")').text
    'login(user="ann", password="[removed: password]")'
    >>> redact_text("password = read_password()").removed
    0
    """
    spans = merged(_spans(text, is_config=is_config))
    return Redacted(without(text, spans), Counter(span.kind for span in spans))


def redact_source(source: str) -> Redacted:
    """Remove the secrets from the source of a cell, which a magic may make a script or a file."""
    written = _FILE_CELL.match(source)
    is_config = _CONFIG_CELL.match(source) is not None
    if written is not None:
        is_config = _is_config_file(written[1].strip("\"' \t\r"))
    return redact_text(source, is_config=is_config)


def redact_diff(diff: str) -> Redacted:
    """Remove the secrets from the output of `git diff`, file by file."""
    spans: list[Span] = []
    files = list(_DIFF_FILE.finditer(diff))
    starts = [0, *(file.start() for file in files), len(diff)]
    kinds = [False, *(_is_config_file(file[1]) for file in files)]
    for start, end, is_config in zip(starts, starts[1:], kinds, strict=False):
        found = _spans(diff[start:end], is_config=is_config)
        spans += (Span(span.start + start, span.end + start, span.kind) for span in found)
    spans = merged(spans)
    return Redacted(without(diff, spans), Counter(span.kind for span in spans))


def redact_values(values: Mapping[str, object]) -> RedactedValues:
    """Remove the secrets from params, tags or other named values, nested ones too.

    Examples
    --------
    >>> redact_values({"lr": 0.1, "db": {"password": 12345}}).values
    {'lr': 0.1, 'db': {'password': '[removed: password]'}}
    """
    kinds: Counter[str] = Counter()
    return RedactedValues({key: _value(key, item, kinds) for key, item in values.items()}, kinds)


def _spans(text: str, *, is_config: bool) -> Iterator[Span]:
    yield from pattern_spans(text)
    yield from assigned_spans(text, is_config=is_config)
    for expression, group in ((_QUOTED, 2), (_BARE, 1)):
        for found in expression.finditer(text):
            if looks_random(found[group]) and not _ATTRIBUTE.fullmatch(found[group]):
                yield Span(found.start(group), found.end(group), _RANDOM)


def _is_config_file(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() not in _CODE


def _value(key: object, value: object, kinds: Counter[str]) -> object:
    """Return the value that stands under a key, without the secrets in it."""
    told = secret_key(key) if isinstance(key, str) else None
    if isinstance(value, Mapping):
        return {name: _value(name, item, kinds) for name, item in value.items()}
    if isinstance(value, str):
        return _text(told, value, kinds)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_value(key, item, kinds) for item in value]
    if told is not None and not told.is_pair and _hides(told, value):
        kinds[told.kind] += 1
        return mark(told.kind)
    return value


def _hides(key: SecretKey, value: object) -> bool:
    """Tell whether a value that is no text is a secret: a number or bytes, but no flag."""
    if isinstance(value, (int, float)) and (isinstance(value, bool) or not key.is_sure):
        return False
    return value is not None and key.removes(str(value))


def _text(key: SecretKey | None, text: str, kinds: Counter[str]) -> str:
    if key is not None and not key.is_pair and key.removes(text):
        kinds[key.kind] += 1
        return mark(key.kind)
    if looks_random(text):
        kinds[_RANDOM] += 1
        return mark(_RANDOM)
    redacted = redact_text(text, is_config=False)
    kinds.update(redacted.kinds)
    return redacted.text
