"""What differs between runs, as frames, and how a notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nbtrack.frames.comparison_text import Section, html_of, text_of


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Comparison:
    """What differs between a baseline and other runs; what is the same in all is left out.

    run_ids, names
        The runs, the baseline first; names are those of the columns.
    params, tags, environment, packages
        A row for each key, a column for each run; None where a run has no such key.
    metrics
        A row for each metric and run that differs from the baseline: `metric`, `run_id`, `run`,
        `baseline`, `value`, `delta` (value minus baseline), `relative` (delta by the size of the
        baseline), `direction`, `change` (`better`, `worse`, or empty if one of them is no number).
    code
        A row for each cell and run that differs: `run_id`, `run`, `cell`, `change`, `removed`,
        `added`.

    Notes
    -----
        What was not compared, and what says the direction of each metric.
    """

    run_ids: tuple[str, ...]
    names: tuple[str, ...]
    params: pd.DataFrame
    metrics: pd.DataFrame
    tags: pd.DataFrame
    environment: pd.DataFrame
    packages: pd.DataFrame
    code: pd.DataFrame
    values: pd.DataFrame
    """The last values of the metrics that differ, a column for each run."""
    notes: tuple[str, ...] = ()

    @property
    def baseline(self) -> str:
        """The id of the run that the others are compared with."""
        return self.run_ids[0]

    @property
    def frame(self) -> pd.DataFrame:
        """All that differs, a row for each of `params.<key>`, `metrics.<key>`, ..., `code.<cell>`.

        A column a run; cells of code have what happened to them since the baseline.
        """
        parts = {
            "params": self.params,
            "metrics": self.values,
            "tags": self.tags,
            "environment": self.environment,
            "packages": self.packages,
            "code": self._cells(),
        }
        named = [part.rename(index=f"{kind}.{{}}".format) for kind, part in parts.items()]
        filled = [part for part in named if len(part)]
        return pd.concat(filled) if filled else named[0]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not any(len(section.frame) for section in self.sections())

    def sections(self) -> list[Section]:
        """Return the parts that are shown, empty ones too."""
        several = len(self.run_ids) > 2  # noqa: PLR2004 - else it is known which one
        hidden = ["run_id"] if several else ["run_id", "run"]
        metrics, code = self.metrics.drop(columns=hidden), self.code.drop(columns=hidden)
        return [
            Section("params", self.params.reset_index(names="param")),
            Section("metrics", metrics),
            Section("tags", self.tags.reset_index(names="tag")),
            Section("environment", self.environment.reset_index(names="of")),
            Section("packages", self.packages.reset_index(names="package")),
            Section("code", code),
        ]

    def _cells(self) -> pd.DataFrame:
        cells = list(dict.fromkeys(self.code["cell"]))
        made = pd.DataFrame(None, index=pd.Index(cells), columns=pd.Index(self.names), dtype=object)
        for _, row in self.code.iterrows():
            made.loc[row["cell"], row["run"]] = row["change"]
        return made

    @property
    def _title(self) -> str:
        others = self.names[1:]
        listed = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if others[5:] else "")
        return f"{listed} compared with {self.names[0]}"

    def __repr__(self) -> str:
        return text_of(self._title, self.sections(), self.notes)

    @property
    def html(self) -> str:
        """The same in HTML without scripts; every value is escaped."""
        return html_of(self._title, self.sections(), self.notes)

    def _repr_html_(self) -> str:
        return self.html
