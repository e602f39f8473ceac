"""Pipelines and destinations, as the client has them, and every call of DefinitionService. They raise as the registry's do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from transformer.client import messages
from transformer.client.calls import Call, identified, page_of
from transformer.client.records import Page
from transformer.wire.pb import definitions_pb2 as pb

__all__ = [
    "AliasMove",
    "Applied",
    "AppliedContent",
    "Definition",
    "DefinitionContent",
    "DefinitionKind",
    "DefinitionVersion",
    "RemovableKind",
    "TableMove",
    "activate_definition_version",
    "apply_definitions",
    "delete_definition",
    "get_applied",
    "get_definition",
    "list_definition_versions",
    "list_definitions",
    "push_definition",
]

_SERVICE: Final = "DefinitionService"
DefinitionKind = Literal["pipelines", "destinations"]
RemovableKind = Literal["pipelines", "destinations", "transformations", "tables"]


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """A pipeline or a destination as it was pushed. `warnings` are in the answer to a push only."""

    name: str
    workspace: str
    definition: str
    number: int
    content: str
    content_hash: str
    actor: str
    created: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A pipeline or a destination, and its version that requests run."""

    name: str
    workspace: str
    id: str
    created: datetime
    updated: datetime
    live: DefinitionVersion
    latest_version: int


@dataclass(frozen=True, slots=True)
class DefinitionContent:
    """A definition as it is to be. `base_hash` is the content hash that is live, as the caller saw it; "" for none."""

    kind: DefinitionKind
    id: str
    content: str
    base_hash: str = ""


@dataclass(frozen=True, slots=True)
class AliasMove:
    """An alias as it is to be. `base_version` is what it points at, as the caller saw it; 0 for none."""

    transformation: str
    alias: str
    version: int
    base_version: int = 0


@dataclass(frozen=True, slots=True)
class TableMove:
    """A table of which another version is to be live. `base_version` is what is, as the caller saw it; 0 for none."""

    table: str
    version: int
    base_version: int = 0


