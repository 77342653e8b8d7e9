"""The pages of a comparison: functions from what is shown to widgets, and a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ipywidgets import HTML, Widget

from nbtrack import charts
from nbtrack.display.html import text as escaped
from nbtrack.errors import EndpointNotFound, NotImplementedByServer
from nbtrack.widgets.browser_preview import preview, size_text
from nbtrack.widgets.chart import Chart
from nbtrack.widgets.comparison_groups import groups
from nbtrack.widgets.comparison_models import models
from nbtrack.widgets.comparison_state import Shown
from nbtrack.widgets.page_parts import said
from nbtrack.widgets.permission_table import PermissionTable

if TYPE_CHECKING:
    from nbtrack.client import Client
    from nbtrack.entities import FileInfo
    from nbtrack.widgets.events import Brush, Click

MOST_PICTURED: Final = 6
MOST_EXPERIMENTS: Final = 10
_PICTURES_A_RUN: Final = 4
_PICTURE_BYTES: Final = 400_000
_IMAGES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its title, what makes its widgets, and whether they go by more than the runs."""

    title: str
    build: Callable[[Shown], Iterator[Widget]]
    follows: bool = True


class Drawn:
    """A page that was opened, with its widgets."""

    def __init__(self, page: Page) -> None:
        """Wait to be drawn."""
        self._page = page
        self.is_stale = True
        self.widgets: tuple[Widget, ...] = ()

    def expire(self, *, other_runs: bool) -> None:
        """Have it drawn anew, if it does not stay the same as long as the runs do."""
        self.is_stale |= other_runs or self._page.follows

    def draw(self, shown: Shown) -> None:
        """Make the widgets anew; those before are closed. A page that fails has none."""
        before, self.widgets = self.widgets, ()
        try:
            self.widgets = tuple(self._page.build(shown))
            self.is_stale = False
        finally:
            for widget in before:
                widget.close()


def _differences(shown: Shown) -> Iterator[Widget]:
    """Show all that differs from the baseline, with deltas that know their direction."""
    comparison = shown.comparison
    yield HTML(comparison.html)
    if len(shown.run_ids) > len(comparison.run_ids):
        yield said(f"Showing {len(comparison.run_ids)} of {len(shown.run_ids):,} runs.")


def _curves(shown: Shown) -> Iterator[Widget]:
    """Draw the metric of the runs, the selected ones before the others; a click selects."""
    chart = Chart(shown.curves)

    def take(click: Click) -> None:
        run_id = chart.figure["data"][click.trace].get("meta", {}).get("run_id")
        if run_id in shown.names:
            shown.select([run_id])

    chart.on_click(take)
    if len(shown.frame) > len(shown.drawn_ids):
        yield said(f"Showing {len(shown.drawn_ids)} of {len(shown.frame):,} runs.")
    yield chart


def _scatter(shown: Shown) -> Iterator[Widget]:
    """Draw the metric against the first param that differs; a brush selects."""
    chart = Chart(shown.scatter)

    def take(brush: Brush) -> None:
        shown.select([str(key) for key in brush.keys])

    chart.on_brush(take)
    chart.on_click(lambda click: shown.select([str(click.key)]) if click.key else None)
    yield chart


def _parallel(shown: Shown) -> Iterator[Widget]:
    """Draw the runs over the params and metrics that differ; ranges select."""
    figure = shown.parallel
    chart = Chart(figure)

    labels = [axis["label"] for axis in chart.figure["data"][0]["dimensions"]]
    meta: Any = figure.layout.meta
    column_of: dict[str, str] = dict(zip(labels, meta["columns"], strict=True))

    def take(brush: Brush) -> None:
        ranges: Any = {column_of[label]: chosen for label, chosen in brush.ranges.items()}
        shown.select(charts.brushed(figure, ranges) if ranges else [])

    chart.on_brush(take)
    yield chart


def _pictures(shown: Shown) -> Iterator[Widget]:
    """Show the images of the runs side by side."""
    ids = shown.run_ids[:MOST_PICTURED]
    columns = [_pictures_of(shown, run_id) for run_id in ids]
    yield HTML(f'<div style="display:flex;gap:12px;flex-wrap:wrap">{"".join(columns)}</div>')
    if len(shown.run_ids) > len(ids):
        yield said(f"Showing {len(ids)} of {len(shown.run_ids):,} runs.")


def _pictures_of(shown: Shown, run_id: str) -> str:
    found = list(_images(shown.client, run_id))
    shapes = [_picture(shown.client, run_id, file) for file in found[:_PICTURES_A_RUN]]
    if len(found) > len(shapes):
        shapes.append(f"<div>{len(found) - len(shapes)} more images</div>")
    body = "".join(shapes) or "<div>no images</div>"
    return f"<section><b>{escaped(shown.names.get(run_id, run_id))}</b>{body}</section>"


def _images(client: Client, run_id: str) -> Iterator[FileInfo]:
    for file in client.iter_artifacts(run_id, recursive=True):
        if file.path.lower().endswith(_IMAGES):
            yield file


def _picture(client: Client, run_id: str, file: FileInfo) -> str:
    name = escaped(file.path)
    size = file.file_size or 0
    if size > _PICTURE_BYTES:
        return f"<div>{name}: {size_text(size)} are too many to be shown</div>"
    found = preview(file.path, client.read_artifact(run_id, file.path))
    address = escaped(str(found.get("url", "")))
    return (
        f'<figure style="margin:4px 0"><img src="{address}" alt="{name}" '
        f'style="max-width:280px"><figcaption>{name}</figcaption></figure>'
    )


def _permissions(shown: Shown) -> Iterator[Widget]:
    """Show who may do what with the experiments of the runs."""
    ids = list(dict.fromkeys(str(one) for one in shown.frame["experiment_id"]))
    asked = ids[:MOST_EXPERIMENTS]
    names = {one: shown.client.get_experiment(one).name for one in asked}
    try:
        yield PermissionTable(shown.client, names)
    except (EndpointNotFound, NotImplementedByServer):
        yield said("The server of these runs has no permissions of experiments; Databricks has.")
        return
    if len(ids) > len(asked):
        yield said(f"Showing {len(asked)} of {len(ids):,} experiments.")


PAGES: Final = (
    Page("Differences", _differences),
    Page("Curves", _curves),
    Page("Scatter", _scatter),
    Page("Parallel", _parallel),
    Page("Groups", groups),
    Page("Models", models),
    Page("Images", _pictures),
    Page("Permissions", _permissions, follows=False),
)
"""The pages in their order."""
