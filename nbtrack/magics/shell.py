"""The typed view of IPython's shell: what nbtrack uses of it, and nothing else."""

from __future__ import annotations

from typing import Any, Protocol


class Compiler(Protocol):
    """IPython's compiler, which remembers the source of cells for tracebacks."""

    def cache(self, transformed_code: str, number: int = 0) -> str:
        """Remember a source and return the file name it goes by."""
        ...


class Shell(Protocol):
    """An interactive shell, of a terminal or of a kernel."""

    @property
    def user_ns(self) -> dict[str, Any]:
        """The person's variables."""
        ...

    @property
    def execution_count(self) -> Any:  # noqa: ANN401 - a trait that holds an int
        """The number that the next cell gets."""
        ...

    @property
    def compile(self) -> Compiler:
        """The compiler of cells."""
        ...

    def transform_cell(self, raw_cell: str) -> str:
        """Turn IPython's own syntax into Python."""
        ...

    def var_expand(self, cmd: str, depth: int = 0) -> str:
        """Put values of variables where `{name}` or `$name` stands."""
        ...

    def ev(self, expr: str) -> object:
        """Return the value of an expression in the person's namespace."""
        ...

    def set_next_input(self, s: str, replace: bool = False) -> None:  # noqa: FBT001, FBT002 - IPython's
        """Put a text into the next cell."""
        ...


class CellInfo(Protocol):
    """What IPython tells of a cell before it runs."""

    @property
    def raw_cell(self) -> str:
        """The cell as it was typed."""
        ...

    @property
    def store_history(self) -> bool:
        """Whether the cell has a number."""
        ...


class CellResult(Protocol):
    """What IPython tells of a cell that has run."""

    @property
    def info(self) -> CellInfo:
        """The cell."""
        ...

    @property
    def error_before_exec(self) -> BaseException | None:
        """What kept the cell from running."""
        ...

    @property
    def error_in_exec(self) -> BaseException | None:
        """What ended the cell."""
        ...
