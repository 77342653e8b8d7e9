"""Secrets that give themselves away by their form, wherever they stand.

A row of `PATTERNS` has the texts that one of them must contain, which are looked for first, and an
expression that begins with such a text. The expressions never go back over what they have read:
their repeats are possessive or have an upper bound, so that time grows with the length of the text
and no faster.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from nbtrack.context.secret_values import stands_for_one
from nbtrack.context.spans import Span


@dataclass(frozen=True, slots=True)
class Pattern:
    """One form of secret: the first group of the expression, or all of it, is the secret."""

    kind: str
    hints: tuple[str, ...]
    expression: re.Pattern[str]
    accepts: Callable[[str], bool] = bool


def _row(kind: str, hints: str, expression: str, accepts: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, tuple(hints.split("|")), re.compile(expression), accepts)


def _is_machine_made(text: str) -> bool:
    """Tell a token from a word after 'bearer'."""
    return any(map(str.isdigit, text)) or any(map(str.isupper, text[1:]))


def _is_user_and_password(text: str) -> bool:
    """Tell whether a text is what Basic authorization sends."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()


def _is_login(text: str) -> bool:
    """Tell whether `user:password` of an address holds a password."""
    password = text.partition(":")[2]
    return not stands_for_one(password, is_template=True)


PATTERNS: Final = (
    _row("aws key", "AKIA|ASIA|ABIA|ACCA", r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Z0-9])"),
    _row("github token", "ghp_|gho_|ghu_|ghs_|ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}+"),
    _row("github token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}+"),
    _row(
        "gitlab token",
        "glpat-|glptt-|gldt-|glrt-|glcbt-|glft-|glsoat-|glagent-|gloas-|glimt-|glffct-",
        r"gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas|imt|ffct)-[A-Za-z0-9_.-]{16,}+",
    ),
    _row("slack token", "xox", r"xox[a-z]-[A-Za-z0-9-]{10,}+"),
    _row("slack token", "xoxe.", r"xoxe\.xox[a-z]-[A-Za-z0-9-]{10,}+"),
    _row("slack token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,}+"),
    _row("webhook", "hooks.slack.com/", r"hooks\.slack\.com/[a-z]{1,20}/([A-Za-z0-9/]{16,}+)"),
    _row("webhook", "/api/webhooks/", r"/api/webhooks/(\d{1,25}/[\w-]{16,}+)"),
    _row(
        "api key",
        "sk-",
        r"(?<![A-Za-z0-9])sk-"
        r"(?:(?:proj|svcacct|admin|None|or-v1|lf|ant-[a-z]{2,8}\d\d)-[A-Za-z0-9_-]{16,}+"
        r"|[A-Za-z0-9]{20,}+)",
    ),
    _row("stripe key", "k_live_|k_test_", r"(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{10,}+"),
    _row("hugging face token", "hf_", r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}+"),
    _row("hugging face token", "api_org_", r"api_org_[A-Za-z0-9]{30,}+"),
    _row(
        "databricks token",
        "dapi|dkea|dose|dsapi",
        r"(?<![A-Za-z0-9])d(?:api|kea|ose|sapi)[0-9a-fA-F]{32}(?:-\d{1,2})?(?![A-Za-z0-9])",
    ),
    _row("google key", "AIza", r"AIza[0-9A-Za-z_-]{35}"),
    _row("google key", "GOCSPX-", r"GOCSPX-[0-9A-Za-z_-]{20,}+"),
    _row("google token", "ya29.", r"ya29\.[0-9A-Za-z_-]{20,}+"),
    _row("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _row("pypi token", "pypi-", r"pypi-[A-Za-z0-9_-]{50,}+"),
    _row("sendgrid key", "SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}+"),
    _row("twilio key", "SK", r"(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    _row("digitalocean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _row("api key", "gsk_", r"(?<![A-Za-z0-9])gsk_[A-Za-z0-9]{30,}+"),
    _row("api key", "r8_", r"(?<![A-Za-z0-9])r8_[A-Za-z0-9]{30,}+"),
    _row("api key", "pplx-", r"(?<![A-Za-z0-9])pplx-[A-Za-z0-9]{30,}+"),
    _row("api key", "xai-", r"(?<![A-Za-z0-9])xai-[A-Za-z0-9]{40,}+"),
    _row("api key", "nvapi-", r"nvapi-[A-Za-z0-9_-]{40,}+"),
    _row("api key", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}(?:_[0-9a-f]{10})?"),
    _row("docker token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}+"),
    _row("vault token", "hvs.|hvb.", r"(?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{20,}+"),
    _row("telegram token", ":AA", r"\d:(AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"),
    _row("jwt", "eyJ", r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{16,}+(?:\.[A-Za-z0-9_-]*+)*+"),
    _row(
        "authorization",
        "earer |EARER ",
        r"(?:[Bb]earer|BEARER) {1,4}([A-Za-z0-9._~+/-]{10,}+=*+)",
        _is_machine_made,
    ),
    _row(
        "authorization",
        "asic |ASIC ",
        r"(?:[Bb]asic|BASIC) {1,4}([A-Za-z0-9+/]{6,}+={0,2})",
        _is_user_and_password,
    ),
    _row("password", "://", r"://([^\s/\"'@:<>\\]{0,400}:[^\s/\"'<>\\]{1,400})@", _is_login),
    _row("token", "://", r"https?://([A-Za-z0-9_-]{16,255})@"),
    _row(
        "signature",
        "ignature=|sig=|key=|code=|redential=|oken=",
        r"[?&](?:sig|key|code|(?:X-(?:Amz|Goog)-)?(?:Signature|signature|Credential|Security-Token))"
        r"=([^\s&\"'<>{}\\]{16,}+)",
    ),
)

_PRIVATE_KEY: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES: Final = re.compile(
    r"(?:[\s\"'(+-]|\\[nr])*+(?:[A-Za-z0-9+/=]{16,}+(?:[\s\"')+-]|\\[nr])*+)*+"
)


def pattern_spans(text: str) -> Iterator[Span]:
    """Find the secrets that have a known form."""
    yield from _private_keys(text)
    for pattern in PATTERNS:
        if not any(hint in text for hint in pattern.hints):
            continue
        group = min(pattern.expression.groups, 1)
        for found in pattern.expression.finditer(text):
            if pattern.accepts(found.group(group)):
                yield Span(found.start(group), found.end(group), pattern.kind)


def _private_keys(text: str) -> Iterator[Span]:
    """Find private keys; one whose end is missing ends with the last line that looks like it."""
    position, end = 0, -1
    while (begin := _PRIVATE_KEY.search(text, position)) is not None:
        if end < begin.end():
            found = _END.search(text, begin.end())
            end = found.end() if found else len(text) + 1
        position = end if end <= len(text) else _last_line(text, begin.end())
        yield Span(begin.start(), position, "private key")


def _last_line(text: str, position: int) -> int:
    lines = _KEY_LINES.match(text, position)
    return position + len(lines[0].rstrip(" \t\r\n\"')(+-")) if lines else position
