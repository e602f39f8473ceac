"""AccessService: API keys. A secret exists here for as long as it takes to answer, and is in no record, line or error."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from transformer.access import Role, keys
from transformer.access.guard import Guard
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Store, names
from transformer.registry.records import ApiKey, KeyDraft
from transformer.service.changes import call_of
from transformer.service.interceptors import Incoming
from transformer.wire.pb import access_pb2 as pb

__all__ = ["AccessMethods"]


class AccessMethods:
    """The methods, by name in `methods`; each takes its request and an `Incoming` and raises our errors.

    `guard` learns of every change at once, where there is one; other servers follow within their poll.
    """

    def __init__(self, store: Store, guard: Guard | None) -> None:
        self._store = store
        self._guard = guard

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of AccessService."""
        return {
            "CreateKey": self._create_key,
            "GetKey": self._get_key,
            "ListKeys": self._list_keys,
            "RevokeKey": self._revoke_key,
        }

    async def _create_key(self, request: pb.CreateKeyRequest, incoming: Incoming) -> pb.CreateKeyResponse:
        asked = request.key
        workspace = names.parse_workspace(asked.workspace, "key.workspace") if asked.workspace else ""
        incoming.line["workspace"] = workspace
        made = keys.make()
        draft = KeyDraft(
            id=made.id,
            digest=made.digest,
            label=asked.label,
            workspace=workspace,
            role=_role(asked.role).text,
            expires=_expires(asked),
            requests_per_second=asked.requests_per_second,
        )
        call = call_of(request, incoming)
        key = await self._store.ask(self._store.create_key, draft, call=call)
        if key.id != made.id:
            raise CallerError(
                Code.PRECONDITION,
                f"this request has made {key.name} already, and its secret is told once; revoke it and create another",
                resource=key.name,
            )
        await self._learn()
        return pb.CreateKeyResponse(key=_message(key), secret="" if request.validate_only else made.text)

    async def _get_key(self, request: pb.GetKeyRequest, incoming: Incoming) -> pb.Key:
        key = names.parse_key(request.name)
        return _message(await self._store.ask(self._store.get_key, key, scope=incoming.scope))

    async def _list_keys(self, request: pb.ListKeysRequest, incoming: Incoming) -> pb.ListKeysResponse:
        workspace = names.parse_workspace(request.workspace, "workspace") if request.workspace else incoming.scope
        if incoming.scope and workspace != incoming.scope:
            raise CallerError(Code.PERMISSION_DENIED, f"these credentials act in workspaces/{incoming.scope} only")
        incoming.line["workspace"] = workspace
        page = await self._store.ask(self._store.list_keys, workspace, request.page_size, request.page_token)
        return pb.ListKeysResponse(keys=[_message(key) for key in page.items], next_page_token=page.next_token)

    async def _revoke_key(self, request: pb.RevokeKeyRequest, incoming: Incoming) -> pb.Key:
        key = names.parse_key(request.name)
        call = call_of(request, incoming)
        try:
            return _message(await self._store.ask(self._store.revoke_key, key, scope=incoming.scope, call=call))
        finally:
            await self._learn()

    async def _learn(self) -> None:
        if self._guard is not None:
            with contextlib.suppress(PlatformError):  # the change is made; the poller brings it
                await self._guard.keyring.refresh()


def _role(number: int) -> Role:
    try:
        return Role(number)
    except ValueError:
        sentence = f"name one of {', '.join(role.text for role in Role)}"
        raise CallerError.about("key.role", sentence) from None


def _expires(asked: pb.Key) -> Any:
    if not asked.HasField("expire_time"):
        return None
    try:
        return asked.expire_time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        sentence = "is no moment between the years 1 and 9999"
        raise CallerError.about("key.expire_time", sentence) from None


def _message(key: ApiKey) -> pb.Key:
    told = pb.Key(
        name=key.name,
        label=key.label,
        workspace=names.workspace_name(key.workspace) if key.workspace else "",
        role=(Role.of(key.role) or 0),  # type: ignore[arg-type]  # the numbers of both enums are the same, a test compares them
        requests_per_second=key.requests_per_second,
        create_actor=key.actor,
        revoke_actor=key.revoked_by,
    )
    for field, moment in (("create_time", key.created), ("expire_time", key.expires), ("revoke_time", key.revoked)):
        if moment is not None:
            stamp = Timestamp()
            stamp.FromDatetime(moment)
            getattr(told, field).CopyFrom(stamp)
    return told
