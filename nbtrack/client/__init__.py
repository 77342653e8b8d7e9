"""`Client`, the typed face of a backend: what everything above talks to."""

from __future__ import annotations

from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.client.client import Client, when_opened


def _look_for_the_dead() -> None:
    from nbtrack.client.dead_journals import look_for_the_dead

    look_for_the_dead()


when_opened(_look_for_the_dead)

__all__ = ["ArtifactRoot", "Client"]
