from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

from nbtrack.context.environment import environment, imported_packages


def test_only_installed_packages_that_are_imported_are_told() -> None:
    found = imported_packages(["msgspec", "msgspec.json", "json", "_pytest", "my_own_module"])
    assert found == {"msgspec": version("msgspec")}


def test_a_package_with_another_name_than_its_module_is_found() -> None:
    assert imported_packages(["yaml", "dateutil"]) == {
        "python-dateutil": version("python-dateutil"),
        "PyYAML": version("pyyaml"),
    }


def test_without_names_it_is_what_this_process_has_loaded() -> None:
    assert imported_packages()["pytest"] == version("pytest")


def test_the_environment_is_this_one() -> None:
    found = environment("ann")
    assert found["user"] == "ann"
    assert found["cpu_count"] == os.cpu_count()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(found) >= {"host", "platform", "machine", "implementation"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"IPython", "psutil", "pynvml", "subprocess", "httpx", "pandas", "importlib.metadata"}
    program = "import sys, nbtrack.context; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert "nbtrack.context.capture" in done.stdout.split()
    assert not heavy & set(done.stdout.split())
