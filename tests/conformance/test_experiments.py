"""Experiments: creation, names, tags, life cycle."""

from __future__ import annotations

from functools import partial

import pytest

from nbtrack.entities import ExperimentTag, ViewType
from tests.conformance.service import ABSENT, INVALID, OK, TAKEN, Service, code_of, unique


def names_of(service: Service, view: ViewType, pattern: str) -> set[str]:
    """Return the names that start with a pattern, in a view."""
    found = service.client.search_experiments(filter=f"name LIKE '{pattern}%'", view_type=view)
    return {experiment.name for experiment in found.experiments}


def test_new_experiment_has_name_stage_tags_and_times(service: Service) -> None:
    name = unique()
    experiment_id = service.client.create_experiment(name, tags={"team": "vision"})
    found = service.client.get_experiment(experiment_id)
    assert (found.experiment_id, found.name, found.lifecycle_stage) == (
        experiment_id,
        name,
        "active",
    )
    assert found.tags == (ExperimentTag(key="team", value="vision"),)
    assert found.creation_time == found.last_update_time
    assert found.creation_time


def test_default_experiment_is_there_from_the_start(service: Service) -> None:
    found = service.client.get_experiment("0")
    assert found.name == "Default"
    assert service.client.get_by_name("Default").experiment_id == "0"


def test_ids_of_experiments_count_up(service: Service) -> None:
    first, second = service.new_experiment(), service.new_experiment()
    assert int(second) > int(first) > 0


def test_artifact_location_is_below_the_store_unless_given(service: Service) -> None:
    own = service.client.create_experiment(unique(), artifact_location="s3://bucket/here")
    assert service.client.get_experiment(own).artifact_location == "s3://bucket/here"
    plain = service.client.get_experiment(service.new_experiment())
    assert plain.artifact_location.endswith(f"/{plain.experiment_id}")


@pytest.mark.parametrize(
    "location", ["runs:/abc/model", "s3://bucket/a#b", "/" + "x" * 2048], ids=["run", "#", "long"]
)
def test_artifact_location_that_cannot_be_used_is_refused(service: Service, location: str) -> None:
    def create() -> str:
        return service.client.create_experiment(unique(), artifact_location=location)

    assert code_of(create) == INVALID


@pytest.mark.parametrize(
    "name", ["a b", "/Users/me@x.com/exp", "Ünïcode ✓", "a'b\"c`", "%_[*]", " x "]
)
def test_name_may_hold_any_character(service: Service, name: str) -> None:
    name = f"{name}{unique('')}"
    experiment_id = service.client.create_experiment(name)
    assert service.client.get_by_name(name).experiment_id == experiment_id


def test_names_compare_with_letter_case(service: Service) -> None:
    name = unique("Case")
    assert service.client.create_experiment(name) != service.client.create_experiment(name.lower())


def test_name_of_500_characters_is_the_longest(service: Service) -> None:
    name = unique().ljust(500, "x")
    assert code_of(lambda: service.client.create_experiment(name)) == OK
    assert code_of(lambda: service.client.create_experiment(name + "x")) == INVALID


def test_taken_name_is_refused(service: Service) -> None:
    name = unique()
    service.client.create_experiment(name)
    assert code_of(lambda: service.client.create_experiment(name)) == TAKEN


def test_name_of_a_deleted_experiment_stays_taken_and_found(service: Service) -> None:
    name = unique()
    experiment_id = service.client.create_experiment(name)
    service.client.delete_experiment(experiment_id)
    assert code_of(lambda: service.client.create_experiment(name)) == TAKEN
    assert service.client.get_by_name(name).lifecycle_stage == "deleted"


def test_unknown_name_is_absent(service: Service) -> None:
    assert code_of(lambda: service.client.get_by_name(unique("nobody"))) == ABSENT


@pytest.mark.parametrize("experiment_id", ["abc", "1.5", "-1x"])
def test_id_that_is_no_number_is_refused(service: Service, experiment_id: str) -> None:
    assert code_of(lambda: service.client.get_experiment(experiment_id)) == INVALID


