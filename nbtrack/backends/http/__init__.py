"""The backend that carries out operations on a server: MLflow, Databricks or nbtrack's own.

`HttpBackend` (backend.py) turns an operation into a request and the response into a reply. Beneath
it `Connection` sends, `Credentials` log in, `replies.py` reads errors, `retry.py` says when to try
again, `lost_replies.py` finds out whether a call whose reply was lost was carried out, and
`fallbacks.py` does what a server lacks by other calls. `opening.py` puts them together.
"""

from __future__ import annotations

from nbtrack.backends.http.auth import Credentials, FixedCredentials
from nbtrack.backends.http.backend import HttpBackend, Timeouts
from nbtrack.backends.http.opening import open_databricks, open_mlflow
from nbtrack.backends.http.retry import Clock

__all__ = [
    "Clock",
    "Credentials",
    "FixedCredentials",
    "HttpBackend",
    "Timeouts",
    "open_databricks",
    "open_mlflow",
]
