"""Exports as a folder of Parquet files, partitioned by experiment as Hive does it.

    out/manifest.json
    out/runs/experiment_id=1/part-0.parquet
    out/history/experiment_id=1/part-0.parquet

All files of a table have one schema, so that DuckDB, Polars and Spark read them without options.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import numpy as np
import pandas as pd

from nbtrack import __version__
from nbtrack.frames.arrow import ATTRS_KEY, to_arrow
from nbtrack.frames.export_tables import HISTORY, Tables

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST: Final = "manifest.json"
MARK: Final = "nbtrack_export"
PARTITION: Final = "experiment_id"
NAME_KEY: Final = b"nbtrack.name"
"""Where the metadata of a column holds the name it has in a frame, if that is another."""

_FILE: Final = "part-0.parquet"
_NONE: Final = "__HIVE_DEFAULT_PARTITION__"
_REFUSED: Final = str.maketrans(dict.fromkeys(" ,;{}()\n\t=", "_"))


def write_parquet(tables: Tables, target: Path) -> None:
    """Write runs and points as partitioned datasets into the folder `target`."""
    target.mkdir()
    runs = tables.runs.drop(columns=PARTITION, errors="ignore")
    renamed = dict(zip(safe_names(list(runs.columns)), runs.columns, strict=True))
    table = _portable(to_arrow(runs.set_axis(list(renamed), axis=1)), renamed)
    counts = _write_runs(target / "runs", table, tables)
    points: Mapping[str, int] | None = None
    if tables.history is not None:
        points = _write_history(target / "history", tables)
    manifest = {
        MARK: 1,
        **tables.about,
        "runs": counts,
        "points": points,
        "renamed_columns": {new: old for new, old in renamed.items() if new != old},
        "versions": _versions(),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
    (target / MANIFEST).write_text(text + "\n", "utf-8")


def is_export(folder: Path) -> bool:
    """Tell whether a folder holds nothing but such an export."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    names = {child.name for child in folder.iterdir()}
    return (
        isinstance(manifest, dict) and MARK in manifest and names <= {MANIFEST, "runs", "history"}
    )


def safe_names(names: Sequence[str]) -> list[str]:
    """Return names that Spark takes, and that differ where case does not count.

    Each of the characters ` ,;{}()=`, tab and newline becomes `_`; a name that is there already
    gets a number.

    >>> safe_names(["metrics.val loss", "metrics.val_loss", "metrics.Val_Loss"])
    ['metrics.val_loss_3', 'metrics.val_loss', 'metrics.Val_Loss_2']
    """
    wanted = [name.translate(_REFUSED) for name in names]
    taken: set[str] = set()
    made: dict[int, str] = {}
    # Those that need no change keep their names, whatever comes before them.
    for place in sorted(range(len(names)), key=lambda place: wanted[place] != names[place]):
        made[place] = _free(wanted[place], taken)
    return [made[place] for place in range(len(names))]


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found.casefold())
    return found


def _portable(table: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    """Return a table in the types that all readers have, with the names that were changed."""
    import pyarrow as pa

    fields = [
        pa.field(
            field.name,
            _plain_type(field.type),
            metadata=_name_metadata(field.name, renamed[field.name]),
        )
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata), safe=False)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_null(kind):
        return pa.large_string()
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    return kind


def _name_metadata(name: str, original: str) -> dict[bytes, bytes] | None:
    return None if name == original else {NAME_KEY: original.encode()}


def _write_runs(folder: Path, table: pa.Table, tables: Tables) -> dict[str, int]:
    """Write a file for each experiment, in the order they come; return the rows of each."""
    codes, found = pd.factorize(np.array(tables.experiment_ids, dtype=object))
    counts: dict[str, int] = {}
    for code, experiment_id in enumerate(found.tolist()):
        rows = table.take(np.flatnonzero(codes == code))
        counts[experiment_id] = _write_file(folder, experiment_id, table.schema, [rows])
    if not counts:
        _write_file(folder, _of_nothing(tables), table.schema, ())
    return counts


def _write_history(folder: Path, tables: Tables) -> dict[str, int]:
    schema = _points_schema(tables.about)
    counts: dict[str, int] = {}
    parts = tables.history() if tables.history is not None else ()
    for experiment_id, some in groupby(parts, key=lambda part: part.experiment_id):
        rows = (to_arrow(part.frame).cast(schema) for part in some)
        counts[experiment_id] = _write_file(folder, experiment_id, schema, rows)
    if not counts:
        _write_file(folder, _of_nothing(tables), schema, ())
    return counts


def _points_schema(about: Mapping[str, object]) -> pa.Schema:
    import pyarrow as pa

    kinds = (
        pa.large_string(),
        pa.large_string(),
        pa.int64(),
        pa.timestamp("ms", "UTC"),
        pa.float64(),
    )
    told = {ATTRS_KEY: json.dumps(about, default=str).encode()}
    return pa.schema(list(zip(HISTORY, kinds, strict=True)), metadata=told)


def _write_file(
    folder: Path, experiment_id: str, schema: pa.Schema, tables: Iterable[pa.Table]
) -> int:
    """Write tables as one file of a partition; return the number of rows."""
    import pyarrow.parquet as pq

    value = experiment_id if experiment_id == _NONE else quote(experiment_id, safe="")
    place = folder / f"{PARTITION}={value}"
    place.mkdir(parents=True)
    rows = 0
    with pq.ParquetWriter(place / _FILE, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _of_nothing(tables: Tables) -> str:
    """Say which partition holds the file that shows the columns of an export without rows."""
    return tables.experiments[0] if tables.experiments else _NONE


def _versions() -> dict[str, str]:
    import pyarrow as pa

    return {
        "nbtrack": __version__,
        "python": platform.python_version(),
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
    }