def test_id_beyond_64_bits_is_refused(service: Service) -> None:
    code = code_of(lambda: service.client.get_experiment("1" * 23))
    assert code == service.expected("experiment id beyond int64", INVALID)


def test_unknown_id_is_absent(service: Service) -> None:
    client = service.client
    for call in (client.get_experiment, client.delete_experiment, client.restore_experiment):
        assert code_of(partial(call, "99999999")) == ABSENT


def test_create_refuses_a_tag_key_twice(service: Service) -> None:
    tags = (ExperimentTag(key="k", value="1"), ExperimentTag(key="k", value="2"))
    code = code_of(lambda: service.client.create_experiment(unique(), tags=tags))
    assert code == service.expected("experiment tag twice", INVALID)


def test_refused_creation_leaves_nothing(service: Service) -> None:
    name = unique()
    tags = (ExperimentTag(key="bad*key", value="1"),)
    assert code_of(lambda: service.client.create_experiment(name, tags=tags)) == INVALID
    assert code_of(lambda: service.client.get_by_name(name)) == ABSENT


def test_rename_moves_the_update_time_and_frees_the_old_name(service: Service) -> None:
    old, new = unique("old"), unique("new")
    experiment_id = service.client.create_experiment(old)
    service.client.update_experiment(experiment_id, new_name=new)
    found = service.client.get_by_name(new)
    assert found.experiment_id == experiment_id
    assert (found.last_update_time or 0) >= (found.creation_time or 0)
    assert code_of(lambda: service.client.get_by_name(old)) == ABSENT


def test_rename_to_the_present_name_is_fine(service: Service) -> None:
    name = unique()
    experiment_id = service.client.create_experiment(name)
    service.client.update_experiment(experiment_id, new_name=name)
    assert service.client.get_experiment(experiment_id).name == name


def test_rename_to_a_taken_name_is_refused(service: Service) -> None:
    name = unique()
    service.client.create_experiment(name)
    other = service.new_experiment()
    code = code_of(lambda: service.client.update_experiment(other, new_name=name))
    assert code == service.expected("rename to a taken name", TAKEN)


@pytest.mark.parametrize("new_name", [None, ""])
def test_rename_needs_a_name(service: Service, new_name: str | None) -> None:
    experiment_id = service.new_experiment()
    update = service.client.update_experiment
    assert code_of(lambda: update(experiment_id, new_name=new_name)) == INVALID


def test_deleted_experiment_cannot_be_renamed(service: Service) -> None:
    experiment_id = service.new_experiment()
    service.client.delete_experiment(experiment_id)
    update = service.client.update_experiment
    assert code_of(lambda: update(experiment_id, new_name=unique())) == "INVALID_STATE"


def test_delete_and_restore_move_the_stage(service: Service) -> None:
    experiment_id = service.new_experiment()
    service.client.delete_experiment(experiment_id)
    assert service.client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    service.client.restore_experiment(experiment_id)
    assert service.client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_second_delete_and_restore_are_absent(service: Service) -> None:
    experiment_id = service.new_experiment()
    assert code_of(lambda: service.client.restore_experiment(experiment_id)) == ABSENT
    service.client.delete_experiment(experiment_id)
    assert code_of(lambda: service.client.delete_experiment(experiment_id)) == ABSENT


def test_delete_takes_the_runs_along_and_restore_brings_all_back(service: Service) -> None:
    experiment_id = service.new_experiment()
    one, other = service.new_run_id(experiment_id), service.new_run_id(experiment_id)
    service.client.delete_run(one)
    service.client.delete_experiment(experiment_id)
    assert service.client.get_run(other).info.lifecycle_stage == "deleted"
    service.client.restore_experiment(experiment_id)
    for run_id in (one, other):
        assert service.client.get_run(run_id).info.lifecycle_stage == "active"


