"""The shape in which a request leaves: the REST envelope, version 1, that existing data planes know how to deliver.

Exactly one of the bodies says something. `FORM` and `JSON` are objects; `JSON_ARRAY` and `GZIP` hold a list as JSON text, under
`batch` and `payload`; `XML` holds text under `payload`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["Body", "request"]

Body = Literal["JSON", "JSON_ARRAY", "XML", "FORM", "GZIP"]


def request(
    endpoint: str,
    body: Mapping[str, Any] | None = None,
    *,
    kind: Body = "JSON",
    method: str = "POST",
    headers: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    path: str | None = None,
    user_id: Any = None,
    files: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An envelope for one request. `path` is the endpoint's name in statistics; it and `user_id` are left out where None."""
    bodies: dict[str, Any] = {"JSON": {}, "JSON_ARRAY": {}, "XML": {}, "FORM": {}}
    if body is not None:
        bodies[kind] = body
    made = {
        "version": "1",
        "type": "REST",
        "method": method,
        "endpoint": endpoint,
        "headers": {} if headers is None else headers,
        "params": {} if params is None else params,
        "body": bodies,
        "files": {} if files is None else files,
    }
    if path is not None:
        made["endpointPath"] = path
    if user_id is not None:
        made["userId"] = user_id
    return made
