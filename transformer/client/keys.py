"""API keys as the client has them: records, and every call of AccessService. They raise as the registry's do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from transformer.client import messages
from transformer.client.calls import Call, identified, page_of
from transformer.client.records import Page
from transformer.errors import CallerError, Code
from transformer.wire.pb import access_pb2 as pb

__all__ = ["Key", "NewKey", "create_key", "get_key", "list_keys", "revoke_key"]

_SERVICE: Final = "AccessService"
_PREFIX: Final = "ROLE_"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret. `workspace` is "" where it acts in every one.

    `role` is "transform", "author", "operator" or "admin".
    """

    name: str
    label: str
    workspace: str
    role: str
    requests_per_second: int
    created: datetime
    created_by: str
    expires: datetime | None
    revoked: datetime | None
    revoked_by: str

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `secret` is what is sent; it cannot be had again. "" where the key was only checked."""

    key: Key
    secret: str = field(repr=False)


def create_key(
    label: str,
    role: str,
    workspace: str = "",
    *,
    expires: datetime | None = None,
    requests_per_second: int = 0,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[NewKey]:
    """Create a key for a workspace, or for every one. Its secret is in the answer and cannot be had again.

    Raises CallerError PRECONDITION where `request_id` made a key before: its secret was told then.
    """
    key = pb.Key(
        label=label,
        role=_role(role),
        workspace=messages.workspace_name(workspace) if workspace else "",
        requests_per_second=requests_per_second,
    )
    if expires is not None:
        key.expire_time.FromDatetime(expires.astimezone(UTC))
    request = pb.CreateKeyRequest(key=key, request_id=identified(request_id), validate_only=validate_only)
    return Call(_SERVICE, "CreateKey", request, lambda answer: NewKey(_key(answer.key), answer.secret), timeout)


def get_key(key: str, *, timeout: float | None = None) -> Call[Key]:
    """A key. Raises CallerError NOT_FOUND."""
    return Call(_SERVICE, "GetKey", pb.GetKeyRequest(name=_name(key)), _key, timeout)


def list_keys(
    workspace: str = "", page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[Page[Key]]:
    """Keys of a workspace, or all that the caller may see, newest first, a page of them."""
    where = messages.workspace_name(workspace) if workspace else ""
    request = pb.ListKeysRequest(workspace=where, page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListKeys", request, page_of("keys", _key), timeout)


def revoke_key(
    key: str, *, request_id: str | None = None, validate_only: bool = False, timeout: float | None = None
) -> Call[Key]:
    """Revoke a key, for good. Raises CallerError NOT_FOUND."""
    request = pb.RevokeKeyRequest(name=_name(key), request_id=identified(request_id), validate_only=validate_only)
    return Call(_SERVICE, "RevokeKey", request, _key, timeout)


def _name(key: str) -> str:
    return key if "/" in key else f"keys/{key}"


def _role(text: str) -> pb.Role.ValueType:
    found = pb.Role.DESCRIPTOR.values_by_name.get(f"{_PREFIX}{text.upper()}")
    if found is None or not found.number:
        roles = ", ".join(value.name.removeprefix(_PREFIX).lower() for value in pb.Role.DESCRIPTOR.values if value.number)
        raise CallerError(Code.BAD_REQUEST, f"there is no role {text!r}; roles are {roles}")
    return pb.Role.Value(found.name)


def _key(message: pb.Key) -> Key:
    return Key(
        name=message.name,
        label=message.label,
        workspace=message.workspace.removeprefix("workspaces/"),
        role=pb.Role.Name(message.role).removeprefix(_PREFIX).lower(),
        requests_per_second=message.requests_per_second,
        created=messages.read_time(message.create_time),
        created_by=message.create_actor,
        expires=messages.read_time(message.expire_time) if message.HasField("expire_time") else None,
        revoked=messages.read_time(message.revoke_time) if message.HasField("revoke_time") else None,
        revoked_by=message.revoke_actor,
    )
