"""The process behind a watch: hides, filters and projects the events that it is given, one after the other.

`python -m transformer.tap.inspector DESCRIPTOR`, with a socket to the server behind the descriptor. It ends when that is
closed, and is ended by the system where an event takes it longer or further than is allowed: the server sees which one it
was, counts it, and starts another inspector for the rest.
"""

from __future__ import annotations

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

__all__ = ["Inspection"]

_MEMORY_BYTES: Final = 768 * 2**20
_EVENT_CPU_SECONDS: Final = 2.0
_FILTER_CPU_SECONDS: Final = 0.1
_DEPTH: Final = 5000
"""orjson parses 1024 levels; a level takes two calls here."""

_NICE: Final = 19
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
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(nothing, (0, 0))
    sys.setrecursionlimit(_DEPTH)
    with socket.socket(fileno=descriptor) as server, server.makefile("rb") as source:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # it opens nothing any more
        inspection: Inspection | None = None
        while head := source.read(HEAD.size):
            header, blobs = unpack(source.read(*HEAD.unpack(head)))
            signal.setitimer(signal.ITIMER_PROF, _EVENT_CPU_SECONDS)
            if inspection is not None:
                answer = inspection.look(header, blobs)
            else:
                try:
                    inspection, answer = Inspection(header), pack({"verdict": "ready"})
                except FilterRefusedError as wrong:
                    answer = pack({"verdict": "refused", "error": wrong.message, "line": wrong.line, "column": wrong.column})
            signal.setitimer(signal.ITIMER_PROF, 0)
            server.sendall(answer)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
