"""One host call as user code sees it fail: an ordinary exception with one word for why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformer.engines.base import Host
from transformer.engines.python.text import spelled
from transformer.wire.calls import CallError

__all__ = ["HostCallError", "ask"]


class HostCallError(Exception):
    """A host call has no value. `kind` says why in one word, as refused, invalid, timeout, busy or missing."""

    def __init__(self, message: object = "", kind: object = "invalid") -> None:
        super().__init__(spelled(message))
        self.kind = spelled(kind)


def ask(host: Host, kind: Any, arguments: dict[str, Any], instead: Mapping[str, Any] | None = None) -> Any:
    """The value of a call; of `instead`, where there is none for that reason. Raises HostCallError."""
    try:
        return host.ask(kind, arguments)
    except CallError as wrong:
        if instead and wrong.kind in instead:
            return instead[wrong.kind]
        raise HostCallError(wrong.message, wrong.kind) from None
