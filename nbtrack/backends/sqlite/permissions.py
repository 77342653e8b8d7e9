"""Permissions of experiments: kept and answered faithfully, enforced by nobody.

There is one user, who may do everything. The replies have the shape that Databricks gives: the
local user manages every experiment, and the group `admins` inherits CAN_MANAGE.
"""

from __future__ import annotations

import getpass
from typing import Final

from nbtrack.api import permissions as api
from nbtrack.backends.sqlite import experiments
from nbtrack.backends.sqlite.session import Session
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    ExperimentAccessControlResponse,
    ExperimentPermission,
    ExperimentPermissions,
    ExperimentPermissionsDescription,
)
from nbtrack.errors import InvalidParameterValue

LEVELS: Final = {
    "CAN_READ": "See the experiment and its runs, search, compare and download artifacts.",
    "CAN_EDIT": "Also log to runs, create, delete and restore them, and edit tags.",
    "CAN_MANAGE": "Also change who may do what.",
}
_KINDS: Final = ("user_name", "group_name", "service_principal_name")
_ADMINS: Final = ExperimentPermission(
    permission_level="CAN_MANAGE", inherited=True, inherited_from_object=("/directories/",)
)


def local_user() -> str:
    """Return the name of the user who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "user"


def get(tx: Session, request: api.GetPermissions) -> ExperimentPermissions:
    """Handle getPermissions."""
    return _reply(tx, experiments.find(tx, request.experiment_id)[0])


def levels(tx: Session, request: api.GetPermissionLevels) -> api.PermissionLevels:
    """Handle getPermissionLevels."""
    experiments.find(tx, request.experiment_id)
    return api.PermissionLevels(
        permission_levels=tuple(
            ExperimentPermissionsDescription(permission_level=level, description=text)
            for level, text in LEVELS.items()
        )
    )


def replace(tx: Session, request: api.SetPermissions) -> ExperimentPermissions:
    """Handle setPermissions: all direct grants are replaced, inherited ones stay."""
    experiment = experiments.find(tx, request.experiment_id)[0]
    rows = [_grant(experiment, item) for item in request.access_control_list]
    tx.run("delete from permission where experiment = ?", experiment)
    _put(tx, rows)
    return _reply(tx, experiment)


def update(tx: Session, request: api.UpdatePermissions) -> ExperimentPermissions:
    """Handle updatePermissions: the grants of the principals it names change."""
    experiment = experiments.find(tx, request.experiment_id)[0]
    _put(tx, [_grant(experiment, item) for item in request.access_control_list])
    return _reply(tx, experiment)


def _grant(experiment: int, item: ExperimentAccessControlRequest) -> tuple[int, str, str, str]:
    named = [(kind, getattr(item, kind)) for kind in _KINDS if getattr(item, kind)]
    if len(named) != 1:
        raise InvalidParameterValue(
            f"An entry of access_control_list names {len(named)} principals. "
            f"Give exactly one of {', '.join(_KINDS)}."
        )
    level = item.permission_level
    if level not in LEVELS:
        message = f"The permission level {level!r} does not exist. Use {', '.join(LEVELS)}."
        raise InvalidParameterValue(message)
    return (experiment, named[0][0], named[0][1], level)


def _put(tx: Session, rows: list[tuple[int, str, str, str]]) -> None:
    best: dict[tuple[int, str, str], str] = {}
    order = list(LEVELS)
    for *place, level in rows:  # of several grants for a principal the highest counts
        key = (rows[0][0], str(place[1]), str(place[2]))
        best[key] = max(level, best.get(key, level), key=order.index)
    tx.many(
        "insert or replace into permission values (?, ?, ?, ?)",
        [(*key, level) for key, level in best.items()],
    )


def _reply(tx: Session, experiment: int) -> ExperimentPermissions:
    grants = tx.all(
        "select kind, principal, level from permission where experiment = ? order by kind desc, "
        "principal",
        experiment,
    )
    user = local_user()
    entries = (
        []
        if any(row[:2] == ("user_name", user) for row in grants)
        else [_entry("user_name", user, "CAN_MANAGE")]
    )
    entries += [_entry(*row) for row in grants if row[:2] != ("group_name", "admins")]
    direct = [_direct(row[2]) for row in grants if row[:2] == ("group_name", "admins")]
    entries.append(
        ExperimentAccessControlResponse(group_name="admins", all_permissions=(*direct, _ADMINS))
    )
    return ExperimentPermissions(
        object_id=f"/experiments/{experiment}",
        object_type="mlflowExperiment",
        access_control_list=tuple(entries),
    )


def _direct(level: str) -> ExperimentPermission:
    return ExperimentPermission(permission_level=level, inherited=False)


def _entry(kind: str, principal: str, level: str) -> ExperimentAccessControlResponse:
    permissions = (_direct(level),)
    if kind == "user_name":
        return ExperimentAccessControlResponse(
            user_name=principal, display_name=principal, all_permissions=permissions
        )
    if kind == "group_name":
        return ExperimentAccessControlResponse(group_name=principal, all_permissions=permissions)
    return ExperimentAccessControlResponse(
        service_principal_name=principal, display_name=principal, all_permissions=permissions
    )
