"""Walk over the tokens of a text, one ahead, and read the field that starts every clause."""

from __future__ import annotations

from typing import Final

from nbtrack.errors import FilterError
from nbtrack.search.fields import Entity, Group, Operator, Rule, Search
from nbtrack.search.lexer import NAMES, Kind, Token, tokens
from nbtrack.search.source import BLANKS, Source, shorten, suggest
from nbtrack.search.tree import Field

KEYWORDS: Final = frozenset({"AND", *" ".join(op.value for op in Operator).split()})
_FIELD_ADVICE: Final = {
    "NOT": "NOT stands only in NOT IN and IS NOT NULL; compare with != instead.",
    "AND": "AND stands only between two comparisons.",
    "(": "Leave out the parentheses: comparisons are joined by AND alone.",
}
_LEFT: Final = "A comparison starts with its field, such as metrics.acc > 0.5."
_SORTED: Final = "Name a field to sort by, such as start_time or `start_time DESC`."
_QUOTE_KEY: Final = (
    "A key with other characters than letters, digits, _ and dots, or with a digit at the start "
    "of a word, needs backticks around the whole of it: metrics.`val acc`."
)
_SEPARATORS: Final = frozenset("(),;")


class Reader:
    """The tokens of one text: `next` is the one to look at, `take` moves on."""

    __slots__ = ("_tokens", "next", "previous_end", "source")

    def __init__(self, text: str, kind: str) -> None:
        """Stand before the first token of a text, which messages call `kind`."""
        self.source = Source(text, kind)
        self._tokens = tokens(text)
        self.previous_end = 0
        self.next: Token = next(self._tokens)

    def take(self) -> Token:
        """Return the token to look at, and move on; the last one is not to be taken."""
        taken = self.next
        self.previous_end = taken.end
        self.next = next(self._tokens)
        return taken

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self.next.kind is Kind.END

    @property
    def is_adjacent(self) -> bool:
        """Whether the next token follows the last one without a blank."""
        return self.next.start == self.previous_end and not self.is_at_end

    def is_at(self, *kinds: Kind) -> bool:
        """Whether the next token is of one of these kinds."""
        return self.next.kind in kinds

    def is_at_symbol(self, symbol: str) -> bool:
        """Whether the next token is this symbol."""
        return self.next.kind is Kind.SYMBOL and self.next.text == symbol

    def is_call(self) -> bool:
        """Whether a parenthesis follows the next token, as in `min(`."""
        return self.source.text[self.next.end :].lstrip(BLANKS)[:1] == "("

    def is_prefix(self) -> bool:
        """Whether a dot follows the next token, as in `parent.`."""
        return self.source.text[self.next.end : self.next.end + 1] == "."

    def begin_clause(self) -> int:
        """Let messages quote from here on, and return the position."""
        self.source.clause_start = self.next.start
        return self.next.start

    def mistake(self, problem: str, advice: str, position: int) -> FilterError:
        """Build the error of a mistake at a position."""
        return self.source.mistake(problem, advice, position)

    def unexpected(self, expected: str, advice: str) -> FilterError:
        """Build the error of a next token that does not fit here."""
        token = self.next
        if token.kind is Kind.UNCLOSED:
            problem = f"Expected {expected}, found {shorten(token.text, 20)} with an open quote"
            return self.mistake(problem, f"Close it with {token.text[0]} too.", token.start)
        found = "the end" if self.is_at_end else shorten(token.text, 40)
        return self.mistake(f"Expected {expected}, found {found}", advice, token.start)


def read_field(reader: Reader, search: Search, *, sorting: bool = False) -> tuple[Field, Rule]:
    """Read a field, such as ``metrics.`val acc` `` or `status`, and look it up."""
    first = reader.next
    if first.kind not in NAMES:
        advice = _SORTED if sorting else _FIELD_ADVICE.get(first.text, _LEFT)
        raise reader.unexpected("a field", advice)
    reader.take()
    if reader.is_at_symbol("."):
        raise reader.unexpected("no blank before the dot", "Write prefix and key as one word.")
    if reader.is_at(Kind.DOT):
        group = _find_group(reader, first, search, sorting=sorting)
        reader.take()
        name, start = _read_key(reader)
    elif first.keyword in KEYWORDS:
        advice = _FIELD_ADVICE.get(first.keyword, _LEFT)
        raise reader.mistake(f"Expected a field, found {first.text!r}", advice, first.start)
    else:
        group, name, start = search.attributes, first.value, first.start
    found = group.find(name, sorting=sorting)
    if found is None:
        names = [known for known, _ in group.names(sorting=sorting)]
        problem = f"Invalid {group.entity.value} key {shorten(name)}"
        raise reader.mistake(
            problem, suggest(name, names) + _choices(group, search, sorting=sorting), start
        )
    key, rule = found
    return Field(group.entity, key, first.start), rule


def _find_group(reader: Reader, prefix: Token, search: Search, *, sorting: bool) -> Group:
    if prefix.kind is Kind.DOUBLE:
        problem = f"Invalid entity type {shorten(prefix.text)}"
        advice = "Write the prefix without double quotes; the key may have them."
        raise reader.mistake(problem, advice, prefix.start)
    group = search.group_of_prefix(prefix.value) if prefix.value else None
    words = search.prefixes(sorting=sorting)
    if group is None or (sorting and not group.is_sortable):
        problem = f"Invalid entity type {shorten(prefix.value)}"
        advice = f"{suggest(prefix.value, words)}Use one of {', '.join(words)}."
        raise reader.mistake(problem, advice, prefix.start)
    return group


def _read_key(reader: Reader) -> tuple[str, int]:
    """Read what stands behind the dot: one quoted key, or words joined by dots."""
    start = reader.next.start
    if reader.is_adjacent and reader.is_at(Kind.BACKTICKED, Kind.DOUBLE):
        return reader.take().value, start
    words: list[str] = []
    while reader.is_adjacent and reader.is_at(Kind.WORD):
        words.append(reader.take().text)
        if not reader.is_at(Kind.DOT):
            _refuse_tail(reader)
            return ".".join(words), start
        reader.take()
    raise reader.unexpected("a key right behind the dot", _QUOTE_KEY)


def _refuse_tail(reader: Reader) -> None:
    """Refuse `val-acc`: a character that goes on where the bare key has ended."""
    is_tail = reader.is_at(Kind.SYMBOL, Kind.NUMBER)
    if reader.is_adjacent and is_tail and reader.next.text not in _SEPARATORS:
        raise reader.unexpected("the end of the key", _QUOTE_KEY)


def _choices(group: Group, search: Search, *, sorting: bool) -> str:
    """List the keys of a group; keys of one's own stand behind other prefixes."""
    advice = f"Use one of {', '.join(attribute.key for attribute in group.attributes)}"
    if group.entity is Entity.ATTRIBUTE:
        free = [other for other in search.groups if other.rule]
        keys = [f"{o.prefixes[0]}.<key>" for o in free if o.is_sortable or not sorting]
        advice += f", or {', '.join(keys)}" if keys else ""
    return f"{advice}."
