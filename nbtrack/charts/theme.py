"""The look of all charts: colours for light and dark grounds, dashes, symbols, fonts, layout.

Colours have a contrast of 3 at least to their ground, and people with a colour-vision deficiency
can tell them apart; from the eighth line on, dashes and symbols differ as well. Every colour of a
chart stands in its `Theme` under a role, so that a figure goes from one theme to another by
exchanging colours (`recoloured`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from nbtrack.errors import InvalidParameterValue

ThemeName = Literal["light", "dark"]
Properties = dict[str, Any]
"""A part of a figure as plotly's JSON has it."""

DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hexagon")
FONT: Final = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
SCALE: Final = ("#3B4CC0", "#2A8CB0", "#35B78A", "#A6CC3C", "#FDE725")
"""From few to many: lighter all the way, and neither end is lost on white or near black."""
LOG_AXIS: Final[Properties] = {"type": "log", "tickformat": "~g", "nticks": 4}
"""Makes an axis logarithmic; without the format 0.02 is marked with a bare 2."""
_HEX: Final = 7  # "#RRGGBB"; what follows is the opacity


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of charts by what they mean."""

    name: ThemeName
    palette: tuple[str, ...]
    ground: str
    ink: str
    faint: str
    line: str
    grid: str
    ghost: str


LIGHT: Final = Theme(
    name="light",
    palette=("#0268CE", "#D55E00", "#036C5A", "#BA3C8F", "#773600", "#5794EE", "#34393F"),
    ground="#FFFFFF",
    ink="#24292F",
    faint="#57606A",
    line="#8C959F",
    grid="#E4E7EB",
    ghost="#9AA2AC",
)
DARK: Final = Theme(
    name="dark",
    palette=("#3E83F7", "#E2661A", "#08C598", "#B76BA9", "#FFCE19", "#A0D4FF", "#F4F4F4"),
    ground="#111111",
    ink="#E6E6E5",
    faint="#A8B0BA",
    line="#6E7782",
    grid="#2B2F35",
    ghost="#7B838D",
)
THEMES: Final[dict[ThemeName, Theme]] = {"light": LIGHT, "dark": DARK}


def theme_of(name: str) -> Theme:
    """Return the theme of a name."""
    for theme in THEMES.values():
        if theme.name == name:
            return theme
    raise InvalidParameterValue(f"theme is {name!r}. Use one of {', '.join(THEMES)}.")


def line_style(number: int, theme: Theme = LIGHT) -> Properties:
    """Return colour and dash of the line of that number; no two of the first 35 are equal."""
    colours = len(theme.palette)
    dash = DASHES[number // colours % len(DASHES)]
    return {"color": theme.palette[number % colours], "dash": dash, "width": 1.8}


def symbol(number: int) -> str:
    """Return the symbol of the markers of that number."""
    return SYMBOLS[number % len(SYMBOLS)]


def pale(colour: str, opacity: float) -> str:
    """Return a colour with an opacity.

    >>> pale("#0268CE", 0.2)
    '#0268CE33'
    """
    return f"{colour[:_HEX]}{round(opacity * 255):02X}"


def colour_scale() -> list[list[float | str]]:
    """Return the colours from few to many as plotly wants them."""
    return [[place / (len(SCALE) - 1), colour] for place, colour in enumerate(SCALE)]


def base_layout(theme: Theme) -> Properties:
    """Return the layout that all charts share: fonts, colours, margins; without a template."""
    return {
        "template": {},  # or plotly puts its own into every figure, 7 kB each
        "paper_bgcolor": theme.ground,
        "plot_bgcolor": theme.ground,
        "font": {"family": FONT, "size": 13, "color": theme.ink},
        "margin": {"l": 64, "r": 24, "t": 64, "b": 48},
        "legend": {"title": {"font": {"size": 12}}, "tracegroupgap": 4},
        "hoverlabel": {
            "namelength": -1,
            "bgcolor": theme.ground,
            "bordercolor": theme.line,
            "font": {"color": theme.ink},
        },
        "modebar": {"bgcolor": pale(theme.ground, 0), "color": theme.line},
        "uirevision": "kept",  # an update leaves the zoom as it is
    }


def axis_style(theme: Theme, title: str) -> Properties:
    """Return the look of an axis."""
    return {
        "title": {"text": title, "font": {"size": 13}},
        "automargin": True,
        "exponentformat": "power",
        "showline": True,
        "linecolor": theme.line,
        "gridcolor": theme.grid,
        "zeroline": False,
        "tickcolor": theme.line,
        "ticks": "outside",
        "ticklen": 4,
    }


def recoloured(part: Any, old: Theme, new: Theme) -> Any:  # noqa: ANN401 - JSON enters here
    """Return a part of a figure with the colours of another theme."""
    return _exchanged(part, dict(zip(_colours(old), _colours(new), strict=True)))


def _colours(theme: Theme) -> list[str]:
    single = [getattr(theme, field.name) for field in fields(theme)][2:]
    return [*single, *theme.palette]


def _exchanged(part: Any, colours: dict[str, str], key: str = "") -> Any:  # noqa: ANN401 - JSON enters here
    """Exchange colours under names that speak of them: a run may be called `#FFFFFF`."""
    match part:
        case str() if "color" in key:
            return colours.get(part[:_HEX], part[:_HEX]) + part[_HEX:]
        case dict():
            return {name: _exchanged(value, colours, name) for name, value in part.items()}
        case list() | tuple():
            return [_exchanged(value, colours, key) for value in part]
        case _:
            return part
