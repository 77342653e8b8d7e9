"""A progress bar that appears when something has taken a second."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

_DELAY: Final = 1.0


@contextmanager
def progress(total: int, what: str, unit: str, *, shown: bool) -> Generator[Callable[[int], None]]:
    """Give a function to call with the number of units that are done.

    In a notebook the bar is a widget, elsewhere a line on stderr. Nothing shows before a second.
    """
    if not shown:
        yield lambda _: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc=what, unit=f" {unit}", delay=_DELAY, leave=False) as bar:

        def advance(done: int) -> None:
            bar.update(done)

        yield advance
