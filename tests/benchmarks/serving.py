"""nbtrack's server on a store, for the clients that are measured against it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nbtrack.backends import open_backend
from nbtrack.limits import MLFLOW
from nbtrack.server import create_app, serve
from nbtrack.server.app import Application

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def main(folder: str, kind: str = "") -> None:
    """Serve the store in a folder until killed; the first line of output is the URL.

    A `plain` server hides what MLflow's has not, so that clients page through JSON.
    """
    backend = open_backend(folder, limits=MLFLOW, proxied_artifacts=True)
    app = create_app(backend)
    served = _Plain(app) if kind == "plain" else app
    serve(served, port=0, announce=lambda url: print(url, flush=True))
    backend.close()


class _Plain(Application):
    """An application that does not say that it has columns."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def accepts(self, authorization: str) -> bool:
        return self._app.accepts(authorization)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/server-info"):
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        return self._app(environ, start_response)


if __name__ == "__main__":
    main(*sys.argv[1:])
