"""Secrets as the client has them: records without values, and every call of SecretService. They raise as the registry's do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from transformer.client import messages
from transformer.client.calls import Call, identified, page_of
from transformer.client.records import Page
from transformer.wire.pb import secrets_pb2 as pb

__all__ = [
    "RotatedSecrets",
    "Secret",
    "create_secret",
    "delete_secret",
    "get_secret",
    "list_secrets",
    "rotate_secrets",
    "update_secret",
]

_SERVICE: Final = "SecretService"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret. Nobody can read its value back. `updated` is when it got the one that it has, `actor` who gave it."""

    name: str
    workspace: str
    id: str
    created: datetime
    updated: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class RotatedSecrets:
    """How many secrets were encrypted anew, and how many there are."""

    rotated: int
    total: int


def create_secret(
    workspace: str,
    secret: str,
    value: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[Secret]:
    """Create a secret. Raises CallerError ALREADY_EXISTS, and PRECONDITION where the server has no key for secrets."""
    request = pb.CreateSecretRequest(
        parent=messages.workspace_name(workspace),
        secret_id=secret,
        value=value,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "CreateSecret", request, _secret, timeout)


def update_secret(
    workspace: str,
    secret: str,
    value: str,
    *,
    allow_missing: bool = False,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[Secret]:
    """Give a secret another value; create it if it may be missing. Raises CallerError NOT_FOUND."""
    request = pb.UpdateSecretRequest(
        name=_name(workspace, secret),
        value=value,
        allow_missing=allow_missing,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Call(_SERVICE, "UpdateSecret", request, _secret, timeout)


def get_secret(workspace: str, secret: str, *, timeout: float | None = None) -> Call[Secret]:
    """A secret, without its value. Raises CallerError NOT_FOUND."""
    return Call(_SERVICE, "GetSecret", pb.GetSecretRequest(name=_name(workspace, secret)), _secret, timeout)


def list_secrets(
    workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[Page[Secret]]:
    """Secrets of a workspace by name, without their values, a page of them."""
    request = pb.ListSecretsRequest(parent=messages.workspace_name(workspace), page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListSecrets", request, page_of("secrets", _secret), timeout)


def delete_secret(
    workspace: str,
    secret: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[None]:
    """Delete a secret. Raises CallerError NOT_FOUND."""
    request = pb.DeleteSecretRequest(
        name=_name(workspace, secret), request_id=identified(request_id), validate_only=validate_only
    )
    return Call(_SERVICE, "DeleteSecret", request, lambda _: None, timeout)


def rotate_secrets(*, validate_only: bool = False, timeout: float | None = None) -> Call[RotatedSecrets]:
    """Encrypt every secret of every workspace with the first of the server's keys."""
    request = pb.RotateSecretsRequest(validate_only=validate_only)
    return Call(_SERVICE, "RotateSecrets", request, lambda answer: RotatedSecrets(answer.rotated, answer.total), timeout)


def _name(workspace: str, secret: str) -> str:
    return f"{messages.workspace_name(workspace)}/secrets/{secret}"


def _secret(message: pb.Secret) -> Secret:
    workspace, secret = messages.read_ids(message.name)
    return Secret(
        name=message.name,
        workspace=workspace,
        id=secret,
        created=messages.read_time(message.create_time),
        updated=messages.read_time(message.update_time),
        actor=message.update_actor,
    )
