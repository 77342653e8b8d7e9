"""Changes of permissions as a plan: the exact calls, made only when somebody says so.

`standings` reads who may do what; `plan_changes` turns wishes into a `PermissionPlan` of calls and
remarks, and sends nothing; `apply_plan` makes the calls, unless the permissions have changed since.
Levels are raised and lowered by updatePermissions, which leaves everybody else alone. A grant can
only be taken away by setPermissions, which replaces all direct grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nbtrack.api import permissions as api
from nbtrack.api.wire import WireRequest, to_wire
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    ExperimentAccessControlResponse,
    ExperimentPermissions,
)
from nbtrack.errors import InvalidParameterValue, InvalidState, NbtrackError

if TYPE_CHECKING:
    from nbtrack.client.client import Client

KINDS: Final = ("user_name", "group_name", "service_principal_name")
MANAGE: Final = "CAN_MANAGE"
_ORDER: Final = ("CAN_READ", "CAN_RUN", "CAN_EDIT", MANAGE)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is granted something: one of `KINDS`, and a name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a principal may do: levels granted here, and inherited ones with their origin."""

    direct: tuple[str, ...] = ()
    inherited: tuple[tuple[str, str], ...] = ()

    @property
    def level(self) -> str | None:
        """The highest level that is granted here."""
        return max(self.direct, key=_rank, default=None)

    @property
    def may_manage(self) -> bool:
        """Whether they may change permissions."""
        return MANAGE in self.direct or any(level == MANAGE for level, _ in self.inherited)


Standings = dict[Principal, Standing]
Changes = Mapping[Principal, str | None]
"""The level that each principal is to be granted here; None takes the grant away."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call: setPermissions if it replaces all direct grants, else updatePermissions."""

    experiment_id: str
    grants: tuple[ExperimentAccessControlRequest, ...]
    is_replacement: bool

    @property
    def wire(self) -> WireRequest:
        """Exactly what goes to a server."""
        about, grants = self.experiment_id, self.grants
        if self.is_replacement:
            whole = api.SetPermissions(experiment_id=about, access_control_list=grants)
            return to_wire(api.SET_PERMISSIONS, whole)
        part = api.UpdatePermissions(experiment_id=about, access_control_list=grants)
        return to_wire(api.UPDATE_PERMISSIONS, part)

    def send(self, client: Client) -> None:
        """Make the call."""
        send = client.set_permissions if self.is_replacement else client.update_permissions
        send(self.experiment_id, access_control_list=self.grants)


@dataclass(frozen=True, slots=True)
class PermissionPlan:
    """Calls to make, remarks on what they mean, and the permissions that they start from."""

    calls: tuple[PlannedCall, ...]
    notes: tuple[str, ...]
    before: Mapping[str, ExperimentPermissions]


def standings(permissions: ExperimentPermissions) -> Standings:
    """Return what each principal may do; entries that name nobody are left out."""
    found: Standings = {}
    for entry in permissions.access_control_list:
        principal = _principal(entry)
        if principal is not None:
            known = found.get(principal, Standing())
            direct, inherited = _levels(entry)
            found[principal] = Standing(known.direct + direct, known.inherited + inherited)
    return found


def plan_changes(
    before: Mapping[str, ExperimentPermissions], changes: Mapping[str, Changes]
) -> PermissionPlan:
    """Plan the calls that bring about some changes of some experiments; nothing is sent.

    Raises
    ------
    InvalidParameterValue
        If nobody could manage an experiment afterwards, or a grant would be lost that nobody named.
    """
    calls: list[PlannedCall] = []
    notes: list[str] = []
    for experiment_id, wanted in changes.items():
        known = standings(before[experiment_id])
        real = {who: level for who, level in wanted.items() if level != _level_of(known, who)}
        if real:
            after = _after(known, real)
            _refuse_losses(experiment_id, before[experiment_id], known, after)
            calls.append(_call(experiment_id, known, real, after))
            notes += _notes(experiment_id, known, real, after)
    return PermissionPlan(
        tuple(calls), tuple(notes), {c.experiment_id: before[c.experiment_id] for c in calls}
    )


