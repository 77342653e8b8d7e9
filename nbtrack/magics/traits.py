"""Settings as traits, so that `%config Track.capture = "full"` works and is checked.

The traits hold nothing themselves: they read and write the values of `nbtrack.config`.
"""

from __future__ import annotations

from typing import Any, Final

from traitlets import HasTraits, TraitError, TraitType

from nbtrack.config import SETTINGS, Setting, look_up, read_setting, set_setting
from nbtrack.errors import ConfigError

AnyTrait = TraitType[Any, Any]


class SettingTrait(TraitType[Any, Any]):
    """The value of one setting; None takes back what was set in this process."""

    def __init__(self, row: Setting[Any]) -> None:
        """Stand for a row of the table of settings."""
        super().__init__(default_value=None, allow_none=True, help=row.help)
        self.row = row

    def get(self, obj: HasTraits, cls: Any = None) -> Any:  # noqa: ANN401, ARG002 - as traitlets
        """Return the value that holds now, wherever it stands."""
        return look_up(self.row).value

    def set(self, obj: HasTraits, value: Any) -> None:  # noqa: ANN401 - as traitlets
        """Set the value in this process."""
        set_setting(self.row, self._validate(obj, value))

    def validate(self, obj: HasTraits, value: Any) -> Any:  # noqa: ANN401, ARG002 - as traitlets
        """Read the value as the table does. Raises TraitError for what does not fit."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            return read_setting(self.row, text, where=f"Track.{self.row.name}")
        except ConfigError as exc:
            raise TraitError(str(exc)) from exc


SETTING_TRAITS: Final[dict[str, AnyTrait]] = {
    row.name: SettingTrait(row).tag(config=True) for row in SETTINGS.values() if not row.secret
}
"""A trait for every setting that is no secret."""
