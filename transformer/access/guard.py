"""The two questions before every method: who are you, and may you do this there? And one more: not too often?

Answers come from memory for whoever was seen before. Refusals across workspaces are the same whether the other workspace, or
what is asked for in it, exists or not: they are given before anything is looked up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from transformer.access.caller import Caller
from transformer.access.keyring import Changes, Keyring
from transformer.access.roles import EVERYWHERE, OWN, Rule
from transformer.access.snapshot import Snapshot
from transformer.errors import CallerError, Code, PlatformError
from transformer.observe import Logger
from transformer.settings import Settings

if TYPE_CHECKING:
    from transformer.access.jwks import Jwks
    from transformer.access.tokens import Tokens

__all__ = ["HEADER", "Guard"]

HEADER: Final = "authorization"
_SCHEME: Final = "bearer "
_MAX_CHARACTERS: Final = 8192
_LEAST_WAIT_SECONDS: Final = 0.01


class Guard:
    """Admits callers, for one event loop, between `start` and `close`. Remembers keys in `folder`, if there is one.

    Raises:
        SettingsError: the settings about JWTs do not fit each other.
    """

    def __init__(self, settings: Settings, changes: Changes, log: Logger, folder: Path | None = None) -> None:
        snapshot = None if folder is None else Snapshot(folder)
        self.keyring = Keyring(changes, settings.activation_poll_seconds, snapshot)
        self._log = log
        self._jwks: Jwks | None = None
        self._tokens: Tokens | None = None
        if settings.jwks:
            from transformer.access.jwks import Jwks
            from transformer.access.tokens import Tokens

            self._jwks = Jwks(settings.jwks, settings.jwks_seconds, log)
            self._tokens = Tokens(settings, self._jwks)
        # Late, as those above: a server that asks nobody who they are would start a tenth later for these libraries.
        from limits import RateLimitItemPerSecond
        from limits.aio.storage import MemoryStorage
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        self._rate = settings.key_requests_per_second
        self._limit = RateLimitItemPerSecond
        self._rates = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def start(self) -> None:
        """Learn the keys. What cannot be read now is tried again; nobody is admitted by it until then."""
        await self.keyring.start()
        if self._jwks is not None:
            await self._jwks.start()
        elif not self.keyring.trouble and not len(self.keyring):
            self._log.warning("there is no API key yet; make the first with transformer keys create LABEL --role admin --local")

    async def close(self) -> None:
        """Stop learning. Idempotent."""
        if self._jwks is not None:
            await self._jwks.close()
        await self.keyring.close()

    async def identify(self, metadata: Iterable[tuple[str, str | bytes]]) -> Caller:
        """Who sends this metadata.

        Raises:
            CallerError: UNAUTHENTICATED: nobody who is known; PERMISSION_DENIED: a token that names no role or workspace.
            PlatformError: REGISTRY_UNAVAILABLE: the credentials are not known here, and nobody can be asked about them.
        """
        text = _credentials(metadata)
        caller = self._known(text)
        if caller is not None:
            return caller
        if self._tokens is None or not self._tokens.looks_like_one(text):
            return await self.keyring.find(text)
        return await self._tokens.verify(text)

    def recognise(self, metadata: Iterable[tuple[str, str | bytes]]) -> Caller | None:
        """Who sends this metadata, if that is known without asking anybody. CallerError (UNAUTHENTICATED): no credentials."""
        return self._known(_credentials(metadata))

    def _known(self, text: str) -> Caller | None:
        caller = self.keyring.known(text)
        if caller is None and self._tokens is not None and self._tokens.looks_like_one(text):
            caller = self._tokens.known(text)
        return caller

    async def count(self, caller: Caller) -> None:
        """One more request of this caller. PlatformError (RATE_LIMITED, with the time to wait): it has sent enough for now."""
        rate = caller.rate or self._rate
        if not rate:
            return
        limit = self._limit(rate)
        if not await self._rates.hit(limit, caller.id):
            told = await self._rates.get_window_stats(limit, caller.id)
            raise PlatformError(
                Code.RATE_LIMITED,
                f"more than the {rate} requests per second that this key may send",
                retry_after_seconds=max(_LEAST_WAIT_SECONDS, told.reset_time - time.time()),
            )

    @staticmethod
    def check_role(rule: Rule, caller: Caller) -> None:
        """Raises CallerError (PERMISSION_DENIED): the caller's role is too small for the method."""
        if rule.role is not None and caller.role < rule.role:
            raise CallerError(
                Code.PERMISSION_DENIED,
                f"{rule.method} needs the role {rule.role.text}; these credentials have {caller.role.text}",
            )

    @staticmethod
    def check_workspace(rule: Rule, caller: Caller, named: str) -> None:
        """Raises CallerError (PERMISSION_DENIED): the resource `named` is not of a workspace that the caller may act in."""
        if not caller.workspace or rule.where in {"", OWN}:
            return
        own = f"workspaces/{caller.workspace}"
        if rule.where == EVERYWHERE or not (named == own or named.startswith(f"{own}/")):
            raise CallerError(Code.PERMISSION_DENIED, f"these credentials act in {own} only")


def _credentials(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    sent = [value for key, value in metadata if key == HEADER]
    if not sent:
        raise CallerError(Code.UNAUTHENTICATED, "send an API key as the metadata authorization: Bearer tk_…")
    value = sent[0]
    if len(sent) > 1 or not isinstance(value, str) or len(value) > _MAX_CHARACTERS or value[:7].lower() != _SCHEME:
        raise CallerError(Code.UNAUTHENTICATED, "the metadata authorization must be one line: Bearer and an API key or a JWT")
    return value[7:].strip()