def test_restored_run_of_a_deleted_experiment_may_be_written(service: Service) -> None:
    experiment_id = service.new_experiment()
    run_id = service.new_run_id(experiment_id)
    service.client.delete_experiment(experiment_id)
    service.client.restore_run(run_id)
    service.client.log_param(run_id, "p", "1")
    assert service.data_of(run_id)[1] == {"p": "1"}


def test_deleted_experiment_takes_no_tag_and_no_run(service: Service) -> None:
    experiment_id = service.new_experiment()
    service.client.delete_experiment(experiment_id)
    client = service.client
    assert code_of(lambda: client.set_experiment_tag(experiment_id, "k", "v")) == INVALID
    assert code_of(lambda: client.create_run(experiment_id)) == INVALID
    assert code_of(lambda: client.create_logged_model(experiment_id)) == INVALID


@pytest.mark.parametrize(
    ("view", "seen"),
    [
        (ViewType.ACTIVE_ONLY, {"active"}),
        (ViewType.DELETED_ONLY, {"deleted"}),
        (ViewType.ALL, {"active", "deleted"}),
    ],
    ids=["active", "deleted", "all"],
)
def test_search_shows_the_stages_of_its_view(
    service: Service, view: ViewType, seen: set[str]
) -> None:
    word = unique("view")
    service.client.create_experiment(f"{word}-active")
    gone = service.client.create_experiment(f"{word}-deleted")
    service.client.delete_experiment(gone)
    assert names_of(service, view, word) == {f"{word}-{stage}" for stage in seen}


def test_tag_is_overwritten_and_does_not_move_the_update_time(service: Service) -> None:
    experiment_id = service.new_experiment()
    before = service.client.get_experiment(experiment_id).last_update_time
    service.client.set_experiment_tag(experiment_id, "k", "1")
    service.client.set_experiment_tag(experiment_id, "k", "2")
    found = service.client.get_experiment(experiment_id)
    assert found.tags == (ExperimentTag(key="k", value="2"),)
    assert found.last_update_time == before


def test_tag_is_deleted_once(service: Service) -> None:
    experiment_id = service.new_experiment()
    service.client.set_experiment_tag(experiment_id, "k", "1")
    service.client.delete_experiment_tag(experiment_id, "k")
    assert service.client.get_experiment(experiment_id).tags == ()
    assert code_of(lambda: service.client.delete_experiment_tag(experiment_id, "k")) == ABSENT


def test_list_shows_every_experiment_of_its_view(service: Service) -> None:
    active, gone = service.new_experiment(), service.new_experiment()
    service.client.delete_experiment(gone)
    listed = {e.experiment_id for e in service.client.iter_listed_experiments()}
    deleted = {
        e.experiment_id for e in service.client.iter_listed_experiments(view_type="DELETED_ONLY")
    }
    assert active in listed
    assert gone not in listed
    assert gone in deleted


def test_list_cuts_a_large_page_and_refuses_an_empty_one(own_service: Service) -> None:
    assert code_of(lambda: own_service.client.list_experiments(max_results=5000)) == OK
    assert code_of(lambda: own_service.client.list_experiments(max_results=0)) == INVALID


def test_datasets_of_experiments_are_listed_once(service: Service) -> None:
    from nbtrack.entities import Dataset, DatasetInput, InputTag

    experiment_id = service.new_experiment()
    given = DatasetInput(
        dataset=Dataset(name="iris", digest="d1", source_type="local", source="{}"),
        tags=(InputTag(key="mlflow.data.context", value="train"),),
    )
    for _ in range(2):
        service.client.log_inputs(service.new_run_id(experiment_id), datasets=(given,))
    found = service.client.search_datasets(experiment_id)
    assert [(d.experiment_id, d.name, d.digest, d.context) for d in found] == [
        (experiment_id, "iris", "d1", "train")
    ]


@pytest.mark.parametrize("count", [0, 21])
def test_datasets_are_asked_for_1_to_20_experiments(service: Service, count: int) -> None:
    ids = [str(number) for number in range(count)]
    assert code_of(lambda: service.client.search_datasets(ids)) == INVALID
