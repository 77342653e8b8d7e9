"""Figures, images and tables of other libraries as bytes and columns, without importing them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from nbtrack.errors import InvalidParameterValue, MissingDependencyError


def encoded_figure(figure: Any, path: str) -> bytes:  # noqa: ANN401 - of a library we do not import
    """Return a figure as the file format that the path's ending names."""
    ending = PurePosixPath(path).suffix.lstrip(".").lower()
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=ending or "png")
        return buffer.getvalue()
    if hasattr(figure, "to_html") and hasattr(figure, "to_json"):
        if ending == "html":
            return str(figure.to_html(include_plotlyjs=True)).encode()
        if ending == "json":
            return str(figure.to_json()).encode()
        return bytes(figure.to_image(format=ending or "png"))
    raise InvalidParameterValue(
        f"A {type(figure).__name__} cannot be logged as a figure. "
        "Give a figure of matplotlib or plotly."
    )


def encoded_image(image: Any, path: str) -> bytes:  # noqa: ANN401 - of a library we do not import
    """Return an image as the file format that the path's ending names."""
    ending = PurePosixPath(path).suffix.lstrip(".").upper() or "PNG"
    if not hasattr(image, "save"):
        image = _picture(image)
    buffer = io.BytesIO()
    image.save(buffer, format={"JPG": "JPEG"}.get(ending, ending))
    return buffer.getvalue()


def _picture(pixels: Any) -> Any:  # noqa: ANN401 - of a library we do not import
    try:
        from PIL import Image
    except ImportError as exc:
        raise MissingDependencyError("Logging an array as an image", "Pillow", "images") from exc
    if not hasattr(pixels, "dtype"):
        raise InvalidParameterValue(
            f"A {type(pixels).__name__} cannot be logged as an image. "
            "Give a PIL image or an array of pixels."
        )
    if getattr(pixels, "dtype", None) is not None and str(pixels.dtype).startswith("float"):
        pixels = (pixels.clip(0, 1) * 255).astype("uint8")
    return Image.fromarray(pixels)


def table_columns(table: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - of a library we do not import
    """Return a table as columns by name, all of one length."""
    if isinstance(table, Mapping):
        found = {str(name): _column(values) for name, values in table.items()}
    elif hasattr(table, "columns"):
        found = {str(name): list(table[name]) for name in table.columns}
    else:
        raise InvalidParameterValue(
            f"A {type(table).__name__} cannot be logged as a table. "
            "Give a dictionary of columns or a data frame."
        )
    lengths = {name: len(values) for name, values in found.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidParameterValue(f"The columns of the table differ in length: {lengths}.")
    return found


def _column(values: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        return [values]
    return list(values)


def json_text(content: object, *, indent: int | None = None, ascii_only: bool = True) -> str:
    """Return a document as JSON; values of other libraries become what JSON can hold of them."""
    from json import dumps  # slow to load, and no first metric waits for it

    return dumps(content, indent=indent, default=plain_value, ensure_ascii=ascii_only)


def plain_value(value: Any) -> object:  # noqa: ANN401 - of a library we do not import
    """Return what JSON can hold of a value: a scalar's number, a column's list, or its text."""
    for name in ("item", "tolist"):
        convert = getattr(value, name, None)
        if callable(convert):
            try:
                plain: object = convert()
            except (TypeError, ValueError, RuntimeError):
                continue
            if isinstance(plain, (bool, int, float, str, list)):
                return plain
    return str(value)
