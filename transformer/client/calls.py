"""Every call as a value: which method, which request, how to read the answer. Both clients only carry them out.

A mutation gets its request id here, before the first attempt, so that an attempt whose answer was lost is not carried out
twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from transformer.client import messages, records
from transformer.wire.pb import registry_pb2 as pb

__all__ = [
    "Call",
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
    "transform",
    "update_transformation",
]

T = TypeVar("T", covariant=True)  # noqa: PLC0105 - short, and the only one
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call: a method of one of the two services, its request, and how to read its answer."""

    service: str
    method: str
    request: Message
    read: Callable[[Any], T]


def transform(batch: records.TransformBatch) -> Call[records.TransformResult]:
    """TransformService.Transform."""
    return Call("TransformService", "Transform", messages.transform_request(batch), messages.read_result)


def create_workspace(workspace: str, description: str, request_id: str | None, validate_only: bool) -> Call[records.Workspace]:
    """RegistryService.CreateWorkspace."""
    body = pb.Workspace(description=description)
    request = pb.CreateWorkspaceRequest(
        workspace_id=workspace, workspace=body, request_id=_id(request_id), validate_only=validate_only
    )
    return _registry("CreateWorkspace", request, messages.read_workspace)


def get_workspace(workspace: str) -> Call[records.Workspace]:
    """RegistryService.GetWorkspace."""
    return _registry("GetWorkspace", pb.GetWorkspaceRequest(name=_name(workspace)), messages.read_workspace)


def list_workspaces(size: int, token: str) -> Call[records.Page[records.Workspace]]:
    """RegistryService.ListWorkspaces."""
    request = pb.ListWorkspacesRequest(page_size=size, page_token=token)
    return _registry("ListWorkspaces", request, _page("workspaces", messages.read_workspace))


def create_transformation(
    workspace: str, transformation: str, description: str, request_id: str | None, validate_only: bool
) -> Call[records.Transformation]:
    """RegistryService.CreateTransformation."""
    request = pb.CreateTransformationRequest(
        parent=_name(workspace),
        transformation_id=transformation,
        transformation=pb.Transformation(description=description),
        request_id=_id(request_id),
        validate_only=validate_only,
    )
    return _registry("CreateTransformation", request, messages.read_transformation)


def get_transformation(workspace: str, transformation: str) -> Call[records.Transformation]:
    """RegistryService.GetTransformation."""
    request = pb.GetTransformationRequest(name=_name(workspace, transformation))
    return _registry("GetTransformation", request, messages.read_transformation)


def list_transformations(workspace: str, size: int, token: str) -> Call[records.Page[records.Transformation]]:
    """RegistryService.ListTransformations."""
    request = pb.ListTransformationsRequest(parent=_name(workspace), page_size=size, page_token=token)
    return _registry("ListTransformations", request, _page("transformations", messages.read_transformation))


def update_transformation(
    workspace: str, transformation: str, description: str, etag: str, request_id: str | None, validate_only: bool
) -> Call[records.Transformation]:
    """RegistryService.UpdateTransformation."""
    body = pb.Transformation(name=_name(workspace, transformation), description=description, etag=etag)
    request = pb.UpdateTransformationRequest(transformation=body, request_id=_id(request_id), validate_only=validate_only)
    request.update_mask.paths.append("description")
    return _registry("UpdateTransformation", request, messages.read_transformation)


def delete_transformation(
    workspace: str, transformation: str, etag: str, request_id: str | None, validate_only: bool
) -> Call[None]:
    """RegistryService.DeleteTransformation."""
    request = pb.DeleteTransformationRequest(
        name=_name(workspace, transformation), etag=etag, request_id=_id(request_id), validate_only=validate_only
    )
    return _registry("DeleteTransformation", request, _nothing)


def create_version(
    workspace: str,
    transformation: str,
    source: str,
    engine: str,
    cases: Mapping[str, bytes],
    request_id: str | None,
    validate_only: bool,
) -> Call[records.Version]:
    """RegistryService.CreateVersion."""
    tests = [pb.Case(name=name, body=body) for name, body in cases.items()]
    request = pb.CreateVersionRequest(
        parent=_name(workspace, transformation),
        version=pb.Version(engine=engine, source=source, cases=tests),
        request_id=_id(request_id),
        validate_only=validate_only,
    )
    return _registry("CreateVersion", request, messages.read_version)


def get_version(workspace: str, transformation: str, number: int) -> Call[records.Version]:
    """RegistryService.GetVersion."""
    request = pb.GetVersionRequest(name=_name(workspace, transformation, version=number))
    return _registry("GetVersion", request, messages.read_version)


