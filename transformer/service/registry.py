"""RegistryService: every method asks the Store, in a thread, and turns its record into a message.

The Store is synchronous because transactions are; the loop that serves batches must never wait for a disk. After a change of
ours the catalogue is told at once, so that whoever activates a version and then sends a batch meets the new one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from transformer.capabilities import NOTHING, Capabilities, CapabilitiesError
from transformer.errors import CallerError
from transformer.limits import Limits
from transformer.registry import Store, names
from transformer.registry.cache import Catalogue
from transformer.registry.publish import Tries, publish
from transformer.registry.records import CaseFile
from transformer.service import resources
from transformer.service.changes import Changes, call_of
from transformer.service.interceptors import Incoming
from transformer.wire.pb import registry_pb2 as pb

__all__ = ["RegistryMethods"]

P = ParamSpec("P")
R = TypeVar("R")
_UPDATABLE = frozenset({"description", "*"})


class RegistryMethods:
    """The methods, by name in `methods`; each takes its request and an `Incoming` and raises our errors."""

    def __init__(self, store: Store, catalogue: Catalogue, pool: Tries, limits: Limits) -> None:
        self._store = store
        self._catalogue = catalogue
        self._change = Changes(store, catalogue)
        self._pool = pool
        self._limits = limits

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of RegistryService."""
        return {
            "CreateWorkspace": self._create_workspace,
            "GetWorkspace": self._get_workspace,
            "ListWorkspaces": self._list_workspaces,
            "CreateTransformation": self._create_transformation,
            "GetTransformation": self._get_transformation,
            "ListTransformations": self._list_transformations,
            "UpdateTransformation": self._update_transformation,
            "DeleteTransformation": self._delete_transformation,
            "CreateVersion": self._create_version,
            "GetVersion": self._get_version,
            "ListVersions": self._list_versions,
            "DiffVersions": self._diff_versions,
            "GetAlias": self._get_alias,
            "ListAliases": self._list_aliases,
            "ActivateVersion": self._activate_version,
            "RollbackAlias": self._rollback_alias,
            "DeleteAlias": self._delete_alias,
            "ListAliasHistory": self._list_alias_history,
            "ListAuditEntries": self._list_audit_entries,
        }

    async def _create_workspace(self, request: pb.CreateWorkspaceRequest, incoming: Incoming) -> pb.Workspace:
        call = call_of(request, incoming)
        description = request.workspace.description
        return resources.workspace(
            await self._change(self._store.create_workspace, request.workspace_id, description, call=call)
        )

    async def _get_workspace(self, request: pb.GetWorkspaceRequest, incoming: Incoming) -> pb.Workspace:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.name)
        return resources.workspace(await self._store.ask(self._store.get_workspace, workspace))

    async def _list_workspaces(self, request: pb.ListWorkspacesRequest, incoming: Incoming) -> pb.ListWorkspacesResponse:
        if incoming.scope:  # as if there were no other
            own = await self._store.ask(self._store.get_workspace, incoming.scope)
            return pb.ListWorkspacesResponse(workspaces=[resources.workspace(own)])
        page = await self._store.ask(self._store.list_workspaces, request.page_size, request.page_token)
        return pb.ListWorkspacesResponse(
            workspaces=[resources.workspace(record) for record in page.items], next_page_token=page.next_token
        )

    async def _create_transformation(self, request: pb.CreateTransformationRequest, incoming: Incoming) -> pb.Transformation:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        call, name = call_of(request, incoming), request.transformation_id
        description = request.transformation.description
        return resources.transformation(
            await self._change(self._store.create_transformation, workspace, name, description, call=call)
        )

    async def _get_transformation(self, request: pb.GetTransformationRequest, incoming: Incoming) -> pb.Transformation:
        where = incoming.within(names.parse_transformation(request.name))
        found = await self._store.ask(self._store.get_transformation, *where)
        return resources.transformation(found, await self._store.ask(self._store.quarantines, *where))

    async def _list_transformations(
        self, request: pb.ListTransformationsRequest, incoming: Incoming
    ) -> pb.ListTransformationsResponse:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        page = await self._store.ask(self._store.list_transformations, workspace, request.page_size, request.page_token)
        held = await self._store.ask(self._store.quarantines, workspace)
        return pb.ListTransformationsResponse(
            transformations=[resources.transformation(record, held) for record in page.items], next_page_token=page.next_token
        )

    async def _update_transformation(self, request: pb.UpdateTransformationRequest, incoming: Incoming) -> pb.Transformation:
        body = request.transformation
        where = incoming.within(names.parse_transformation(body.name, "transformation.name"))
        if unknown := sorted(set(request.update_mask.paths) - _UPDATABLE):
            sentence = f'only "description" can be changed, not {", ".join(unknown[:5])}'
            raise CallerError.about("update_mask", sentence)
        call = call_of(request, incoming)
        return resources.transformation(
            await self._change(self._store.update_transformation, *where, body.description, etag=body.etag, call=call)
        )

    async def _delete_transformation(self, request: pb.DeleteTransformationRequest, incoming: Incoming) -> Empty:
        where = incoming.within(names.parse_transformation(request.name))
        await self._change(self._store.delete_transformation, *where, etag=request.etag, call=call_of(request, incoming))
        return Empty()

    async def _create_version(self, request: pb.CreateVersionRequest, incoming: Incoming) -> pb.Version:
        where = incoming.within(names.parse_transformation(request.parent, "parent"))
        draft = request.version
        version = await publish(
            self._pool,
            self._store,
            *where,
            draft.engine,
            draft.source,
            tuple(CaseFile(case.name, case.body) for case in draft.cases),
            capabilities=_capabilities(draft),
            allow_missing=request.allow_missing,
            limits=self._limits,
            call=call_of(request, incoming),
        )
        self._catalogue.changed()
        incoming.line["versions"] = [version.name]
        return resources.version(version)

    async def _get_version(self, request: pb.GetVersionRequest, incoming: Incoming) -> pb.Version:
        where = incoming.within(names.parse_version(request.name))
        found = await self._store.ask(self._store.get_version, *where)
        return resources.version(found, await self._store.ask(self._store.quarantines, *where[:2]))

    async def _list_versions(self, request: pb.ListVersionsRequest, incoming: Incoming) -> pb.ListVersionsResponse:
        where = incoming.within(names.parse_transformation(request.parent, "parent"))
        page = await self._store.ask(self._store.list_versions, *where, request.page_size, request.page_token)
        held = await self._store.ask(self._store.quarantines, *where)
        return pb.ListVersionsResponse(
            versions=[resources.version(record, held) for record in page.items], next_page_token=page.next_token
        )

    async def _diff_versions(self, request: pb.DiffVersionsRequest, incoming: Incoming) -> pb.DiffVersionsResponse:
        workspace, transformation, base = incoming.within(names.parse_version(request.base, "base"))
        *target_of, target = names.parse_version(request.target, "target")
        if target_of != [workspace, transformation]:
            sentence = "must be a version of the same transformation as base"
            raise CallerError.about("target", sentence)
        return pb.DiffVersionsResponse(diff=await self._store.ask(self._store.diff, workspace, transformation, base, target))

    async def _get_alias(self, request: pb.GetAliasRequest, incoming: Incoming) -> pb.Alias:
        where = incoming.within(names.parse_alias(request.name))
        return resources.alias(await self._store.ask(self._store.get_alias, *where))

    async def _list_aliases(self, request: pb.ListAliasesRequest, incoming: Incoming) -> pb.ListAliasesResponse:
        where = incoming.within(names.parse_transformation(request.parent, "parent"))
        page = await self._store.ask(self._store.list_aliases, *where, request.page_size, request.page_token)
        return pb.ListAliasesResponse(
            aliases=[resources.alias(record) for record in page.items], next_page_token=page.next_token
        )

    async def _activate_version(self, request: pb.ActivateVersionRequest, incoming: Incoming) -> pb.Alias:
        where, call = incoming.within(names.parse_alias(request.name)), call_of(request, incoming)
        change = (request.version, request.percent)
        return resources.alias(await self._change(self._store.activate, *where, *change, etag=request.etag, call=call))

    async def _rollback_alias(self, request: pb.RollbackAliasRequest, incoming: Incoming) -> pb.Alias:
        where, call = incoming.within(names.parse_alias(request.name)), call_of(request, incoming)
        return resources.alias(await self._change(self._store.rollback, *where, etag=request.etag, call=call))

    async def _delete_alias(self, request: pb.DeleteAliasRequest, incoming: Incoming) -> Empty:
        where, call = incoming.within(names.parse_alias(request.name)), call_of(request, incoming)
        await self._change(self._store.delete_alias, *where, etag=request.etag, call=call)
        return Empty()

    async def _list_alias_history(self, request: pb.ListAliasHistoryRequest, incoming: Incoming) -> pb.ListAliasHistoryResponse:
        where = incoming.within(names.parse_alias(request.parent, "parent"))
        page = await self._store.ask(self._store.list_alias_history, *where, request.page_size, request.page_token)
        return pb.ListAliasHistoryResponse(
            changes=[resources.alias_change(record) for record in page.items], next_page_token=page.next_token
        )

    async def _list_audit_entries(self, request: pb.ListAuditEntriesRequest, incoming: Incoming) -> pb.ListAuditEntriesResponse:
        if request.parent == names.workspace_name(names.EVERY_WORKSPACE):
            workspace = names.EVERY_WORKSPACE
        else:
            workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        page = await self._store.ask(self._store.list_audit, workspace, request.page_size, request.page_token)
        return pb.ListAuditEntriesResponse(
            entries=[resources.audit_entry(record) for record in page.items], next_page_token=page.next_token
        )


def _capabilities(draft: pb.Version) -> Capabilities:
    if not draft.HasField("capabilities"):
        return NOTHING
    asked = draft.capabilities
    declared: dict[str, Any] = {name: list(getattr(asked, name)) for name in ("hosts", "tables", "secrets")}
    declared |= {name: getattr(asked, name) for name in ("geolocation", "legacy_fetch")}
    declared["kv"] = asked.kv if asked.HasField("kv") else None
    try:
        return Capabilities.from_manifest(declared, "version.capabilities")
    except CapabilitiesError as wrong:
        field, _, sentence = str(wrong).partition(": ")
        raise CallerError.about(field, sentence) from None
