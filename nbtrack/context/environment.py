"""The machine and the packages that a run had."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache

UNKNOWN_USER = "unknown"


def user_name() -> str:
    """Return who runs this process, as MLflow's client does."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # no account for this user id, as in containers
        return UNKNOWN_USER


def environment(user: str) -> dict[str, object]:
    """Return host, platform, processor, number of CPUs, user and Python of this process."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "user": user,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }


def imported_packages(modules: Iterable[str] | None = None) -> dict[str, str]:
    """Return the versions of the installed packages that are imported, by name of the package.

    Parameters
    ----------
    modules
        Names of loaded modules, those of `sys.modules` if None.

    Examples
    --------
    >>> list(imported_packages(["msgspec", "msgspec.json", "os"]))
    ['msgspec']
    """
    names = list(sys.modules) if modules is None else modules
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    found = dict(package for top in tops for package in _packages_of(top))
    return dict(sorted(found.items(), key=lambda package: package[0].lower()))


@cache
def _packages_of(module: str) -> tuple[tuple[str, str], ...]:
    """Return names and versions of the packages that a top module belongs to."""
    from importlib.metadata import PackageNotFoundError, distribution

    if module.startswith("_"):
        return ()
    try:
        found = distribution(module)
    except (PackageNotFoundError, ValueError):
        return tuple(_versions(_packages_of_modules().get(module, ())))
    name = found.metadata["Name"]
    return ((name or module, found.version),)


@cache
def _packages_of_modules() -> Mapping[str, list[str]]:
    """Return which packages bring which modules: it reads the files of all packages, so once."""
    from importlib.metadata import packages_distributions

    return packages_distributions()


def _versions(packages: Iterable[str]) -> list[tuple[str, str]]:
    from importlib.metadata import PackageNotFoundError, version

    found: list[tuple[str, str]] = []
    for package in sorted(set(packages)):
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found
