"""DefinitionService: pipelines and destinations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVarTuple

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from transformer.destinations.lines import DefinitionError
from transformer.errors import CallerError, Code, Violation
from transformer.registry import Store, names
from transformer.registry.cache import Catalogue
from transformer.registry.definition_records import (
    AliasMove,
    AppliedDraft,
    Change,
    Definition,
    DefinitionDraft,
    DefinitionUses,
    DefinitionVersion,
    TableMove,
)
from transformer.service.changes import Changes, call_of
from transformer.service.interceptors import Incoming
from transformer.service.resources import moment
from transformer.wire.pb import definitions_pb2 as pb

__all__ = ["DefinitionMethods"]

_MAX_BYTES: Final = 256 * 1024
_MOST: Final = 1000

Rest = TypeVarTuple("Rest")


class DefinitionMethods:
    """The methods, by name in `methods`; each takes its request and an `Incoming` and raises our errors."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._change = Changes(store, catalogue)

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of DefinitionService."""
        return {
            "PushDefinition": self._push,
            "ApplyDefinitions": self._apply,
            "GetApplied": self._applied,
            "GetDefinition": self._get,
            "ListDefinitions": self._list,
            "ListDefinitionVersions": self._versions,
            "ActivateDefinitionVersion": self._activate,
            "DeleteDefinition": self._delete,
        }

    async def _push(self, request: pb.PushDefinitionRequest, incoming: Incoming) -> pb.DefinitionVersion:
        workspace, kind, definition = incoming.within(names.parse_definition(request.name))
        draft, warnings = await asyncio.to_thread(_read, kind, definition, request.content, "content")
        made = await self._change(self._store.definitions.push, workspace, draft, call=call_of(request, incoming))
        return _version(made, warnings)

    async def _apply(self, request: pb.ApplyDefinitionsRequest, incoming: Incoming) -> pb.ApplyDefinitionsResponse:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        parts = (request.definitions, request.removals, request.aliases, request.tables)
        if (count := sum(map(len, parts))) > _MOST:
            raise CallerError.about("definitions", f"{count} changes at once are too many; at most {_MOST}")
        drafts = []
        for index, given in enumerate(request.definitions):
            place = f"definitions[{index}]"
            kind, definition = _within(workspace, names.parse_definition(given.name, f"{place}.name"), f"{place}.name")
            draft, _ = await asyncio.to_thread(_read, kind, definition, given.content, f"{place}.content", given.base_hash)
            drafts.append(draft)
        change = _change(workspace, request, tuple(drafts))
        made = await self._change(self._store.definitions.apply, workspace, change, call=call_of(request, incoming))
        return pb.ApplyDefinitionsResponse(definitions=[_version(one) for one in made])

    async def _applied(self, request: pb.GetAppliedRequest, incoming: Incoming) -> pb.Applied:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        found = await self._store.ask(self._store.definitions.applied, workspace)
        return pb.Applied(
            name=names.applied_name(workspace),
            content=found.content,
            revision=found.revision,
            update_time=None if found.updated is None else moment(found.updated),
            update_actor=found.actor,
        )

    async def _get(self, request: pb.GetDefinitionRequest, incoming: Incoming) -> pb.Definition:
        where = incoming.within(names.parse_definition(request.name))
        return _message(await self._store.ask(self._store.definitions.get, *where))

    async def _list(self, request: pb.ListDefinitionsRequest, incoming: Incoming) -> pb.ListDefinitionsResponse:
        workspace, kind = incoming.within(names.parse_definitions(request.parent))
        page = await self._store.ask(self._store.definitions.page, workspace, kind, request.page_size, request.page_token)
        return pb.ListDefinitionsResponse(definitions=[_message(one) for one in page.items], next_page_token=page.next_token)

    async def _versions(
        self, request: pb.ListDefinitionVersionsRequest, incoming: Incoming
    ) -> pb.ListDefinitionVersionsResponse:
        where = incoming.within(names.parse_definition(request.parent, "parent"))
        page = await self._store.ask(self._store.definitions.versions, *where, request.page_size, request.page_token)
        return pb.ListDefinitionVersionsResponse(
            versions=[_version(one) for one in page.items], next_page_token=page.next_token
        )

    async def _activate(self, request: pb.ActivateDefinitionVersionRequest, incoming: Incoming) -> pb.Definition:
        where = incoming.within(names.parse_definition(request.name))
        call = call_of(request, incoming)
        return _message(await self._change(self._store.definitions.activate, *where, request.version, call=call))

    async def _delete(self, request: pb.DeleteDefinitionRequest, incoming: Incoming) -> Empty:
        where = incoming.within(names.parse_definition(request.name))
        await self._change(self._store.definitions.delete, *where, call=call_of(request, incoming))
        return Empty()


def _change(workspace: str, request: pb.ApplyDefinitionsRequest, drafts: tuple[DefinitionDraft, ...]) -> Change:
    """Everything that a request asks for, as the store takes it. Raises CallerError (BAD_REQUEST)."""
    removals, aliases, tables = [], [], []
    for index, name in enumerate(request.removals):
        place = f"removals[{index}]"
        removals.append(_within(workspace, names.parse_removable(name, place), place))
    for index, move in enumerate(request.aliases):
        place = f"aliases[{index}].name"
        aliases.append(
            AliasMove(*_within(workspace, names.parse_alias(move.name, place), place), move.version, move.base_version)
        )
    for index, table in enumerate(request.tables):
        place = f"tables[{index}].name"
        (moved,) = _within(workspace, names.parse_table(table.name, place), place)
        tables.append(TableMove(moved, table.version, table.base_version))
    applied = AppliedDraft(request.applied.content, request.applied.base_revision) if request.HasField("applied") else None
    return Change(drafts, tuple(removals), tuple(aliases), tuple(tables), applied)


def _within(workspace: str, parsed: tuple[str, *Rest], field: str) -> tuple[*Rest]:
    if parsed[0] != workspace:
        raise CallerError.about(field, "belongs to another workspace than the request")
    return parsed[1:]


def _read(
    kind: str, definition: str, content: str, field: str, base_hash: str | None = None
) -> tuple[DefinitionDraft, tuple[str, ...]]:
    """A definition as the store takes it, and what is to be said about it. Raises CallerError (BAD_REQUEST): it is wrong."""
    from transformer.pipelines.reading import read_destination, read_pipeline  # in a thread; who pushes none starts without it

    if (size := len(content.encode())) > _MAX_BYTES:
        raise CallerError.about(field, f"{size} bytes are too many; at most {_MAX_BYTES}")
    name = f"{kind}/{definition}"
    warnings: tuple[str, ...] = ()
    try:
        if kind == "pipelines":
            form = read_pipeline(content, name)
            own = dict.fromkeys(step.use for step in form.steps if step.own)
            uses = DefinitionUses(tuple(own), form.destination)
        else:
            destination = read_destination(content, name)
            uses, warnings = DefinitionUses(secrets=tuple(sorted(destination.secrets))), destination.warnings
    except DefinitionError as wrong:
        told = "; ".join(wrong.problems)
        raise CallerError(
            Code.BAD_REQUEST, f"{field}: {told}", violations=tuple(Violation(field, one) for one in wrong.problems)
        ) from None
    return DefinitionDraft(kind, definition, content, uses, base_hash), warnings


def _version(record: DefinitionVersion, warnings: tuple[str, ...] = ()) -> pb.DefinitionVersion:
    return pb.DefinitionVersion(
        name=record.name,
        content=record.content,
        content_hash=record.content_hash,
        create_actor=record.actor,
        create_time=moment(record.created),
        warnings=warnings,
    )


def _message(record: Definition) -> pb.Definition:
    return pb.Definition(
        name=record.name,
        create_time=moment(record.created),
        update_time=moment(record.updated),
        live=_version(record.live),
        latest_version=record.latest_version,
    )
