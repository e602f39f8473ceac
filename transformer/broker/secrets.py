"""The host's side of `getCredential`: a secret of the workspace that the version declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from transformer.broker.redaction import Redactor
from transformer.capabilities import Capabilities
from transformer.errors import PlatformError
from transformer.wire.calls import CallError

__all__ = ["SecretSource", "Secrets"]


class SecretSource(Protocol):
    """Where values come from: the registry, or fixtures."""

    async def value(self, workspace: str, secret: str) -> str | None:
        """The value; None where there is no such secret. Raises PlatformError: nobody can say."""
        ...


class Secrets:
    """The handler of calls of the kind "secret". Whatever it hands out, `redactor` knows from then on."""

    def __init__(self, source: SecretSource, redactor: Redactor) -> None:
        self._source = source
        self._redactor = redactor

    async def handle(self, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> str | None:
        """The value of the secret `key`; None where there is none.

        Raises:
            CallError: "refused": the version does not declare it; "unavailable": it cannot be had now.
        """
        key = arguments.get("key")
        if not isinstance(key, str):
            raise CallError("invalid", "getCredential takes the name of a secret, a string")
        if key not in grants.secrets:
            told = (
                f"getCredential({key[:64]!r}) is not declared; add it to the manifest: capabilities: {{secrets: [{key[:64]}]}}"
            )
            raise CallError("refused", told)
        try:
            value = await self._source.value(workspace, key)
        except PlatformError as wrong:
            raise CallError("unavailable", wrong.message) from None
        if value is not None:
            self._redactor.note(workspace, value)
        return value
