"""Asks the guard before a method runs: who calls, may they do this, in the workspace that the request names?

Where there is no guard there is no admission either, and nothing to pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Protocol

from google.protobuf.message import Message

from transformer.access import Caller, Rule
from transformer.access.guard import Guard
from transformer.access.roles import EVERYWHERE, OWN, RULES
from transformer.errors import CallerError

__all__ = ["Admission", "Asks"]


class Asks(Protocol):
    """What is to be known of a call; `Incoming` is it."""

    line: dict[str, Any]
    caller: Caller | None

    @property
    def metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """What the caller sent beside its request."""
        ...


def _nowhere(_: object) -> str:
    return ""


def _reader(rule: Rule) -> Callable[[Any], str]:
    return _nowhere if rule.where in {"", OWN, EVERYWHERE} else attrgetter(rule.where)


_READERS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType({name: _reader(rule) for name, rule in RULES.items()})


class Admission:
    """Admits calls, one question to the guard after the other."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def admit(self, rule: Rule, request: Message, call: Asks) -> None:
        """One request, or one batch of a stream. Notes its caller.

        Raises:
            CallerError: UNAUTHENTICATED, PERMISSION_DENIED.
            PlatformError: RATE_LIMITED, or REGISTRY_UNAVAILABLE: nobody can be asked about the caller.
        """
        caller = await self._known(rule, call)
        await self._guard.count(caller)
        self._guard.check_workspace(rule, caller, _READERS[f"{rule.service}/{rule.method}"](request))

    def recognises(self, rule: Rule, named: str, metadata: Iterable[tuple[str, str | bytes]]) -> bool:
        """Whether it is known without asking anybody that the caller may do this to the resource `named`. Counts nothing."""
        try:
            caller = self._guard.recognise(metadata)
            if caller is not None:
                self._guard.check_role(rule, caller)
                self._guard.check_workspace(rule, caller, named)
        except CallerError:
            return False
        return caller is not None

    async def enter(self, rule: Rule, call: Asks) -> None:
        """A stream before its first request: who calls, and in which role. What it asks for is admitted one by one."""
        await self._known(rule, call)

    async def _known(self, rule: Rule, call: Asks) -> Caller:
        caller = await self._guard.identify(call.metadata)
        call.caller = caller
        call.line["caller"] = caller.name
        self._guard.check_role(rule, caller)
        return caller
