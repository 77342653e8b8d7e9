from __future__ import annotations

import pytest

from nbtrack.context.secret_keys import secret_key
from nbtrack.context.secret_values import looks_random, stands_for_one


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", "password"),
        ("DB_PASSWORD_2", "password"),
        ("smtp.pass", "password"),
        ("clientSecret", "secret"),
        ("secret_id", "secret"),
        ("X-Api-Key", "key"),
        ("AccountKey", "key"),
        ("GITHUB_TOKEN", "token"),
        ("authtoken", "token"),
        ("Proxy-Authorization", "authorization"),
        ("connection_string", "credential"),
    ],
)
def test_a_telling_name_has_a_kind(name: str, kind: str) -> None:
    key = secret_key(name)
    assert key is not None
    assert key.kind == kind


@pytest.mark.parametrize(
    "name",
    [
        *("tokens", "max_tokens", "token_count", "pad_token", "tokenizer", "secretary", "compass"),
        *("password_field", "secret_name", "pass", "key", "sort_key", "public_key", "author", ""),
        *("credentials_path", "password_length", "42", "TOKEN_KEY"),
    ],
)
def test_an_ordinary_name_has_none(name: str) -> None:
    assert secret_key(name) is None


@pytest.mark.parametrize(
    "value", ["", "  ", "None", "<your key>", "***", "${TOKEN}", "$TOKEN", "{{ token }}", "Bearer "]
)
def test_a_placeholder_is_no_secret(value: str) -> None:
    assert stands_for_one(value)


def test_braces_are_filled_in_only_by_templates() -> None:
    assert stands_for_one("{token}", is_template=True)
    assert not stands_for_one("{token}")
    assert not stands_for_one("hunter2{token}", is_template=True)


def test_a_path_is_no_password() -> None:
    key = secret_key("credentials")
    assert key is not None
    assert not key.removes("/home/ann/.config/key.json")
    assert key.removes("hunter2")


def test_a_checksum_is_not_random() -> None:
    assert not looks_random("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    assert looks_random("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
