"""Pages: tokens, their end, and what they survive."""

from __future__ import annotations

import base64

import msgspec
import pytest

from tests.conformance.service import INVALID, OK, Service, code_of, point, unique

FORGED = base64.b64encode(b'{"offset": 1}').decode()


def run_names(service: Service, experiment_id: str, size: int, **options: str) -> list[str]:
    """Return the names of all runs, fetched in pages of a size."""
    found = service.client.iter_runs(experiment_id, max_results=size, **options)  # type: ignore[arg-type]
    return [run.info.run_name for run in found]


@pytest.fixture
def experiment_id(service: Service) -> str:
    """Give an experiment with six runs, started one after the other."""
    found = service.new_experiment()
    for number in range(6):
        service.new_run(found, start_time=number, run_name=f"r{number}")
    return found


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6, 7])
def test_pages_of_any_size_hold_every_run_once(
    service: Service, experiment_id: str, size: int
) -> None:
    assert run_names(service, experiment_id, size) == ["r5", "r4", "r3", "r2", "r1", "r0"]


@pytest.mark.parametrize("size", [2, 3, 6])
def test_full_last_page_has_no_token(service: Service, experiment_id: str, size: int) -> None:
    token, pages = None, 0
    while pages == 0 or token:
        page = service.client.search_runs(experiment_id, max_results=size, page_token=token)
        assert len(page.runs) == size
        token, pages = page.next_page_token, pages + 1
    assert pages == 6 // size


def test_empty_token_is_the_first_page(service: Service, experiment_id: str) -> None:
    first = service.client.search_runs(experiment_id, max_results=2)
    again = service.client.search_runs(experiment_id, max_results=2, page_token="")
    assert first.runs == again.runs


def test_size_may_change_between_pages(service: Service, experiment_id: str) -> None:
    first = service.client.search_runs(experiment_id, max_results=2)
    rest = service.client.search_runs(
        experiment_id, max_results=10, page_token=first.next_page_token
    )
    assert [run.info.run_name for run in rest.runs] == ["r3", "r2", "r1", "r0"]
    assert not rest.next_page_token


@pytest.mark.parametrize(
    "order",
    ["metrics.m", "metrics.m DESC", "params.p", "params.p DESC", "end_time", "run_name DESC"],
)
def test_pages_keep_any_order_with_ties_and_gaps(own_service: Service, order: str) -> None:
    service, experiment_id = own_service, own_service.new_experiment()
    for number in range(8):
        run_id = service.new_run(experiment_id, run_name=f"r{number}").info.run_id
        if number % 3:
            service.client.log_param(run_id, "p", str(number % 2))
            service.client.update_run(run_id, end_time=number % 2 + 1)
        if number % 4:
            value = float("nan") if number % 2 else float(number % 3)
            service.client.log_metric(run_id, "m", value, timestamp=1)
    whole = run_names(service, experiment_id, 100, order_by=order)
    assert len(whole) == 8
    for size in (1, 2, 3, 7):
        assert run_names(service, experiment_id, size, order_by=order) == whole


def test_token_survives_runs_that_come_in_between(own_service: Service) -> None:
    service, experiment_id = own_service, own_service.new_experiment()
    for number in range(4):
        service.new_run(experiment_id, start_time=number, run_name=f"r{number}")
    first = service.client.search_runs(experiment_id, max_results=2)
    service.new_run(experiment_id, start_time=99, run_name="new")
    gone = first.runs[0].info.run_id
    service.client.delete_run(gone)
    rest = service.client.search_runs(
        experiment_id, max_results=2, page_token=first.next_page_token
    )
    assert [run.info.run_name for run in rest.runs] == ["r1", "r0"]


@pytest.mark.parametrize("token", ["x", "%%%", "e30=", "A" * 5000])
def test_garbage_token_is_refused(service: Service, experiment_id: str, token: str) -> None:
    search = service.client.search_runs
    assert code_of(lambda: search(experiment_id, page_token=token)) == INVALID


@pytest.mark.parametrize("token", ["W10=", "bnVsbA==", "é"], ids=["list", "null", "not ASCII"])
def test_garbage_token_that_is_no_object_is_refused(
    service: Service, experiment_id: str, token: str
) -> None:
    code = code_of(lambda: service.client.search_runs(experiment_id, page_token=token))
    assert code == service.expected("token that is no object", INVALID)


def test_token_of_another_server_is_refused(own_service: Service) -> None:
    client, experiment_id = own_service.client, own_service.new_experiment()
    run_id = own_service.new_run_id(experiment_id)
    codes = {
        code_of(lambda: client.search_runs(experiment_id, page_token=FORGED)),
        code_of(lambda: client.search_experiments(page_token=FORGED)),
        code_of(lambda: client.list_experiments(page_token=FORGED)),
        code_of(lambda: client.search_logged_models(experiment_id, page_token=FORGED)),
        code_of(lambda: client.get_history(run_id, "m", page_token=FORGED)),
    }
    assert codes == {INVALID}


