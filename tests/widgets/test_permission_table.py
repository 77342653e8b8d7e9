"""The table of permissions: wishes become a plan, and nothing is sent before it is applied."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from typing import Any

import pytest

import nbtrack
from nbtrack import Client
from nbtrack.client.permissions import PermissionMethods
from nbtrack.entities import ExperimentAccessControlRequest as Grant
from nbtrack.entities import ExperimentPermissions
from nbtrack.errors import EndpointNotFound, PermissionDenied
from nbtrack.widgets import RunComparison
from nbtrack.widgets.permission_table import PermissionTable
from tests.widgets.conftest import tell
from tests.widgets.test_comparison import NASTY, opened


@pytest.fixture
def client() -> Generator[Client]:
    """Give a store with an experiment of two runs, which a team may read."""
    with Client("nbtrack::memory:") as client:
        client.create_experiment("digits")
        for name in ("one", "two"):
            client.create_run("1", run_name=name)
        team = Grant(group_name="team", permission_level="CAN_READ")
        ana = Grant(user_name="ana", permission_level="CAN_MANAGE")
        client.set_permissions("1", access_control_list=[ana, team])
        yield client


@pytest.fixture
def table(client: Client) -> PermissionTable:
    """Give the table of that experiment."""
    return PermissionTable(client, {"1": "digits"})


def wish(table: PermissionTable, name: str, level: str, kind: str = "group_name") -> None:
    """Wish a level as a page does."""
    tell(table, type="wish", experiment="1", kind=kind, name=name, level=level)


def calls(table: PermissionTable) -> list[tuple[str, str, Any]]:
    """Return the calls of the plan."""
    return [(c["method"], c["path"], json.loads(c["body"])) for c in table.plan["calls"]]


def levels(client: Client) -> dict[str, str | None]:
    """Return what is granted directly."""
    entries = client.get_permissions("1").access_control_list
    return {
        str(
            entry.user_name or entry.group_name or entry.service_principal_name
        ): one.permission_level
        for entry in entries
        for one in entry.all_permissions
        if not one.inherited
    }


def test_table_tells_who_may_do_what(table: PermissionTable) -> None:
    rows = {row["name"]: row for row in table.experiments[0]["rows"]}
    assert rows["team"]["granted"] == rows["team"]["wish"] == "CAN_READ"
    assert rows["admins"]["inherited"] == "CAN_MANAGE from /directories/"
    assert [one["level"] for one in table.levels] == ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"]
    assert not table.enforced
    assert "team" in table.still().text


def test_a_wish_is_a_plan_and_nothing_is_sent(client: Client, table: PermissionTable) -> None:
    before = client.get_permissions("1")
    wish(table, "team", "CAN_EDIT")
    grant = {"group_name": "team", "permission_level": "CAN_EDIT"}
    body = {"experiment_id": "1", "access_control_list": [grant]}
    assert calls(table) == [("PATCH", "/api/2.0/permissions/experiments/1", body)]
    assert client.get_permissions("1") == before
    assert [row["wish"] for row in table.experiments[0]["rows"] if row["name"] == "team"] == [
        "CAN_EDIT"
    ]


def test_the_plan_is_applied_when_the_person_says_so(
    client: Client, table: PermissionTable
) -> None:
    wish(table, "team", "CAN_EDIT")
    wish(table, "robot", "CAN_READ", "service_principal_name")
    tell(table, type="apply", turn=table.plan["turn"])
    assert levels(client)["team"] == "CAN_EDIT"
    assert levels(client)["robot"] == "CAN_READ"
    assert table.plan["calls"] == []
    assert table.status == "Made 1 call. This is what holds now."
    assert {row["name"] for row in table.experiments[0]["rows"]} >= {"robot", "team"}


def test_a_grant_is_taken_away_by_replacing_the_others(
    client: Client, table: PermissionTable
) -> None:
    wish(table, "team", "")
    ((method, _, body),) = calls(table)
    assert method == "PUT"
    assert {"user_name": "ana", "permission_level": "CAN_MANAGE"} in body["access_control_list"]
    assert "All direct grants" in " ".join(table.plan["notes"])
    tell(table, type="apply", turn=table.plan["turn"])
    assert "team" not in levels(client)
    assert levels(client)["ana"] == "CAN_MANAGE"


def test_a_plan_that_was_not_seen_is_not_applied(client: Client, table: PermissionTable) -> None:
    wish(table, "team", "CAN_EDIT")
    seen = table.plan["turn"]
    wish(table, "team", "CAN_MANAGE")
    tell(table, type="apply", turn=seen)
    assert "The plan has changed meanwhile" in table.error
    tell(table, type="apply")
    assert "The plan has changed meanwhile" in table.error
    assert levels(client)["team"] == "CAN_READ"


def test_there_is_nothing_to_apply_without_a_wish(
    table: PermissionTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("set_permissions", "update_permissions"):
        monkeypatch.delattr(PermissionMethods, name)
    tell(table, type="apply", turn=table.plan["turn"])
    assert "The plan has changed meanwhile" in table.error


def test_permissions_that_changed_meanwhile_are_looked_at_first(
    client: Client, table: PermissionTable
) -> None:
    wish(table, "team", "")
    late = Grant(user_name="bob", permission_level="CAN_EDIT")
    client.update_permissions("1", access_control_list=[late])
    tell(table, type="apply", turn=table.plan["turn"])
    assert "have changed since the plan was made" in table.error
    assert levels(client)["team"] == "CAN_READ"
    ((_, _, body),) = calls(table)  # of the new plan, which keeps the late grant
    assert {"user_name": "bob", "permission_level": "CAN_EDIT"} in body["access_control_list"]
    tell(table, type="apply", turn=table.plan["turn"])
    assert table.error == ""
    assert levels(client)["bob"] == "CAN_EDIT"
    assert "team" not in levels(client)


def test_wishes_are_taken_back_one_by_one_or_all(client: Client, table: PermissionTable) -> None:
    wish(table, "team", "CAN_EDIT")
    wish(table, "team", "CAN_READ")
    assert calls(table) == []
    wish(table, "team", "CAN_EDIT")
    tell(table, type="discard")
    assert calls(table) == []
    assert table.status == "Nothing was sent."
    assert levels(client)["team"] == "CAN_READ"


def test_nobody_is_locked_out(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    whole = client.get_permissions("1")
    direct = [e for e in whole.access_control_list if e.group_name != "admins"]
    alone = ExperimentPermissions(
        access_control_list=tuple(e for e in direct if e.user_name in {None, "ana"})
    )
    monkeypatch.setattr(client, "get_permissions", lambda _experiment_id: alone)
    table = PermissionTable(client, {"1": "digits"})
    wish(table, "ana", "CAN_READ", "user_name")
    assert "Nobody could manage experiment '1'" in table.error
    assert calls(table) == []
    wish(table, "team", "CAN_MANAGE")
    assert table.error == ""
    assert len(calls(table)) == 1


@pytest.mark.parametrize(
    ("kind", "name", "level", "words"),
    [
        ("group_name", "  ", "CAN_READ", "Nobody is named"),
        ("group_name", "team", "CAN_FLY", "'CAN_FLY' is not offered"),
        ("run_id", "team", "CAN_READ", "There is no 'run_id'"),
    ],
)
def test_odd_wishes_are_refused(
    table: PermissionTable, kind: str, name: str, level: str, words: str
) -> None:
    wish(table, name, level, kind)
    assert words in table.error
    assert calls(table) == []


def test_a_refusal_of_the_server_is_shown_and_the_table_is_what_holds(
    client: Client, table: PermissionTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_experiment_id: str, *, access_control_list: Iterable[Grant]) -> None:
        del access_control_list
        raise PermissionDenied("You may not.")

    wish(table, "team", "CAN_EDIT")
    monkeypatch.setattr(client, "update_permissions", refuse)
    tell(table, type="apply", turn=table.plan["turn"])
    assert table.error == "You may not."
    assert table.status == ""
    assert [row["granted"] for row in table.experiments[0]["rows"] if row["name"] == "team"] == [
        "CAN_READ"
    ]


def compared(client: Client) -> RunComparison:
    """Compare the runs."""
    return nbtrack.compare_view("", client=client)


def test_a_selection_leaves_the_plan_as_it_is(client: Client) -> None:
    view = compared(client)
    (table,) = opened(view, "Permissions")
    wish(table, "team", "CAN_EDIT")
    view.selected = view.frame["run_id"].tolist()[:1]
    assert opened(view, "Permissions") == [table]
    assert len(calls(table)) == 1


def test_names_are_only_names_in_the_still_table(client: Client) -> None:
    (table,) = opened(compared(client), "Permissions")
    wish(table, NASTY, "CAN_READ", "user_name")
    tell(table, type="apply", turn=table.plan["turn"])
    assert NASTY not in table.still().html


def test_a_server_without_permissions_has_a_sentence(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise EndpointNotFound("no such route")

    monkeypatch.setattr(Client, "get_permissions", refuse)
    (sentence,) = opened(compared(client), "Permissions")
    assert "has no permissions of experiments" in sentence.value
