"""Curves of metrics: one line a run, over steps or time, smoothed, with what stands out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Unpack

import numpy as np

from nbtrack.charts.curve_sheet import CurveSheet, Stroke
from nbtrack.charts.figure import ChartFigure, Look, LookOptions
from nbtrack.charts.group_strokes import draw_groups, groups_table
from nbtrack.charts.grouping import (
    Band,
    GroupColumns,
    band_note,
    columns_note,
    mean_curves,
    read_group_curves,
)
from nbtrack.charts.labels import listed, plural
from nbtrack.charts.reduction import limit_for
from nbtrack.charts.run_looks import RunLook, highlighted_looks, labels_of, looks_note, run_looks
from nbtrack.charts.series import Series, XAxis, read_series
from nbtrack.charts.smoothing import checked_strength, smoothed, smoothing_note
from nbtrack.charts.theme import pale
from nbtrack.charts.ways import Wanted
from nbtrack.charts.x_scale import XScale, x_scale
from nbtrack.frames.tables import table_frame
from nbtrack.signatures import filled, spelled_out

if TYPE_CHECKING:
    import pandas as pd

_RAW: Final = 0.3


class CurvesOptions(LookOptions, total=False):
    """The keywords of `curves`."""

    names: Mapping[str, str] | None
    highlight: Collection[str]
    groups: Mapping[str, object] | None
    band: Band
    x: XAxis
    log_y: bool
    smooth: float | None
    best: Wanted
    overlay: bool
    units: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesChoice(Look):
    """The same with their defaults."""

    names: Mapping[str, str] | None = None
    highlight: Collection[str] = ()
    groups: Mapping[str, object] | None = None
    band: Band = "std"
    x: XAxis = "step"
    log_y: bool = False
    smooth: float | None = None
    best: Wanted = True
    overlay: bool = False
    units: Mapping[str, str] | None = None


@spelled_out(CurvesChoice)
def curves(
    history: pd.DataFrame,
    metrics: str | Sequence[str] | None = None,
    **options: Unpack[CurvesOptions],
) -> ChartFigure:
    """Draw metrics over their steps or times, a line a run or a group of runs.

    Parameters
    ----------
    history
        A long frame with `run_id`, `key`, `step`, `timestamp`, `value`, as of `nbtrack.history`.
    metrics
        What to draw, a panel each; by default all metrics of the frame.
    **options
        `names`: names of runs by run id. `highlight`: ids of runs to draw before the others, which
        are pale then. `groups`: groups by run id; then the mean of each group
        is drawn, with a `band` of `std`, `sem` or `range`. `x`: `step`, `time` or `relative`
        (since the start of the run). `log_y`: a logarithmic y axis. `smooth`: a weight below 1 for
        an exponential mean, or a number of points; the raw curve stays behind it, pale. `best`:
        whether to mark the best point, or which way is better, `min` or `max`, for all metrics or
        by metric; by default the name of the metric tells. `overlay`: all metrics in one panel.
        `units`: units by metric. `title`; `theme`: `light` or `dark`.

    Returns
    -------
    ChartFigure
        With at most 1,000 points a line, the lowest and highest of each stretch. NaN, infinities,
        and values that a logarithmic axis cannot show are marked where they were logged. With
        more than 24 runs and none highlighted only the best ones have a colour.

    Raises
    ------
    InvalidParameterValue
        If the frame is empty or lacks a column, or a metric is not in it.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> history = pd.DataFrame({"run_id": ["a", "a", "b", "b"], "step": [0, 1, 0, 1]})
    >>> history["key"], history["timestamp"], history["value"] = "loss", 0, [1.0, 0.5, 0.9, 0.4]
    >>> charts.curves(history, names={"a": "first", "b": "second"})
    <Chart: Curves of loss by step for 2 runs: first and second. loss is lowest, 0.4, at step 1 in
    second.>
    """
    chosen = filled(CurvesChoice, options, of="curves")
    strength = checked_strength(chosen.smooth)
    wanted = [metrics] if isinstance(metrics, str) else list(metrics or ())
    found = read_series(history, wanted, chosen.x)
    scale = x_scale(chosen.x, found)
    sheet = CurveSheet.of(list(dict.fromkeys(one.key for one in found)), scale, chosen)
    series = [scale.scaled(one) for one in found if one.key in sheet.panels]
    if chosen.groups is None:
        return _of_runs(sheet, series, chosen, strength)
    return _of_groups(sheet, series, chosen, strength)


@spelled_out(CurvesChoice)
def group_curves(
    frame: pd.DataFrame,
    columns: GroupColumns | None = None,
    **options: Unpack[CurvesOptions],
) -> ChartFigure:
    """Draw means and bands of groups of runs that a frame holds.

    Parameters
    ----------
    frame
        A row for each group, metric and place, as of `frames.group_history`.
    columns
        The names of its columns: by default those of `frames.group_history`.
    **options
        As in `curves`, as far as they concern groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> frame = pd.DataFrame({"group": "lr=0.1", "key": "loss", "step": [0, 1], "mean": [0.9, 0.5]})
    >>> frame["ci_low"], frame["ci_high"] = [0.8, 0.4], [1.0, 0.6]
    >>> charts.group_curves(frame)
    <Chart: Curves of loss by step for 1 group: lr=0.1. loss is lowest, 0.5, at step 1 in lr=0.1.
    Remarks: mean, and from ci_low to ci_high.>
    """
    chosen = filled(CurvesChoice, options, of="group_curves")
    found = read_group_curves(frame, columns or GroupColumns())
    keys = list(dict.fromkeys(curve.key for curve in found))
    sheet = CurveSheet.of(keys, XScale(chosen.x, chosen.x), chosen)
    kept = [curve for curve in found if curve.key in sheet.panels]
    draw_groups(sheet, kept)
    sheet.drawing.note(columns_note(frame, columns or GroupColumns()))
    groups = list(dict.fromkeys(curve.group for curve in kept))
    who = f"{plural(len(groups), 'group')}: {listed(groups, 8)}"
    return sheet.figure(who, lambda: groups_table(kept, chosen.x))


def _of_runs(
    sheet: CurveSheet, series: Sequence[Series], chosen: CurvesChoice, strength: float
) -> ChartFigure:
    first = sheet.metrics[0]
    labels = labels_of(series, chosen.names)
    picked = highlighted_looks(labels, chosen.highlight, sheet.theme)
    looks = picked or run_looks(series, labels, sheet.theme, sheet.way(first))
    sheet.limit = limit_for(len(series) * (2 if strength else 1), series[0].x.itemsize + 8)
    order = {run_id: place for place, run_id in enumerate(looks)}
    for one in sorted(series, key=lambda s: (sheet.metrics.index(s.key), order[s.run_id])):
        _draw_run(sheet, one, looks[one.run_id], strength)
    sheet.mark(series, {run: (look.label, look.colour) for run, look in looks.items()})
    sheet.mark_best([(one, looks[one.run_id].label) for one in series])
    sheet.drawing.note(looks_note(looks, first, is_chosen=bool(picked)))
    if strength:
        sheet.drawing.note(f"{smoothing_note(strength)}, raw values pale")
    who = f"{plural(len(looks), 'run')}: {listed(list(labels.values()), 8)}"
    return sheet.figure(who, lambda: _runs_table(series, labels, sheet.scale.kind))


def _draw_run(sheet: CurveSheet, series: Series, look: RunLook, strength: float) -> None:
    stroke = Stroke(
        owner=series.run_id,
        label=look.label,
        line=look.line,
        number=look.number,
        is_named=not look.is_ghost,
    )
    if not strength:
        sheet.draw(series, stroke)
        return
    if not look.is_ghost:
        raw = {**look.line, "color": pale(look.colour, _RAW), "width": 1, "dash": "solid"}
        sheet.draw(series, replace(stroke, line=raw, is_raw=True))
    sheet.draw(_smooth(series, strength), stroke)


def _smooth(series: Series, strength: float) -> Series:
    return replace(series, y=smoothed(series.y, strength)) if strength else series


def _of_groups(
    sheet: CurveSheet, series: Sequence[Series], chosen: CurvesChoice, strength: float
) -> ChartFigure:
    groups = {run_id: str(group) for run_id, group in (chosen.groups or {}).items()}
    found = mean_curves([_smooth(one, strength) for one in series], groups, chosen.band)
    lines = draw_groups(sheet, found)
    colours = {run_id: str(lines[group]["color"]) for run_id, group in groups.items()}
    names = {run_id: (chosen.names or {}).get(run_id, run_id[:8]) for run_id in groups}
    sheet.mark(series, {run: (names[run], colours[run]) for run in groups})
    sheet.drawing.note(band_note(chosen.band, found))
    left_out = len({one.run_id for one in series} - groups.keys())
    sheet.drawing.note(f"{plural(left_out, 'run')} without a group left out" if left_out else "")
    if strength:
        sheet.drawing.note(smoothing_note(strength))
    who = f"{plural(len(lines), 'group')}: {listed(list(lines), 8)}"
    return sheet.figure(who, lambda: groups_table(found, sheet.scale.kind))


def _runs_table(series: Sequence[Series], labels: Mapping[str, str], x: XAxis) -> pd.DataFrame:
    counts = [len(one.x) for one in series]
    return table_frame(
        {
            "run_id": np.repeat([one.run_id for one in series], counts),
            "run": np.repeat([labels[one.run_id] for one in series], counts),
            "metric": np.repeat([one.key for one in series], counts),
            x: np.concatenate([one.x for one in series]),
            "value": np.concatenate([one.y for one in series]),
        }
    )
