"""plotly.js, sent to the front end once a kernel, gzipped, out of the installed plotly.

It lives in a model of its own, which no chart owns: a page that is loaded again finds it there,
whichever charts are closed by then. A front end that loads only what is shown asks for it.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib import import_module
from typing import Any

import anywidget
from traitlets import Bytes, Unicode

from nbtrack.widgets.base import LOCK, static_text


class PlotlyJS(anywidget.AnyWidget):
    """The library as a model that is never shown."""

    _esm = static_text("library.js", "plotly_js.js")
    library = Bytes().tag(sync=True)
    version = Unicode().tag(sync=True)


@cache
def packed_library() -> bytes:
    """Return the source of plotly.js, gzipped."""
    # By name: figures are the business of the charts, here plotly is only a file.
    source: str = import_module("plotly.offline").get_plotlyjs()
    return gzip.compress(source.encode(), 6)


class _Sent:
    """The model of this kernel."""

    model: PlotlyJS | None = None


def plotly_js() -> PlotlyJS:
    """Return the one model of this kernel, which is sent at the first call."""
    with LOCK:
        model: Any = _Sent.model
        if model is None or model.comm is None:  # not yet sent, or closed with all widgets
            version: str = import_module("plotly").__version__
            model = PlotlyJS(library=packed_library(), version=version)
            _Sent.model = model
        return _Sent.model or model
