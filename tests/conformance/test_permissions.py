"""Permissions: grants are stored and answered in the shape of Databricks."""

from __future__ import annotations

from functools import partial

import pytest

from nbtrack.entities import ExperimentAccessControlRequest as Grant
from nbtrack.entities import ExperimentPermissions
from tests.conformance.service import ABSENT, INVALID, Service, code_of

ANA = Grant(user_name="ana@example.com", permission_level="CAN_EDIT")
TEAM = Grant(group_name="team", permission_level="CAN_READ")


def direct(permissions: ExperimentPermissions) -> dict[str, str | None]:
    """Return the direct grants of others than the local user, by principal."""
    return {
        entry.user_name
        or entry.group_name
        or entry.service_principal_name
        or "": grant.permission_level
        for entry in permissions.access_control_list
        for grant in entry.all_permissions
        if not grant.inherited and grant.permission_level != "CAN_MANAGE"
    }


def test_creator_and_admins_manage_a_new_experiment(own_service: Service) -> None:
    experiment_id = own_service.new_experiment()
    found = own_service.client.get_permissions(experiment_id)
    assert found.object_id == f"/experiments/{experiment_id}"
    assert found.object_type == "mlflowExperiment"
    user, admins = found.access_control_list
    assert user.user_name
    assert user.all_permissions[0].permission_level == "CAN_MANAGE"
    assert user.all_permissions[0].inherited is False
    assert (admins.group_name, admins.all_permissions[0].inherited) == ("admins", True)
    assert admins.all_permissions[0].inherited_from_object == ("/directories/",)


def test_levels_are_told_with_a_sentence(own_service: Service) -> None:
    levels = own_service.client.get_permission_levels(own_service.new_experiment())
    assert [level.permission_level for level in levels] == ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"]
    assert all(level.description for level in levels)


def test_set_replaces_all_direct_grants(own_service: Service) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    client.set_permissions(experiment_id, access_control_list=[ANA])
    answer = client.set_permissions(experiment_id, access_control_list=[TEAM])
    assert direct(answer) == {"team": "CAN_READ"}
    assert client.get_permissions(experiment_id) == answer
    assert direct(client.set_permissions(experiment_id, access_control_list=[])) == {}


def test_update_changes_only_the_grants_it_names(own_service: Service) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    client.set_permissions(experiment_id, access_control_list=[ANA, TEAM])
    lower = Grant(user_name="ana@example.com", permission_level="CAN_READ")
    answer = client.update_permissions(experiment_id, access_control_list=[lower])
    assert direct(answer) == {"ana@example.com": "CAN_READ", "team": "CAN_READ"}


def test_highest_of_several_grants_counts(own_service: Service) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    grants = [ANA, Grant(user_name="ana@example.com", permission_level="CAN_READ")]
    answer = client.set_permissions(experiment_id, access_control_list=grants)
    assert direct(answer) == {"ana@example.com": "CAN_EDIT"}


def test_admins_keep_what_they_inherit(own_service: Service) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    lower = Grant(group_name="admins", permission_level="CAN_READ")
    answer = client.set_permissions(experiment_id, access_control_list=[lower])
    (admins,) = [e for e in answer.access_control_list if e.group_name == "admins"]
    levels = {(p.permission_level, p.inherited) for p in admins.all_permissions}
    assert levels == {("CAN_READ", False), ("CAN_MANAGE", True)}


@pytest.mark.parametrize(
    "grant",
    [
        Grant(permission_level="CAN_READ"),
        Grant(user_name="a", group_name="b", permission_level="CAN_READ"),
        Grant(user_name="a", permission_level="IS_OWNER"),
        Grant(user_name="a"),
    ],
    ids=["nobody", "two", "level", "no level"],
)
def test_grant_that_makes_no_sense_is_refused(own_service: Service, grant: Grant) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    client.set_permissions(experiment_id, access_control_list=[TEAM])
    for change in (client.set_permissions, client.update_permissions):
        code = code_of(partial(change, experiment_id, access_control_list=[ANA, grant]))
        assert code == INVALID
    assert direct(client.get_permissions(experiment_id)) == {"team": "CAN_READ"}


@pytest.mark.parametrize(("experiment_id", "code"), [("99999999", ABSENT), ("abc", INVALID)])
def test_permissions_of_an_unknown_experiment(
    own_service: Service, experiment_id: str, code: str
) -> None:
    client = own_service.client
    assert code_of(lambda: client.get_permissions(experiment_id)) == code
    assert code_of(lambda: client.get_permission_levels(experiment_id)) == code
    assert code_of(lambda: client.set_permissions(experiment_id, access_control_list=[])) == code
    assert code_of(lambda: client.update_permissions(experiment_id, access_control_list=[])) == code
