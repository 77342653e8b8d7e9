"""A chart: a plotly figure with its words, its data, and its curves in full.

A chart function fills a `Drawing` with traces, axes and remarks; `Drawing.figure` makes the
`ChartFigure` of it, which is an ordinary plotly figure for everything that knows those.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final, TypedDict

import plotly.graph_objects as go

from nbtrack.charts.figure_parts import layout_of, meta_of, traces_of
from nbtrack.charts.labels import lines as broken
from nbtrack.charts.labels import literal, one_line
from nbtrack.charts.pictures import MOST_BYTES, svg
from nbtrack.charts.reduction import Line, Refined, refined, showing
from nbtrack.charts.theme import Properties, Theme, base_layout, recoloured, theme_of
from nbtrack.frames.tables import table_frame

if TYPE_CHECKING:
    import pandas as pd

PLOTLY_MIME: Final = "application/vnd.plotly.v1+json"
# Not responsive: a responsive chart takes the height of its parent, which in Lab has none of its
# own, and becomes a strip when the window is resized. Renderers of notebooks follow the width.
CONFIG: Final[Properties] = {"responsive": False, "displaylogo": False, "typesetMath": False}
"""What plotly.js is told beside a figure."""
_TITLE_HEIGHT: Final = 52
_LINE_HEIGHT: Final = 17


class LookOptions(TypedDict, total=False):
    """The keywords that all charts take."""

    title: str | None
    theme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The same with their defaults."""

    title: str | None = None
    theme: str = "light"


