"""A line of code that gives what a view shows, with a button that copies it."""

from __future__ import annotations

from traitlets import Unicode

from nbtrack.display import Card
from nbtrack.display import html as markup
from nbtrack.widgets.base import BaseWidget, static_text


class CodeLine(BaseWidget):
    """Code to copy.

    Attributes
    ----------
    code
        The code.
    """

    _esm = static_text("elements.js", "code_line.js")
    _css = static_text("theme.css", "buttons.css", "code_line.css")

    code = Unicode().tag(sync=True)

    def still(self) -> Card:
        """Return the code as it is."""
        return Card(self.code, markup.code(self.code))
