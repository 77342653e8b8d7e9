"""The look of all charts: palette, fonts, margins.

The palette is the one of Okabe and Ito (2008), which people with colour-vision deficiencies can
tell apart; its yellow is left out because it is too pale on white.
"""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go

PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
_AXIS: Final[dict[str, object]] = {
    "title_font_size": 13,
    "exponentformat": "power",
    "showline": True,
    "linecolor": "#888",
    "gridcolor": "#e6e6e6",
}
_FONT: Final = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


def line_style(number: int) -> dict[str, object]:
    """Return colour and dash of the line of that number; no two of the first 35 are equal."""
    dash = DASHES[number // len(PALETTE) % len(DASHES)]
    return {"color": PALETTE[number % len(PALETTE)], "dash": dash, "width": 1.6}


def themed(figure: go.Figure, *, title: str, x: str, y: str) -> go.Figure:
    """Give a figure its titles and the common look."""
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "paper", "font": {"size": 16}},
        font={"family": _FONT, "size": 13},
        template="plotly_white",
        margin={"l": 64, "r": 24, "t": 56, "b": 48},
        legend={"orientation": "v", "title": {"font": {"size": 12}}},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes({"title_text": x, **_AXIS})
    figure.update_yaxes({"title_text": y, **_AXIS})
    return figure
