"""Who may do what with experiments, and a plan of the calls that change it.

The page sends wishes: levels for principals. `PermissionTable` turns them into a plan, which the
page shows as the exact calls; only a message that names the plan by its `turn`, and so comes from a
page that shows it, has it applied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from traitlets import Bool, Dict, List, Unicode

from nbtrack.client.permission_plan import (
    KINDS,
    PermissionPlan,
    PlannedCall,
    Principal,
    Standing,
    Standings,
    apply_plan,
    plan_changes,
    standings,
)
from nbtrack.display import Card
from nbtrack.display import html as markup
from nbtrack.display.shown import text_table
from nbtrack.errors import InvalidParameterValue, InvalidState
from nbtrack.widgets.base import LOCK, BaseWidget, Message, static_text

if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.entities import ExperimentPermissions

_KIND_WORDS: Final = {"user_name": "user", "group_name": "group"}
_SERVICE: Final = "service principal"
_REMOTE: Final = ("http:", "https:", "databricks")


class PermissionTable(BaseWidget):
    """A table of permissions with a plan of changes.

    Attributes
    ----------
    experiments
        Each with `id`, `name` and `rows`: principals with what is granted, wished and inherited.
    levels
        Levels that may be granted, each with a sentence.
    plan
        The calls that bring the wishes about, `notes` on them, and a `turn` that names the plan.
    status
        What was done last.
    enforced
        Whether the place is a server, which may enforce permissions.
    """

    _esm = static_text("elements.js", "permissions.js")
    _css = static_text("theme.css", "buttons.css", "permissions.css")
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "wish": "_on_wish",
        "discard": "_on_discard",
        "apply": "_on_apply",
    }

    experiments: List[Any] = List().tag(sync=True)
    levels: List[Any] = List().tag(sync=True)
    plan: Dict[str, Any] = Dict().tag(sync=True)
    status = Unicode().tag(sync=True)
    enforced = Bool(default_value=True).tag(sync=True)

    def __init__(self, client: Client, experiments: Mapping[str, str]) -> None:
        """Read the permissions of experiments, given as names by id.

        Raises
        ------
        EndpointNotFound
            If the server has no permissions.
        """
        self._client, self._names = client, dict(experiments)
        self._before: dict[str, ExperimentPermissions] = {}
        self._wishes: dict[str, dict[Principal, str | None]] = {}
        self._plan = PermissionPlan((), (), {})
        self._turn = 0
        self._read()
        told = client.get_permission_levels(next(iter(experiments)))
        super().__init__(
            levels=[{"level": one.permission_level, "text": one.description or ""} for one in told],
            enforced=client.tracking_uri.startswith(_REMOTE),
        )
        self._show()

    # --- what the page asks -----------------------------------------------------------------------

    def _on_wish(self, message: Message) -> None:
        """Take a wish: the level of a principal, or an empty one for no grant."""
        experiment_id, who, level = self._wish_of(message)
        wishes = self._wishes.setdefault(experiment_id, {})
        if level == self._standing(experiment_id, who).level:
            wishes.pop(who, None)
        else:
            wishes[who] = level
        self.status = ""
        self._replan()

    def _on_discard(self, _message: Message) -> None:
        self._wishes.clear()
        self._begin_anew()
        self.status = "Nothing was sent."

    def _on_apply(self, message: Message) -> None:
        """Make the calls of the plan that the person saw."""
        if message.get("turn") != self.plan.get("turn") or not self._plan.calls:
            raise InvalidState("The plan has changed meanwhile. Look at it, and apply it again.")
        made = len(self._plan.calls)
        self.status = ""
        try:
            apply_plan(self._client, self._plan)
            self._wishes.clear()
        finally:
            self._begin_anew()
        self.status = f"Made {made} {'call' if made == 1 else 'calls'}. This is what holds now."

    def _wish_of(self, message: Message) -> tuple[str, Principal, str | None]:
        experiment_id, level = str(message["experiment"]), str(message["level"] or "")
        who = Principal(str(message["kind"]), str(message["name"]).strip())
        if experiment_id not in self._before or who.kind not in KINDS:
            raise InvalidParameterValue(f"There is no {who.kind!r} of {experiment_id!r} here.")
        if not who.name:
            raise InvalidParameterValue("Nobody is named. Type a name.")
        known = {one["level"] for one in self.levels} | {*self._standing(experiment_id, who).direct}
        if level and level not in known:
            raise InvalidParameterValue(f"The level {level!r} is not offered here. Choose another.")
        return experiment_id, who, level or None

    # --- state ------------------------------------------------------------------------------------

    def _standing(self, experiment_id: str, who: Principal) -> Standing:
        return standings(self._before[experiment_id]).get(who, Standing())

    def _read(self) -> None:
        self._before = {one: self._client.get_permissions(one) for one in self._names}

    def _begin_anew(self) -> None:
        """Read what holds now, and plan the wishes that are left."""
        try:
            self._read()
        finally:
            self._replan()

    def _replan(self) -> None:
        """Plan the wishes anew; without a plan there is nothing to apply."""
        with LOCK:
            self._plan = PermissionPlan((), (), {})
            try:
                self._plan = plan_changes(self._before, self._wishes)
            finally:
                self._show()

    def _show(self) -> None:
        self._turn += 1
        with self.hold_sync():
            self.experiments = [
                {"id": one, "name": name, "rows": self._rows(one)}
                for one, name in self._names.items()
            ]
            self.plan = {
                "turn": self._turn,
                "calls": [call_texts(call) for call in self._plan.calls],
                "notes": list(self._plan.notes),
            }

    def _rows(self, experiment_id: str) -> list[dict[str, Any]]:
        known = standings(self._before[experiment_id])
        wishes = self._wishes.get(experiment_id, {})
        return [_row(who, known, wishes) for who in {**known, **wishes}]

    def still(self) -> Card:
        """Return the table as it holds, without wishes."""
        columns = ("experiment", "who", "kind", "granted", "inherited")
        rows = [
            (one["name"], row["name"], row["word"], row["granted"] or "-", row["inherited"] or "-")
            for one in self.experiments
            for row in one["rows"]
        ]
        text = "\n".join(["Permissions", *text_table(columns, rows)])
        return Card(text, f"<div>Permissions{markup.table(columns, rows)}</div>")


def call_texts(call: PlannedCall) -> dict[str, str]:
    """Return method, path and body of a call."""
    wire = call.wire
    body = json.dumps(json.loads(wire.body or b"{}"), indent=2, ensure_ascii=False)
    return {"method": wire.verb, "path": wire.path, "body": body}


def _row(
    who: Principal, known: Standings, wishes: Mapping[Principal, str | None]
) -> dict[str, Any]:
    standing = known.get(who, Standing())
    granted = standing.level or ""
    return {
        "kind": who.kind,
        "word": _KIND_WORDS.get(who.kind, _SERVICE),
        "name": who.name,
        "granted": granted,
        "wish": (wishes[who] or "") if who in wishes else granted,
        "inherited": _inherited_text(standing.inherited),
    }


def _inherited_text(inherited: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{level} from {origin or 'elsewhere'}" for level, origin in inherited)
