"""The browser: which program, and how it is started."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",  # as root in containers
    "--disable-dev-shm-usage",  # where /dev/shm is small
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
ADVICE = "no Chromium; install one (Debian: apt install chromium)"


def chromium_path() -> str | None:
    """Return the browser that tools/browser_tests.py found, or the first one on the PATH."""
    wanted = os.environ.get("NBTRACK_CHROMIUM")
    return wanted or next(filter(None, map(shutil.which, NAMES)), None)
