"""Artifacts of a run in progress: texts, documents, figures, images, tables, files, folders.

On an embedded store they are written at once. For a server they wait in the journal's folder, so
that they survive a lost network and a dead process as points do. What cannot be kept anywhere is
reported; it does not stop the training.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nbtrack.client import journal as kinds
from nbtrack.client.artifact_root import ArtifactRoot, check_path
from nbtrack.client.channel import Channel
from nbtrack.client.rendering import encoded_figure, encoded_image, json_text, table_columns
from nbtrack.client.sending import is_passing
from nbtrack.entities import RunInfo
from nbtrack.errors import InvalidParameterValue, NbtrackError

_TABLES_TAG: Final = "mlflow.loggedArtifacts"


class RunFiles:
    """Logs artifacts of one run; paths are relative to the run's artifact root."""

    def __init__(self, channel: Channel, info: RunInfo, number: int) -> None:
        """Log to the run of that number in the channel's journal."""
        self._channel = channel
        self._info = info
        self._number = number
        self._tables: dict[str, dict[str, Any]] = {}

    def text(self, text: str, path: str) -> None:
        """Log a text as a file in UTF-8."""
        self.data(text.encode("utf-8", "surrogatepass"), path)

    def document(self, content: object, path: str) -> None:
        """Log a dictionary or list as JSON, or as YAML if the path ends so."""
        if path.endswith((".yaml", ".yml")):
            self.text(_yaml(content), path)
        else:
            self.text(json_text(content, indent=2, ascii_only=False), path)

    def figure(self, figure: object, path: str) -> None:
        """Log a matplotlib or plotly figure; the path's ending says how."""
        self.data(encoded_figure(figure, path), path)

    def image(self, image: object, path: str) -> None:
        """Log a PIL image or an array of pixels; the path's ending says how."""
        self.data(encoded_image(image, path), path)

    def table(self, table: object, path: str) -> None:
        """Log rows as MLflow's table: a dictionary of columns, or a data frame.

        A table that this run logged under the same path before is continued.
        """
        columns = table_columns(table)
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        old = self._tables.get(path)
        if old is not None and old["columns"] != list(columns):
            raise InvalidParameterValue(
                f"The table {path!r} has the columns {old['columns']}, not {list(columns)}. "
                "Log it under another path."
            )
        before = [] if old is None else old["data"]
        document = {"columns": list(columns), "data": [*before, *rows]}
        self.text(json_text(document), path)
        self._tables[path] = document
        if old is None:
            listed = [{"path": name, "type": "table"} for name in self._tables]
            tags = {_TABLES_TAG: json_text(listed)}
            self._channel.journal.document(kinds.TAGS, self._number, tags)

    def file(self, local_path: str | os.PathLike[str], folder: str | None = None) -> None:
        """Log a file of this machine, into a folder of the run."""
        local = Path(local_path)
        if not local.is_file():
            raise InvalidParameterValue(f"{str(local)!r} is no file, so it cannot be logged.")
        path = f"{folder.strip('/')}/{local.name}" if folder else local.name
        from shutil import copyfile  # it loads the compressors, which no first metric waits for

        self._keep(
            path,
            spool=lambda waiting: copyfile(local, waiting),
            send=lambda root: root.upload_as(local, path),
        )

    def folder(self, local_dir: str | os.PathLike[str], folder: str | None = None) -> None:
        """Log every file of a folder of this machine."""
        top = Path(local_dir)
        if not top.is_dir():
            raise InvalidParameterValue(f"{str(top)!r} is no folder, so it cannot be logged.")
        for local in sorted(path for path in top.rglob("*") if path.is_file()):
            inside = local.relative_to(top).parent.as_posix()
            parts = [part for part in (folder or "", inside) if part not in ("", ".")]
            self.file(local, "/".join(parts) or None)

    def data(self, data: bytes, path: str) -> None:
        """Log bytes as a file."""
        self._keep(
            path,
            spool=lambda waiting: waiting.write_bytes(data),
            send=lambda root: root.write(path, data),
        )

    def _keep(
        self,
        path: str,
        *,
        spool: Callable[[Path], object],
        send: Callable[[ArtifactRoot], None],
    ) -> None:
        """Write an artifact at once, or put it where it waits for its server."""
        check_path(path)
        if self._channel.is_local or not self._spooled(path, spool):
            try:
                send(ArtifactRoot(self._channel.artifacts, self._info.artifact_uri))
            except OSError as exc:
                self._give_up(path, exc)
            except NbtrackError as exc:
                if not is_passing(exc):
                    raise
                self._give_up(path, exc)

    def _spooled(self, path: str, spool: Callable[[Path], object]) -> bool:
        waiting: Path | None = None
        try:
            waiting = self._channel.journal.spool(os.urandom(8).hex())
            spool(waiting)
        except OSError:
            if waiting is not None:
                with contextlib.suppress(OSError):
                    waiting.unlink(missing_ok=True)
            return False
        content = {"file": waiting.name, "path": path}
        self._channel.journal.document(kinds.ARTIFACT, self._number, content)
        return True

    def _give_up(self, path: str, error: Exception) -> None:
        self._channel.set_aside(self._info.run_id, f"artifact {path!r}", str(error), None)


def _yaml(content: object) -> str:
    try:
        import yaml
    except ImportError as exc:
        raise InvalidParameterValue(
            "Logging YAML needs PyYAML, which is not installed. Use a path that ends in .json."
        ) from exc
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return text
