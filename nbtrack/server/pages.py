"""What the server says about itself, and what it knows and does not offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from nbtrack import __version__
from nbtrack.api import GET, POST, Route
from nbtrack.errors import InvalidParameterValue, NotFound, NotImplementedByServer
from nbtrack.server.exchange import Call, Handler, Reply, reply

MLFLOW_VERSION: Final = "3.17.2"
"""The MLflow whose API the server speaks; MLflow's client switches features by it."""

_HEALTH: Final = GET("/health")
_VERSION: Final = GET("/version")
_INFO: Final = GET("/api/3.0/mlflow/server-info")
_HOST_METADATA: Final = GET("/.well-known/databricks-config")
_PROXY: Final = "/api/2.0/mlflow-artifacts"

OPEN_PATHS: Final = frozenset(
    {
        _HEALTH.path,
        _VERSION.path,
        _INFO.path,
        _HOST_METADATA.path,
        "/ajax-api/3.0/mlflow/server-info",
    }
)
"""Paths that answer without the token."""

SERVER_INFO: Final[dict[str, object]] = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
    "multipart_uploads_enabled": False,
    "multipart_downloads_enabled": False,
    "presigned_upload_run_id_supported": False,
    "presigned_upload_model_id_supported": False,
    "features_enabled": {},
    "nbtrack_version": __version__,
    "nbtrack_columns": 1,
}


def _health(_call: Call, _path: Mapping[str, str]) -> Reply:
    return reply(b"OK", "text/plain")


def _version(_call: Call, _path: Mapping[str, str]) -> Reply:
    return reply(MLFLOW_VERSION.encode(), "text/plain")


def _info(_call: Call, _path: Mapping[str, str]) -> Reply:
    return reply(msgspec.json.encode(SERVER_INFO))


def _host_metadata(_call: Call, _path: Mapping[str, str]) -> Reply:
    raise NotFound("This server has no host metadata. Log in with a token.")


def _no_parts(_call: Call, _path: Mapping[str, str]) -> Reply:
    raise NotImplementedByServer(
        "Artifacts are not moved in parts or by presigned URLs here. "
        f"Use {_PROXY}/artifacts/<path>."
    )


def _no_presigned(_call: Call, _path: Mapping[str, str]) -> Reply:
    raise InvalidParameterValue(
        "Artifacts of this server go through it, so there are no presigned URLs. "
        f"Use {_PROXY}/artifacts/<path>."
    )


PAGES: Final[dict[Route, Handler]] = {
    _HEALTH: _health,
    _VERSION: _version,
    _INFO: _info,
    _HOST_METADATA: _host_metadata,
    POST(f"{_PROXY}/mpu/create/{{artifact_path}}"): _no_parts,
    POST(f"{_PROXY}/mpu/complete/{{artifact_path}}"): _no_parts,
    POST(f"{_PROXY}/mpu/abort/{{artifact_path}}"): _no_parts,
    GET(f"{_PROXY}/presigned/{{artifact_path}}"): _no_parts,
    POST("/api/2.0/mlflow/artifacts/presigned-upload-url"): _no_presigned,
    POST("/api/2.0/mlflow/artifacts/presigned-download-url"): _no_presigned,
}
"""Routes beside the operations and the artifacts."""
