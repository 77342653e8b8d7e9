"""Runs: creation, names, states, deletion and restoring, one by one and in bulk."""

from __future__ import annotations

import re
import time
from functools import partial

import pytest

from nbtrack.entities import RunOutputs, RunStatus, RunTag, ViewType
from tests.conformance.service import ABSENT, INVALID, OK, Service, code_of

NAME_TAG = "mlflow.runName"


def name_and_tag(service: Service, run_id: str) -> tuple[str, str | None]:
    """Return the name of a run and its name tag."""
    run = service.client.get_run(run_id)
    tags = {tag.key: tag.value for tag in run.data.tags}
    return run.info.run_name, tags.get(NAME_TAG)


def found_ids(service: Service, experiment_id: str, view: ViewType) -> set[str]:
    """Return the ids of the runs of an experiment in a view."""
    page = service.client.search_runs(experiment_id, run_view_type=view)
    return {run.info.run_id for run in page.runs}


def test_new_run_is_running_with_a_hexadecimal_id(service: Service) -> None:
    experiment_id = service.new_experiment()
    run = service.client.create_run(experiment_id, start_time=7, run_name="n", user_id="ana")
    info = run.info
    assert re.fullmatch("[0-9a-f]{32}", info.run_id)
    assert info.run_uuid == info.run_id
    assert (info.status, info.lifecycle_stage) == (RunStatus.RUNNING, "active")
    assert (info.experiment_id, info.start_time, info.user_id) == (experiment_id, 7, "ana")
    assert info.end_time is None
    assert info.artifact_uri.endswith(f"/{experiment_id}/{info.run_id}/artifacts")


def test_created_run_answers_without_outputs(service: Service) -> None:
    run = service.new_run()
    assert run.outputs is None
    assert service.client.get_run(run.info.run_id).outputs == RunOutputs()


def test_run_without_an_experiment_goes_to_the_default_one(service: Service) -> None:
    code = code_of(lambda: service.client.create_run(start_time=1))
    assert code == service.expected("run without experiment", OK)


def test_run_without_a_start_starts_now(service: Service) -> None:
    run = service.client.create_run(service.new_experiment())
    is_recent = abs((run.info.start_time or 0) - time.time() * 1000) < 3_600_000
    assert is_recent is service.expected("run starts now", ours=True)


def test_start_time_of_zero_is_kept(service: Service) -> None:
    run = service.client.create_run(service.new_experiment(), start_time=0)
    assert service.client.get_run(run.info.run_id).info.start_time == 0


def test_run_is_named_when_it_is_given_no_name(service: Service) -> None:
    run = service.client.create_run(service.new_experiment(), start_time=1)
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", run.info.run_name)
    assert RunTag(key=NAME_TAG, value=run.info.run_name) in run.data.tags


@pytest.mark.parametrize("way", ["name", "tag"])
def test_name_and_tag_follow_each_other_at_creation(service: Service, way: str) -> None:
    experiment_id = service.new_experiment()
    if way == "name":
        run = service.client.create_run(experiment_id, run_name="both")
    else:
        run = service.client.create_run(experiment_id, tags={NAME_TAG: "both"})
    assert name_and_tag(service, run.info.run_id) == ("both", "both")


def test_name_and_a_different_tag_are_refused(service: Service) -> None:
    experiment_id = service.new_experiment()
    create = service.client.create_run
    assert code_of(lambda: create(experiment_id, run_name="a", tags={NAME_TAG: "b"})) == INVALID
    assert code_of(lambda: create(experiment_id, run_name="a", tags={NAME_TAG: "a"})) == OK


