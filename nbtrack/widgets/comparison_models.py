"""The page of logged models: what they are, which runs made and used them, what they measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nbtrack.display import model_status, number_text
from nbtrack.errors import EndpointNotFound, NotImplementedByServer
from nbtrack.widgets.comparison_state import Shown
from nbtrack.widgets.page_parts import cut, said, titled_table

if TYPE_CHECKING:
    from ipywidgets import Widget

    from nbtrack.frames import ModelLineage

MOST_ASKED: Final = 50
_MOST_PAIRS: Final = 12
_MOST_MISSING: Final = 5
_MOST_POINTS: Final = 100
_OWN: Final = "mlflow."  # tags of MLflow's own tell nothing that is not told already
_COLUMNS: Final = ("model", "status", "type", "made by", "used by", "params", "tags")
_POINT: Final = ("model_id", "key", "value", "step", "dataset", "digest", "run_id")
_MEASURED: Final = ("model", "metric", "value", "step", "dataset", "measured by")


def models(shown: Shown) -> Iterator[Widget]:
    """Show the logged models of the runs with their lineage."""
    asked = tuple(shown.run_ids[:MOST_ASKED])
    try:
        found = shown.readings.lineage(asked)
    except (EndpointNotFound, NotImplementedByServer):
        yield said("The server of these runs has no logged models.")
        return
    if len(found.models):
        names = model_names(found)
        yield titled_table("Logged models", _COLUMNS, _model_rows(shown, found, names))
        yield from _measured(shown, found, names)
    else:
        yield said("These runs have no logged models. Log one with run.log_model.")
    if found.missing:
        rest = len(found.missing) - _MOST_MISSING
        listed = ", ".join(found.missing[:_MOST_MISSING]) + (f" and {rest:,} more" * (rest > 0))
        yield said(f"Named by runs, but not in the store: {listed}.")
    if len(shown.run_ids) > len(asked):
        yield said(f"Showing models of {len(asked)} of {len(shown.run_ids):,} runs.")


def model_names(found: ModelLineage) -> dict[str, str]:
    """Return what models are called, with a part of the id where names are the same."""
    names = [str(name) for name in found.models["name"]]
    ids = [str(model_id) for model_id in found.models["model_id"]]
    return {
        model_id: f"{name or 'unnamed'} ({model_id[:10]})" if names.count(name) > 1 else name
        for model_id, name in zip(ids, names, strict=True)
    }


def run_name(shown: Shown, run_id: str) -> str:
    """Return the name of a compared run, or the id of another one."""
    return cut(shown.names.get(run_id) or f"run {run_id[:8]}")


def _model_rows(shown: Shown, found: ModelLineage, names: dict[str, str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for _, record in found.models.iterrows():
        row = {str(name): str(value) for name, value in record.dropna().items()}
        model_id = row["model_id"]
        rows.append(
            [
                cut(names[model_id]),
                model_status(row["status"]),
                cut(row.get("model_type", "")),
                _runs(shown, found, model_id, "made"),
                _runs(shown, found, model_id, "used"),
                _pairs(row, "params."),
                _pairs(row, "tags."),
            ]
        )
    return rows


def _runs(shown: Shown, found: ModelLineage, model_id: str, role: str) -> str:
    """Name the runs that have that role, a line each."""
    mine = found.links[(found.links["model_id"] == model_id) & (found.links["role"] == role)]
    steps = mine["step"].fillna(0).tolist()
    return _lines(
        [
            f"{run_name(shown, str(run_id))}, step {step}" if step else run_name(shown, str(run_id))
            for run_id, step in zip(mine["run_id"], steps, strict=True)
        ]
    )


def _pairs(row: dict[str, str], prefix: str) -> str:
    pairs = {
        name.removeprefix(prefix): cut(value)
        for name, value in row.items()
        if name.startswith(prefix) and not name.startswith(prefix + _OWN)
    }
    return _lines([f"{key} = {value}" for key, value in pairs.items()])


def _lines(lines: list[str]) -> str:
    more = [f"and {len(lines) - _MOST_PAIRS:,} more"] if len(lines) > _MOST_PAIRS else []
    return "\n".join([*lines[:_MOST_PAIRS], *more])


def _measured(shown: Shown, found: ModelLineage, names: dict[str, str]) -> Iterator[Widget]:
    """Show the metrics of models: their last values, and the data they were measured on."""
    points = found.metrics.fillna(dict.fromkeys(("dataset", "digest", "run_id"), ""))
    columns = [points[name].tolist() for name in _POINT]
    rows = [
        [
            cut(names[model_id]),
            cut(key),
            number_text(value),
            step,
            cut(f"{dataset} ({digest})" if digest else dataset or "-"),
            run_name(shown, run_id) if run_id else "-",
        ]
        for model_id, key, value, step, dataset, digest, run_id in zip(*columns, strict=True)
    ]
    if rows:
        yield titled_table("Metrics of the models", _MEASURED, rows, most=_MOST_POINTS)
