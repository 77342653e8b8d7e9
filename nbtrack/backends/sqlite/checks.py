"""Check names and lengths against the limits in force; errors name the limit and the setting."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Protocol

from nbtrack.backends.sqlite.session import Session
from nbtrack.errors import InvalidParameterValue
from nbtrack.limits import MLFLOW, Limits
from nbtrack.names import check_key as check_plain_key

_RUN_ID: Final = re.compile(r"[^\W_][\w-]{0,255}")
_MODEL_NAME: Final = frozenset("/:.%\"'")


class KeyValue(Protocol):
    """Anything with a key and a value: params and tags of every kind."""

    @property
    def key(self) -> str:
        """The key."""
        ...

    @property
    def value(self) -> str:
        """The text."""
        ...


def check_key(limits: Limits, kind: str, key: str, where: str = "") -> None:
    """Refuse a metric, param or tag key that the API does not allow."""
    check_plain_key(kind, key, limits.key, where)


def check_length(
    limits: Limits, what: str, text: str | None, characters: int | None, size: int | None = None
) -> None:
    """Refuse a text above a limit in characters or in UTF-8 bytes; nothing is ever cut."""
    if text is None:
        return
    if characters is not None and len(text) > characters:
        _too_long(limits, what, f"{len(text)} characters", f"{characters}")
    if size is not None and len(text) * 4 > size:
        length = len(text.encode("utf-8", "surrogatepass"))
        if length > size:
            _too_long(limits, what, f"{length} bytes", f"{size} bytes")


def _too_long(limits: Limits, what: str, actual: str, allowed: str) -> None:
    longer = (
        f" The profile '{MLFLOW.name}' allows longer values: set NBTRACK_LIMITS={MLFLOW.name}."
        if limits.name != MLFLOW.name
        else " Store it as an artifact instead."
    )
    message = (
        f"{what} has {actual}; the limit of the profile '{limits.name}' is {allowed}, "
        f"and nothing is cut silently.{longer}"
    )
    raise InvalidParameterValue(message)


def check_distinct(kind: str, items: Iterable[KeyValue]) -> None:
    """Refuse a key that stands twice in one request."""
    seen: set[str] = set()
    for item in items:
        if item.key in seen:
            message = f"The {kind} key {item.key!r} stands twice in one request. Send it once."
            raise InvalidParameterValue(message)
        seen.add(item.key)


def check_run_id(run_id: str) -> None:
    """Refuse a run id that no run can have, as log-batch and log-inputs do."""
    if not _RUN_ID.fullmatch(run_id):
        message = f"The run id {run_id!r} is malformed. Run ids are 32 hexadecimal digits."
        raise InvalidParameterValue(message)


def check_param(limits: Limits, key: str, value: str, characters: int, size: int | None) -> None:
    """Check one param of a run."""
    check_key(limits, "param", key)
    check_length(limits, f"The value of param {key!r}", value, characters, size)


def check_tag(limits: Limits, key: str, value: str) -> None:
    """Check one tag of a run, as set-tag does."""
    check_key(limits, "tag", key)
    check_length(
        limits, f"The value of tag {key!r}", value, limits.tag_value, limits.tag_value_bytes
    )


def check_experiment_tag(limits: Limits, key: str, value: str) -> None:
    """Check one tag of an experiment."""
    check_key(limits, "tag", key)
    what = f"The value of tag {key!r}"
    check_length(
        limits, what, value, limits.experiment_tag_value, limits.experiment_tag_value_bytes
    )


def check_experiment_name(limits: Limits, name: str | None) -> str:
    """Return an experiment name that may be used."""
    if not name:
        message = f"The experiment name is {name!r}. Give a non-empty text."
        raise InvalidParameterValue(message)
    check_length(limits, "The experiment name", name, limits.experiment_name)
    return name


def check_model_name(limits: Limits, name: str) -> None:
    """Refuse a logged model name with a forbidden character."""
    check_length(limits, "The model name", name, limits.model_text)
    bad = sorted(_MODEL_NAME & set(name))
    if bad:
        raise InvalidParameterValue(
            f"The model name {name!r} contains {bad[0]!r}. Leave out / : . % and quotes."
        )


def check_page_size(tx: Session, given: int | None, default: int, most: int | None) -> int:
    """Return the page size to use; refuse one outside 1 to the largest allowed."""
    size = default if given is None else given
    if size < 1 or (most is not None and size > most):
        upper = f" to {most}" if most is not None else " or more"
        profile = f" (profile '{tx.limits.name}')" if most is not None else ""
        message = f"max_results is {size}. Use 1{upper}{profile}."
        raise InvalidParameterValue(message)
    return size
