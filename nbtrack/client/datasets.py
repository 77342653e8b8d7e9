"""From data frames, arrays and the datasets of MLflow to what the API keeps of a dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from nbtrack.entities import Dataset, DatasetInput, InputTag
from nbtrack.errors import InvalidParameterValue

CONTEXT_TAG: Final = "mlflow.data.context"
DEFAULT_NAME: Final = "dataset"
_DIGEST_ROWS: Final = 10_000
_DIGEST_CHARACTERS: Final = 8
_TYPES: Final = {
    "bool": "boolean",
    "int": "long",
    "uint": "long",
    "float": "double",
    "datetime": "datetime",
    "timedelta": "long",
}


def dataset_input(
    data: object,
    *,
    name: str | None,
    digest: str | None,
    context: str | None,
    tags: Mapping[str, object],
) -> DatasetInput:
    """Return a dataset and the tags of its use."""
    found = {**({CONTEXT_TAG: context} if context else {}), **tags}
    return DatasetInput(
        dataset=_dataset(data, name, digest),
        tags=tuple(InputTag(key=key, value=str(value)) for key, value in found.items()),
    )


def _dataset(data: Any, name: str | None, digest: str | None) -> Dataset:  # noqa: ANN401
    if isinstance(data, Dataset):
        return data
    if callable(getattr(data, "to_dict", None)) and hasattr(data, "digest"):  # of MLflow
        known: dict[str, Any] = {key: value for key, value in data.to_dict().items() if value}
        fields = {key: str(known[key]) for key in Dataset.__struct_fields__ if key in known}
        return Dataset(**{**fields, **_given(name=name, digest=digest)})
    if not hasattr(data, "shape"):
        raise InvalidParameterValue(
            f"A {type(data).__name__} cannot be logged as a dataset. "
            "Give a data frame, an array or a Dataset with name and digest."
        )
    rows = int(data.shape[0]) if data.shape else 1
    elements = 1
    for length in data.shape:
        elements *= int(length)
    return Dataset(
        name=name or DEFAULT_NAME,
        digest=digest or _digest(data),
        source_type="code",
        source=json.dumps({"tags": {}}),
        schema=_schema(data),
        profile=json.dumps({"num_rows": rows, "num_elements": elements}),
    )


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


def _schema(data: Any) -> str | None:  # noqa: ANN401 - of a library we do not import
    if not hasattr(data, "columns"):
        return (
            json.dumps({"mlflow_tensorspec": [_tensor(data)]}) if hasattr(data, "dtype") else None
        )
    columns = [
        {"type": _type_name(data[column]), "name": str(column), "required": True}
        for column in data.columns
    ]
    return json.dumps({"mlflow_colspec": columns})


def _tensor(array: Any) -> dict[str, object]:  # noqa: ANN401 - of a library we do not import
    shape = [-1, *(int(length) for length in array.shape[1:])]
    return {"type": "tensor", "tensor-spec": {"dtype": str(array.dtype), "shape": shape}}


def _type_name(column: Any) -> str:  # noqa: ANN401 - of a library we do not import
    word = str(getattr(column, "dtype", "")).lower()
    return next((name for start, name in _TYPES.items() if word.startswith(start)), "string")


def _digest(data: Any) -> str:  # noqa: ANN401 - of a library we do not import
    """Hash the shape, the columns and the first rows, which tells most versions apart."""
    import hashlib  # slow to load, and only datasets need it

    found = hashlib.sha256(repr(tuple(data.shape)).encode())
    head = data[:_DIGEST_ROWS]
    if hasattr(data, "columns"):
        for column in data.columns:
            found.update(f"{column} {getattr(data[column], 'dtype', '')}".encode())
            found.update(repr(list(head[column])).encode("utf-8", "replace"))
    else:
        content = head.tobytes() if hasattr(head, "tobytes") else repr(head).encode()
        found.update(str(getattr(data, "dtype", "")).encode() + content)
    return found.hexdigest()[:_DIGEST_CHARACTERS]
