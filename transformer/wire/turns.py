"""What the frames of a turn hold: a batch on its way to a worker, outcomes on their way back.

Both are columns, not objects: a JSON head for what is small or rare, arrays of little-endian 32-bit numbers, and the payloads
one after the other. The host never parses a payload. It trusts nothing that comes back: `read_chunk` checks every count and
length against the bytes that are there, the `Ledger` checks the rest against the events that were asked for.

    TURN    u32 head size | head (JSON) | u32 sizes of n payloads | u32 sizes of n attributes, if any | payloads | attributes
    CHUNK   u32 head size | head (JSON) | u32 events | u32 outputs | u32 indexes of the events | u8 statuses of the events
            | u32 sizes of the outputs | u32 input index of the outputs | payloads

An output of several events has MANY as its input index, and its inputs in the head under "inputs".

The guest imports this file: besides the standard library it may use orjson only.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import accumulate
from typing import Any, Final

import orjson

from transformer.outcome import each_alone
from transformer.wire.frames import FrameError

__all__ = ["COUNTED", "MANY", "WELL", "Chunk", "Turn", "read_chunk", "read_turn", "write_chunk", "write_turn"]

MANY: Final = 0xFFFFFFFF
WELL: Final = b'{"worn":false}'
"""The body of the END frame of a turn that did the worker no harm, and counted nothing; anything else is read."""
COUNTED: Final = frozenset(
    {
        "logs",
        "fetches",
        "sessions",
        "mounts",
        "ignored_session_verify",
        "ignored_pool_maxsize",
        "ignored_pool_connections",
        "ignored_send",
        "lanes",
        "waited_us",
        "took_us",
    }
)
"""What an END frame may hold in "counts", as whole numbers: what code did in the turn that nothing else tells of. Lines logged,
fetches tried, sessions made, adapters mounted, what of these is ignored; and where it waited for host calls, the most events
that were at work together, how long all of them waited, and the whole turn."""
_U32: Final = "I"
_NO_HEAD: Final = b"{}"
_COUNTS: Final = struct.Struct("<II")
if array(_U32).itemsize != 4 or sys.byteorder != "little":
    raise ImportError("frames need a little-endian machine with 32-bit unsigned ints")


@dataclass(slots=True)
class Turn:
    """A batch as the worker gets it. `payloads` are one buffer; event i is payloads[offsets[i]:offsets[i + 1]].

    It begins at `begin` of the frame's `body`; sizes[i] is how many bytes event i has.

    head holds: steps (list of {hash, engine, name, index, and if the worker is to load it: source, capabilities, libraries,
    parameters, legacy, each if there is any}), limits (absent: as in the turn before), metadata (list
    of objects, one per event, or absent), common (an object of metadata that every event shares), logs (whether to keep them),
    alone (true: no two events in one call, since a worker was lost in such a call), adopts (as `pool.plan.Plan` has it),
    credentials (absent: none came with the events).
    """

    head: dict[str, Any]
    body: bytes
    begin: int
    payloads: memoryview
    sizes: array[int]
    offsets: list[int]
    attributes: memoryview | None = None
    attribute_offsets: list[int] = field(default_factory=list)

    def events(self) -> Iterator[bytes]:
        """The events in their order, each made when it is asked for."""
        source = BytesIO(self.body)  # no copy, and half the price of slices
        source.seek(self.begin)
        return map(source.read, self.sizes)

    @property
    def alone(self) -> bool:
        """Whether each event is to be in a call of its own."""
        return bool(self.head.get("alone"))


def write_turn(head: dict[str, Any], payloads: Sequence[bytes], attributes: Sequence[bytes] | None = None) -> list[bytes]:
    """The body of a TURN frame, as parts to be written one after the other."""
    top = orjson.dumps(head)
    parts = [len(top).to_bytes(4, "little"), top, array(_U32, map(len, payloads)).tobytes()]
    if attributes is not None:
        parts.append(array(_U32, map(len, attributes)).tobytes())
    parts.append(b"".join(payloads))
    if attributes is not None:
        parts.append(b"".join(attributes))
    return parts


def read_turn(body: bytes) -> Turn:
    """The turn that `write_turn` wrote; the count of events and whether there are attributes stand in the head."""
    view = memoryview(body)
    at = 4 + int.from_bytes(view[:4], "little")
    head = orjson.loads(view[4:at])
    count = head["count"]
    sizes = array(_U32, body[at : at + 4 * count])
    offsets = list(accumulate(sizes, initial=0))
    at += 4 * count
    attribute_offsets: list[int] = []
    if head.get("attributes"):
        attribute_offsets = list(accumulate(array(_U32, body[at : at + 4 * count]), initial=0))
        at += 4 * count
    end = at + offsets[-1]
    return Turn(head, body, at, view[at:end], sizes, offsets, view[end:] if attribute_offsets else None, attribute_offsets)


@dataclass(slots=True)
class Chunk:
    """Outcomes of some events of a turn. `events` are indexes into the turn, `inputs` too.

    head may hold: inputs ({output: [events]}), reasons, droppers, failures and logs (each {event: …}).
    """

    events: Sequence[int]
    statuses: bytes
    payloads: list[bytes]
    inputs: list[tuple[int, ...]]
    head: dict[str, Any]


def write_chunk(
    events: array[int], statuses: bytearray, sizes: array[int], inputs: array[int], payloads: bytearray, head: dict[str, Any]
) -> list[bytes | bytearray]:
    """The body of a CHUNK frame, as parts to be written one after the other. `payloads` are `sizes` long, in one buffer."""
    top = orjson.dumps(head, option=orjson.OPT_NON_STR_KEYS) if head else _NO_HEAD
    counts = array(_U32, (len(top), len(events), len(sizes))).tobytes()
    return [counts[:4], top, counts[4:], events.tobytes(), statuses, sizes.tobytes(), inputs.tobytes(), payloads]


def read_chunk(body: bytes | memoryview) -> Chunk:
    """The chunk in `body`. Raises FrameError if a count or a length in it does not fit the bytes that are there."""
    read = BytesIO(body).read  # one copy, then half of what slices cost
    try:
        size = int.from_bytes(read(4), "little")
        top = read(size)
        head = {} if top == _NO_HEAD else orjson.loads(top)
        count, outputs = _COUNTS.unpack(read(_COUNTS.size))
        left = len(body) - 4 - size - _COUNTS.size - 5 * count - 8 * outputs
        if not isinstance(head, dict) or left < 0:
            raise FrameError("a chunk's counts do not fit its size")
        events = read(4 * count)
        statuses = read(count)
        sizes = array(_U32, read(4 * outputs))
        inputs = read(4 * outputs)
        if sum(sizes) != left:
            raise FrameError("a chunk's payloads do not fit its size")
        payloads = list(map(read, sizes))
        named = _neighbours(events) or array(_U32, events).tolist()
        sources: list[tuple[int, ...]]
        if inputs == events and isinstance(named, range):
            sources = each_alone(named)
        elif many := head.get("inputs"):
            sources = [(i,) if i != MANY else tuple(map(int, many[str(k)])) for k, i in enumerate(array(_U32, inputs))]
        else:
            sources = list(zip(array(_U32, inputs)))
        return Chunk(named, statuses, payloads, sources, head)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError) as wrong:
        raise FrameError(f"a chunk cannot be read: {type(wrong).__name__}") from wrong


def _neighbours(indexes: bytes) -> range | None:
    """The range that these indexes are, as nearly always; None if they are none. Compared in one piece, not one by one."""
    first = int.from_bytes(indexes[:4], "little")
    found = range(first, first + len(indexes) // 4)
    return found if array(_U32, found).tobytes() == indexes else None
