"""Which runs are replicates of each other: alike but for seeds, folds and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nbtrack.frames.typed import PARAMS

_WORD: Final = re.compile(r"[a-z]+")
REPLICATE_WORDS: Final = frozenset(
    "seed fold rng replicate replica repeat repetition rep trial bootstrap resample".split()  # noqa: SIM905
)
"""A param is of a replicate if one of these stands in the last part of its name ..."""
COUNT_WORDS: Final = frozenset(
    "n num number count total size ratio frac fraction max min k length weight".split()  # noqa: SIM905
)
"""... and none of these: `n_fold` is how many, `fold` is which."""
REPLICATE_NAMES: Final = frozenset(
    {"random state", "randomstate", "np random state", "cv", "split", "cv split", "cv iter"}
    | {"cv index", "cv idx", "cv id", "split id", "split index", "split idx", "data split"}
)
"""Whole names of replicates, words apart. `test_split` or `n_splits` are none of them."""


def is_replicate_param(name: str) -> bool:
    """Tell whether a param says which replicate a run is, judged by its name.

    Examples
    --------
    >>> [name for name in ("seed", "data/cv_fold", "n_folds", "randomState", "test_split", "lr")
    ...  if is_replicate_param(name)]
    ['seed', 'data/cv_fold', 'randomState']
    """
    last = re.split(r"[./]", name.removeprefix(PARAMS))[-1]
    words = _WORD.findall(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last).lower())
    if " ".join(words) in REPLICATE_NAMES:
        return True
    return not REPLICATE_WORDS.isdisjoint(words) and COUNT_WORDS.isdisjoint(words)


def without_replicates(params: Iterable[str]) -> tuple[list[str], list[str]]:
    """Part params into those that tell groups and those that tell replicates."""
    listed = list(params)
    replicate = [name for name in listed if is_replicate_param(name)]
    return [name for name in listed if name not in set(replicate)], replicate
