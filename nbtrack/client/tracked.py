"""`@track`: every call of a function is a run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, Unpack, overload

from nbtrack.client.active_run import ActiveRun
from nbtrack.client.fluent import start_run
from nbtrack.client.options import Options
from nbtrack.signatures import named_in

P = ParamSpec("P")
T = TypeVar("T")


@overload
def track(function: Callable[P, T], /) -> Callable[P, T]: ...
@overload
def track(**options: Unpack[Options]) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
@named_in(Options, nested=True)
def track(function: Callable[..., Any] | None = None, /, **options: Unpack[Options]) -> Any:
    """Make every call of a function a run: `@nbtrack.track` or `@nbtrack.track(tags=...)`.

    The run has the function's name; its simple arguments become params. A call within a run is
    nested. Functions that are awaited are runs until they have returned.

    Parameters
    ----------
    function
        What is called; left out when options are given.
    **options
        As of `start_run`; `nested` is true by default.

    Examples
    --------
    >>> import nbtrack
    >>> nbtrack.set_tracking_uri("nbtrack::memory:")
    >>> @nbtrack.track(tags={"team": "vision"})
    ... def train(lr: float, epochs: int = 2) -> None:
    ...     for epoch in range(epochs):
    ...         nbtrack.log(loss=lr / (epoch + 1))
    >>> train(0.5)
    >>> found = nbtrack.runs("tags.team = 'vision'")
    >>> found[["run_name", "status", "params.lr", "params.epochs", "metrics.loss"]].values.tolist()
    [['train', 'FINISHED', 0.5, 2, 0.25]]
    """
    if function is None:
        return functools.partial(_tracked, options=options)
    return _tracked(function, options=options)


def _tracked(function: Callable[..., Any], *, options: Options) -> Callable[..., Any]:
    chosen: Options = {"run_name": function.__name__, "nested": True, **options}
    signature = inspect.signature(function)

    def started(args: tuple[object, ...], kwargs: Mapping[str, object]) -> ActiveRun:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        run = start_run(**chosen)
        run.log_params(_simple(bound.arguments))
        return run

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the function's own
            with started(args, kwargs):
                return await function(*args, **kwargs)

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the function's own
        with started(args, kwargs):
            return function(*args, **kwargs)

    return called


def _simple(arguments: Mapping[str, object]) -> dict[str, object]:
    plain = (str, int, float, bool, type(None))
    return {name: value for name, value in arguments.items() if isinstance(value, plain)}
