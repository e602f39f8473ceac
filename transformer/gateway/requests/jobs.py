"""What is asked of destinations, read: events with the bytes that came beside them, plain or compacted.

Plain, every event repeats its destination. Compacted, it names that in its metadata, and destinations stand once in the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from transformer.gateway.requests.bodies import (
    ABSENT,
    BadBodyError,
    Facts,
    Item,
    decode,
    facts,
    is_absent,
    is_object,
    object_of,
    read,
    read_items,
)
from transformer.gateway.requests.calls import Call

__all__ = ["Asked", "Destination", "Job", "read_events", "read_jobs"]

_FORMAT: Final = "x-content-format"
_COMPACTED: Final = "json+compactedv1"
_SECRET: Final = "oauth-secret"  # noqa: S105 - the name of a header


class _Compacted(Struct, frozen=True, rename="camel"):
    input: Raw = ABSENT
    destinations: dict[str, Raw] = {}
    connections: dict[str, Raw] = {}
    dest_type: Any = None


class Destination(Struct, frozen=True, rename={"has_dynamic_config": "hasDynamicConfig"}):
    """What the host reads of a destination."""

    ID: Raw = ABSENT
    Config: Raw = ABSENT
    has_dynamic_config: Any = None


class Job(Struct):
    """One event of a request: bytes of JSON, b"" for what was not sent. `metadata` is an object, or not there."""

    message: bytes
    metadata: bytes
    destination: bytes
    connection: bytes
    facts: Facts

    @property
    def size(self) -> int:
        """What it takes of a batch, in bytes."""
        return len(self.message) + len(self.metadata) + len(self.destination)

    @property
    def lacks(self) -> str:
        """Why it cannot be mapped, whatever its destination says; "" where it can."""
        if not is_object(self.message):
            return "the event is no JSON object"
        return "" if self.destination else "the event came without its destination"


@dataclass(slots=True)
class Asked:
    """What a router asks for: `jobs` is None where it sent no list of them."""

    kind: Any
    jobs: list[Job] | None
    secret: bytes = field(default=b"", repr=False)


_BODY: Final = msgspec.json.Decoder(_Compacted)
_RAW: Final = msgspec.json.Decoder(Raw)


def read_events(call: Call) -> list[Job]:
    """The events that a processor sends. Raises BadBodyError."""
    if not _is_compacted(call):
        return _jobs(read_items(call.body))
    body = decode(_BODY, call.body, "an object with input, destinations and connections")
    return _jobs(read_items(bytes(body.input)), body)


def read_jobs(call: Call) -> Asked:
    """The jobs that a router sends, and for what kind of destination. Raises BadBodyError."""
    body = decode(_BODY, call.body, "an object with input and destType")
    given = bytes(body.input)
    if not given.startswith(b"["):
        return Asked(body.dest_type, None)
    items = read_items(given)
    jobs = _jobs(items, body) if _is_compacted(call) else _jobs(items)
    return Asked(body.dest_type, jobs or None, _secret(call))


def _is_compacted(call: Call) -> bool:
    return call.headers.get(_FORMAT).strip().lower() == _COMPACTED


def _secret(call: Call) -> bytes:
    """The secret of the account that jobs are delivered with, as JSON; b"" where none came."""
    given = call.headers.get(_SECRET).encode("latin-1")
    if not given:
        return b""
    if not (secret := bytes(read(_RAW, given, ABSENT))):
        raise BadBodyError("Oauth-Secret: is not JSON")
    return secret


def _jobs(items: Sequence[Item], body: _Compacted | None = None) -> list[Job]:
    made = []
    before = b""
    for item in items:
        known = facts(item.metadata)
        if body is None:
            destination, connection = bytes(item.destination), bytes(item.connection)
            if destination == before:  # neighbours share one object: what it means is then looked up once
                destination = before
            before = destination
        else:
            name = known.text("destinationId")
            destination = _named(body.destinations, name)
            connection = _named(body.connections, f"{known.text('sourceId')}:{name}")
        made.append(
            Job(
                bytes(item.message),
                object_of(item.metadata),
                destination if is_object(destination) else b"",
                connection if is_object(connection) else b"",
                known,
            )
        )
    return made


def _named(raws: Mapping[str, Raw], name: str) -> bytes:
    raw = raws.get(name, ABSENT)
    return b"" if is_absent(raw) else bytes(raw)
