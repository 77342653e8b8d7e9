"""Messages and operations about permissions of experiments (Databricks only)."""

from __future__ import annotations

from typing import Final

from nbtrack.api.operation import DATABRICKS, GET, PATCH, PUT, Message, Operation
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    ExperimentPermissions,
    ExperimentPermissionsDescription,
)


class GetPermissions(Message, frozen=True, kw_only=True):
    """Ask who may do what with an experiment."""

    experiment_id: str


class GetPermissionLevels(Message, frozen=True, kw_only=True):
    """Ask which permission levels there are."""

    experiment_id: str


class PermissionLevels(Message, frozen=True, kw_only=True):
    """Answer with the levels and a sentence about each."""

    permission_levels: tuple[ExperimentPermissionsDescription, ...] = ()


class SetPermissions(Message, frozen=True, kw_only=True):
    """Ask to replace all direct grants."""

    experiment_id: str
    access_control_list: tuple[ExperimentAccessControlRequest, ...] = ()


class UpdatePermissions(Message, frozen=True, kw_only=True):
    """Ask to change the direct grants of the principals it names."""

    experiment_id: str
    access_control_list: tuple[ExperimentAccessControlRequest, ...] = ()


_PATH: Final = "/api/2.0/permissions/experiments/{experiment_id}"

GET_PERMISSIONS: Final = Operation(
    "get_permissions",
    (GET(_PATH),),
    GetPermissions,
    ExperimentPermissions,
    "getPermissions",
    servers=DATABRICKS,
)
GET_PERMISSION_LEVELS: Final = Operation(
    "get_permission_levels",
    (GET(f"{_PATH}/permissionLevels"),),
    GetPermissionLevels,
    PermissionLevels,
    "getPermissionLevels",
    servers=DATABRICKS,
)
SET_PERMISSIONS: Final = Operation(
    "set_permissions",
    (PUT(_PATH),),
    SetPermissions,
    ExperimentPermissions,
    "setPermissions",
    servers=DATABRICKS,
)
UPDATE_PERMISSIONS: Final = Operation(
    "update_permissions",
    (PATCH(_PATH),),
    UpdatePermissions,
    ExperimentPermissions,
    "updatePermissions",
    servers=DATABRICKS,
)
