"""The systems by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.benchmarks import floors, http_floor, systems

SYSTEMS: Final[dict[str, Callable[[], systems.System]]] = {
    "sqlite-normal": floors.SqliteFloor,
    "sqlite-full": floors.SqliteFull,
    "sqlite-chunks": floors.SqliteChunks,
    "sqlite-bykey": floors.SqliteByKey,
    "sqlite-packed": floors.SqlitePacked,
    "http-floor": http_floor.HttpFloor,
    "nbtrack": systems.Nbtrack,
    "mlflow": systems.Mlflow,
}
