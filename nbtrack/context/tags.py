"""The tags and artifacts that tell where a run came from."""

from __future__ import annotations

from typing import Final

USER: Final = "mlflow.user"
SOURCE_NAME: Final = "mlflow.source.name"
SOURCE_TYPE: Final = "mlflow.source.type"
GIT_COMMIT: Final = "mlflow.source.git.commit"
GIT_BRANCH: Final = "mlflow.source.git.branch"
GIT_REMOTE: Final = "mlflow.source.git.repoURL"
DATABRICKS_NOTEBOOK_PATH: Final = "mlflow.databricks.notebookPath"
DATABRICKS_NOTEBOOK_ID: Final = "mlflow.databricks.notebookID"

LEVEL: Final = "nbtrack.capture.level"
REMOVED: Final = "nbtrack.capture.removed"
CELL_ID: Final = "nbtrack.cell.id"
CELL_HASH: Final = "nbtrack.cell.hash"
CELL_EXECUTION_COUNT: Final = "nbtrack.cell.execution_count"
NOTEBOOK_PATH: Final = "nbtrack.notebook.path"
HOST: Final = "nbtrack.host"
PYTHON: Final = "nbtrack.python"

CELL_SOURCE_FILE: Final = "nbtrack/cell.py"
DIFF_FILE: Final = "nbtrack/git.diff"
PACKAGES_FILE: Final = "nbtrack/packages.json"
ENVIRONMENT_FILE: Final = "nbtrack/environment.json"
