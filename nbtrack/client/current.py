"""The client of the place that runs go to now, for functions that are called without one."""

from __future__ import annotations

from nbtrack.client.channel import channel_to
from nbtrack.client.client import Client
from nbtrack.config import TRACKING_URI, setting


def current_client() -> Client:
    """Return the shared client of the tracking URI in the settings; it stays open."""
    return channel_to(setting(TRACKING_URI) or "").client
