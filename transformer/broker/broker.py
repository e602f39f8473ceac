"""Answer host calls: a handler for each kind, under the declared capabilities and one time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from transformer.broker.redaction import Redactor
from transformer.capabilities import Capabilities
from transformer.wire.calls import CALL_KINDS, CallError

if TYPE_CHECKING:  # observation imports the pool, which imports this
    from transformer.observe import Logger

__all__ = ["Broker", "Handler"]

Handler: TypeAlias = Callable[[str, Capabilities, Mapping[str, Any]], Awaitable[Any]]
"""handler(workspace, capabilities, arguments) → the value: JSON, or a dict with bytes at its top.

The arguments come from a sandbox: a handler looks at each of them, and holds them against the capabilities. It raises CallError
where there is no value; anything else that it raises is our own trouble. It is cancelled when its time is over or nobody waits
any more.
"""

_DECLARED_AS: Final = {
    "fetch": "hosts: [api.example.com]",
    "kv": 'kv: "prefix/"',
    "secret": "secrets: [NAME]",
    "geolocation": "geolocation: true",
}


_TOLD_SECONDS: Final = 60.0
_SETTLED_SECONDS: Final = 1.0


class Broker:
    """All handlers. One of it serves the whole process; it belongs to one event loop."""

    def __init__(self, trouble: Callable[[str, BaseException], None] | None = None, log: Logger | None = None) -> None:
        """Without any handler.

        Args:
            trouble: hears of what a handler raised that is no CallError: the kind, and the exception.
            log: gets a line when calls of a kind begin to have no answer through our own fault, and when they have again.
        """
        self.redactor = Redactor()
        """Knows the secrets that were handed out."""
        self._handlers: dict[str, Handler] = {}
        self._seconds: dict[str, float] = {}
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._stats: list[Callable[[], Mapping[str, float]]] = []
        self._trouble = trouble
        self._log = log
        self._told: dict[str, float] = {}
        self._troubled: set[str] = set()

    def register(
        self,
        kind: str,
        handler: Handler,
        close: Callable[[], Awaitable[None]] | None = None,
        stats: Callable[[], Mapping[str, float]] | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Have calls of this kind answered. `close` is awaited when the broker is closed; `stats` is scraped.

        They may take `seconds`, where that is more than what limits say of all calls: the handler has a time of its own.
        """
        if kind not in CALL_KINDS:
            raise ValueError(f"there is no kind of host call {kind!r}")
        self._handlers[kind] = handler
        self._seconds[kind] = seconds
        if close is not None:
            self._closing.append(close)
        if stats is not None:
            self._stats.append(stats)

    def stats(self) -> dict[str, float]:
        """The numbers of all handlers."""
        return {name: number for one in self._stats for name, number in one().items()}

    async def answer(
        self, workspace: str, capabilities: Capabilities, kind: str, arguments: Mapping[str, Any], seconds: float
    ) -> Any:
        """The value of a call.

        Raises:
            CallError: there is none; "unavailable" if that is our own fault.
        """
        handler = self._handler(workspace, capabilities, kind, arguments)
        seconds = max(seconds, self._seconds.get(kind, 0.0))
        over = asyncio.timeout(seconds)
        try:
            async with over:
                value = await handler(workspace, capabilities, arguments)
        except CallError as wrong:
            if wrong.kind == "unavailable":
                self._in_trouble(kind, str(wrong.__cause__ or wrong.message))
            raise
        except TimeoutError as late:
            if not over.expired():
                raise self._failed(kind, late) from late
            told = f"{kind} took longer than {seconds:g} s (call_seconds)"
            if kind == "fetch":
                raise CallError("timeout", told) from None
            self._in_trouble(kind, told)
            raise CallError("unavailable", told) from None  # who answers these is ours
        except Exception as wrong:
            raise self._failed(kind, wrong) from wrong
        if kind in self._troubled:
            self._works_again(kind)
        return value

    async def close(self) -> None:
        """Close what the handlers hold. Idempotent."""
        closing, self._closing = self._closing, []
        self._handlers.clear()
        await asyncio.gather(*(close() for close in closing))

    def _handler(self, workspace: str, capabilities: Capabilities, kind: str, arguments: Mapping[str, Any]) -> Handler:
        """Who answers the call. Raises CallError if it may not be made."""
        if not capabilities.grants(kind):
            told = f"{kind} is not declared: add `{_DECLARED_AS.get(kind, kind)}` to the capabilities in the manifest"
            raise CallError("refused", told)
        handler = self._handlers.get(kind)
        if handler is None:
            raise CallError("unsupported", f"this server does not offer {kind}")
        if kind == "kv" and self.redactor.holds(workspace, arguments):
            raise CallError("refused", "a secret is not kept in kv, which is not encrypted; ask for it where it is needed")
        return handler

    def _in_trouble(self, kind: str, reason: str) -> None:
        """Log it when it begins, and now and again as long as it lasts, or comes and goes."""
        now = monotonic()
        if self._log is not None and now - self._told.get(kind, -_TOLD_SECONDS) >= _TOLD_SECONDS:
            self._told[kind] = now
            self._troubled.add(kind)
            self._log.warning("host calls in trouble", kind=kind, reason=reason)

    def _works_again(self, kind: str) -> None:
        """Log it, unless it began only now: others may still be in trouble."""
        if self._log is not None and monotonic() - self._told[kind] >= _SETTLED_SECONDS:
            self._troubled.discard(kind)
            self._log.info("host calls work again", kind=kind)

    def _failed(self, kind: str, wrong: BaseException) -> CallError:
        if self._trouble is not None:
            self._trouble(kind, wrong)
        return CallError("unavailable", f"the platform could not answer {kind}; send the event again")