@dataclass(frozen=True, slots=True)
class AppliedContent:
    """What is to be remembered of a change. `base_revision` is that of what is, as the caller saw it; 0 for nothing."""

    content: str
    base_revision: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What was remembered of the last change. `revision` is 0, and `content` empty, where nothing was."""

    content: str
    revision: int
    updated: datetime | None
    actor: str


def push_definition(
    workspace: str,
    kind: DefinitionKind,
    definition: str,
    content: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[DefinitionVersion]:
    """Make YAML the next version of a pipeline or a destination, and live. Raises CallerError BAD_REQUEST, PRECONDITION."""
    request = pb.PushDefinitionRequest(
        name=_name(workspace, kind, definition),
        content=content,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "PushDefinition", request, _version, timeout)


def apply_definitions(
    workspace: str,
    definitions: Sequence[DefinitionContent] = (),
    removals: Sequence[tuple[RemovableKind, str]] = (),
    aliases: Sequence[AliasMove] = (),
    tables: Sequence[TableMove] = (),
    applied: AppliedContent | None = None,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[list[DefinitionVersion]]:
    """Make definitions, aliases and tables what they should be, all or none, and remember what `applied` says.

    Raises CallerError STALE_ETAG: something changed since; PRECONDITION: what is named is not there, what is removed is used.
    """
    transformations = f"{messages.workspace_name(workspace)}/transformations"
    request = pb.ApplyDefinitionsRequest(
        parent=messages.workspace_name(workspace),
        definitions=[
            pb.DefinitionContent(name=_name(workspace, one.kind, one.id), content=one.content, base_hash=one.base_hash)
            for one in definitions
        ],
        removals=[_name(workspace, kind, removed) for kind, removed in removals],
        aliases=[
            pb.AliasMove(
                name=f"{transformations}/{move.transformation}/aliases/{move.alias}",
                version=move.version,
                base_version=move.base_version,
            )
            for move in aliases
        ],
        tables=[
            pb.TableMove(name=_name(workspace, "tables", one.table), version=one.version, base_version=one.base_version)
            for one in tables
        ],
        applied=None if applied is None else pb.AppliedContent(content=applied.content, base_revision=applied.base_revision),
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "ApplyDefinitions", request, _applied, timeout)


def get_applied(workspace: str, *, timeout: float | None = None) -> Call[Applied]:
    """What was remembered of the last change of a workspace. Raises CallerError NOT_FOUND: there is no such workspace."""
    request = pb.GetAppliedRequest(parent=messages.workspace_name(workspace))
    return Call(_SERVICE, "GetApplied", request, _remembered, timeout)


def get_definition(workspace: str, kind: DefinitionKind, definition: str, *, timeout: float | None = None) -> Call[Definition]:
    """A pipeline or a destination. Raises CallerError NOT_FOUND."""
    request = pb.GetDefinitionRequest(name=_name(workspace, kind, definition))
    return Call(_SERVICE, "GetDefinition", request, _definition, timeout)


def list_definitions(
    workspace: str, kind: DefinitionKind, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[Page[Definition]]:
    """The pipelines or the destinations of a workspace by id, a page of them."""
    parent = f"{messages.workspace_name(workspace)}/{kind}"
    request = pb.ListDefinitionsRequest(parent=parent, page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListDefinitions", request, page_of("definitions", _definition), timeout)


def list_definition_versions(
    workspace: str,
    kind: DefinitionKind,
    definition: str,
    page_size: int = 0,
    page_token: str = "",
    *,
    timeout: float | None = None,
) -> Call[Page[DefinitionVersion]]:
    """The versions of a pipeline or a destination, newest first, a page of them."""
    parent = _name(workspace, kind, definition)
    request = pb.ListDefinitionVersionsRequest(parent=parent, page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListDefinitionVersions", request, page_of("versions", _version), timeout)


def activate_definition_version(
    workspace: str,
    kind: DefinitionKind,
    definition: str,
    number: int,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[Definition]:
    """Make a version live. Raises CallerError NOT_FOUND, PRECONDITION: it names what is no longer there."""
    request = pb.ActivateDefinitionVersionRequest(
        name=_name(workspace, kind, definition),
        version=number,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "ActivateDefinitionVersion", request, _definition, timeout)


def delete_definition(
    workspace: str,
    kind: DefinitionKind,
    definition: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[None]:
    """Delete it with its versions. Raises CallerError NOT_FOUND, PRECONDITION: a live pipeline sends to it."""
    request = pb.DeleteDefinitionRequest(
        name=_name(workspace, kind, definition), request_id=identified(request_id), validate_only=validate_only
    )
    return Call(_SERVICE, "DeleteDefinition", request, lambda _: None, timeout)


def _remembered(message: pb.Applied) -> Applied:
    updated = messages.read_time(message.update_time) if message.HasField("update_time") else None
    return Applied(message.content, message.revision, updated, message.update_actor)


def _name(workspace: str, kind: RemovableKind, definition: str) -> str:
    return f"{messages.workspace_name(workspace)}/{kind}/{definition}"


def _applied(message: pb.ApplyDefinitionsResponse) -> list[DefinitionVersion]:
    return [_version(one) for one in message.definitions]


def _version(message: pb.DefinitionVersion) -> DefinitionVersion:
    workspace, definition, number = messages.read_ids(message.name)
    return DefinitionVersion(
        name=message.name,
        workspace=workspace,
        definition=definition,
        number=int(number),
        content=message.content,
        content_hash=message.content_hash,
        actor=message.create_actor,
        created=messages.read_time(message.create_time),
        warnings=tuple(message.warnings),
    )


def _definition(message: pb.Definition) -> Definition:
    workspace, definition = messages.read_ids(message.name)
    return Definition(
        name=message.name,
        workspace=workspace,
        id=definition,
        created=messages.read_time(message.create_time),
        updated=messages.read_time(message.update_time),
        live=_version(message.live),
        latest_version=message.latest_version,
    )
