"""Libraries of a workspace's own, as the client has them, and every call of LibraryService. They raise as the registry's do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from transformer.client import messages
from transformer.client.calls import Call, identified, page_of
from transformer.client.records import Page
from transformer.wire.pb import libraries_pb2 as pb

__all__ = ["LibraryVersion", "create_library_version", "get_library_version", "list_libraries"]

_SERVICE: Final = "LibraryService"


@dataclass(frozen=True, slots=True)
class LibraryVersion:
    """A version of a library. `libraries` has the hash of each that it imports, by name; lists leave it and the source out."""

    name: str
    workspace: str
    handle: str
    number: int
    engine: str
    source: str
    content_hash: str
    libraries: dict[str, str]
    actor: str
    created: datetime


def create_library_version(
    workspace: str,
    handle: str,
    engine: str,
    source: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[LibraryVersion]:
    """Publish code as the next version of a library. Raises CallerError CODE_REFUSED, with `problems`."""
    request = pb.CreateLibraryVersionRequest(
        parent=messages.workspace_name(workspace),
        handle=handle,
        engine=engine,
        source=source,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "CreateLibraryVersion", request, _version, timeout)


def get_library_version(workspace: str, handle: str, number: int, *, timeout: float | None = None) -> Call[LibraryVersion]:
    """A version, with its source. Raises CallerError NOT_FOUND."""
    name = f"{messages.workspace_name(workspace)}/libraries/{handle}/versions/{number}"
    return Call(_SERVICE, "GetLibraryVersion", pb.GetLibraryVersionRequest(name=name), _version, timeout)


def list_libraries(
    workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[Page[LibraryVersion]]:
    """The newest version of each library of a workspace by handle, without its source, a page of them."""
    request = pb.ListLibrariesRequest(parent=messages.workspace_name(workspace), page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListLibraries", request, page_of("libraries", _version), timeout)


def _version(message: pb.LibraryVersion) -> LibraryVersion:
    workspace, handle, number = messages.read_ids(message.name)
    return LibraryVersion(
        name=message.name,
        workspace=workspace,
        handle=handle,
        number=int(number),
        engine=message.engine,
        source=message.source,
        content_hash=message.content_hash,
        libraries={library.name: library.content_hash for library in message.libraries},
        actor=message.create_actor,
        created=messages.read_time(message.create_time),
    )
