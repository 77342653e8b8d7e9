"""Run the browser tests in a process of their own, if there is a Chromium.

`NBTRACK_CHROMIUM` names the browser; without it the PATH is searched. The tests find the same
variable set. With `NBTRACK_BROWSER=required` a machine without a browser is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Find the browser that is asked for, or the first one on the PATH."""
    wanted = os.environ.get("NBTRACK_CHROMIUM")
    names = (wanted,) if wanted else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


def run_tests(chromium: str) -> int:
    """Run pytest on the browser tests and return its exit code."""
    print(f"==> Browser tests with {chromium}", flush=True)
    command = [sys.executable, "-m", "pytest", "-m", "e2e", "tests/browser", *sys.argv[1:]]
    environment = {**os.environ, "NBTRACK_CHROMIUM": chromium}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def missing() -> int:
    """Say that the browser tests did not run; fail if they must."""
    wanted = os.environ.get("NBTRACK_CHROMIUM")
    found = f"NBTRACK_CHROMIUM={wanted!r} is not a program" if wanted else "no Chromium was found"
    print(
        f"\n!!! BROWSER TESTS DID NOT RUN: {found}. "
        "Install one (Debian: apt install chromium) or set NBTRACK_CHROMIUM to its path.\n",
        file=sys.stderr,
    )
    return int(bool(wanted) or os.environ.get("NBTRACK_BROWSER") == "required")


def main() -> int:
    """Run what there is to run."""
    chromium = find_chromium()
    if chromium is None:
        return missing()
    if not any(ROOT.glob("tests/browser/**/test_*.py")):
        print("==> No browser tests yet")
        return 0
    return run_tests(chromium)


if __name__ == "__main__":
    sys.exit(main())
