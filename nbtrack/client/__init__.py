"""`Client`, the typed face of a backend: what everything above talks to."""

from __future__ import annotations

from nbtrack.client.artifact_root import ArtifactRoot
from nbtrack.client.client import Client

__all__ = ["ArtifactRoot", "Client"]
