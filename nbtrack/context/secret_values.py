"""What a secret looks like: nothing that stands for one, and text that no person would write.

Random text is told from names and words by its pairs of neighbours. In a name most pairs of letters
are common ones (`er`, `st`) and letters and digits seldom take turns; in a token of a machine most
pairs are odd. Text of hexadecimal digits is never called random: commits and run ids look like it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

LEAST_RANDOM: Final = 20
"""The shortest text that can be told from a name, in characters."""

# From the identifiers of pandas, scikit-learn, MLflow, NumPy, SciPy and the standard library: the
# 200 most frequent pairs, by their first letter.
_COMMON_PAIRS: Final = {
    "a": "bcdgilmnprstuxy",
    "b": "aeilou",
    "c": "acehiklortu",
    "d": "aeiost",
    "e": "acdefgilmnprstvwx",
    "f": "aefilor",
    "g": "aehirs",
    "h": "aeio",
    "i": "abcdefglmnoprstvz",
    "k": "e",
    "l": "adeilostuy",
    "m": "aeiopsu",
    "n": "acdefgiostuv",
    "o": "bcdglmnoprstuvw",
    "p": "aeiloprsty",
    "q": "u",
    "r": "acdegimnorstuy",
    "s": "acehiopstu",
    "t": "acehilorstuy",
    "u": "abelmnprst",
    "v": "aei",
    "w": "ai",
    "x": "pt",
    "y": "p",
    "z": "e",
}
_ODD: Final = 0.4
_ODD_WITHOUT_DIGITS: Final = 0.55
_LONG_WORD: Final = 12
_SEPARATORS: Final = 0.15

_RANDOM_CHARACTERS: Final = re.compile(r"[A-Za-z0-9+/=_.~-]*")
_WORD: Final = re.compile(r"[A-Za-z0-9]++")
_HEX: Final = re.compile(r"[0-9a-fA-F]*")
_CHECKSUM: Final = re.compile(r"sha\d{3}[-=]|md5[-=]")

_EMPTY: Final = {"", "none", "null", "nil", "true", "false", "~", "|", ">", "|-", ">-"}
_STANDS_FOR_ONE: Final = re.compile(
    r"</?\|?[A-Za-z_][A-Za-z0-9_ /.-]*\|?>"  # <your token>, </s>, <|endoftext|>
    r"|\[[A-Z]+\]"  # [CLS]
    r"|\*+|\.{3}|…|x{3,}|X{3,}"
    r"|\[removed: [a-z ]+\]"
)
_FILLED_IN: Final = re.compile(
    r"\$\{[^{}]*\}|\$[A-Z_][A-Z0-9_]*|\$\([^()]*\)|\$?\{\{[^{}]*\}\}|%\(\w+\)s|%[sdrfx]|<[a-z_ -]+>"
)
_BRACES: Final = re.compile(r"\{[^{}]*\}")
_SCHEMES: Final = re.compile(r"(?i)\b(?:bearer|basic|token|digest|apikey)\b|[\s:;,.?&=\"'@/-]")


def stands_for_one(value: str, *, is_template: bool = False) -> bool:
    """Tell whether a value is empty or stands for a secret without being one.

    `is_template` says that braces in it are filled in at run time.

    Examples
    --------
    >>> stands_for_one("<your token>"), stands_for_one("Bearer {token}", is_template=True)
    (True, True)
    >>> stands_for_one("hunter2")
    False
    """
    text = value.strip()
    if text.lower() in _EMPTY or _STANDS_FOR_ONE.fullmatch(text):
        return True
    rest = _FILLED_IN.sub("", text)
    if is_template:
        rest = _BRACES.sub("", rest)
    is_partial = rest != text or text != value  # "Bearer " + token
    return is_partial and not _SCHEMES.sub("", rest)


def looks_random(value: str) -> bool:
    """Tell whether a text was made by a machine and not to be read: a token or a key.

    Examples
    --------
    >>> looks_random("q7Zk2PvX9bTn4LwR8sYd"), looks_random("train_validation_split_ratio")
    (True, False)
    >>> looks_random("18933cad45711c1e4c0b0ee28940017248506c55")
    False
    """
    if len(value) < LEAST_RANDOM or not _RANDOM_CHARACTERS.fullmatch(value):
        return False
    if _CHECKSUM.match(value):
        return False
    words = [word for word in _WORD.findall(value) if not _HEX.fullmatch(word)]
    return any(_is_random_word(word) for word in words) or _is_random_line(value, words)


def _is_random_word(word: str) -> bool:
    if len(word) < _LONG_WORD:
        return False
    most = _ODD if any(map(str.isdigit, word)) else _ODD_WITHOUT_DIGITS
    return _odd_pairs(word) >= most * (len(word) - 1)


def _is_random_line(value: str, words: list[str]) -> bool:
    """Tell of random text that has a few separators in it, as base64 has."""
    classes = (str.isdigit, str.isupper, str.islower)
    if not all(any(map(is_of, value)) for is_of in classes):
        return False
    text = value.rstrip("=")
    if len(text) - len("".join(_WORD.findall(text))) > _SEPARATORS * len(text):
        return False
    pairs = sum(len(word) - 1 for word in words)
    return pairs >= _LONG_WORD and sum(map(_odd_pairs, words)) >= _ODD * pairs


def _odd_pairs(word: str) -> float:
    return sum(_oddness(first, second) for first, second in pairwise(word))


def _oddness(first: str, second: str) -> float:
    if first.isdigit() or second.isdigit():
        return float(first.isdigit() != second.isdigit())
    if ord(second) - ord(first) in (0, 1):  # xxxx and alphabets are no secrets
        return 0.0
    if first.islower() and second.isupper():
        return 0.5
    return float(second.lower() not in _COMMON_PAIRS.get(first.lower(), ""))
