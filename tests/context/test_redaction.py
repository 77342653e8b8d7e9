"""Planted secrets never survive, whatever they look like and wherever they stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.context import redact_diff, redact_source, redact_text, redact_values
from tests.context.planted import (
    BARE,
    CARRIERS,
    FORMS,
    HEX,
    IDENTIFIERS,
    KEYED,
    LETTERS,
    PASSWORD_NAMES,
    PASSWORDS,
    PLAIN_PASSWORDS,
    QUOTED,
    random_texts,
)


@pytest.mark.parametrize("form", FORMS)
@given(carrier=st.sampled_from(list(CARRIERS)), data=st.data())
def test_a_secret_of_a_known_form_does_not_survive(
    form: str, carrier: str, data: st.DataObject
) -> None:
    secret = data.draw(FORMS[form])
    redacted = redact_source(CARRIERS[carrier](secret))
    assert secret not in redacted.text
    assert secret[-16:] not in redacted.text
    assert redacted.removed >= 1


@pytest.mark.parametrize("place", QUOTED)
@given(name=st.sampled_from(IDENTIFIERS), password=PASSWORDS)
def test_a_literal_under_a_telling_name_does_not_survive(
    place: str, name: str, password: str
) -> None:
    redacted = redact_source(QUOTED[place](name, password))
    assert password not in redacted.text
    assert name in redacted.text


@pytest.mark.parametrize("place", KEYED)
@given(name=st.sampled_from(PASSWORD_NAMES), password=PASSWORDS)
def test_a_value_under_a_telling_key_does_not_survive(place: str, name: str, password: str) -> None:
    assert password not in redact_source(KEYED[place](name, password)).text


@pytest.mark.parametrize("place", BARE)
@given(name=st.sampled_from(IDENTIFIERS), password=PLAIN_PASSWORDS)
def test_a_value_without_quotes_does_not_survive(place: str, name: str, password: str) -> None:
    assert password not in redact_source(BARE[place](name, password)).text


@pytest.mark.parametrize("sign", ["+", "-", " "])
@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_a_secret_in_a_diff_does_not_survive(form: str, sign: str, data: st.DataObject) -> None:
    secret = data.draw(FORMS[form])
    lines = "".join(f"{sign}{line}\n" for line in secret.splitlines())
    redacted = redact_diff(f"diff --git a/x.py b/x.py\n@@ -1 +1 @@\n{lines} y = 2\n")
    assert secret[-16:] not in redacted.text.replace(f"\n{sign}", "\n")
    assert redacted.removed >= 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (".env", "DB_PASSWORD={}"),
        ("conf/app.yaml", "  password: {}"),
        ("conf/app.yaml", "  - password: '{}'"),
        ("app.toml", 'password = "{}"'),
        ("setup.ini", "db_password = {}"),
        ("run.sh", "export PASSWORD={}"),
        ("Dockerfile", "ENV API_KEY {}"),
        ("app.json", '"client_secret": "{}",'),
        ("model.py", 'password = "{}"'),
        ("with space.py", 'password = "{}"'),
    ],
)
@given(password=PLAIN_PASSWORDS)
def test_a_password_in_the_diff_of_a_file_does_not_survive(
    file: str, line: str, password: str
) -> None:
    text = f"diff --git a/{file} b/{file}\n@@ -1 +1 @@\n-x\n+{line.format(password)}\n"
    assert password not in redact_diff(text).text


@given(password=st.from_regex(r"[A-Za-z0-9!#&=_.+-]{3,30}[0-9]", fullmatch=True))
def test_the_password_of_an_address_does_not_survive(password: str) -> None:
    redacted = redact_text(f'engine = connect("postgresql://ann:{password}@db:5432/x")')
    assert redacted.text == 'engine = connect("postgresql://[removed: password]@db:5432/x")'


@pytest.mark.parametrize("alphabet", [LETTERS, LETTERS + "+/", LETTERS + "-_"])
def test_random_text_does_not_survive(alphabet: str) -> None:
    texts = random_texts(alphabet, 44, 400)
    assert [text for text in texts if redact_text(f'x = "{text}"').removed == 0] == []


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_a_secret_among_params_and_tags_does_not_survive(form: str, data: st.DataObject) -> None:
    secret = data.draw(FORMS[form])
    values = {"lr": 0.1, "note": f"with {secret} set", "nested": {"list": [1, secret]}}
    redacted = redact_values(values)
    assert secret[-16:] not in json.dumps(redacted.values)
    assert redacted.values["lr"] == 0.1
    assert redacted.removed >= 2


@given(name=st.sampled_from(PASSWORD_NAMES), password=PASSWORDS)
def test_a_param_with_a_telling_name_does_not_survive(name: str, password: str) -> None:
    redacted = redact_values({name: password, "outer": {name: [password]}})
    assert password not in str(redacted.values)
    assert redacted.removed == 2


def test_a_number_as_password_does_not_survive_and_flags_stay() -> None:
    redacted = redact_values({"password": 1234, "use_password": True, "secret": None, "token": 7})
    assert redacted.values == {
        "password": "[removed: password]",
        "use_password": True,
        "secret": None,
        "token": 7,
    }


@given(st.data())
def test_what_was_redacted_stays_as_it_is(data: st.DataObject) -> None:
    form, carrier = (
        data.draw(st.sampled_from(list(FORMS))),
        data.draw(st.sampled_from(list(CARRIERS))),
    )
    name = data.draw(st.sampled_from(IDENTIFIERS))
    text = CARRIERS[carrier](data.draw(FORMS[form])) + f'\n{name} = "{data.draw(PASSWORDS)}"\n'
    once = redact_source(text)
    again = redact_source(once.text)
    assert (again.text, again.removed) == (once.text, 0)


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    for redact in (redact_text, redact_source, redact_diff):
        once = redact(text)
        assert (once.text == text) == (once.removed == 0)


def test_kinds_are_counted() -> None:
    redacted = redact_text(f'password = "a1"\nsecret = "b2"\npwd = "c3"\nt = "dapi{HEX * 2}"')
    assert dict(redacted.kinds) == {"password": 2, "secret": 1, "databricks token": 1}
    assert redacted.removed == 4


def test_marked_code_is_still_code() -> None:
    redacted = redact_text('login(user="ann", password="it\'s \\"me\\"", tries=3)\n')
    assert redacted.text == 'login(user="ann", password="[removed: password]", tries=3)\n'


def test_a_private_key_without_end_goes_as_far_as_it_looks_like_one() -> None:
    lines = "\n".join(random_texts(LETTERS, 64, 5))
    redacted = redact_text(f'k = """-----BEGIN PRIVATE KEY-----\n{lines}\n"""\nfit(model)\n')
    assert redacted.text == 'k = """[removed: private key]\n"""\nfit(model)\n'


LONG = {
    "names": "password" * 30_000,
    "signs": "password: " * 20_000,
    "openings": "password=(\n" * 20_000,
    "quotes": '"' * 300_000,
    "open literals": "token = '" * 20_000,
    "backslashes": 'password="' + "\\" * 200_000,
    "addresses": "://a:" * 50_000,
    "jwt": "eyJ-" * 60_000,
    "private keys": "-----BEGIN PRIVATE KEY-----" * 10_000,
    "spaces": "api_key" + " " * 300_000,
    "one word": "aB3" * 100_000,
    "annotations": "password: a, " * 20_000,
    "calls": "login(" * 40_000,
    "diffs": "diff --git a/x b/x\n" * 10_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_text_takes_no_more_than_its_share(name: str) -> None:
    # The square of these lengths would take hours.
    for redact in (redact_text, redact_source, redact_diff):
        redact(LONG[name])
    redact_text(LONG[name], is_config=True)
