"""`ActiveRun`'s chapter on texts: params, tags and the note.

What is longer than a server takes is cut there, and kept whole as an artifact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbtrack.client import journal as kinds
from nbtrack.client.notices import say
from nbtrack.client.run_chapter import RunChapter
from nbtrack.client.shortening import artifact_path, longest_tag, shortened
from nbtrack.errors import InvalidParameterValue
from nbtrack.names import check_key

NOTE_TAG: Final = "mlflow.note.content"


class TextMethods(RunChapter):
    """Log params, tags and a note."""

    _params: set[str]

    def log_params(self, params: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Log params, which are written once; a value above the limit becomes an artifact.

        Parameters
        ----------
        params
            Params whose names are no Python names, such as `{"model/depth": 3}`.
        **more
            Params by name. Values are kept as their text.

        Raises
        ------
        InvalidParameterValue
            If a key is too long or has a character that it may not have; the others are logged.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_params({"model/depth": 3}, lr=0.1)
        >>> nbtrack.runs()[["params.lr", "params.model/depth"]].values.tolist()
        [[0.1, 3.0]]
        """
        self._log_texts(kinds.PARAMS, {**(params or {}), **more})

    def log_param(self, key: str, value: object) -> object:
        """Log one param, as `log_params` does, and return its value.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     lr = run.log_param("lr", 0.1)
        >>> lr
        0.1
        """
        self._log_texts(kinds.PARAMS, {key: value})
        return value

    def set_tags(self, tags: Mapping[str, object] | None = None, /, **more: object) -> None:
        """Set tags, replacing older values; a value above the limit becomes an artifact.

        `tags` is for names that are no Python names. Values are kept as their text.

        Raises
        ------
        InvalidParameterValue
            As in `log_params`.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.set_tags({"data.version": 7}, stage="tuning")
        >>> nbtrack.runs()["tags.data.version"].tolist()
        ['7']
        """
        self._log_texts(kinds.TAGS, {**(tags or {}), **more})

    def set_tag(self, key: str, value: object) -> None:
        """Set one tag, as `set_tags` does.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.set_tag("stage", "tuning")
        >>> nbtrack.runs()["tags.stage"].tolist()
        ['tuning']
        """
        self._log_texts(kinds.TAGS, {key: value})

    def note(self, text: str) -> None:
        """Describe the run; the text is Markdown and replaces an older one.

        It is kept as the tag `mlflow.note.content`.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.note("Too **high** a rate.")
        >>> nbtrack.runs()["tags.mlflow.note.content"].tolist()
        ['Too **high** a rate.']
        """
        self.set_tag(NOTE_TAG, text)

    def _log_texts(self, kind: int, values: Mapping[str, object]) -> None:
        self._refuse_ended()
        word = "param" if kind == kinds.PARAMS else "tag"
        limits = self.channel.limits
        most = limits.batch_param_value if kind == kinds.PARAMS else longest_tag(limits)
        texts: dict[str, str] = {}
        problem: InvalidParameterValue | None = None
        for key, value in values.items():
            try:
                check_key(word, str(key), limits.key)
            except InvalidParameterValue as exc:
                problem = problem or exc
                continue
            whole = str(value).encode("utf-8", "backslashreplace").decode()
            texts[str(key)] = shortened(whole, most)
            if len(whole) > most:
                self._keep_whole(word, str(key), whole, most)
        if texts:
            self.channel.journal.document(kind, self._number, texts)
        if kind == kinds.PARAMS:
            self._params.update(texts)
        if problem is not None:
            raise problem

    def _keep_whole(self, word: str, key: str, whole: str, most: int) -> None:
        path = artifact_path(word, key)
        self.files.text(whole, path)
        say(
            f"{word} {key!r} has {len(whole)} characters, the limit is {most}: "
            f"the whole value is the artifact {path}."
        )