def test_token_of_another_query_is_refused(own_service: Service) -> None:
    service, experiment_id = own_service, own_service.new_experiment()
    for _ in range(3):
        service.new_run(experiment_id)
    search = service.client.search_runs
    token = search(experiment_id, max_results=1).next_page_token
    other = service.new_experiment()
    codes = [
        code_of(lambda: search(experiment_id, page_token=token)),
        code_of(lambda: search(other, page_token=token)),
        code_of(lambda: search(experiment_id, filter="start_time > 0", page_token=token)),
        code_of(lambda: search(experiment_id, order_by="run_name", page_token=token)),
        code_of(lambda: search(experiment_id, run_view_type="ALL", page_token=token)),
    ]
    assert codes == [OK, INVALID, INVALID, INVALID, INVALID]


def test_pages_of_experiments_hold_every_one_once(service: Service) -> None:
    word = unique("paged")
    made = [service.client.create_experiment(f"{word}-{number}") for number in range(5)]
    found = service.client.iter_experiments(
        filter=f"name LIKE '{word}%'", order_by="experiment_id", max_results=2
    )
    assert [experiment.experiment_id for experiment in found] == made


def test_pages_of_the_experiment_list_hold_every_one_once(own_service: Service) -> None:
    made = {own_service.new_experiment() for _ in range(5)}
    found = [
        experiment.experiment_id
        for experiment in own_service.client.iter_listed_experiments(max_results=2)
    ]
    assert len(found) == len(set(found))
    assert made <= set(found)


def test_pages_of_models_hold_every_one_once(service: Service) -> None:
    experiment_id = service.new_experiment()
    made = {service.client.create_logged_model(experiment_id).info.model_id for _ in range(5)}
    found = [
        model.info.model_id
        for model in service.client.iter_logged_models(experiment_id, max_results=2)
    ]
    assert len(found) == 5
    assert set(found) == made


@pytest.mark.parametrize("size", [1, 3, 4, 12, 13])
def test_pages_of_a_history_hold_every_point_once(service: Service, size: int) -> None:
    run_id = service.new_run_id()
    points = [point(float(n % 2), n % 3, n % 4) for n in range(12)]
    service.client.log_batch(run_id, metrics=points)
    whole = [
        (p.timestamp, p.step, p.value) for p in service.client.get_history(run_id, "m").metrics
    ]
    paged = service.client.iter_history(run_id, "m", max_results=size)
    assert [(p.timestamp, p.step, p.value) for p in paged] == whole


def test_pages_of_a_history_keep_nan_and_zero_apart(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, metrics=[point(float("nan")), point(0.0), point(-1.0)])
    paged = [str(p.value) for p in service.client.iter_history(run_id, "m", max_results=1)]
    assert sorted(paged) == ["-1.0", "0.0", "nan"]


def test_history_token_survives_points_that_come_in_between(own_service: Service) -> None:
    service, run_id = own_service, own_service.new_run_id()
    service.client.log_batch(run_id, metrics=[point(float(n), n * 10) for n in range(4)])
    first = service.client.get_history(run_id, "m", max_results=2)
    service.client.log_batch(run_id, metrics=[point(9.0, 5), point(9.0, 25)])
    rest = service.client.get_history(run_id, "m", max_results=10, page_token=first.next_page_token)
    assert [p.timestamp for p in rest.metrics] == [20, 25, 30]


def test_full_last_page_of_a_history_has_no_token(service: Service) -> None:
    run_id = service.new_run_id()
    service.client.log_batch(run_id, metrics=[point(float(n), n) for n in range(4)])
    page = service.client.get_history(run_id, "m", max_results=4)
    assert len(page.metrics) == 4
    assert not page.next_page_token


@pytest.mark.parametrize(
    "forged", [[1], {"a": 1}, 2**63, None, b"x", True, "x"], ids=lambda value: repr(value)[:12]
)
def test_forged_values_in_a_token_do_no_harm(own_service: Service, forged: object) -> None:
    service, experiment_id = own_service, own_service.new_experiment()
    run_ids = [service.new_run_id(experiment_id) for _ in range(3)]
    service.client.log_batch(run_ids[0], metrics=[point(float(n), n) for n in range(3)])
    runs = service.client.search_runs(experiment_id, max_results=1).next_page_token
    points = service.client.get_history(run_ids[0], "m", max_results=1).next_page_token
    search, history = service.client.search_runs, service.client.get_history
    codes = {
        code_of(lambda: search(experiment_id, max_results=1, page_token=forge(runs, forged))),
        code_of(lambda: history(run_ids[0], "m", max_results=1, page_token=forge(points, forged))),
    }
    assert codes <= {OK, INVALID}


def forge(token: str | None, value: object) -> str:
    """Put another value into a token of the engine."""
    mark, last = msgspec.msgpack.decode(base64.urlsafe_b64decode(token or ""))
    body = msgspec.msgpack.encode([mark, [value] * len(last)])
    return base64.urlsafe_b64encode(body).decode()
