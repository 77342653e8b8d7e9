"""Grouped statistics against pandas' own groupby."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.frames import groups
from nbtrack.frames.group_tests import holm

NAMES = {"mean": "mean", "median": "median", "std": "std", "sem": "sem", "min": "min", "max": "max"}
NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf, 0.1])
ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.1, 1.0, np.nan]),
        st.sampled_from(["a", "ä", None]),
        st.integers(),
        NUMBERS,
    ),
    min_size=1,
    max_size=40,
)


def made(rows: list[tuple[float, str | None, int, float]]) -> pd.DataFrame:
    columns = ["params.lr", "params.act", "params.seed", "metrics.x"]
    return pd.DataFrame(rows, columns=columns).astype({"params.act": "str"})


@given(ROWS)
def test_statistics_are_those_of_pandas(rows: list[tuple[float, str | None, int, float]]) -> None:
    data = made(rows)
    finite = data.assign(x=data["metrics.x"].where(np.isfinite(data["metrics.x"])))
    by = finite.groupby(["params.lr", "params.act"], dropna=False, sort=False)["x"]
    wanted = by.agg(["mean", "median", "std", "sem", "min", "max", "count"]).reset_index()
    found = groups(data)
    for name, function in NAMES.items():
        np.testing.assert_allclose(
            found[f"{name}(metrics.x)"], wanted[function], rtol=1e-7, atol=1e-5
        )
    assert found["n(metrics.x)"].tolist() == wanted["count"].tolist()


@given(ROWS)
def test_every_run_is_counted_once(rows: list[tuple[float, str | None, int, float]]) -> None:
    found = groups(made(rows))
    counted = found[["n(metrics.x)", "nonfinite(metrics.x)", "missing(metrics.x)"]].sum(axis=1)
    assert counted.tolist() == found["n"].tolist()
    assert found["n"].sum() == len(rows)
    assert found["group"].is_unique


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(
    rows: list[tuple[float, str | None, int, float]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    columns = ["group", "n", "median(metrics.x)", "max(metrics.x)"]
    one, other = (groups(made(r)).sort_values("group")[columns] for r in (rows, shuffled))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


@given(st.lists(st.floats(0, 1) | st.just(np.nan), max_size=20))
def test_adjusted_p_values_are_larger_and_keep_their_order(values: list[float]) -> None:
    found = holm(np.array(values, dtype=np.float64))
    known = ~np.isnan(values) if values else np.array([], dtype=bool)
    assert np.array_equal(np.isnan(found), ~known)
    order = np.argsort(np.array(values)[known], kind="stable")
    assert np.all(np.diff(found[known][order]) >= 0)
    assert np.all(found[known] >= np.array(values)[known])
    assert np.all(found[known] <= 1)
