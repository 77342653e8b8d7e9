"""What the commands of `%track` work with: the person's variables, the store, the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from IPython.core.error import UsageError

from nbtrack.client import Client
from nbtrack.client.active_run import ActiveRun
from nbtrack.client.channel import channel_to
from nbtrack.client.fluent import active_run
from nbtrack.config import EXPERIMENT, TRACKING_URI, setting
from nbtrack.display import shorten
from nbtrack.entities import Run, ViewType
from nbtrack.errors import InvalidParameterValue, InvalidState, ResourceDoesNotExist
from nbtrack.magics.attempts import default_experiment, quoted
from nbtrack.magics.cell_time import CellTime
from nbtrack.magics.shell import Shell
from nbtrack.magics.surroundings import Surroundings
from nbtrack.magics.variables import read_variable
from nbtrack.search.source import suggest

_ID_LENGTH: Final = 32
_LEAST_PREFIX: Final = 4
_LONGEST_REASON: Final = 200
_NEAR_RUNS: Final = 200
"""Among how many runs a name is looked for that may have been meant."""


@dataclass(slots=True)
class Session:
    """One notebook's view of tracking; `last` is the run that was begun last."""

    shell: Shell
    surroundings: Surroundings
    cell_time: CellTime = field(default_factory=CellTime)
    last: ActiveRun | None = None

    @property
    def namespace(self) -> Mapping[str, object]:
        """The person's variables."""
        return self.shell.user_ns

    @property
    def client(self) -> Client:
        """The client of the place that runs go to."""
        return channel_to(setting(TRACKING_URI) or "").client

    def variable(self, name: str) -> object:
        """Return the value of a variable. Raises UsageError if there is none."""
        return read_variable(self.namespace, name)

    def value(self, expression: str) -> object:
        """Return the value of an expression in the person's namespace."""
        if expression in self.namespace:
            return self.namespace[expression]
        try:
            return self.shell.ev(expression)
        except Exception as exc:  # whatever the person's code raises
            reason = shorten(f"{type(exc).__name__}: {exc}", _LONGEST_REASON)
            raise UsageError(f"{expression!r} has no value: {reason}. Correct it.") from exc

    def active(self) -> ActiveRun:
        """Return the active run. Raises InvalidState if there is none."""
        run = active_run()
        if run is None:
            raise InvalidState("No run is active. Start one with %track start, or use %%track.")
        return run

    def experiment_ids(self, names: Iterable[str] = ()) -> list[str]:
        """Return the ids of experiments by name or id; without any, of the one in use."""
        found = [self._experiment_id(name) for name in names]
        return found or [self._experiment_in_use()]

    def _experiment_in_use(self) -> str:
        run = active_run() or self.last
        if run is not None:
            return run.experiment_id
        name = setting(EXPERIMENT)
        return default_experiment() if name is None else self._experiment_id(name)

    def _experiment_id(self, name: str) -> str:
        try:
            return self.client.get_by_name(name).experiment_id
        except ResourceDoesNotExist:
            if not name.isdecimal():
                raise
        return self.client.get_experiment(name).experiment_id

    def run(self, text: str | None = None) -> Run:
        """Find a run by id, beginning of an id, or name; without a text the active or last one.

        Of several runs with the name the newest one counts.
        """
        client = self.client
        if text is None:
            mine = active_run() or self.last
            if mine is not None:
                return mine.channel.client.get_run(mine.run_id)
            return self._newest(None, "There is no run yet. Start one with %track start.")
        if len(text) == _ID_LENGTH and text.isalnum():
            return client.get_run(text)
        found = self._newest_or_none(f"attributes.run_name = {quoted(text)}")
        return found or self._run_by_prefix(text)

    def _run_by_prefix(self, text: str) -> Run:
        found: list[Run] = []
        if len(text) >= _LEAST_PREFIX and text.isalnum():
            where = f"attributes.run_id LIKE {quoted(text + '%')}"
            found = list(self.client.iter_runs(self._everywhere(), filter=where, limit=2))
        if not found:
            near = suggest(text, (run.info.run_name for run in self._newest_ones(_NEAR_RUNS)))
            raise ResourceDoesNotExist(
                f"There is no run {text!r} in this experiment. {near}List runs with %track runs."
            )
        if len(found) > 1:
            message = f"Several runs have ids that begin with {text!r}. Give more of the id."
            raise InvalidParameterValue(message)
        return found[0]

    def _everywhere(self) -> list[str]:
        return [experiment.experiment_id for experiment in self.client.iter_experiments()]

    def _newest(self, where: str | None, problem: str) -> Run:
        found = self._newest_or_none(where)
        if found is None:
            raise ResourceDoesNotExist(problem)
        return found

    def _newest_or_none(self, where: str | None) -> Run | None:
        return next(self._newest_ones(1, where), None)

    def _newest_ones(self, limit: int, where: str | None = None) -> Iterator[Run]:
        return self.client.iter_runs(
            self.experiment_ids(),
            filter=where,
            order_by="attributes.start_time DESC",
            run_view_type=ViewType.ACTIVE_ONLY,
            limit=limit,
        )
