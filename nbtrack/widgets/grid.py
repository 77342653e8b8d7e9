"""A grid of runs: Python holds, sorts and filters the rows, the page holds those in sight.

The state that a page is given holds the first rows, so that the first paint waits for no busy
kernel; the page asks for other windows by messages. Rows are selected by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from traitlets import Bool, Dict, Int, List, Unicode, validate

from nbtrack.display import Card
from nbtrack.display import html as markup
from nbtrack.display.shown import text_table
from nbtrack.widgets.base import LOCK, BaseWidget, Message, static_text
from nbtrack.widgets.grid_table import GridTable, Kind
from nbtrack.widgets.sparks import SparkSource, spark, spark_source

if TYPE_CHECKING:
    import pandas as pd

FIRST_ROWS: Final = 200
"""Rows that are part of the state."""
MOST_ROWS: Final = 500
"""Rows of one window."""
MOST_SELECTED: Final = 10_000
MOST_LISTED: Final = 2_000
"""Columns that the page can offer."""
STILL_ROWS: Final = 20
_STILL_COLUMNS: Final = 12
_WATCHED: Final = ["sort", "query", "visible", "pinned", "hide_constant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLook:
    """What a grid is called and how high it is; `key` is the column of the ids.

    `words` are what one row and several are called.
    """

    label: str = "Runs"
    height: int = 420
    key: str = "run_id"
    words: tuple[str, str] = ("run", "runs")


class Grid(BaseWidget):
    """Rows of a data frame to look through: sort, search, pick columns, select.

    Attributes
    ----------
    selected
        Ids of the selected rows, in the order they were selected.
    sort
        Column and whether it ascends, such as `["metrics.loss", True]`; empty for the frame's own.
    query
        Words that rows must hold in their texts.
    visible
        The columns to show, in order.
    pinned
        Those of them that stay in sight.
    hide_constant
        Whether columns are hidden that have the same value in all rows.
    focused
        Id of the row that the person is at.
    """

    _esm = static_text("grid.js")
    _css = static_text("theme.css", "buttons.css", "grid.css")
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "window": "_on_window",
        "range": "_on_range",
        "sparks": "_on_sparks",
        "open": "_on_open",
    }

    columns: List[Any] = List().tag(sync=True)
    visible = List(Unicode()).tag(sync=True)
    pinned = List(Unicode()).tag(sync=True)
    widths = Dict().tag(sync=True)
    sort: List[Any] = List().tag(sync=True)
    query = Unicode().tag(sync=True)
    hide_constant = Bool(default_value=False).tag(sync=True)
    selected = List(Unicode()).tag(sync=True)
    focused = Unicode().tag(sync=True)
    label = Unicode().tag(sync=True)
    height = Int().tag(sync=True)
    shown = List(Unicode()).tag(sync=True)
    """The columns that are shown in truth: pinned ones first, without those that are hidden."""
    n_rows = Int().tag(sync=True)
    n_all = Int().tag(sync=True)
    _words: List[Any] = List().tag(sync=True)
    _gone: List[Any] = List().tag(sync=True)
    """Selected rows that the frame does not have now; they are selected again when it has them."""
    _gen = Int().tag(sync=True)
    _data = Int().tag(sync=True)
    _first: List[Any] = List().tag(sync=True)

    def __init__(
        self,
        frame: pd.DataFrame,
        columns: Sequence[str] | None = None,
        *,
        sparklines: Mapping[str, SparkSource] | None = None,
        look: GridLook | None = None,
    ) -> None:
        """Make a grid.

        Parameters
        ----------
        frame
            As `nbtrack.runs` returns it, or any other with a column of ids.
        columns
            Those to show at first; by default the most telling ones.
        sparklines
            Small curves by the name of their column: a mapping from id to values, or a function
            that is given some ids and returns such a mapping.
        look
            Label, height, and the column of the ids.

        Raises
        ------
        InvalidParameterValue
            If a column is not there.
        """
        look = look or GridLook()
        self._frame = frame
        self._table = GridTable(frame, look.key)
        self._sparks = {name: spark_source(s) for name, s in (sparklines or {}).items()}
        self._opened: list[Callable[[str], object]] = []
        self._table.check(name for name in columns or () if name not in self._sparks)
        chosen = list(columns or (*self._table.default_columns(), *self._sparks))
        # Columns that a later frame lacks come back with the next one that has them.
        self._wanted = chosen if columns or len(frame) else []
        state = self._state_of(chosen, [], hide_constant=False)
        about = {"label": look.label, "height": look.height, "_words": list(look.words)}
        super().__init__(visible=chosen, **about, **state)
        self.observe(self._on_change, _WATCHED)

    def show(self, frame: pd.DataFrame) -> None:
        """Show the rows of another frame; order, search, selection and columns are kept."""
        table = GridTable(frame, self._table.key)
        known = {*table.names, *self._sparks}
        with LOCK, self.hold_sync():
            self._frame, self._table = frame, table
            self.unobserve(self._on_change, _WATCHED)
            self.sort = self.sort if self.sort and self.sort[0] in known else []
            self.pinned = [name for name in self.pinned if name in known]
            kept = [name for name in self._wanted if name in known]
            self.visible = kept or table.default_columns()
            self._data += 1
            self.observe(self._on_change, _WATCHED)
            self._arrange()

    @property
    def frame(self) -> pd.DataFrame:
        """The frame that is shown."""
        return self._frame

    @property
    def selected_frame(self) -> pd.DataFrame:
        """The selected rows, in the order of the frame."""
        chosen = set(self.selected)
        return self._frame[[run_id in chosen for run_id in self._table.ids]]

    def on_open(self, hear: Callable[[str], object]) -> None:
        """Have `hear(id)` called when a row is opened, by Enter or a double click."""
        self._opened.append(hear)

    # --- order and columns ------------------------------------------------------------------------

    @validate("sort")
    def _check_sort(self, proposal: Mapping[str, Any]) -> list[Any]:
        sort = list(proposal["value"])
        self._table.check(sort[:1])
        return [str(sort[0]), bool(sort[1]) if len(sort) > 1 else True] if sort else []

    @validate("visible", "pinned")
    def _check_names(self, proposal: Mapping[str, Any]) -> list[str]:
        names = list(dict.fromkeys(proposal["value"]))
        self._table.check(name for name in names if name not in self._sparks)
        return names

    def _on_change(self, change: Mapping[str, Any]) -> None:
        with LOCK:
            if change["name"] == "visible":
                self._wanted = list(self.visible)
            self._arrange()

    def _arrange(self) -> None:
        self._table.arrange(self.sort, self.query)
        state = self._state_of(self.visible, self.pinned, hide_constant=self.hide_constant)
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def _state_of(
        self, visible: Sequence[str], pinned: Sequence[str], *, hide_constant: bool
    ) -> dict[str, Any]:
        """Return what follows from the table and from what is wanted of it."""
        table = self._table
        ordered = [*(n for n in visible if n in pinned), *(n for n in visible if n not in pinned)]
        if hide_constant:
            ordered = [n for n in ordered if n in self._sparks or not table.is_constant(n)]
        shown = ordered or list(visible)
        return {
            "columns": self._offered(),
            "shown": shown,
            "n_rows": len(table.order),
            "n_all": len(table),
            "_gone": self._ids_that_are_gone(),
            "_first": self._rows(0, FIRST_ROWS, shown),
            "_gen": self._gen + 1,
        }

    def _ids_that_are_gone(self) -> list[str]:
        known = set(self._table.ids) if self.selected else set[str]()
        return [one for one in self.selected if one not in known]

    def _offered(self) -> list[dict[str, str]]:
        kinds: dict[str, Kind | str] = dict.fromkeys(self._sparks, "spark")
        kinds |= dict(list(self._table.kinds.items())[:MOST_LISTED])
        kinds |= {name: self._table.kinds[name] for name in self.visible if name not in kinds}
        return [{"name": name, "kind": kind} for name, kind in kinds.items()]

    def _rows(self, start: int, stop: int, shown: Sequence[str]) -> list[list[Any]]:
        """Return rows; the cells of small curves come later."""
        known = [name for name in shown if name not in self._sparks]
        rows = self._table.rows(start, min(stop, start + MOST_ROWS), known)
        if len(known) == len(shown):
            return rows
        places = [known.index(name) + 1 if name in known else None for name in shown]
        return [[row[0], *(None if p is None else row[p] for p in places)] for row in rows]

    # --- what the page asks -----------------------------------------------------------------------

    def _on_window(self, message: Message) -> None:
        start, stop = max(int(message["start"]), 0), int(message["stop"])
        self.answer(message, gen=self._gen, start=start, rows=self._rows(start, stop, self.shown))

    def _on_range(self, message: Message) -> None:
        """Select rows of which the page may not know all ids."""
        first, last = sorted((int(message["start"]), int(message["stop"])))
        before = self.selected if message.get("add") else []
        wanted = self._table.ids_between(first, last + 1)
        chosen = list(dict.fromkeys([*before, *wanted]))
        self.selected = chosen[:MOST_SELECTED]
        self.answer(message, left_out=max(len(chosen) - MOST_SELECTED, 0))

    def _on_sparks(self, message: Message) -> None:
        wanted = [str(run_id) for run_id in message["runs"]][:MOST_ROWS]
        values = self._sparks[str(message["column"])](wanted)
        found = {run_id: spark(values.get(run_id, ())) for run_id in wanted}
        self.answer(message, column=message["column"], values=found, data=self._data)

    def _on_open(self, message: Message) -> None:
        for hear in self._opened:
            hear(str(message["run"]))

    def still(self) -> Card:
        """Return the first rows as a table."""
        known = [name for name in self.shown if name not in self._sparks][:_STILL_COLUMNS]
        kinds: list[Kind] = [self._table.kinds[name] for name in known]
        rows = [
            [_still_text(cell, kind) for cell, kind in zip(row[1:], kinds, strict=True)]
            for row in self._table.rows(0, STILL_ROWS, known)
        ]
        title = f"{self.label}: {self.n_rows:,}"
        if len(rows) < self.n_rows:
            title += f", showing {len(rows):,} of them"
        lines = [title, *text_table(known, rows)]
        body = f"<div>{markup.text(title)}</div>{markup.table(known, rows)}"
        return Card("\n".join(lines), f"<div>{body}</div>")


def _still_text(cell: object, kind: Kind) -> str:
    if cell is None:
        return ""
    if kind == "time" and isinstance(cell, float):
        from datetime import UTC, datetime

        return f"{datetime.fromtimestamp(cell / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    return str(cell)
