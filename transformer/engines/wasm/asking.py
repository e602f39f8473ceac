"""Host calls of a module or component: lines of JSON in, as many lines out. All of them are under way together.

    {"kind": "fetch", "arguments": {…}}                     fetch, kv, secret, geolocation, or lookup with a table and a key
    {"value": …} or {"error": {"kind": "timeout", "message": "…", "details": {…}}}

Below us is a call into the guest, and wasmtime keeps its calls on one stack: no other event may run meanwhile.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import orjson

from transformer.engines.base import Host, Unavailable
from transformer.engines.calling import arguments_of, error_of, value_of
from transformer.wire.calls import CALL_KINDS, CallError, CallKind, Reply

__all__ = ["answer"]

_LOOKUP: Final = "lookup"
_KINDS: Final = (*sorted(CALL_KINDS), _LOOKUP)


def answer(host: Host, calls: bytes) -> bytes:
    """The answers to these calls. Raises Unavailable where the platform has none: the event ends."""
    lines = calls.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    told: list[bytes] = [b""] * len(lines)
    waiting: dict[int, int] = {}
    for place, line in enumerate(lines):
        try:
            kind, arguments = _read(line)
            if kind == _LOOKUP:
                told[place] = orjson.dumps({"value": _looked_up(host, arguments)})
            else:
                waiting[host.begin(kind, arguments)] = place
        except CallError as error:
            told[place] = _said(Reply(0, error=error))
    while waiting:
        reply = host.next()
        if reply is not None and reply.id in waiting:
            told[waiting.pop(reply.id)] = _said(reply)
    return b"\n".join(told)


def _read(line: bytes) -> tuple[CallKind | Literal["lookup"], dict[str, Any]]:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
        raise CallError("invalid", 'a host call is a line of JSON, as {"kind": "fetch", "arguments": {…}}')
    if told["kind"] not in _KINDS:
        raise CallError("invalid", f"there is no host call {told['kind'][:40]!r}; there are {', '.join(_KINDS)}")
    return told["kind"], arguments_of(told.get("arguments", {}))


def _looked_up(host: Host, arguments: dict[str, Any]) -> Any:
    name = arguments.get("table")
    if not isinstance(name, str):
        raise CallError("invalid", 'lookup takes {"table": "name", "key": …}')
    table = host.table(name)
    try:
        return table.get(arguments.get("key"))
    except ValueError:  # the file of the table is broken
        raise CallError("missing", "the table cannot be read") from None


def _said(reply: Reply) -> bytes:
    error = reply.error
    if error is None:
        return orjson.dumps({"value": value_of(reply)})
    if error.kind == "unavailable":
        raise Unavailable(error.message)
    return orjson.dumps({"error": dict(zip(("kind", "message", "details"), error_of(error), strict=True))})
