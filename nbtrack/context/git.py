"""What git knows of the code: asked of the `git` on the PATH, which is told to change nothing.

Nothing that a repository or its configuration brings along is started: no hook, pager, file system
monitor, external diff, text conversion or filter, and nothing is fetched. A git that is missing,
slow or refuses to answer is the same as no repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from subprocess import Popen

SECONDS: Final = 2.0
DIFF_SECONDS: Final = 5.0
MOST_READ: Final = 2_000_000

_QUIET: Final = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never"),
    *("-c", "credential.helper="),
)
_ENVIRONMENT: Final = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
# The rest of git's variables would point it at another repository, or make it start programs.
_KEPT_VARIABLES: Final = {"GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"}
# Notebooks are left out: their outputs hold data and pictures, and the cell itself is recorded.
_DIFF: Final = (
    *("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"),
    *("--ignore-submodules=dirty", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"),
    *("HEAD", "--", ":(top)", ":(top,exclude,glob)**/*.ipynb"),
)
_SETTINGS: Final = r"^(remote\..*\.url|filter\..*\.(clean|process))$"
_USER_OF_ADDRESS: Final = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]*@")
_PASSWORD_OF_ADDRESS: Final = re.compile(r"^([^/:@\s]*):[^/@\s]*@(?=[^/\s]*:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """The state of a repository; None is what git could not tell.

    Attributes
    ----------
    root
        The folder of the working copy.
    commit, branch
        Of HEAD; no branch if it is detached, no commit in an empty repository.
    remote
        The address of `origin`, or of the first remote, without user and password.
    diff
        What differs from HEAD, notebooks and untracked files aside; None if it was not asked for.
    is_diff_whole
        Whether the diff was read to its end.
    """

    root: str
    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    diff: str | None = None
    is_diff_whole: bool = True


def git_state(folder: Path, *, with_diff: bool = False) -> GitState | None:
    """Ask git about the repository that a folder is in; None if there is none.

    Raises nothing: whatever git does not tell is left out.
    """
    where = _ask(folder, ("rev-parse", "--show-toplevel"))
    if not where:
        return None
    commit = _ask(folder, ("rev-parse", "--verify", "--quiet", "HEAD"))
    branch = _ask(folder, ("symbolic-ref", "--short", "--quiet", "HEAD"))
    settings = _settings(folder)
    diff = None
    if with_diff and commit:
        diff = _read(folder, (*_without_filters(settings), *_DIFF), DIFF_SECONDS)
    return GitState(
        root=where,
        commit=commit or None,
        branch=branch or None,
        remote=_remote(settings),
        diff=None if diff is None else diff.text,
        is_diff_whole=diff is None or diff.is_whole,
    )


def without_user(address: str) -> str:
    """Return the address of a remote without user and password; `git@` of SSH stays.

    Examples
    --------
    >>> without_user("https://ann:secret@example.org/ann/code.git")
    'https://example.org/ann/code.git'
    >>> without_user("git@example.org:ann/code.git")
    'git@example.org:ann/code.git'
    """
    if address.startswith(("ssh://git@", "git+ssh://git@")):
        return address
    return _PASSWORD_OF_ADDRESS.sub(r"\1@", _USER_OF_ADDRESS.sub(r"\1", address))


def _settings(folder: Path) -> list[tuple[str, str]]:
    lines = _ask(folder, ("config", "--null", "--get-regexp", _SETTINGS)) or ""
    pairs = (line.partition("\n") for line in lines.split("\0") if line)
    return [(name, value) for name, _, value in pairs]


def _remote(settings: Sequence[tuple[str, str]]) -> str | None:
    remotes = {name: value for name, value in settings if name.startswith("remote.")}
    address = remotes.get("remote.origin.url", next(iter(remotes.values()), None))
    return None if address is None else without_user(address)


def _without_filters(settings: Sequence[tuple[str, str]]) -> list[str]:
    """Return options that switch off the programs that would rewrite files for the diff."""
    names = {name.rpartition(".")[0] for name, _ in settings if name.startswith("filter.")}
    values = ("clean=", "process=", "required=false")
    return [
        part for name in sorted(names) for value in values for part in ("-c", f"{name}.{value}")
    ]


def _ask(folder: Path, arguments: Sequence[str]) -> str | None:
    answer = _read(folder, arguments, SECONDS)
    return None if answer is None else answer.text.rstrip("\n")


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    is_whole: bool


def _read(folder: Path, arguments: Sequence[str], seconds: float) -> _Answer | None:
    """Return what git prints, None if it fails or takes longer."""
    import subprocess

    command = ("git", "-C", str(folder), *_QUIET, *arguments)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(os.environ),
            start_new_session=True,
        )
    except OSError:
        return None
    return _output(process, seconds)


def _output(process: Popen[bytes], seconds: float) -> _Answer | None:
    from threading import Timer

    timer = Timer(seconds, _stop, [process])
    timer.daemon = True
    with process:
        timer.start()
        try:
            answer = process.stdout.read(MOST_READ + 1) if process.stdout is not None else b""
            if len(answer) > MOST_READ:
                return _Answer(_decoded(answer[: answer.rfind(b"\n") + 1]), is_whole=False)
            return _Answer(_decoded(answer), is_whole=True) if process.wait() == 0 else None
        finally:
            timer.cancel()
            _stop(process)


def _decoded(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")


def _stop(process: Popen[bytes]) -> None:
    """Kill git and what it started."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if os.name == "posix":
            import signal

            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in variables.items()
        if not name.startswith("GIT_") or name in _KEPT_VARIABLES
    }
    return {**kept, **_ENVIRONMENT}
