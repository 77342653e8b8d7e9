"""The place of a store as it is shown to people."""

from __future__ import annotations

from pathlib import Path


def shown_place(uri: str) -> str:
    """Shorten the folder of a store to what says the same here; leave an address as it is.

    Outputs are saved in notebooks and shared: a folder below the working folder is shown relative
    to it, and one below the home folder with `~`, so neither names the person or the machine.

    Examples
    --------
    >>> shown_place(str(Path.cwd() / "store" / ".nbtrack"))
    'store/.nbtrack'
    >>> shown_place(str(Path.home() / "work" / ".nbtrack"))
    '~/work/.nbtrack'
    >>> shown_place("http://localhost:5000")
    'http://localhost:5000'
    """
    path = Path(uri)
    if not path.is_absolute():
        return uri
    for folder, sign in ((Path.cwd(), Path()), (Path.home(), Path("~"))):
        if folder != Path(folder.anchor) and path.is_relative_to(folder):
            return (sign / path.relative_to(folder)).as_posix()
    return uri