def list_versions(workspace: str, transformation: str, size: int, token: str) -> Call[records.Page[records.Version]]:
    """RegistryService.ListVersions."""
    request = pb.ListVersionsRequest(parent=_name(workspace, transformation), page_size=size, page_token=token)
    return _registry("ListVersions", request, _page("versions", messages.read_version))


def diff_versions(workspace: str, transformation: str, base: int, target: int) -> Call[str]:
    """RegistryService.DiffVersions."""
    request = pb.DiffVersionsRequest(
        base=_name(workspace, transformation, version=base), target=_name(workspace, transformation, version=target)
    )
    return _registry("DiffVersions", request, _diff)


def get_alias(workspace: str, transformation: str, alias: str) -> Call[records.Alias]:
    """RegistryService.GetAlias."""
    request = pb.GetAliasRequest(name=_name(workspace, transformation, alias=alias))
    return _registry("GetAlias", request, messages.read_alias)


def list_aliases(workspace: str, transformation: str, size: int, token: str) -> Call[records.Page[records.Alias]]:
    """RegistryService.ListAliases."""
    request = pb.ListAliasesRequest(parent=_name(workspace, transformation), page_size=size, page_token=token)
    return _registry("ListAliases", request, _page("aliases", messages.read_alias))


def activate_version(
    workspace: str,
    transformation: str,
    version: int,
    alias: str,
    percent: float,
    etag: str,
    request_id: str | None,
    validate_only: bool,
) -> Call[records.Alias]:
    """RegistryService.ActivateVersion."""
    request = pb.ActivateVersionRequest(
        name=_name(workspace, transformation, alias=alias),
        version=version,
        percent=percent,
        etag=etag,
        request_id=_id(request_id),
        validate_only=validate_only,
    )
    return _registry("ActivateVersion", request, messages.read_alias)


def rollback_alias(
    workspace: str, transformation: str, alias: str, etag: str, request_id: str | None, validate_only: bool
) -> Call[records.Alias]:
    """RegistryService.RollbackAlias."""
    request = pb.RollbackAliasRequest(
        name=_name(workspace, transformation, alias=alias), etag=etag, request_id=_id(request_id), validate_only=validate_only
    )
    return _registry("RollbackAlias", request, messages.read_alias)


def delete_alias(
    workspace: str, transformation: str, alias: str, etag: str, request_id: str | None, validate_only: bool
) -> Call[None]:
    """RegistryService.DeleteAlias."""
    request = pb.DeleteAliasRequest(
        name=_name(workspace, transformation, alias=alias), etag=etag, request_id=_id(request_id), validate_only=validate_only
    )
    return _registry("DeleteAlias", request, _nothing)


def list_alias_history(
    workspace: str, transformation: str, alias: str, size: int, token: str
) -> Call[records.Page[records.AliasChange]]:
    """RegistryService.ListAliasHistory."""
    request = pb.ListAliasHistoryRequest(parent=_name(workspace, transformation, alias=alias), page_size=size, page_token=token)
    return _registry("ListAliasHistory", request, _page("changes", messages.read_alias_change))


def list_audit_entries(workspace: str, size: int, token: str) -> Call[records.Page[records.AuditEntry]]:
    """RegistryService.ListAuditEntries."""
    request = pb.ListAuditEntriesRequest(parent=_name(workspace), page_size=size, page_token=token)
    return _registry("ListAuditEntries", request, _page("entries", messages.read_audit_entry))


def _registry(method: str, request: Message, read: Callable[[Any], R]) -> Call[R]:
    return Call("RegistryService", method, request, read)


def _name(workspace: str, transformation: str = "", *, version: int | None = None, alias: str = "") -> str:
    name = messages.workspace_name(workspace)
    if transformation:
        name += f"/transformations/{transformation}"
    if version is not None:
        name += f"/versions/{version}"
    if alias:
        name += f"/aliases/{alias}"
    return name


def _id(given: str | None) -> str:
    return str(uuid.uuid4()) if given is None else given


def _page(name: str, read: Callable[[Any], R]) -> Callable[[Any], records.Page[R]]:
    def page(response: Any) -> records.Page[R]:
        items: Sequence[Any] = getattr(response, name)
        return records.Page(tuple(read(item) for item in items), response.next_page_token)

    return page


def _diff(response: pb.DiffVersionsResponse) -> str:
    return response.diff


def _nothing(_: object) -> None:
    return None
