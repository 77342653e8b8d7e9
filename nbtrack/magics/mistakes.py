"""The errors of magics: one line for the person, and the one place where they are made so."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from difflib import get_close_matches

from IPython.core.error import UsageError

from nbtrack.config import FULL_TRACEBACKS, setting
from nbtrack.errors import NbtrackError


def unknown(kind: str, word: str, known: Iterable[str]) -> UsageError:
    """Make the error for a word that is none of the known ones, with what may have been meant."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    if close:
        advice = f"Did you mean {close[0]!r}?"
    else:
        advice = f"Use one of {', '.join(names)}." if names else "There is none to use."
    return UsageError(f"There is no {kind} {word!r}. {advice}")


@contextmanager
def one_line_errors() -> Generator[None]:
    """Turn nbtrack's errors into IPython's UsageError, which is shown as one line.

    The cell fails all the same, so that Run All stops. The setting full_tracebacks leaves the
    errors as they are.
    """
    try:
        yield
    except NbtrackError as exc:
        if _wants_tracebacks():
            raise
        # A wrong filter is shown below the line, with a caret under the character.
        lines = (" ".join(str(exc).splitlines()), *getattr(exc, "__notes__", ()))
        raise UsageError("\n".join(lines)) from exc


def _wants_tracebacks() -> bool:
    try:
        return setting(FULL_TRACEBACKS)
    except NbtrackError:  # the settings themselves are wrong, which the error says
        return False
