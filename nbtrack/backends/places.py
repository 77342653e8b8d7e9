"""The place of a store as it is shown to people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def shown_place(uri: str) -> str:
    """Shorten the folder of a store to what says the same here; leave an address as it is.

    Outputs are saved in notebooks and shared: a folder below the working folder is shown relative
    to it, and one below the home folder with `~`, so neither names the person or the machine.

    Examples
    --------
    >>> shown_place(str(Path.cwd() / "store" / ".nbtrack"))
    'store/.nbtrack'
    >>> shown_place(str(Path.home() / "models" / ".nbtrack"))
    '~/models/.nbtrack'
    >>> shown_place("http://localhost:5000")
    'http://localhost:5000'
    """
    path = Path(uri)
    if not path.is_absolute():
        return uri
    for folder, sign in _known_folders():
        if folder != Path(folder.anchor) and path.is_relative_to(folder):
            return (sign / path.relative_to(folder)).as_posix()
    return uri


def _known_folders() -> Iterator[tuple[Path, Path]]:
    with suppress(OSError):  # the working folder may have been deleted
        yield Path.cwd(), Path()
    with suppress(RuntimeError):  # a user without an entry, in a container say
        yield Path.home(), Path("~")
