"""Which names say that their value is a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from nbtrack.context.secret_values import stands_for_one


@dataclass(frozen=True, slots=True)
class SecretKey:
    """What a name says of its value.

    Attributes
    ----------
    kind
        What is removed.
    is_sure
        Whether any value is one. If not, only text that could be made by a machine is: a `token`
        is also a piece of a sentence.
    is_pair
        Whether only user and password together are one, as in `auth=("user", "password")`.
    """

    kind: str
    is_sure: bool = True
    is_pair: bool = False

    def removes(self, value: str, *, is_template: bool = False) -> bool:
        """Tell whether the text under this name is a secret."""
        if stands_for_one(value, is_template=is_template) or _names_one(value):
            return False
        if self.is_sure:
            return not (self.kind in _MAY_BE_PATHS and _PATH.match(value))
        if any(map(str.isspace, value)):
            return False
        return len(value) >= _LEAST_TOKEN or _MIXED.fullmatch(value) is not None


_LEAST_TOKEN: Final = 8
_MIXED: Final = re.compile(r"(?=.*\d)(?!\d+\Z).*")
_PASSWORD: Final = SecretKey("password")
_SECRET: Final = SecretKey("secret")
_KEY: Final = SecretKey("key")
_CREDENTIAL: Final = SecretKey("credential")
_AUTHORIZATION: Final = SecretKey("authorization")
_TOKEN: Final = SecretKey("token", is_sure=False)
_PAIR: Final = SecretKey("credential", is_pair=True)

_MAY_BE_PATHS: Final = {"password", "key", "credential"}
_PATH: Final = re.compile(
    r"(?:~|\.{1,2}|[A-Za-z]:)?[\\/][\w.\\/ -]*\Z|[\w./-]+\.(?:json|pem|ya?ml)\Z"
)

_ENDINGS: Final = (
    (("password", "passwords", "passwd", "passphrase", "passphrases", "passcode"), _PASSWORD),
    (("secret", "secrets"), _SECRET),
    (("apikey", "apikeys", "accesskey", "secretkey", "privatekey", "accountkey"), _KEY),
    (("credential", "credentials"), _CREDENTIAL),
    (("authorization",), _AUTHORIZATION),
    (("token",), _TOKEN),
)
_WORDS: Final = {"pwd": _PASSWORD, "pw": _PASSWORD, "creds": _CREDENTIAL, "cookie": _TOKEN}
_LAST_WORDS: Final = {"pass": _PASSWORD}
_KINDS_OF_KEYS: Final = frozenset(
    (
        *("access", "account", "anthropic", "api", "auth", "aws", "azure", "cohere"),
        *("consumer", "deploy", "encryption", "google", "license", "master", "mistral"),
        *("openai", "private", "secret", "shared", "signing", "ssh", "subscription", "wandb"),
    )
)
_KEYS: Final = {"key", "keys", "signature"}

# The last word of a name that speaks of a secret and does not hold it.
_DESCRIPTIVE: Final = frozenset(
    (
        *("class", "classes", "classification", "col", "column", "count", "counts", "dim"),
        *("dir", "embedding", "embeddings", "enabled", "end", "endpoint", "env", "error"),
        *("exception", "expires", "expiry", "failure", "field", "file", "filename", "folder"),
        *("header", "help", "id", "ids", "index", "label", "labels", "len", "length", "level"),
        *("limit", "manager", "mask", "message", "msg", "name", "names", "options", "path"),
        *(
            "pattern",
            "policy",
            "prefix",
            "prompt",
            "provider",
            "range",
            "regex",
            "request",
            "required",
        ),
        *("reset", "response", "scope", "size", "start", "state", "status", "suffix", "text"),
        *("type", "types", "uri", "url", "usage", "var", "variable"),
    )
)
# Words before `token` that make it a piece of text.
_PIECES: Final = frozenset(
    (
        *("bos", "cls", "completion", "end", "eos", "input", "mask", "next", "output", "pad"),
        *("prompt", "sep", "special", "start", "stop", "total", "unk"),
    )
)
_CONSTANT: Final = re.compile(r"[A-Z]{2,20}(?:_[A-Z]{2,20})+")
_NAME_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@lru_cache(maxsize=4096)
def secret_key(name: str) -> SecretKey | None:
    """Return what a name says of its value, None if it promises no secret.

    Examples
    --------
    >>> secret_key("AWS_SECRET_ACCESS_KEY").kind, secret_key("fs.azure.account.key").kind
    ('secret', 'key')
    >>> secret_key("pad_token"), secret_key("password_field"), secret_key("sort_key")
    (None, None, None)
    """
    words = [word.lower() for word in _NAME_WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or (words[-1] in _DESCRIPTIVE and words[-2:] != ["secret", "id"]):
        return None
    if words[-1] == "auth":
        return _PAIR
    found = _by_pair(words)
    return found if found or words[-1] in _KEYS else _by_word(words)


def _names_one(value: str) -> bool:
    """Tell whether a text is itself the name of a secret: DB_PASSWORD, of an environment."""
    return _CONSTANT.fullmatch(value) is not None and secret_key(value) is not None


def _by_word(words: list[str]) -> SecretKey | None:
    if len(words) > 1 and words[-1] in _LAST_WORDS:
        return _LAST_WORDS[words[-1]]
    for place, word in enumerate(words):
        found = _of_word(word)
        if found is _TOKEN and place > 0 and words[place - 1] in _PIECES:
            continue
        if found is not None:
            return found
    return None


def _of_word(word: str) -> SecretKey | None:
    if word in _WORDS:
        return _WORDS[word]
    return next((key for endings, key in _ENDINGS if word.endswith(endings)), None)


def _by_pair(words: list[str]) -> SecretKey | None:
    for first, second in pairwise(words):
        if first == "connection" and second == "string":
            return _CREDENTIAL
        if second in _KEYS and first in _KINDS_OF_KEYS:
            return _SECRET if "secret" in words else _KEY
    return None
