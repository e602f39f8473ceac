"""LibraryService: libraries of a workspace's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from transformer.limits import Limits
from transformer.registry import Store, names
from transformer.registry.publish import Tries
from transformer.registry.publish_library import publish_library
from transformer.registry.records import LibraryVersion
from transformer.service.changes import call_of
from transformer.service.interceptors import Incoming
from transformer.service.resources import moment, pins
from transformer.wire.pb import libraries_pb2 as pb

__all__ = ["LibraryMethods"]


class LibraryMethods:
    """The methods, by name in `methods`; each takes its request and an `Incoming` and raises our errors."""

    def __init__(self, store: Store, pool: Tries, limits: Limits) -> None:
        self._store = store
        self._pool = pool
        self._limits = limits

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of LibraryService."""
        return {"CreateLibraryVersion": self._create, "GetLibraryVersion": self._get, "ListLibraries": self._list}

    async def _create(self, request: pb.CreateLibraryVersionRequest, incoming: Incoming) -> pb.LibraryVersion:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        call = call_of(request, incoming)
        made = await publish_library(
            self._pool,
            self._store,
            workspace,
            request.handle,
            request.engine,
            request.source,
            limits=self._limits,
            call=call,
        )
        return _message(made)

    async def _get(self, request: pb.GetLibraryVersionRequest, incoming: Incoming) -> pb.LibraryVersion:
        where = incoming.within(names.parse_library_version(request.name))
        return _message(await self._store.ask(self._store.libraries.get, *where))

    async def _list(self, request: pb.ListLibrariesRequest, incoming: Incoming) -> pb.ListLibrariesResponse:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        page = await self._store.ask(self._store.libraries.page, workspace, request.page_size, request.page_token)
        return pb.ListLibrariesResponse(libraries=[_message(one) for one in page.items], next_page_token=page.next_token)


def _message(record: LibraryVersion) -> pb.LibraryVersion:
    return pb.LibraryVersion(
        name=record.name,
        engine=record.engine,
        source=record.source,
        content_hash=record.content_hash,
        libraries=pins(record.libraries),
        create_actor=record.actor,
        create_time=moment(record.created),
    )
