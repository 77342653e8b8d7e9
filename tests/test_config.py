from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbtrack.config import (
    JOURNAL_MODE,
    LIMITS,
    MLFLOW_PASSWORD,
    REQUEST_TIMEOUT,
    SETTINGS,
    TRACKING_URI,
    Secret,
    reset_settings,
    set_setting,
    setting,
)
from nbtrack.errors import ConfigError
from nbtrack.limits import DOCUMENTED, MLFLOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    yield
    reset_settings()


def test_setting_has_its_default() -> None:
    assert setting(TRACKING_URI) is None
    assert setting(LIMITS) is DOCUMENTED
    assert setting(REQUEST_TIMEOUT) == 120.0


def test_foreign_variable_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "7")
    assert setting(REQUEST_TIMEOUT) == 7.0


def test_own_variable_beats_foreign_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://theirs")
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "http://ours")
    assert setting("tracking_uri") == "http://ours"


def test_value_set_in_code_beats_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "http://variable")
    set_setting(TRACKING_URI, "http://code")
    assert setting(TRACKING_URI) == "http://code"


def test_setting_none_takes_a_value_back() -> None:
    set_setting("limits", "mlflow")
    assert setting(LIMITS) is MLFLOW
    set_setting("limits", None)
    assert setting(LIMITS) is DOCUMENTED


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", "")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://theirs")
    assert setting(TRACKING_URI) == "http://theirs"


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("NBTRACK_LIMITS", "huge", "Use 'documented' or 'mlflow'."),
        ("NBTRACK_JOURNAL_MODE", "WAL", "Use 'auto', 'wal' or 'delete'."),
        ("NBTRACK_REQUEST_TIMEOUT", "soon", "Use a number of seconds above 0."),
        ("NBTRACK_RETRY_TIMEOUT", "-1", "Use a number of seconds above 0."),
        ("MLFLOW_TRACKING_INSECURE_TLS", "maybe", "Use 'true' or 'false'."),
    ],
)
def test_bad_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(variable, value)
    row = next(row for row in SETTINGS.values() if variable in row.variables)
    with pytest.raises(ConfigError) as caught:
        setting(row)
    assert str(caught.value) == f"{variable} is {value!r}, which does not fit. {allowed}"


def test_bad_value_set_in_code_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="journal_mode is 'fast'"):
        set_setting(JOURNAL_MODE, "fast")


def test_unknown_setting_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no setting 'colour'.*tracking_uri, limits"):
        setting("colour")


def test_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    value = setting(MLFLOW_PASSWORD)
    assert value == Secret("hunter2")
    assert value is not None
    assert value.reveal() == "hunter2"
    assert "hunter2" not in f"{value!r} {value} {[value]}"


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_every_row_that_holds_a_password_or_token_is_secret() -> None:
    words = ("PASSWORD", "TOKEN", "CLIENT_SECRET")
    named = {r.name for r in SETTINGS.values() if r.variables[0].endswith(words)}
    assert named == {row.name for row in SETTINGS.values() if row.secret}
