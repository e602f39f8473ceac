"""SecretService, and what the broker asks for values. A value is in no record, line or error here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from cachetools import LRUCache
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from transformer.errors import CallerError, Code, PlatformError
from transformer.limits import MAX_SECRET_BYTES
from transformer.registry import Store, names
from transformer.registry.cache import Catalogue
from transformer.registry.known import Known, Shelf
from transformer.registry.records import Call, Secret
from transformer.registry.sealing import Sealer, SealError, SealingKeyError, open_sealer
from transformer.service.changes import Changes, call_of
from transformer.service.interceptors import Incoming
from transformer.service.resources import moment
from transformer.settings import Settings, SettingsError
from transformer.wire.pb import secrets_pb2 as pb

__all__ = ["SecretMethods", "SecretValues", "sealer_of"]

_KEPT: Final = 10_000
_NO_KEY: Final = (
    "this server has no key to encrypt secrets with; its operator makes one with `transformer secrets key` and sets "
    "secrets_key_file, or TRANSFORMER_SECRETS_KEY"
)


def sealer_of(settings: Settings) -> Sealer | None:
    """The sealer with the keys of the settings; None where there are none. Raises SettingsError: one is no key."""
    try:
        return open_sealer(settings.secrets_key.get_secret_value(), settings.secrets_key_file)
    except SealingKeyError as wrong:
        raise SettingsError(str(wrong)) from None


class SecretValues:
    """Values for code and destinations, decrypted. Another value is handed out from the next poll of the registry on.

    On disk they are as the registry has them: encrypted.
    """

    def __init__(self, store: Store, catalogue: Catalogue, sealer: Sealer | None) -> None:
        self._sealer = sealer
        shelf: Shelf[tuple[str, str], str | None] = Shelf(
            read=lambda asked: store.secrets.find(*asked),
            find=lambda disk, asked: disk.secret(*asked),
            keep=lambda disk, asked, sealed: disk.keep_secret(*asked, sealed),
            forget=lambda disk, asked: disk.forget_secret(*asked),
        )
        self._known = Known(catalogue, shelf, _KEPT)
        self._decrypted: LRUCache[tuple[str, str], tuple[str, str]] = LRUCache(_KEPT)

    async def value(self, workspace: str, secret: str) -> str | None:
        """The value; None where there is no such secret.

        Raises:
            PlatformError: REGISTRY_UNAVAILABLE, or INTERNAL: this server cannot decrypt it.
        """
        name = (workspace, secret)
        sealed = await self._known.find(name)
        if sealed is None:
            self._decrypted.pop(name, None)
            return None
        known = self._decrypted.get(name)
        if known is None or known[0] != sealed:
            known = self._decrypted[name] = sealed, self._opened(workspace, secret, sealed)
        return known[1]

    def _opened(self, workspace: str, secret: str, sealed: str) -> str:
        about = names.secret_name(workspace, secret)
        if self._sealer is None:
            raise PlatformError(Code.INTERNAL, f"{about} cannot be decrypted: {_NO_KEY}")
        try:
            return self._sealer.open(workspace, secret, sealed)
        except SealError as wrong:
            raise PlatformError(Code.INTERNAL, f"{about} cannot be decrypted: {wrong}") from None


class SecretMethods:
    """The methods, by name in `methods`; each takes its request and an `Incoming` and raises our errors."""

    def __init__(self, store: Store, catalogue: Catalogue, sealer: Sealer | None) -> None:
        self._store = store
        self._change = Changes(store, catalogue)
        self._catalogue = catalogue
        self._sealer = sealer

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of SecretService."""
        return {
            "CreateSecret": self._create,
            "UpdateSecret": self._update,
            "GetSecret": self._get,
            "ListSecrets": self._list,
            "DeleteSecret": self._delete,
            "RotateSecrets": self._rotate,
        }

    async def _create(self, request: pb.CreateSecretRequest, incoming: Incoming) -> pb.Secret:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        names.check_name(request.secret_id, "secret_id")
        sealed = self._sealed(workspace, request.secret_id, request.value)
        call, secret = call_of(request, incoming), request.secret_id
        return _message(await self._change(self._store.secrets.create, workspace, secret, *sealed, call=call))

    async def _update(self, request: pb.UpdateSecretRequest, incoming: Incoming) -> pb.Secret:
        workspace, secret = incoming.within(names.parse_secret(request.name))
        sealed = self._sealed(workspace, secret, request.value)
        call, may_miss = call_of(request, incoming), request.allow_missing
        return _message(
            await self._change(self._store.secrets.update, workspace, secret, *sealed, allow_missing=may_miss, call=call)
        )

    async def _get(self, request: pb.GetSecretRequest, incoming: Incoming) -> pb.Secret:
        return _message(await self._store.ask(self._store.secrets.get, *incoming.within(names.parse_secret(request.name))))

    async def _list(self, request: pb.ListSecretsRequest, incoming: Incoming) -> pb.ListSecretsResponse:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        page = await self._store.ask(self._store.secrets.page, workspace, request.page_size, request.page_token)
        return pb.ListSecretsResponse(secrets=[_message(one) for one in page.items], next_page_token=page.next_token)

    async def _delete(self, request: pb.DeleteSecretRequest, incoming: Incoming) -> Empty:
        where = incoming.within(names.parse_secret(request.name))
        call = call_of(request, incoming)
        await self._change(self._store.secrets.delete, *where, call=call)
        self._catalogue.write(lambda disk: disk.forget_secret(*where))
        return Empty()

    async def _rotate(self, request: pb.RotateSecretsRequest, incoming: Incoming) -> pb.RotateSecretsResponse:
        sealer = self._need_key()

        def again(workspace: str, secret: str, sealed: str) -> str | None:
            try:
                value = sealer.open(workspace, secret, sealed)
            except SealError as wrong:
                about = names.secret_name(workspace, secret)
                raise CallerError(Code.PRECONDITION, f"{about}: {wrong}; nothing was changed", resource=about) from None
            return None if sealer.is_current(sealed) else sealer.seal(workspace, secret, value)

        call = Call(incoming.actor, validate_only=request.validate_only)
        rotated, total = await self._change(self._store.secrets.rotate, again, call=call)
        return pb.RotateSecretsResponse(rotated=rotated, total=total)

    def _sealed(self, workspace: str, secret: str, value: str) -> tuple[str, str]:
        """The value, encrypted, and what stands for it in comparisons."""
        sealer = self._need_key()
        if not value:
            raise CallerError.about("value", "is empty")
        if (size := len(value.encode())) > MAX_SECRET_BYTES:
            raise CallerError.about("value", f"has {size} bytes; at most {MAX_SECRET_BYTES}")
        return sealer.seal(workspace, secret, value), sealer.fingerprint(workspace, secret, value)

    def _need_key(self) -> Sealer:
        if self._sealer is None:
            raise CallerError(Code.PRECONDITION, _NO_KEY)
        return self._sealer


def _message(secret: Secret) -> pb.Secret:
    return pb.Secret(
        name=secret.name, create_time=moment(secret.created), update_time=moment(secret.updated), update_actor=secret.actor
    )
