"""nbtrack's server on a store, for the clients that are measured against it."""

from __future__ import annotations

import sys

from nbtrack.backends import open_backend
from nbtrack.limits import MLFLOW
from nbtrack.server import create_app, serve


def main(folder: str) -> None:
    """Serve the store in a folder until killed; the first line of output is the URL."""
    backend = open_backend(folder, limits=MLFLOW, proxied_artifacts=True)
    serve(create_app(backend), port=0, announce=lambda url: print(url, flush=True))
    backend.close()


if __name__ == "__main__":
    main(sys.argv[1])
