"""The process behind a watch: hides, filters and projects the events that it is given, one after the other.

`python -m transformer.tap.inspector DESCRIPTOR`, with a socket to the server behind the descriptor. It ends when that is
closed, and is ended by the system where an event takes it longer or further than is allowed: the server sees which one it
was, counts it, and starts another inspector for the rest.

A watcher's expression and customers' data meet a library here that is large and not ours. So the door is locked before either
comes in, as that of a worker is (`transformer.worker.lockdown`): no file, no socket, no process.
"""

from __future__ import annotations

import base64
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

import orjson

from transformer.tap.filter import Filter, FilterError, FilterRefusedError
from transformer.tap.parts import HEAD, pack, unpack
from transformer.tap.projection import parse_fields, project
from transformer.tap.redaction import Redaction, TooMuchToHideError
from transformer.tap.rules import parse_rules
from transformer.worker import lockdown

__all__ = ["Inspection"]

_MEMORY_BYTES: Final = 768 * 2**20
_EVENT_CPU_SECONDS: Final = 2.0
_FILTER_CPU_SECONDS: Final = 0.1
_DEPTH: Final = 5000
"""orjson parses 1024 levels; a level takes two calls here."""

_NICE: Final = 19
_UNTAKEN: Final = frozenset({"death_signal"})
"""It is the thread's that started it, and threads come and go. The end of the socket ends this process."""

_TEXTS: Final = ("id", "message", "reason", "function")
_WITHHELD: Final = pack({"verdict": "withheld"})


class Inspection:
    """What is done to each event of one watch. Raises FilterRefusedError, with the place, if the filter cannot be used."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._rules = parse_rules(order["rules"])
        self._fields = parse_fields(order["fields"])
        self._filter = Filter(order["filter"]) if order["filter"] else None

    def look(self, header: dict[str, Any], blobs: Sequence[bytes]) -> bytes:
        """The answer about one event: the payload, the attributes of its metadata, and its outputs."""
        try:
            before, attributes, *after = map(_parsed, blobs)
            return self._look(header, before, attributes, after)
        except (TooMuchToHideError, RecursionError, orjson.JSONDecodeError):
            return _WITHHELD

    def _look(self, header: dict[str, Any], before: Any, attributes: Any, after: list[Any]) -> bytes:
        metadata = {**header["metadata"], **(attributes or {})}
        redaction = Redaction(self._rules)
        for part in (before, after, metadata):
            redaction.learn(part)
        redaction.ready()
        # Hidden first: from here on nobody, the filter included, sees more than the watcher may.
        before, after, metadata = redaction.hide(before), redaction.hide(after), redaction.hide(metadata)
        texts = {name: redaction.hide_text(header[name]) for name in _TEXTS}
        logs = [redaction.hide_text(line) for line in header["logs"]]
        if self._filter is not None:
            variables = {
                **texts,
                **{name: header[name] for name in ("outcome", "code", "version")},
                "event": before or {},
                "outputs": after,
                "output": after[0] if after else {},
                "metadata": metadata,
                "logs": logs,
            }
            try:
                if not self._holds(self._filter, variables):
                    return pack({"verdict": "filtered"})
            except FilterError as wrong:
                return pack({"verdict": "error", "error": str(wrong)})
        shown = [b"" if before is None else orjson.dumps(project(before, self._fields))]
        shown += [orjson.dumps(project(output, self._fields)) for output in after]
        return pack({"verdict": "shown", **texts, "logs": logs}, *shown)

    def _holds(self, expression: Filter, variables: dict[str, Any]) -> bool:
        # By CPU time, so that a busy machine is nobody's fault; by the system, because the library cannot be interrupted.
        signal.setitimer(signal.ITIMER_PROF, _FILTER_CPU_SECONDS)
        holds = expression.holds(variables)
        signal.setitimer(signal.ITIMER_PROF, _EVENT_CPU_SECONDS)
        return holds


def _parsed(blob: bytes) -> dict[str, Any] | None:
    """The object that the bytes are; None where they are none: rules cannot be applied to it, so it is not shown."""
    try:
        value = orjson.loads(blob) if blob else None
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _main(descriptor: int) -> None:
    os.nice(_NICE)  # the data path comes first
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    sys.setrecursionlimit(_DEPTH)
    server = socket.socket(fileno=descriptor)
    (size,) = HEAD.unpack(server.recv(HEAD.size, socket.MSG_WAITALL))
    order, _ = unpack(server.recv(size, socket.MSG_WAITALL))
    held = _lock(server, order["confinement"])
    signal.setitimer(signal.ITIMER_PROF, _EVENT_CPU_SECONDS)
    inspection: Inspection | None = None
    try:
        inspection, answer = Inspection(order), pack({"verdict": "ready", "held": held})
    except FilterRefusedError as wrong:
        answer = pack({"verdict": "refused", "error": wrong.message, "line": wrong.line, "column": wrong.column})
    with os.fdopen(lockdown.SOCKET, "rb") as source, os.fdopen(lockdown.SOCKET, "wb", closefd=False) as sink:
        while True:
            signal.setitimer(signal.ITIMER_PROF, 0)
            sink.write(answer)
            sink.flush()
            if inspection is None or not (head := source.read(HEAD.size)):
                return
            header, blobs = unpack(source.read(*HEAD.unpack(head)))
            signal.setitimer(signal.ITIMER_PROF, _EVENT_CPU_SECONDS)
            answer = inspection.look(header, blobs)


def _lock(server: socket.socket, confinement: dict[str, Any]) -> list[str]:
    """Lock the door; the steps that hold. The socket is descriptor `lockdown.SOCKET` from then on."""
    lockdown.note_data_size()
    policy = lockdown.Policy(
        system_calls=base64.b64decode(confinement["system_calls"]),
        landlock=tuple(confinement["landlock"]),
        memory_bytes=_MEMORY_BYTES,
        skip=_UNTAKEN,
    )
    return lockdown.lock(server, policy, os.getppid())


if __name__ == "__main__":
    _main(int(sys.argv[1]))
