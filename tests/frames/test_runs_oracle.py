"""Frames of runs against plain Python: types, cells, filters and orders, at every place alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nbtrack.backends.column_builders import text_column
from nbtrack.backends.columns import Columns
from nbtrack.backends.http.lost_replies import REQUEST_TAG
from nbtrack.frames import runs
from nbtrack.frames.typed import columns_frame
from tests.conformance.oracle import PlainRun
from tests.conformance.service import Service
from tests.conformance.strategies import written_order
from tests.frames.frame_oracle import differing, runs_frame, told_column, told_runs, typed
from tests.frames.messy_world import KINDS, Place, World, logged, worlds
from tests.frames.wide_questions import HARD, QUESTIONS, Asked, Question, found, plainly

MADE = f"tags.{REQUEST_TAG}"
MANY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
FEW = settings(MANY, max_examples=2, phases=[Phase.explicit, Phase.generate])
"""For a server that takes a second to be given a world."""


def ask(service: Service, ids: Sequence[str], question: Question) -> Any:  # noqa: ANN401 - a frame
    """Put a question to nbtrack."""
    return runs(
        question.asked[0] or None,
        client=service.client,
        experiments=ids,
        view=question.view,  # type: ignore[arg-type]
        order_by=[written_order(order) for order in question.orders],
        limit=question.limit,
        summary=question.summaries,  # type: ignore[arg-type]
        attempts=question.attempts,  # type: ignore[arg-type]
        typed=question.is_typed,
    )


def check(service: Service, world: Mapping[str, list[PlainRun]], question: Question) -> None:
    """Compare what nbtrack answers with what was logged."""
    ids = [list(world)[n] for n in question.experiments if n < len(world)]
    owners = {run.run_id: id_ for id_ in ids for run in world[id_]}
    plain = found([run for id_ in ids for run in world[id_]], question)
    wanted = runs_frame(
        [(owners[run.run_id], run) for run in plain],
        question.summaries,
        is_typed=question.is_typed,
    )
    told = told_runs(ask(service, ids, question))
    places = told.pop("artifact_uri")[1]
    ids_found = [place.split("/")[-2] for place in places]
    assert ids_found == [run.run_id for run in plain], question.asked[0]
    told.pop(MADE, None)
    assert differing(told, wanted) == {}, question.asked[0]


@pytest.mark.parametrize("asked", HARD, ids=lambda asked: asked[0])
def test_hard_filters_are_answered_alike_everywhere(messy_place: Place, asked: Asked) -> None:
    check(messy_place.service, messy_place.world, plainly(asked))


@settings(MANY, max_examples=50)
@given(QUESTIONS)
def test_one_world_is_answered_alike_everywhere(messy_place: Place, question: Question) -> None:
    check(messy_place.service, messy_place.world, question)


@MANY
@given(worlds(), st.lists(QUESTIONS, min_size=3, max_size=6))
def test_any_world_is_answered_so_by_the_engine(
    messy_engine: Service, world: World, questions: list[Question]
) -> None:
    made = logged(messy_engine, world)
    for question in questions:
        check(messy_engine, made, question)


@FEW
@given(worlds(), st.lists(QUESTIONS, min_size=6, max_size=6))
def test_any_world_is_answered_alike_everywhere(
    messy_place: Place, world: World, questions: list[Question]
) -> None:
    made = logged(messy_place.service, world)
    for question in questions:
        check(messy_place.service, made, question)


@settings(MANY, max_examples=300)
@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st.lists(st.none() | st.sampled_from(kind), min_size=1, max_size=8)
    )
)
def test_a_column_of_params_has_the_type_of_all_its_texts(texts: list[str | None]) -> None:
    columns = Columns(rows=len(texts), columns=(text_column("params.p", texts),))
    column = columns_frame(columns, typed=True)["params.p"]
    assert told_column(column) == typed(texts)