def apply_plan(client: Client, plan: PermissionPlan) -> None:
    """Make the calls of a plan.

    Raises
    ------
    InvalidState
        If permissions have changed since the plan was made; then nothing is sent. Or if a later
        call fails after others were made.
    """
    for experiment_id, before in plan.before.items():
        if client.get_permissions(experiment_id) != before:
            raise InvalidState(
                f"The permissions of experiment {experiment_id!r} have changed since the plan was "
                "made. Nothing was sent. Look at the new plan, and apply it again."
            )
    for made, call in enumerate(plan.calls):
        try:
            call.send(client)
        except NbtrackError as exc:
            if not made:
                raise
            raise InvalidState(
                f"{made} of {len(plan.calls)} calls were made; that for experiment "
                f"{call.experiment_id!r} failed, and none after it was made: {exc}"
            ) from exc


def _rank(level: str) -> int:
    return _ORDER.index(level) if level in _ORDER else -1


def _principal(entry: ExperimentAccessControlResponse) -> Principal | None:
    named = [(kind, getattr(entry, kind)) for kind in KINDS if getattr(entry, kind)]
    return Principal(*named[0]) if named else None


def _levels(
    entry: ExperimentAccessControlResponse,
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    held = [one for one in entry.all_permissions if one.permission_level]
    direct = tuple(str(one.permission_level) for one in held if not one.inherited)
    inherited = tuple(
        (str(one.permission_level), ", ".join(one.inherited_from_object))
        for one in held
        if one.inherited
    )
    return direct, inherited


def _level_of(known: Standings, who: Principal) -> str | None:
    return known.get(who, Standing()).level


def _after(known: Standings, changes: Changes) -> Standings:
    after = dict(known)
    for who, level in changes.items():
        direct = () if level is None else (level,)
        after[who] = Standing(direct, known.get(who, Standing()).inherited)
    return after


def _managers(known: Standings) -> list[Principal]:
    return [who for who, standing in known.items() if standing.may_manage]


def _refuse_losses(
    experiment_id: str, before: ExperimentPermissions, known: Standings, after: Standings
) -> None:
    if _managers(known) and not _managers(after):
        raise InvalidParameterValue(
            f"Nobody could manage experiment {experiment_id!r} any more. Leave {MANAGE} to one."
        )
    nameless = [
        entry
        for entry in before.access_control_list
        if _principal(entry) is None and _levels(entry)[0]
    ]
    if nameless and _is_replacement(known, after):
        raise InvalidParameterValue(
            f"Experiment {experiment_id!r} has a grant that names nobody and would be lost when "
            "another one is taken away. Lower that one instead."
        )


def _is_replacement(known: Standings, after: Standings) -> bool:
    return any(standing.direct and not after[who].direct for who, standing in known.items())


def _call(experiment_id: str, known: Standings, changes: Changes, after: Standings) -> PlannedCall:
    is_replacement = _is_replacement(known, after)
    named: Sequence[Principal] = list(after) if is_replacement else list(changes)
    grants = [_grant(who, level) for who in named for level in after[who].direct]
    return PlannedCall(experiment_id, tuple(grants), is_replacement)


def _grant(who: Principal, level: str) -> ExperimentAccessControlRequest:
    return ExperimentAccessControlRequest(**{who.kind: who.name, "permission_level": level})


def _notes(
    experiment_id: str, known: Standings, changes: Changes, after: Standings
) -> Iterator[str]:
    """Say what is easily overlooked."""
    lost = [who.name for who in _managers(known) if not after[who].may_manage]
    if lost:
        yield (
            f"{', '.join(lost)} can no longer manage experiment {experiment_id!r}. Make sure that "
            "you still can, or you cannot take this back."
        )
    for who, level in changes.items():
        held, origin = max(after[who].inherited, key=lambda one: _rank(one[0]), default=("", ""))
        if _rank(held) > _rank(level or ""):
            yield f"{who.name} keeps {held}, which is inherited from {origin or 'elsewhere'}."
    if _is_replacement(known, after):
        kept = sum(bool(standing.direct) for standing in after.values())
        yield (
            f"All direct grants of experiment {experiment_id!r} are replaced by the {kept} listed: "
            "the API has no call that takes one away."
        )
