"""Capture where a run came from: tags and texts, of bounded size and without secrets.

`capture` asks the parts of this folder (`notebook`, `git`, `environment`) and puts together what
the level allows. It writes nothing; the caller decides where the result goes.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from nbtrack.context import tags
from nbtrack.context.capping import capped, capped_line
from nbtrack.context.cells import cell_hash
from nbtrack.context.environment import environment, imported_packages, user_name
from nbtrack.context.git import GitState, git_state
from nbtrack.context.notebook import NotebookHint, Surroundings, notebook_hint
from nbtrack.context.redaction import Redacted, redact_diff, redact_source, redact_text
from nbtrack.errors import ConfigError

Level = Literal["none", "source", "full"]
LEVELS: Final[tuple[Level, ...]] = ("none", "source", "full")
SOURCE_CHARACTERS: Final = 100_000
DIFF_CHARACTERS: Final = 250_000
_CONSOLE: Final = "<console>"
_NOTEBOOK: Final = "<notebook>"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """What only the caller knows.

    Attributes
    ----------
    level
        How much to capture.
    cell_source, cell_id, execution_count
        Of the cell that starts the run, if a cell does.
    is_notebook
        Whether the process is the kernel of a notebook, even if its name is not known.
    notebook
        Path of the notebook as the person has set it.
    user_ns, environ
        IPython's namespace and the environment, which may tell the notebook.
    user
        The user's name on the server, if it is known.
    folder
        Where the code is, if not in the folder of the notebook or the working folder.
    """

    level: Level = "source"
    cell_source: str | None = None
    cell_id: str | None = None
    execution_count: int | None = None
    is_notebook: bool = False
    notebook: str | None = None
    user_ns: Mapping[str, object] = field(default_factory=dict[str, object])
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    user: str | None = None
    folder: Path | None = None


@dataclass(slots=True)
class Captured:
    """What was captured.

    Attributes
    ----------
    level
        The level that was asked for.
    tags, artifacts
        Ready to be written: tags by key, texts by path.
    overflow
        The whole texts of the artifacts that were cut, by path.
    left_out
        How many characters of an artifact were left out, by path.
    kinds
        How many secrets of each kind were removed.
    """

    level: Level
    tags: dict[str, str] = field(default_factory=dict[str, str])
    artifacts: dict[str, str] = field(default_factory=dict[str, str])
    overflow: dict[str, str] = field(default_factory=dict[str, str])
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    kinds: Counter[str] = field(default_factory=Counter[str])

    @property
    def removed(self) -> int:
        """How many secrets were removed."""
        return self.kinds.total()


def capture(request: CaptureRequest) -> Captured:
    """Capture what the level of the request allows.

    Raises
    ------
    ConfigError
        If there is no such level.
    """
    if request.level not in LEVELS:
        raise ConfigError(
            f"The capture level is {request.level!r}, which does not exist. "
            "Use 'none', 'source' or 'full'."
        )
    captured = Captured(request.level)
    hint = notebook_hint(
        Surroundings(setting=request.notebook, user_ns=request.user_ns, environ=request.environ)
    )
    _add_origin(captured, request, hint)
    if request.level != "none":
        _add_cell(captured, request)
        _add_notebook(captured, hint)
        _add_git(captured, git_state(_folder(request, hint), with_diff=request.level == "full"))
    if request.level == "full":
        _add_environment(captured, captured.tags[tags.USER])
    if request.level != "none":
        captured.tags[tags.LEVEL] = request.level
        captured.tags[tags.REMOVED] = str(captured.removed)
    return captured


def _add_origin(captured: Captured, request: CaptureRequest, hint: NotebookHint | None) -> None:
    is_notebook = request.is_notebook or request.cell_id is not None or hint is not None
    if hint is not None:
        name = hint.path if hint.origin == "databricks" else hint.name
    elif is_notebook:
        name = _NOTEBOOK
    else:
        name = sys.argv[0] if sys.argv and sys.argv[0] not in ("", "-c") else _CONSOLE
    _tag(captured, tags.USER, request.user or user_name())
    _tag(captured, tags.SOURCE_NAME, name)
    _tag(captured, tags.SOURCE_TYPE, "NOTEBOOK" if is_notebook else "LOCAL")


def _add_cell(captured: Captured, request: CaptureRequest) -> None:
    if request.cell_id is not None:
        captured.tags[tags.CELL_ID] = capped_line(request.cell_id)
    if request.execution_count is not None:
        captured.tags[tags.CELL_EXECUTION_COUNT] = str(request.execution_count)
    if request.cell_source is not None:
        captured.tags[tags.CELL_HASH] = cell_hash(request.cell_source)
        source = redact_source(request.cell_source)
        _text(captured, tags.CELL_SOURCE_FILE, source, SOURCE_CHARACTERS)


def _add_notebook(captured: Captured, hint: NotebookHint | None) -> None:
    if hint is None:
        return
    _tag(captured, tags.NOTEBOOK_PATH, hint.path)
    if hint.origin == "databricks":
        _tag(captured, tags.DATABRICKS_NOTEBOOK_PATH, hint.path)
        if hint.notebook_id is not None:
            captured.tags[tags.DATABRICKS_NOTEBOOK_ID] = hint.notebook_id


def _add_git(captured: Captured, state: GitState | None) -> None:
    if state is None:
        return
    found = {tags.GIT_BRANCH: state.branch, tags.GIT_REMOTE: state.remote}
    for key, value in found.items():
        if value is not None:
            _tag(captured, key, value)
    if state.commit is not None:
        captured.tags[tags.GIT_COMMIT] = state.commit
    if state.diff:
        _text(captured, tags.DIFF_FILE, redact_diff(state.diff), DIFF_CHARACTERS)
    if not state.is_diff_whole:
        captured.artifacts[tags.DIFF_FILE] += "[cut: git printed more than nbtrack reads]\n"


def _add_environment(captured: Captured, user: str) -> None:
    captured.tags[tags.HOST] = capped_line(platform.node())
    captured.tags[tags.PYTHON] = platform.python_version()
    packages = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "packages": imported_packages(),
    }
    captured.artifacts[tags.PACKAGES_FILE] = _json(packages)
    captured.artifacts[tags.ENVIRONMENT_FILE] = _json(environment(user))


def _folder(request: CaptureRequest, hint: NotebookHint | None) -> Path:
    if request.folder is not None:
        return request.folder
    if hint is not None:
        folder = Path(hint.path).parent
        if folder.is_absolute() and folder.is_dir():
            return folder
    return Path()


def _tag(captured: Captured, key: str, value: str) -> None:
    redacted = redact_text(value)
    captured.kinds.update(redacted.kinds)
    captured.tags[key] = capped_line(redacted.text)


def _text(captured: Captured, path: str, text: Redacted, most: int) -> None:
    captured.kinds.update(text.kinds)
    beginning = capped(text.text, most)
    captured.artifacts[path] = beginning.text
    if beginning.left_out:
        captured.left_out[path] = beginning.left_out
        captured.overflow[path] = text.text


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
