"""Sizes that the API allows: batches, pages, keys and values, as two profiles.

`DOCUMENTED` holds the limits that Databricks documents; runs inside it can be carried to any
workspace. `MLFLOW` holds those of an MLflow 3.17 server, whose clients rely on the longer
values. Lengths are characters unless the name says bytes; `None` means no limit.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

BATCH_METRICS: Final = 1000
BATCH_PARAMS: Final = 100
BATCH_TAGS: Final = 100
BATCH_ITEMS: Final = 1000
BATCH_BYTES: Final = 1_000_000
BULK_RUNS: Final = 10_000
RUNS_PAGE: Final = 50_000
HISTORY_PAGE: Final = 25_000
LIST_PAGE: Final = 1_000
DEFAULT_RUNS_PAGE: Final = 1_000
DEFAULT_EXPERIMENTS_PAGE: Final = 1_000
DEFAULT_MODELS_PAGE: Final = 50
BULK_HISTORY_RUNS: Final = 100
BULK_HISTORY_POINTS: Final = 25_000
INTERVAL_POINTS: Final = 2_500
SEARCH_DATASETS_EXPERIMENTS: Final = 20
SEARCH_DATASETS_ROWS: Final = 1_000
INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1


class Limits(Struct, frozen=True):
    """How long keys and values may be, and how large a page, in one profile."""

    name: str
    key: int
    batch_param_value: int
    param_value: int
    param_value_bytes: int | None
    batch_tag_value: int
    tag_value: int | None
    tag_value_bytes: int | None
    experiment_tag_value: int | None
    experiment_tag_value_bytes: int | None
    batch_bytes: int | None
    experiments_page: int
    models_page: int | None
    history_page: int | None
    experiment_name: int = 500
    artifact_location: int = 2048
    run_name: int | None = 250
    model_text: int | None = 255
    dataset_name: int = 500
    dataset_digest: int = 36
    dataset_source: int = 65_535
    dataset_schema: int = 1_048_575
    dataset_profile: int = 16_777_215
    dataset_tag_key: int = 255
    dataset_tag_value: int = 500


DOCUMENTED: Final = Limits(
    name="documented",
    key=250,
    batch_param_value=250,
    param_value=500,
    param_value_bytes=500,
    batch_tag_value=250,
    tag_value=None,
    tag_value_bytes=65_536,
    experiment_tag_value=None,
    experiment_tag_value_bytes=65_536,
    batch_bytes=BATCH_BYTES,
    experiments_page=3_000,
    models_page=50,
    history_page=HISTORY_PAGE,
)

MLFLOW: Final = Limits(
    name="mlflow",
    key=250,
    batch_param_value=6_000,
    param_value=6_000,
    param_value_bytes=None,
    batch_tag_value=8_000,
    tag_value=8_000,
    tag_value_bytes=None,
    experiment_tag_value=20_000,
    experiment_tag_value_bytes=None,
    batch_bytes=None,
    experiments_page=50_000,
    models_page=None,
    history_page=None,
    run_name=None,
    model_text=None,
)

PROFILES: Final = {DOCUMENTED.name: DOCUMENTED, MLFLOW.name: MLFLOW}