def test_tag_renames_the_run(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.set_tag(run_id, NAME_TAG, "new")
    assert name_and_tag(service, run_id) == ("new", "new")


def test_empty_name_tag_changes_nothing(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.set_tag(run_id, NAME_TAG, "")
    assert name_and_tag(service, run_id) == ("run", "run")


def test_update_renames_the_tag(service: Service) -> None:
    run_id = service.new_run_id()
    assert service.client.update_run(run_id, run_name="new").run_name == "new"
    assert name_and_tag(service, run_id) == ("new", "new")


def test_update_with_an_empty_name_changes_nothing(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.update_run(run_id, run_name="")
    assert name_and_tag(service, run_id) == ("run", "run")


def test_name_tag_in_a_batch_renames_the_run(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, tags={NAME_TAG: "new"})
    assert name_and_tag(service, run_id) == ("new", "new")


def test_deleted_name_tag_leaves_the_name_and_hides_it_from_filters(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    service.client.delete_tag(run_id, NAME_TAG)
    assert name_and_tag(service, run_id) == ("run", None)
    assert service.client.search_runs(experiment_id, filter="run_name = 'run'").runs == ()


def test_deleted_name_tag_leaves_the_order_by_name(service: Service) -> None:
    experiment_id = service.new_experiment()
    runs = [service.new_run(experiment_id, run_name=name) for name in "bca"]
    service.client.delete_tag(runs[-1].info.run_id, NAME_TAG)
    page = service.client.search_runs(experiment_id, order_by="run_name")
    assert [run.info.run_name for run in page.runs] == ["a", "b", "c"]


def test_create_refuses_a_tag_key_twice(service: Service) -> None:
    experiment_id = service.new_experiment()
    tags = (RunTag(key="k", value="1"), RunTag(key="k", value="2"))
    code = code_of(lambda: service.client.create_run(experiment_id, tags=tags))
    assert code == service.expected("run tag twice", INVALID)


@pytest.mark.parametrize("key", ["a*b", "a//b", "x" * 251], ids=["letter", "path", "long"])
def test_create_checks_tag_keys(service: Service, key: str) -> None:
    experiment_id = service.new_experiment()
    code = code_of(lambda: service.client.create_run(experiment_id, tags={key: "v"}))
    assert code == service.expected("run tag keys at creation", INVALID)


def test_create_in_an_unknown_experiment_is_absent(service: Service) -> None:
    assert code_of(lambda: service.client.create_run("99999999")) == ABSENT


@pytest.mark.parametrize("status", list(RunStatus), ids=lambda status: status.value)
def test_every_status_may_follow_a_final_one(service: Service, status: RunStatus) -> None:
    run_id = service.new_run_id()
    service.client.update_run(run_id, status=RunStatus.FAILED)
    assert service.client.update_run(run_id, status=status).status is status


def test_final_status_sets_no_end_time(service: Service) -> None:
    run_id = service.new_run_id()
    assert service.client.update_run(run_id, status="FINISHED").end_time is None
    assert service.client.update_run(run_id, end_time=2000).end_time == 2000
    assert service.client.get_run(run_id).info.status is RunStatus.FINISHED


def test_end_time_of_zero_reads_as_absent(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.update_run(run_id, end_time=0)
    assert service.client.get_run(run_id).info.end_time is None


def test_unknown_run_is_absent(service: Service) -> None:
    client, run_id = service.client, "0" * 32
    calls = (client.get_run, client.delete_run, client.restore_run, client.update_run)
    assert {code_of(partial(call, run_id)) for call in calls} == {ABSENT}
    assert code_of(lambda: client.set_tag(run_id, "k", "v")) == ABSENT
    assert code_of(lambda: client.log_param(run_id, "k", "v")) == ABSENT
    assert code_of(lambda: client.log_metric(run_id, "k", 1.0, timestamp=0)) == ABSENT


def test_ids_of_runs_compare_with_letter_case(service: Service) -> None:
    run_id = service.new_run_id()
    assert code_of(lambda: service.client.get_run(run_id.upper())) == ABSENT


def test_deleted_run_stays_readable(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_metric(run_id, "m", 1.0, timestamp=5)
    service.client.delete_run(run_id)
    run = service.client.get_run(run_id)
    assert run.info.lifecycle_stage == "deleted"
    assert [metric.value for metric in run.data.metrics] == [1.0]
    assert [p.value for p in service.client.get_history(run_id, "m").metrics] == [1.0]


def test_deleted_run_takes_no_write(service: Service) -> None:
    client, run_id = service.client, service.new_run_id()
    client.set_tag(run_id, "k", "v")
    client.delete_run(run_id)
    writes = {
        "update": lambda: client.update_run(run_id, status="FAILED"),
        "metric": lambda: client.log_metric(run_id, "m", 1.0, timestamp=0),
        "param": lambda: client.log_param(run_id, "p", "1"),
        "tag": lambda: client.set_tag(run_id, "k", "2"),
        "delete tag": lambda: client.delete_tag(run_id, "k"),
        "batch": lambda: client.log_batch(run_id, params={"p": "1"}),
        "inputs": lambda: client.log_inputs(run_id),
        "outputs": lambda: client.log_outputs(run_id),
    }
    assert {what: code_of(write) for what, write in writes.items()} == dict.fromkeys(
        writes, INVALID
    )


def test_delete_and_restore_may_be_repeated(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.restore_run(run_id)
    service.client.delete_run(run_id)
    service.client.delete_run(run_id)
    service.client.restore_run(run_id)
    assert service.client.get_run(run_id).info.lifecycle_stage == "active"


def test_finished_run_still_takes_writes(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.update_run(run_id, status="FINISHED", end_time=2000)
    service.client.log_batch(run_id, params={"p": "1"}, tags={"k": "v"})
    assert service.data_of(run_id) == ({}, {"p": "1"}, {"k": "v"})


@pytest.mark.parametrize("view", list(ViewType), ids=lambda view: view.value)
def test_search_shows_the_stages_of_its_view(service: Service, view: ViewType) -> None:
    experiment_id = service.new_experiment()
    active, gone = service.new_run_id(experiment_id), service.new_run_id(experiment_id)
    service.client.delete_run(gone)
    seen = {
        ViewType.ACTIVE_ONLY: {active},
        ViewType.DELETED_ONLY: {gone},
        ViewType.ALL: {active, gone},
    }
    assert found_ids(service, experiment_id, view) == seen[view]


def test_search_ignores_unknown_experiments_and_searches_several(service: Service) -> None:
    one, other = service.new_experiment(), service.new_experiment()
    runs = {service.new_run_id(one), service.new_run_id(other)}
    page = service.client.search_runs([one, other, "99999999"])
    assert {run.info.run_id for run in page.runs} == runs
    assert service.client.search_runs([]).runs == ()


def test_search_shows_what_get_shows(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    service.client.log_batch(run_id, params={"p": "1"}, tags={"k": "v"})
    service.client.log_metric(run_id, "m", 1.5, timestamp=3, step=2)
    assert service.client.search_runs(experiment_id).runs == (service.client.get_run(run_id),)


def test_bulk_delete_takes_the_oldest_that_started_by_then(service: Service) -> None:
    experiment_id = service.new_experiment()
    runs = [
        service.new_run(experiment_id, start_time=start).info.run_id for start in (30, 10, 20, 40)
    ]
    delete = service.client.delete_runs
    assert delete(experiment_id, max_timestamp_millis=30, max_runs=2) == 2
    assert found_ids(service, experiment_id, ViewType.DELETED_ONLY) == {runs[1], runs[2]}
    assert delete(experiment_id, max_timestamp_millis=30) == 1
    assert delete(experiment_id, max_timestamp_millis=30) == 0
    assert found_ids(service, experiment_id, ViewType.ACTIVE_ONLY) == {runs[3]}


def test_bulk_restore_takes_the_latest_deleted_first(own_service: Service) -> None:
    experiment_id = own_service.new_experiment()
    runs = [own_service.new_run_id(experiment_id) for _ in range(3)]
    for run_id in runs:
        own_service.client.delete_run(run_id)
        time.sleep(0.003)  # deletion times are milliseconds
    restore = own_service.client.restore_runs
    assert restore(experiment_id, min_timestamp_millis=0, max_runs=1) == 1
    assert found_ids(own_service, experiment_id, ViewType.ACTIVE_ONLY) == {runs[2]}
    assert restore(experiment_id, min_timestamp_millis=2**62) == 0
    assert restore(experiment_id, min_timestamp_millis=0) == 2


def test_second_delete_keeps_the_first_deletion_time(own_service: Service) -> None:
    experiment_id = own_service.new_experiment()
    first, second = own_service.new_run_id(experiment_id), own_service.new_run_id(experiment_id)
    for run_id in (first, second, first):
        own_service.client.delete_run(run_id)
        time.sleep(0.003)  # deletion times are milliseconds
    own_service.client.restore_runs(experiment_id, min_timestamp_millis=0, max_runs=1)
    assert found_ids(own_service, experiment_id, ViewType.ACTIVE_ONLY) == {second}


@pytest.mark.parametrize("max_runs", [0, -1, 10_001])
def test_bulk_size_is_1_to_10000(own_service: Service, max_runs: int) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    delete, restore = client.delete_runs, client.restore_runs
    assert (
        code_of(lambda: delete(experiment_id, max_timestamp_millis=1, max_runs=max_runs)) == INVALID
    )
    assert (
        code_of(lambda: restore(experiment_id, min_timestamp_millis=1, max_runs=max_runs))
        == INVALID
    )


def test_bulk_calls_on_an_unknown_experiment_are_absent(own_service: Service) -> None:
    client = own_service.client
    assert code_of(lambda: client.delete_runs("99999999", max_timestamp_millis=1)) == ABSENT
    assert code_of(lambda: client.restore_runs("99999999", min_timestamp_millis=1)) == ABSENT