class ChartFigure(go.Figure):
    """A plotly figure that also has a description, a data table and its curves in full.

    In a notebook it is shown by plotly, and as a static picture where plotly does not run: in
    exports, on sites that show notebooks, before a notebook is trusted.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> figure = charts.bars(runs, "metrics.loss")
    >>> figure.alt
    'Bar chart of metrics.loss of 3 runs, best first: c 0.2, b 0.4 and a 0.5.'
    >>> figure.in_theme("dark").svg()[:4]
    '<svg'
    """

    _ipython_display_ = None  # plotly's own would leave out the picture

    def __init__(self, data: Any = None, layout: Any = None, **options: Any) -> None:  # noqa: ANN401 - plotly's
        """Make a figure as plotly does."""
        super().__init__(data, layout, **options)
        self._lines: tuple[Line, ...] = ()
        self._table: Callable[[], pd.DataFrame] | None = None

    @property
    def alt(self) -> str:
        """What the chart shows, in a sentence or two."""
        return str(meta_of(self).get("alt", ""))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The curves in full, which `refined` takes."""
        return self._lines

    def table(self) -> pd.DataFrame:
        """Return the data behind the chart, complete."""
        return table_of(self) if self._table is None else self._table()

    def zoomed(self, x_range: Sequence[float | str] | None) -> Refined:
        """Return the points of the curves for a part of the x axis."""
        return refined(self._lines, x_range)

    def svg(self) -> str:
        """Return a static picture of bounded size."""
        return svg(self)

    def in_theme(self, theme: str) -> ChartFigure:
        """Return the same chart in the colours of another theme."""
        new, old = theme_of(theme), theme_of(meta_of(self).get("theme", "light"))
        traces, layout = recoloured([traces_of(self), layout_of(self)], old, new)
        figure = ChartFigure(traces, layout)
        figure.layout.meta = {**meta_of(self), "theme": new.name}
        figure.hold(self._lines, self._table)
        return figure

    def hold(self, lines: Sequence[Line], table: Callable[[], pd.DataFrame] | None) -> None:
        """Keep the curves in full and what makes the data table."""
        self._lines, self._table = tuple(lines), table

    def __repr__(self) -> str:
        return f"<Chart: {self.alt}>" if self.alt else super().__repr__()

    def _repr_mimebundle_(self, *args: Any, **options: Any) -> Properties:  # noqa: ANN401 - plotly's
        """Return what notebooks show; a renderer that the user chose in plotly comes first."""
        chosen: Properties = super()._repr_mimebundle_(*args, **options)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # not in the stubs
        bundle: Properties = {"text/plain": repr(self), "text/html": picture_html(self), **chosen}
        if PLOTLY_MIME in chosen or not chosen:
            bundle[PLOTLY_MIME] = {**self.to_dict(), "config": CONFIG}
        return bundle


def chart_table(figure: go.Figure) -> pd.DataFrame:
    """Return the data behind a chart as a table, every point of it.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.chart_table(charts.scatter(runs, "params.lr", "metrics.loss"))
      run_id run  params.lr  metrics.loss
    0      a   a       0.10           0.5
    1      b   b       0.10           0.4
    2      c   c       0.01           0.2
    """
    return figure.table() if isinstance(figure, ChartFigure) else table_of(figure)


def table_of(figure: go.Figure) -> pd.DataFrame:
    """Return the points that the traces of any figure show."""
    rows = [
        (str(trace.get("name", "")), x, y)
        for trace in traces_of(figure)
        for x, y in zip(trace.get("x", ()), trace.get("y", ()), strict=False)
    ]
    names = ("trace", "x", "y")
    return table_frame({name: [row[place] for row in rows] for place, name in enumerate(names)})


def picture_html(figure: go.Figure, most_bytes: int | None = None) -> str:
    """Return a static picture of a chart as HTML without scripts.

    Parameters
    ----------
    figure
        The chart.
    most_bytes
        How large the HTML may be, if not as large as pictures may be.

    Examples
    --------
    >>> import pandas as pd
    >>> from nbtrack import charts
    >>> runs = pd.DataFrame({"run_id": ["a", "b", "c"], "params.lr": [0.1, 0.1, 0.01]})
    >>> runs["metrics.loss"] = [0.5, 0.4, 0.2]
    >>> charts.picture_html(charts.bars(runs, "metrics.loss"))
    '<img alt="Bar chart of metrics.loss of 3 runs, ..." ... src="data:image/svg+xml;base64,...">'
    """
    alt = escape(str(meta_of(figure).get("alt", "")), quote=True)
    head = f'<img alt="{alt}" style="max-width:100%;height:auto" src="data:image/svg+xml;base64,'
    most = MOST_BYTES if most_bytes is None else (most_bytes - len(head.encode()) - 2) * 3 // 4
    return f'{head}{b64encode(svg(figure, most_bytes=most).encode()).decode("ascii")}">'


@dataclass(slots=True)
class Drawing:
    """A chart in the making: what will be on it, and what has to be said of it."""

    title: str
    theme: Theme
    traces: list[Properties] = field(default_factory=list[Properties])
    layout: Properties = field(default_factory=dict[str, Any])
    notes: list[str] = field(default_factory=list[str])
    lines: list[Line] = field(default_factory=list[Line])
    room: int = 0
    """Pixels that are needed above the plot for words of its own."""

    def add(self, trace: Properties) -> int:
        """Add a trace, and return its number."""
        self.traces.append(trace)
        return len(self.traces) - 1

    def note(self, text: str) -> None:
        """Add a remark, unless it is empty."""
        if text:
            self.notes.append(text)

    def figure(self, alt: str, table: Callable[[], pd.DataFrame]) -> ChartFigure:
        """Make the figure, with a sentence that tells what it shows."""
        counted = [line for line in self.lines if line.counts]
        self.note(showing(sum(line.shown for line in counted), sum(len(c.x) for c in counted)))
        figure = ChartFigure(self.traces, self._whole_layout(alt))
        figure.hold(self.lines, table)
        return figure

    def _whole_layout(self, alt: str) -> Properties:
        layout = {**base_layout(self.theme), **self.layout}
        remarks = broken(self.notes)
        margin = {**layout["margin"], "t": self._top(len(remarks))}
        said = f"{alt}. Remarks: {'; '.join(self.notes)}" if self.notes else alt
        return {
            **layout,
            "title": self._title(remarks),
            "margin": margin,
            "meta": {
                **layout.get("meta", {}),
                "alt": one_line(f"{said}."),
                "theme": self.theme.name,
                "notes": self.notes,
            },
        }

    def _top(self, remarks: int) -> int:
        return _TITLE_HEIGHT + _LINE_HEIGHT * remarks + self.room

    def _title(self, remarks: Sequence[str]) -> Properties:
        return {
            "text": literal(self.title),
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 14},
            "font": {"size": 16},
            "subtitle": {
                "text": "<br>".join(map(literal, remarks)),
                "font": {"size": 12, "color": self.theme.faint},
            },
        }
