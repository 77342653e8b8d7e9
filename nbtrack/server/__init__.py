"""A web server of the Experiments API over any backend.

`app.py` is the WSGI application: it asks `guard.py` whether a call may come in, `routing.py` who
answers it, and turns exceptions into error bodies. `calls.py` answers operations, `artifacts.py`
moves files, `pages.py` says who the server is. `exchange.py` holds what all of them pass around.
`serve.py` runs the application on a socket with waitress (extra `server`).
"""

from __future__ import annotations

from nbtrack.server.app import create_app
from nbtrack.server.serve import running, serve

__all__ = ["create_app", "running", "serve"]
