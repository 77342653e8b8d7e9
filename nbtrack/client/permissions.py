"""`Client`'s chapter on permissions of experiments, which Databricks enforces."""

from __future__ import annotations

from collections.abc import Iterable

from nbtrack.api import permissions as api
from nbtrack.client.resource import Resource
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    ExperimentPermissions,
    ExperimentPermissionsDescription,
)


class PermissionMethods(Resource):
    """Read and change who may do what with an experiment."""

    def get_permissions(self, experiment_id: str) -> ExperimentPermissions:
        """Return who may do what with an experiment. API: getPermissions."""
        request = api.GetPermissions(experiment_id=experiment_id)
        return self._backend.call(api.GET_PERMISSIONS, request)

    def get_permission_levels(
        self, experiment_id: str
    ) -> tuple[ExperimentPermissionsDescription, ...]:
        """Return the levels that an experiment may grant. API: getPermissionLevels."""
        request = api.GetPermissionLevels(experiment_id=experiment_id)
        return self._backend.call(api.GET_PERMISSION_LEVELS, request).permission_levels

    def set_permissions(
        self,
        experiment_id: str,
        *,
        access_control_list: Iterable[ExperimentAccessControlRequest],
    ) -> ExperimentPermissions:
        """Replace all direct grants; an empty list removes them. API: setPermissions.

        Returns who may do what afterwards. Inherited grants stay.
        """
        request = api.SetPermissions(
            experiment_id=experiment_id, access_control_list=tuple(access_control_list)
        )
        return self._backend.call(api.SET_PERMISSIONS, request)

    def update_permissions(
        self,
        experiment_id: str,
        *,
        access_control_list: Iterable[ExperimentAccessControlRequest],
    ) -> ExperimentPermissions:
        """Change the direct grants of the principals named. API: updatePermissions.

        Returns who may do what afterwards. Grants of others stay.
        """
        request = api.UpdatePermissions(
            experiment_id=experiment_id, access_control_list=tuple(access_control_list)
        )
        return self._backend.call(api.UPDATE_PERMISSIONS, request)
