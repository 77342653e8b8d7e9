"""Where a live view is shown: an output of the notebook that can be replaced later."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import uuid4

Bundle = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What is shown by MIME type, and metadata."""


class Screen(Protocol):
    """One output."""

    def show(self, bundle: Bundle) -> None:
        """Show it for the first time."""
        ...

    def replace(self, bundle: Bundle) -> None:
        """Show something else in its place."""
        ...


class NotebookScreen:
    """An output of the notebook that this process is the kernel of."""

    def __init__(self) -> None:
        """Make room for an output."""
        self._id = uuid4().hex

    def show(self, bundle: Bundle) -> None:
        """Show it below the cell that runs."""
        self._publish(bundle, update=False)

    def replace(self, bundle: Bundle) -> None:
        """Show something else in its place, whichever cell runs by now."""
        self._publish(bundle, update=True)

    def _publish(self, bundle: Bundle, *, update: bool) -> None:
        data, metadata = bundle
        shell: Any = sys.modules["IPython"].get_ipython()
        shell.display_pub.publish(
            dict(data), dict(metadata), transient={"display_id": self._id}, update=update
        )
