"""`ActiveRun`'s chapter on what is more than numbers: files, datasets and models.

The methods are named as MLflow names them, and their parameters too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from nbtrack.client import journal as kinds
from nbtrack.client.run_chapter import RunChapter
from nbtrack.client.run_models import log_model
from nbtrack.entities import LoggedModel

LocalPath = str | os.PathLike[str]


class FileMethods(RunChapter):
    """Log artifacts, datasets and models."""

    def log_text(self, text: str, artifact_file: str) -> None:
        """Log a text as a file.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_text("lr 0.1 was too high", "notes.txt")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['notes.txt']
        """
        self.files.text(text, artifact_file)

    def log_dict(self, dictionary: object, artifact_file: str) -> None:
        """Log a dictionary or a list as JSON, or as YAML if the name ends so.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_dict({"layers": [64, 10]}, "model/shape.json")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['model', 'model/shape.json']
        """
        self.files.document(dictionary, artifact_file)

    def log_figure(self, figure: object, artifact_file: str) -> None:
        """Log a figure of matplotlib or plotly; the name's ending says how.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> import plotly.graph_objects as go
        >>> figure = go.Figure(go.Scatter(y=[3, 1, 2]))
        >>> with nbtrack.run() as run:
        ...     run.log_figure(figure, "loss.html")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['loss.html']
        """
        self.files.figure(figure, artifact_file)

    def log_image(self, image: object, artifact_file: str) -> None:
        """Log a PIL image or an array of pixels; the name's ending says how.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> import numpy as np
        >>> with nbtrack.run() as run:
        ...     run.log_image(np.zeros((8, 8), dtype=np.uint8), "digit.png")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['digit.png']
        """
        self.files.image(image, artifact_file)

    def log_table(self, data: object, artifact_file: str) -> None:
        """Log a dictionary of columns or a data frame; the same file again adds rows.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     run.log_table({"label": [3, 5], "predicted": [3, 6]}, "errors.json")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['errors.json']
        """
        self.files.table(data, artifact_file)

    def log_artifact(self, local_path: LocalPath, artifact_path: str | None = None) -> None:
        """Log a file or a folder of this machine, into a folder of the run.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> from pathlib import Path
        >>> _ = Path("weights.bin").write_bytes(b"1234")
        >>> with nbtrack.run() as run:
        ...     run.log_artifact("weights.bin", "model")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['model', 'model/weights.bin']
        """
        if os.path.isdir(local_path):  # noqa: PTH112 - may be a text or a path
            name = os.path.basename(os.path.normpath(local_path))  # noqa: PTH119
            self.files.folder(local_path, f"{artifact_path}/{name}" if artifact_path else name)
        else:
            self.files.file(local_path, artifact_path)

    def log_artifacts(self, local_dir: LocalPath, artifact_path: str | None = None) -> None:
        """Log what a folder of this machine holds, into a folder of the run.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> from pathlib import Path
        >>> Path("out").mkdir()
        >>> _ = Path("out", "log.txt").write_text("done")
        >>> with nbtrack.run() as run:
        ...     run.log_artifacts("out")
        >>> nbtrack.artifacts(run)["path"].tolist()
        ['log.txt']
        """
        self.files.folder(local_dir, artifact_path)

    def log_input(
        self,
        dataset: object,
        context: str | None = None,
        tags: Mapping[str, object] | None = None,
        *,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        """Note a dataset that the run reads; the data itself is not kept.

        Parameters
        ----------
        dataset
            A data frame, an array, an `nbtrack.entities.Dataset`, or a dataset of MLflow.
        context
            What it is used for, such as `training`.
        tags
            More about this use of it.
        name
            What it is called; by default `dataset`.
        digest
            Eight digits that tell its versions apart; by default they come from the content.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> import numpy as np
        >>> with nbtrack.run() as run:
        ...     run.log_input(np.arange(6).reshape(3, 2), "training", name="six")
        >>> nbtrack.datasets(runs=run.run_id)[["name", "context"]].values.tolist()
        [['six', 'training']]
        """
        from nbtrack.client.datasets import dataset_input  # with json: no first metric waits for it

        given = dataset_input(dataset, name=name, digest=digest, context=context, tags=tags or {})
        self.channel.journal.document(kinds.INPUTS, self._number, {"datasets": [given]})

    def log_model(
        self,
        model: object,
        name: str,
        *,
        model_type: str | None = None,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
        step: int = 0,
    ) -> LoggedModel | None:
        """Log a model that the run made.

        Parameters
        ----------
        model
            Bytes, the path of a file or a folder, or an object, which is pickled.
        name
            What the model is called.
        model_type
            What kind of model it is, in your words.
        params, tags
            What is known of it.
        step
            When in the run it was made.

        Returns
        -------
        LoggedModel
            None if the server does not answer; this is told, and the run goes on.

        Examples
        --------
        >>> import nbtrack
        >>> nbtrack.set_tracking_uri("nbtrack::memory:")
        >>> with nbtrack.run() as run:
        ...     made = run.log_model(b"weights", "net", params={"layers": 2})
        >>> nbtrack.logged_models()[["name", "params.layers"]].values.tolist()
        [['net', 2]]
        """
        made = log_model(self.channel, self.info, model, name, (model_type, params, tags))
        if made is not None:
            content = {"models": [{"model_id": made.info.model_id, "step": step}]}
            self.channel.journal.document(kinds.OUTPUTS, self._number, content)
        return made
