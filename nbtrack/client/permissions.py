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
        """Return who may do what with an experiment. API: getPermissions.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     client.get_permissions("0").object_id
        '/experiments/0'
        """
        request = api.GetPermissions(experiment_id=experiment_id)
        return self._backend.call(api.GET_PERMISSIONS, request)

    def get_permission_levels(
        self, experiment_id: str
    ) -> tuple[ExperimentPermissionsDescription, ...]:
        """Return the levels that an experiment may grant. API: getPermissionLevels.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.

        Examples
        --------
        >>> from nbtrack import Client
        >>> with Client("nbtrack::memory:") as client:
        ...     [level.permission_level for level in client.get_permission_levels("0")]
        ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE']
        """
        request = api.GetPermissionLevels(experiment_id=experiment_id)
        return self._backend.call(api.GET_PERMISSION_LEVELS, request).permission_levels

    def set_permissions(
        self,
        experiment_id: str,
        *,
        access_control_list: Iterable[ExperimentAccessControlRequest],
    ) -> ExperimentPermissions:
        """Replace all direct grants; an empty list removes them. API: setPermissions.

        Parameters
        ----------
        experiment_id
            The experiment.
        access_control_list
            A level for each principal: a user, a group or a service principal.

        Returns
        -------
        ExperimentPermissions
            Who may do what afterwards. Inherited grants stay.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.
        InvalidParameterValue
            If a grant names no principal or several, or an unknown level.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import ExperimentAccessControlRequest
        >>> with Client("nbtrack::memory:") as client:
        ...     grant = ExperimentAccessControlRequest(user_name="ada", permission_level="CAN_EDIT")
        ...     after = client.set_permissions("0", access_control_list=[grant])
        ...     "ada" in {entry.user_name for entry in after.access_control_list}
        True
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

        Parameters
        ----------
        experiment_id, access_control_list
            As in `set_permissions`.

        Returns
        -------
        ExperimentPermissions
            Who may do what afterwards. Grants of others stay.

        Raises
        ------
        ResourceDoesNotExist
            If there is no such experiment.
        InvalidParameterValue
            If a grant names no principal or several, or an unknown level.

        Examples
        --------
        >>> from nbtrack import Client
        >>> from nbtrack.entities import ExperimentAccessControlRequest
        >>> with Client("nbtrack::memory:") as client:
        ...     grant = ExperimentAccessControlRequest(user_name="ada", permission_level="CAN_READ")
        ...     after = client.update_permissions("0", access_control_list=[grant])
        ...     "ada" in {entry.user_name for entry in after.access_control_list}
        True
        """
        request = api.UpdatePermissions(
            experiment_id=experiment_id, access_control_list=tuple(access_control_list)
        )
        return self._backend.call(api.UPDATE_PERMISSIONS, request)
