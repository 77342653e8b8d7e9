"""Logged models through their life: creation, params, tags, final states, deletion."""

from __future__ import annotations

import re

import pytest

from nbtrack.entities import LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from tests.conformance.service import ABSENT, INVALID, OK, Service, code_of

PENDING = LoggedModelStatus.LOGGED_MODEL_PENDING
READY = LoggedModelStatus.LOGGED_MODEL_READY
FAILED = LoggedModelStatus.LOGGED_MODEL_UPLOAD_FAILED


def new_model(service: Service) -> str:
    """Create a logged model and return its id."""
    return service.client.create_logged_model(service.new_experiment(), name="m").info.model_id


def params_and_tags(service: Service, model_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return params and tags of a model, without the mark of its request."""
    model = service.client.get_logged_model(model_id)
    tags = {tag.key: tag.value for tag in model.info.tags if tag.key != "nbtrack.requestId"}
    return {param.key: param.value for param in model.data.params}, tags


def test_new_model_is_pending_and_knows_its_source(service: Service) -> None:
    experiment_id = service.new_experiment()
    info = service.client.create_logged_model(
        experiment_id, name="net", model_type="Agent", source_run_id="r1"
    ).info
    assert re.fullmatch("m-[0-9a-f]{32}", info.model_id)
    assert (info.name, info.model_type, info.source_run_id) == ("net", "Agent", "r1")
    assert (info.status, info.experiment_id) == (PENDING, experiment_id)
    assert info.creation_timestamp_ms == info.last_updated_timestamp_ms > 0
    assert info.artifact_uri.endswith(f"/{experiment_id}/models/{info.model_id}/artifacts")


def test_model_without_texts_has_empty_ones_and_a_name(service: Service) -> None:
    info = service.client.create_logged_model(service.new_experiment()).info
    assert (info.model_type, info.source_run_id) == ("", "")
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", info.name)


def test_first_params_and_tags_are_kept(service: Service) -> None:
    model_id = service.client.create_logged_model(
        service.new_experiment(), params={"b": "2", "a": "1"}, tags={"t": "v"}
    ).info.model_id
    assert params_and_tags(service, model_id) == ({"a": "1", "b": "2"}, {"t": "v"})


def test_names_need_not_be_unique(service: Service) -> None:
    experiment_id = service.new_experiment()
    ids = {service.client.create_logged_model(experiment_id, name="m") for _ in range(2)}
    assert len({model.info.model_id for model in ids}) == 2


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_name_with_a_forbidden_character_is_refused(service: Service, name: str) -> None:
    experiment_id = service.new_experiment()
    create = service.client.create_logged_model
    assert code_of(lambda: create(experiment_id, name=name)) == INVALID


def test_key_twice_at_creation_is_refused(service: Service) -> None:
    experiment_id = service.new_experiment()
    params = (LoggedModelParameter(key="k", value="1"), LoggedModelParameter(key="k", value="1"))
    create = service.client.create_logged_model
    code = code_of(lambda: create(experiment_id, params=params))
    assert code == service.expected("model key twice", INVALID)


def test_keys_of_models_are_checked(service: Service) -> None:
    experiment_id = service.new_experiment()
    create = service.client.create_logged_model
    code = code_of(lambda: create(experiment_id, params={"a*b": "1"}))
    assert code == service.expected("keys of models", INVALID)


def test_model_in_an_unknown_experiment_is_absent(service: Service) -> None:
    assert code_of(lambda: service.client.create_logged_model("99999999")) == ABSENT


def test_unknown_model_is_absent(service: Service) -> None:
    client, model_id = service.client, "m-" + "0" * 32
    assert code_of(lambda: client.get_logged_model(model_id)) == ABSENT
    assert code_of(lambda: client.delete_logged_model(model_id)) == ABSENT
    assert code_of(lambda: client.finalize_logged_model(model_id, status=READY)) == ABSENT
    assert code_of(lambda: client.set_logged_model_tags(model_id, tags={"k": "v"})) == ABSENT
    assert code_of(lambda: client.log_logged_model_params(model_id, params={"k": "v"})) == ABSENT
    assert code_of(lambda: client.delete_logged_model_tag(model_id, "k")) == ABSENT


@pytest.mark.parametrize("status", [READY, FAILED], ids=["ready", "failed"])
def test_final_states_are_reached_from_any_state(
    service: Service, status: LoggedModelStatus
) -> None:
    model_id = new_model(service)
    service.client.finalize_logged_model(model_id, status=FAILED)
    answer = service.client.finalize_logged_model(model_id, status=status)
    assert answer.info.status is status
    assert service.client.get_logged_model(model_id).info.status is status


def test_model_cannot_become_pending_again(service: Service) -> None:
    model_id, finalize = new_model(service), service.client.finalize_logged_model
    code = code_of(lambda: finalize(model_id, status=PENDING))
    assert code == service.expected("pending is not final", INVALID)


def test_params_are_added(service: Service) -> None:
    model_id = new_model(service)
    service.client.log_logged_model_params(model_id, params={"a": "1"})
    service.client.log_logged_model_params(model_id, params={"b": "2"})
    assert params_and_tags(service, model_id)[0] == {"a": "1", "b": "2"}


def test_same_param_again_is_fine(service: Service) -> None:
    model_id = new_model(service)
    service.client.log_logged_model_params(model_id, params={"a": "1"})
    code = code_of(lambda: service.client.log_logged_model_params(model_id, params={"a": "1"}))
    assert code == service.expected("same param of a model again", OK)


def test_changed_param_is_refused_and_nothing_is_written(service: Service) -> None:
    model_id, log = new_model(service), service.client.log_logged_model_params
    log(model_id, params={"a": "1"})
    code = code_of(lambda: log(model_id, params={"b": "2", "a": "9"}))
    assert code == service.expected("changed param of a model", INVALID)
    assert params_and_tags(service, model_id)[0] == {"a": "1"}


def test_tags_are_overwritten_and_others_stay(service: Service) -> None:
    model_id = new_model(service)
    service.client.set_logged_model_tags(model_id, tags={"a": "1", "b": "1"})
    service.client.set_logged_model_tags(model_id, tags={"a": "2"})
    assert params_and_tags(service, model_id)[1] == {"a": "2", "b": "1"}


def test_last_of_equal_tags_wins(own_service: Service) -> None:
    model_id = new_model(own_service)
    tags = (LoggedModelTag(key="a", value="1"), LoggedModelTag(key="a", value="2"))
    own_service.client.set_logged_model_tags(model_id, tags=tags)
    assert params_and_tags(own_service, model_id)[1] == {"a": "2"}


def test_tag_is_deleted_once(service: Service) -> None:
    model_id = new_model(service)
    service.client.set_logged_model_tags(model_id, tags={"a": "1"})
    service.client.delete_logged_model_tag(model_id, "a")
    assert params_and_tags(service, model_id)[1] == {}
    assert code_of(lambda: service.client.delete_logged_model_tag(model_id, "a")) == ABSENT


@pytest.mark.parametrize("key", ["a/b", "a b", "a:b", "ä"])
def test_tag_of_any_key_is_deleted(own_service: Service, key: str) -> None:
    model_id = new_model(own_service)
    own_service.client.set_logged_model_tags(model_id, tags={key: "1"})
    own_service.client.delete_logged_model_tag(model_id, key)
    assert params_and_tags(own_service, model_id)[1] == {}


def test_deleted_model_is_hidden_and_found_if_asked_for(service: Service) -> None:
    model_id = new_model(service)
    service.client.delete_logged_model(model_id)
    assert code_of(lambda: service.client.get_logged_model(model_id)) == ABSENT
    found = service.client.get_logged_model(model_id, allow_deleted=True)
    assert found.info.model_id == model_id
    assert code_of(lambda: service.client.delete_logged_model(model_id)) == OK


def test_deleted_model_still_takes_tags_and_final_states(service: Service) -> None:
    model_id = new_model(service)
    service.client.delete_logged_model(model_id)
    service.client.set_logged_model_tags(model_id, tags={"a": "1"})
    assert service.client.finalize_logged_model(model_id, status=READY).info.status is READY


def test_search_skips_deleted_models(service: Service) -> None:
    experiment_id = service.new_experiment()
    kept, gone = (service.client.create_logged_model(experiment_id) for _ in range(2))
    service.client.delete_logged_model(gone.info.model_id)
    page = service.client.search_logged_models(experiment_id)
    assert [model.info.model_id for model in page.models] == [kept.info.model_id]


def test_models_of_a_deleted_experiment_are_found(service: Service) -> None:
    experiment_id = service.new_experiment()
    model_id = service.client.create_logged_model(experiment_id).info.model_id
    service.client.delete_experiment(experiment_id)
    page = service.client.search_logged_models(experiment_id)
    assert [model.info.model_id for model in page.models] == [model_id]


def test_search_in_no_experiment_is_empty(service: Service) -> None:
    assert service.client.search_logged_models([]).models == ()


def test_search_shows_what_get_shows(service: Service) -> None:
    experiment_id = service.new_experiment()
    created = service.client.create_logged_model(experiment_id, params={"a": "1"}, name="m")
    run_id = service.new_run_id(experiment_id)
    service.client.log_metric(run_id, "acc", 0.5, timestamp=1, model_id=created.info.model_id)
    got = service.client.get_logged_model(created.info.model_id)
    assert service.client.search_logged_models(experiment_id).models == (got,)
