"""Plans of permissions: the calls are exact, few, made on request only, and lock nobody out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nbtrack.api.operation import Operation, Q, R
from nbtrack.api.wire import WireRequest, to_wire
from nbtrack.backends import Backend
from nbtrack.client import Client
from nbtrack.client.permission_plan import (
    Changes,
    PermissionPlan,
    PlannedCall,
    Principal,
    Standing,
    apply_plan,
    plan_changes,
    standings,
)
from nbtrack.entities import (
    ExperimentAccessControlRequest,
    ExperimentAccessControlResponse,
    ExperimentPermission,
    ExperimentPermissions,
)
from nbtrack.errors import InvalidParameterValue, InvalidState, ResourceDoesNotExist
from tests.conformance.opening import open_embedded, open_in_process
from tests.conformance.service import EMBEDDED, IN_PROCESS

ANA = Principal("user_name", "ana")
BOB = Principal("user_name", "bob")
TEAM = Principal("group_name", "team")
ROBOT = Principal("service_principal_name", "robot")
ADMINS = Principal("group_name", "admins")
PATH = "/api/2.0/permissions/experiments/7"


@pytest.fixture(params=[EMBEDDED, IN_PROCESS])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    opener = open_embedded if request.param == EMBEDDED else open_in_process
    with opener(tmp_path) as service:
        yield service.backend


@pytest.fixture
def client(backend: Backend) -> Client:
    return Client(backend=backend)


@pytest.fixture
def writes(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> list[WireRequest]:
    """Give the list of changes that go through the backend from now on, as on the wire."""
    call, made = backend.call, list[WireRequest]()

    def record(op: Operation[Q, R], request: Q) -> R:
        if op.route.verb in {"PUT", "PATCH"}:
            made.append(to_wire(op, request))
        return call(op, request)

    monkeypatch.setattr(backend, "call", record)
    return made


def entry(
    who: Principal | None, *levels: str, inherited: tuple[str, ...] = ()
) -> ExperimentAccessControlResponse:
    """Make an entry of a reply."""
    held = [ExperimentPermission(permission_level=level, inherited=False) for level in levels]
    held += [
        ExperimentPermission(
            permission_level=level, inherited=True, inherited_from_object=("/directories/1",)
        )
        for level in inherited
    ]
    made = ExperimentAccessControlResponse(all_permissions=tuple(held))
    return msgspec.structs.replace(made, **{who.kind: who.name}) if who else made


def permissions(*entries: ExperimentAccessControlResponse) -> ExperimentPermissions:
    """Make a reply."""
    return ExperimentPermissions(object_id="/experiments/7", access_control_list=entries)


BEFORE = permissions(
    entry(ANA, "CAN_MANAGE"), entry(TEAM, "CAN_READ"), entry(ADMINS, inherited=("CAN_MANAGE",))
)


def planned(changes: Changes, before: ExperimentPermissions = BEFORE) -> list[tuple[str, str, Any]]:
    """Return the calls as verb, path and body."""
    return [shown(call) for call in plan_changes({"7": before}, {"7": changes}).calls]


def shown(call: PlannedCall) -> tuple[str, str, Any]:
    """Return verb, path and body of a call."""
    return call.wire.verb, call.wire.path, msgspec.json.decode(call.wire.body or b"")


def grant(kind: str, name: str, level: str) -> dict[str, str]:
    """Make an entry of a body."""
    return {kind: name, "permission_level": level}


def test_standings_tell_direct_and_inherited_levels() -> None:
    found = standings(
        permissions(entry(ANA, "CAN_READ", "CAN_EDIT", inherited=("CAN_MANAGE",)), entry(None))
    )
    assert found == {ANA: Standing(("CAN_READ", "CAN_EDIT"), (("CAN_MANAGE", "/directories/1"),))}
    assert found[ANA].level == "CAN_EDIT"
    assert found[ANA].may_manage


def test_raising_and_adding_is_one_update_of_these_alone() -> None:
    body = {
        "experiment_id": "7",
        "access_control_list": [
            grant("group_name", "team", "CAN_EDIT"),
            grant("service_principal_name", "robot", "CAN_READ"),
        ],
    }
    assert planned({TEAM: "CAN_EDIT", ROBOT: "CAN_READ"}) == [("PATCH", PATH, body)]


def test_taking_away_replaces_all_direct_grants_by_those_that_stay() -> None:
    body = {
        "experiment_id": "7",
        "access_control_list": [
            grant("user_name", "ana", "CAN_MANAGE"),
            grant("user_name", "bob", "CAN_EDIT"),
        ],
    }
    plan = plan_changes({"7": BEFORE}, {"7": {TEAM: None, BOB: "CAN_EDIT"}})
    assert [shown(call) for call in plan.calls] == [("PUT", PATH, body)]
    assert any("All direct grants" in note and "by the 2 listed" in note for note in plan.notes)


def test_wishes_that_hold_already_need_no_call() -> None:
    assert planned({ANA: "CAN_MANAGE", TEAM: "CAN_READ", BOB: None}) == []


def test_every_grant_of_others_survives_a_replacement() -> None:
    before = permissions(
        entry(ANA, "CAN_MANAGE"),
        entry(BOB, "CAN_READ", "CAN_RUN"),
        entry(TEAM, "ODD_LEVEL"),
        entry(ROBOT, "CAN_EDIT"),
    )
    ((_, _, body),) = planned({ROBOT: None}, before)
    assert body["access_control_list"] == [
        grant("user_name", "ana", "CAN_MANAGE"),
        grant("user_name", "bob", "CAN_READ"),
        grant("user_name", "bob", "CAN_RUN"),
        grant("group_name", "team", "ODD_LEVEL"),
    ]


@pytest.mark.parametrize("level", [None, "CAN_EDIT", "CAN_READ"])
def test_the_last_one_who_can_manage_is_kept(level: str | None) -> None:
    before = permissions(entry(ANA, "CAN_MANAGE"), entry(TEAM, "CAN_EDIT"))
    with pytest.raises(InvalidParameterValue, match="Nobody could manage experiment '7'"):
        planned({ANA: level}, before)
    assert planned({ANA: level, TEAM: "CAN_MANAGE"}, before)


def test_who_loses_the_right_to_manage_is_said() -> None:
    notes = plan_changes({"7": BEFORE}, {"7": {ANA: "CAN_READ"}}).notes
    assert notes[0].startswith("ana can no longer manage experiment '7'.")


def test_what_is_inherited_stays_and_is_said() -> None:
    before = permissions(entry(ANA, "CAN_MANAGE"), entry(BOB, "CAN_EDIT", inherited=("CAN_EDIT",)))
    notes = plan_changes({"7": before}, {"7": {BOB: "CAN_READ"}}).notes
    assert notes == ("bob keeps CAN_EDIT, which is inherited from /directories/1.",)


def test_a_grant_that_names_nobody_is_not_lost() -> None:
    before = permissions(entry(ANA, "CAN_MANAGE"), entry(TEAM, "CAN_READ"), entry(None, "CAN_READ"))
    with pytest.raises(InvalidParameterValue, match="names nobody"):
        planned({TEAM: None}, before)
    assert planned({TEAM: "CAN_EDIT"}, before)


def plan_for(client: Client, changes: Changes, *experiment_ids: str) -> PermissionPlan:
    """Plan the same changes of some experiments as they are."""
    before = {one: client.get_permissions(one) for one in experiment_ids}
    return plan_changes(before, dict.fromkeys(experiment_ids, changes))


def test_what_is_planned_is_exactly_what_is_sent(client: Client, writes: list[WireRequest]) -> None:
    one, other = (client.create_experiment(name) for name in ("one", "other"))
    wishes: list[Changes] = [
        {TEAM: "CAN_EDIT", ROBOT: "CAN_READ"},
        {ROBOT: None, ANA: "CAN_MANAGE"},
    ]
    for changes in wishes:
        writes.clear()
        plan = plan_for(client, changes, one, other)
        assert writes == []
        apply_plan(client, plan)
        assert writes == [call.wire for call in plan.calls]
        assert len(plan.calls) == 2
        for experiment_id in (one, other):
            found = standings(client.get_permissions(experiment_id))
            assert {who: found.get(who, Standing()).level for who in changes} == changes


def test_a_plan_from_before_a_change_sends_nothing(
    client: Client, writes: list[WireRequest]
) -> None:
    one, other = (client.create_experiment(name) for name in ("one", "other"))
    plan = plan_for(client, {TEAM: "CAN_EDIT"}, one, other)
    late = ExperimentAccessControlRequest(user_name="bob", permission_level="CAN_READ")
    client.update_permissions(other, access_control_list=[late])
    writes.clear()
    with pytest.raises(InvalidState, match="have changed since the plan was made"):
        apply_plan(client, plan)
    assert writes == []


def test_a_call_that_fails_says_how_many_were_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (client.create_experiment(name) for name in ("one", "other"))
    plan = plan_for(client, {TEAM: "CAN_EDIT"}, one, other)
    update = client.update_permissions

    def fail(
        experiment_id: str, *, access_control_list: Iterable[ExperimentAccessControlRequest]
    ) -> ExperimentPermissions:
        if experiment_id == other:
            raise ResourceDoesNotExist("It is gone.")
        return update(experiment_id, access_control_list=access_control_list)

    monkeypatch.setattr(client, "update_permissions", fail)
    with pytest.raises(InvalidState, match=r"1 of 2 calls were made.*It is gone\."):
        apply_plan(client, plan)
    assert standings(client.get_permissions(one))[TEAM].level == "CAN_EDIT"
