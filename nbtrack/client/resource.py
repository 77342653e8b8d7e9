"""The one thing that every chapter of `Client` needs: the backend."""

from __future__ import annotations

from nbtrack.backends import Backend


class Resource:
    """Base of the chapters of `Client`: it has a backend, which `Client` sets."""

    _backend: Backend
