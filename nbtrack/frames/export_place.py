"""Files and folders that appear under their name complete or not at all.

They are written into a folder of their own beside the place, forced to the disk, and renamed. What
a killed process leaves behind is that folder, `.<name>.<random>.partial`, which may be deleted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

from nbtrack.errors import ExportError

_NAME_LENGTH: Final = 40
_SUFFIX: Final = ".partial"
_HERE: Final = -100  # AT_FDCWD
_EXCHANGE: Final = 2  # RENAME_EXCHANGE
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

IsOurs = Callable[[Path], bool]
"""Tells of a folder whether an export made it, so that it may be replaced."""


@contextlib.contextmanager
def placed(
    folder: Path, names: Sequence[str], is_ours: IsOurs, *, overwrite: bool
) -> Generator[Path]:
    """Give a folder to write into; at the end what has these names goes from it into `folder`.

    Names come into place in their order. After an error, or when somebody else has taken a name
    meanwhile, nothing is there that was not before.

    Raises
    ------
    ExportError
        If something with such a name is there already, or the files cannot be written.
    """
    for name in names:
        _check_free(folder / name, is_ours, overwrite=overwrite)
    with _explained(folder / names[-1]):
        scratch = Path(
            tempfile.mkdtemp(prefix=f".{names[-1][:_NAME_LENGTH]}.", suffix=_SUFFIX, dir=folder)
        )
        try:
            yield scratch
            for name in names:
                _sync_below(scratch / name)
            _publish(scratch, folder, names, overwrite=overwrite)
            with contextlib.suppress(OSError):  # everything is in its place
                _sync(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _explained(dest: Path) -> Generator[None]:
    """Make one line of an error of the file system."""
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        advice = "Try another folder."
        if exc.errno in _FULL:
            advice = "Free some space or choose another disk."
        elif exc.errno in _CLOSED:
            advice = "Choose a folder that you may write to."
        message = f"The export to {str(dest)!r} failed: {reason}. Nothing was left there. {advice}"
        raise ExportError(message) from exc


def _check_free(dest: Path, is_ours: IsOurs, *, overwrite: bool) -> None:
    if not dest.parent.is_dir():
        raise ExportError(f"There is no folder {str(dest.parent)!r}. Create it first.")
    if not os.path.lexists(dest):
        return
    if not overwrite:
        raise _taken(dest)
    if dest.is_dir() and any(dest.iterdir()) and not is_ours(dest):
        message = f"{str(dest)!r} is a folder that no such export made, so it is not overwritten."
        raise ExportError(f"{message} Choose another name.")


def _taken(dest: Path) -> ExportError:
    message = f"{str(dest)!r} exists already."
    return ExportError(f"{message} Choose another name, or replace it with overwrite.")


def _publish(scratch: Path, folder: Path, names: Sequence[str], *, overwrite: bool) -> None:
    done: list[Path] = []
    try:
        for name in names:
            if overwrite:
                _replace(scratch / name, folder / name, scratch / f"{name}.old")
            else:
                _move(scratch / name, folder / name)
                done.append(folder / name)
    except BaseException:
        for made in done:  # of this export, for nothing else was there
            made.unlink(missing_ok=True)
        raise


def _move(source: Path, dest: Path) -> None:
    """Rename, but never onto something that is there."""
    try:
        if source.is_dir():
            source.rename(dest)  # refused if a folder with files is there
            return
        _link(source, dest)
    except OSError as exc:
        if os.path.lexists(dest) and exc.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
            raise _taken(dest) from exc
        raise


def _link(source: Path, dest: Path) -> None:
    try:
        os.link(source, dest)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(dest):
            raise _taken(dest) from None
        source.rename(dest)


def _replace(source: Path, dest: Path, aside: Path) -> None:
    """Put a file or folder in the place of another, in one step where the system has one."""
    if source.is_file() and not dest.is_dir():
        source.replace(dest)
        return
    if not os.path.lexists(dest):
        source.rename(dest)
        return
    if _exchanged(source, dest):
        return
    dest.rename(aside)
    try:
        source.rename(dest)
    except OSError:
        aside.rename(dest)
        raise


def _exchanged(source: Path, dest: Path) -> bool:
    """Swap two names at once; Linux can."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    names = os.fsencode(source), os.fsencode(dest)
    failed: int = rename(_HERE, names[0], _HERE, names[1], _EXCHANGE)
    return not failed


def _sync_below(path: Path) -> None:
    """Force a file, or a folder with all that it holds, to the disk."""
    if path.is_dir():
        for child in path.iterdir():
            _sync_below(child)
    _sync(path)


def _sync(path: Path) -> None:
    try:
        number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except OSError:
        if path.is_dir():  # some systems do not open folders
            return
        raise
    try:
        os.fsync(number)
    finally:
        os.close(number)
