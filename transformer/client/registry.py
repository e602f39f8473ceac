"""The registry: workspaces, transformations, versions and aliases. Every call of RegistryService.

Ids are the last parts of resource names. Every call raises `transformer.errors.CallerError` where the request is wrong and
`PlatformError` where the service could not carry it out in time; `timeout` is in seconds, None for the client's own.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from google.protobuf.message import Message

from transformer.capabilities import NOTHING, Capabilities
from transformer.client import messages, records
from transformer.client.calls import Call, identified, page_of
from transformer.wire.pb import registry_pb2 as pb

__all__ = [
    "activate_version",
    "create_transformation",
    "create_version",
    "create_workspace",
    "delete_alias",
    "delete_transformation",
    "diff_versions",
    "get_alias",
    "get_transformation",
    "get_version",
    "get_workspace",
    "list_alias_history",
    "list_aliases",
    "list_audit_entries",
    "list_transformations",
    "list_versions",
    "list_workspaces",
    "rollback_alias",
    "update_transformation",
]

R = TypeVar("R")


def create_workspace(
    workspace: str,
    description: str = "",
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Workspace]:
    """Create a workspace. Raises CallerError ALREADY_EXISTS."""
    body = pb.Workspace(description=description)
    request = pb.CreateWorkspaceRequest(
        workspace_id=workspace, workspace=body, request_id=identified(request_id), validate_only=validate_only
    )
    return _call("CreateWorkspace", request, messages.read_workspace, timeout)


def get_workspace(workspace: str, *, timeout: float | None = None) -> Call[records.Workspace]:
    """A workspace. Raises CallerError NOT_FOUND."""
    return _call("GetWorkspace", pb.GetWorkspaceRequest(name=_name(workspace)), messages.read_workspace, timeout)


def list_workspaces(
    page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[records.Page[records.Workspace]]:
    """Workspaces by name, a page of them."""
    request = pb.ListWorkspacesRequest(page_size=page_size, page_token=page_token)
    return _call("ListWorkspaces", request, page_of("workspaces", messages.read_workspace), timeout)


def create_transformation(
    workspace: str,
    transformation: str,
    description: str = "",
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Transformation]:
    """Create a transformation that has no version yet."""
    request = pb.CreateTransformationRequest(
        parent=_name(workspace),
        transformation_id=transformation,
        transformation=pb.Transformation(description=description),
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return _call("CreateTransformation", request, messages.read_transformation, timeout)


def get_transformation(workspace: str, transformation: str, *, timeout: float | None = None) -> Call[records.Transformation]:
    """A transformation. Raises CallerError NOT_FOUND."""
    request = pb.GetTransformationRequest(name=_name(workspace, transformation))
    return _call("GetTransformation", request, messages.read_transformation, timeout)


def list_transformations(
    workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[records.Page[records.Transformation]]:
    """Transformations of a workspace by name, a page of them."""
    request = pb.ListTransformationsRequest(parent=_name(workspace), page_size=page_size, page_token=page_token)
    return _call("ListTransformations", request, page_of("transformations", messages.read_transformation), timeout)


def update_transformation(
    workspace: str,
    transformation: str,
    description: str,
    *,
    etag: str = "",
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Transformation]:
    """Change a description. Raises CallerError STALE_ETAG if `etag` is given and not current."""
    body = pb.Transformation(name=_name(workspace, transformation), description=description, etag=etag)
    request = pb.UpdateTransformationRequest(
        transformation=body, request_id=identified(request_id), validate_only=validate_only
    )
    request.update_mask.paths.append("description")
    return _call("UpdateTransformation", request, messages.read_transformation, timeout)


def delete_transformation(
    workspace: str,
    transformation: str,
    *,
    etag: str = "",
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[None]:
    """Delete a transformation with its versions and aliases; the audit trail stays."""
    request = pb.DeleteTransformationRequest(
        name=_name(workspace, transformation), etag=etag, request_id=identified(request_id), validate_only=validate_only
    )
    return _call("DeleteTransformation", request, _nothing, timeout)


def create_version(
    workspace: str,
    transformation: str,
    source: str | bytes,
    *,
    engine: str = "python",
    cases: Mapping[str, bytes] | None = None,
    capabilities: Capabilities = NOTHING,
    allow_missing: bool = False,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Version]:
    """Publish code; `cases` are case files by name. Raises CallerError CODE_REFUSED with a problem per line that is wrong.

    `capabilities` is what the code may ask of its host. The content of an existing version gives that version. A binary is
    given as its bytes, with `engine="wasm"`; a large one takes a while to be compiled: give it a `timeout` of minutes. With
    `allow_missing` the transformation is created with its first version where there is none.
    """
    text = source if isinstance(source, str) else b64encode(source).decode("ascii")
    tests = [pb.Case(name=name, body=body) for name, body in (cases or {}).items()]
    request = pb.CreateVersionRequest(
        parent=_name(workspace, transformation),
        version=pb.Version(
            engine=engine,
            source=text,
            cases=tests,
            capabilities=pb.Capabilities(**capabilities.as_dict()) if capabilities else None,
        ),
        allow_missing=allow_missing,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return _call("CreateVersion", request, messages.read_version, timeout)


def get_version(workspace: str, transformation: str, number: int, *, timeout: float | None = None) -> Call[records.Version]:
    """A version with its source and cases. Raises CallerError NOT_FOUND."""
    request = pb.GetVersionRequest(name=_name(workspace, transformation, version=number))
    return _call("GetVersion", request, messages.read_version, timeout)


def list_versions(
    workspace: str, transformation: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[records.Page[records.Version]]:
    """Versions, newest first, without sources and cases, a page of them."""
    request = pb.ListVersionsRequest(parent=_name(workspace, transformation), page_size=page_size, page_token=page_token)
    return _call("ListVersions", request, page_of("versions", messages.read_version), timeout)


def diff_versions(workspace: str, transformation: str, base: int, target: int, *, timeout: float | None = None) -> Call[str]:
    """What changed from version `base` to `target`, as a unified diff; "" where nothing did."""
    request = pb.DiffVersionsRequest(
        base=_name(workspace, transformation, version=base), target=_name(workspace, transformation, version=target)
    )
    return _call("DiffVersions", request, _diff, timeout)


def get_alias(workspace: str, transformation: str, alias: str = "live", *, timeout: float | None = None) -> Call[records.Alias]:
    """An alias. Raises CallerError NOT_FOUND."""
    request = pb.GetAliasRequest(name=_name(workspace, transformation, alias=alias))
    return _call("GetAlias", request, messages.read_alias, timeout)


def list_aliases(
    workspace: str, transformation: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[records.Page[records.Alias]]:
    """Aliases of a transformation, a page of them."""
    request = pb.ListAliasesRequest(parent=_name(workspace, transformation), page_size=page_size, page_token=page_token)
    return _call("ListAliases", request, page_of("aliases", messages.read_alias), timeout)


def activate_version(
    workspace: str,
    transformation: str,
    version: int,
    *,
    alias: str = "live",
    percent: float = 0.0,
    etag: str = "",
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Alias]:
    """Point an alias at a version; `percent` is the share of a `canary`, and 0 for every other alias."""
    request = pb.ActivateVersionRequest(
        name=_name(workspace, transformation, alias=alias),
        version=version,
        percent=percent,
        etag=etag,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return _call("ActivateVersion", request, messages.read_alias, timeout)


def rollback_alias(
    workspace: str,
    transformation: str,
    alias: str = "live",
    *,
    etag: str = "",
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[records.Alias]:
    """Point an alias back at the version before. Raises CallerError PRECONDITION if there was none."""
    request = pb.RollbackAliasRequest(
        name=_name(workspace, transformation, alias=alias),
        etag=etag,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return _call("RollbackAlias", request, messages.read_alias, timeout)


def delete_alias(
    workspace: str,
    transformation: str,
    alias: str,
    *,
    etag: str = "",
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[None]:
    """Remove an alias; removing `canary` ends it."""
    request = pb.DeleteAliasRequest(
        name=_name(workspace, transformation, alias=alias),
        etag=etag,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return _call("DeleteAlias", request, _nothing, timeout)


def list_alias_history(
    workspace: str,
    transformation: str,
    alias: str = "live",
    page_size: int = 0,
    page_token: str = "",
    *,
    timeout: float | None = None,
) -> Call[records.Page[records.AliasChange]]:
    """Where an alias pointed, newest first, a page of it."""
    request = pb.ListAliasHistoryRequest(
        parent=_name(workspace, transformation, alias=alias), page_size=page_size, page_token=page_token
    )
    return _call("ListAliasHistory", request, page_of("changes", messages.read_alias_change), timeout)


def list_audit_entries(
    workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[records.Page[records.AuditEntry]]:
    """Who changed what, newest first, a page of it."""
    request = pb.ListAuditEntriesRequest(parent=_name(workspace), page_size=page_size, page_token=page_token)
    return _call("ListAuditEntries", request, page_of("entries", messages.read_audit_entry), timeout)


def _call(method: str, request: Message, read: Callable[[Any], R], timeout: float | None) -> Call[R]:
    return Call("RegistryService", method, request, read, timeout)


def _name(workspace: str, transformation: str = "", *, version: int | None = None, alias: str = "") -> str:
    name = messages.workspace_name(workspace)
    if transformation:
        name += f"/transformations/{transformation}"
    if version is not None:
        name += f"/versions/{version}"
    if alias:
        name += f"/aliases/{alias}"
    return name


def _diff(response: pb.DiffVersionsResponse) -> str:
    return response.diff


def _nothing(_: object) -> None:
    return None
