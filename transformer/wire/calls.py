"""What the frames of host calls hold: what code asks its host for in the middle of a turn, and the answer.

    CALL    u32 id | u32 head size | head (JSON: event, step, kind, arguments, tail) | tail
    REPLY   u32 id | u32 head size | head (JSON: value or error, tail) | tail

Arguments, and values that are objects, may hold bytes at their top level: these travel as they are, in the tail. Ids are the
worker's: each is larger than the one before, for as long as it lives. The host trusts nothing in a call; `read_call` checks all
that can be checked without knowing the turn.

The guest imports this file: besides the standard library it may use orjson only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import orjson

from transformer.wire.frames import FrameError

__all__ = [
    "CALL_ERRORS",
    "CALL_KINDS",
    "Call",
    "CallError",
    "CallErrorKind",
    "CallKind",
    "Reply",
    "read_call",
    "read_reply",
    "reply_id",
    "write_call",
    "write_reply",
]

CallKind = Literal["fetch", "kv", "secret", "geolocation"]
CALL_KINDS: Final[frozenset[str]] = frozenset(get_args(CallKind))

CallErrorKind = Literal[
    "refused", "invalid", "timeout", "connection", "too_large", "status", "missing", "busy", "unavailable", "unsupported"
]
"""Why a call has no value.

refused      it was not declared, or the operator does not allow it
invalid      its arguments make no sense
timeout      it took longer than a call may
connection   the other side cannot be reached, or broke off
too_large    what was sent or came back is over the limit
status       the other side answered, and said no
missing      there is no such thing: secret, table
busy         the version has used up its budget of calls
unavailable  our own trouble: the event ends as a retryable failure, whatever the code would make of it
unsupported  this server does not offer such calls
"""
CALL_ERRORS: Final[frozenset[str]] = frozenset(get_args(CallErrorKind))

_HEAD: Final = 8
_MESSAGE_CHARACTERS: Final = 500


class CallError(Exception):
    """A host call has no value: why, in one word, and a sentence without secrets or event data. Both sides raise it.

    `details` is for what the code of the caller may want to look at, as JSON: the status of an answer.
    """

    def __init__(self, kind: CallErrorKind, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.details = details or {}


@dataclass(frozen=True, slots=True)
class Call:
    """What a worker asks for. `event` is the index of the event in the turn, None outside of one; `step` that of the step."""

    id: int
    event: int | None
    step: int
    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the call with this id: a value, or why there is none."""

    id: int
    value: Any = None
    error: CallError | None = None

    def result(self) -> Any:
        """The value. Raises the error, if it is one."""
        if self.error is not None:
            raise self.error
        return self.value


def write_call(call: Call) -> list[bytes]:
    """The body of a CALL frame, as parts. Raises CallError "invalid" if the arguments are not JSON with bytes at the top."""
    arguments, tail, sizes = _parted(call.arguments)
    head = {"event": call.event, "step": call.step, "kind": call.kind, "arguments": arguments, "tail": sizes}
    try:
        top = orjson.dumps(head)
    except (TypeError, ValueError) as wrong:
        raise CallError("invalid", f"the arguments of {call.kind} cannot be sent: {wrong}") from None
    return [call.id.to_bytes(4, "little"), len(top).to_bytes(4, "little"), top, *tail]


def read_call(body: bytes | memoryview) -> Call:
    """The call in `body`. Raises FrameError for anything that `write_call` would not write."""
    try:
        number, head, tail = _opened(body)
        event, step, kind, arguments = head["event"], head["step"], head["kind"], head["arguments"]
        right = isinstance(arguments, dict) and isinstance(kind, str) and _index(step) and (event is None or _index(event))
        if not right or not CALL_KINDS.issuperset({kind}):
            raise FrameError("a call of a kind, or with arguments, that do not exist")
        return Call(number, event, step, kind, _joined(arguments, head["tail"], tail))
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise FrameError(f"a call cannot be read: {type(wrong).__name__}") from wrong


def write_reply(reply: Reply) -> list[bytes]:
    """The body of a REPLY frame, as parts. Raises TypeError if the value is not JSON with bytes at the top."""
    tail: list[bytes] = []
    if reply.error is None:
        value, tail, sizes = _parted(reply.value) if isinstance(reply.value, dict) else (reply.value, [], [])
        head: dict[str, Any] = {"value": value, "tail": sizes} if sizes else {"value": value}
    else:
        error = reply.error
        head = {"error": [error.kind, error.message[:_MESSAGE_CHARACTERS], dict(error.details)]}
    top = orjson.dumps(head, option=orjson.OPT_NON_STR_KEYS)
    return [reply.id.to_bytes(4, "little"), len(top).to_bytes(4, "little"), top, *tail]


def reply_id(body: bytes | bytearray | memoryview) -> int:
    """Which call is answered, by the first four bytes of a REPLY's body."""
    return int.from_bytes(body[:4], "little")


def read_reply(body: bytes | bytearray | memoryview) -> Reply:
    """The reply that `write_reply` wrote."""
    number, head, tail = _opened(body)
    if (error := head.get("error")) is not None:
        return Reply(number, error=CallError(*error))
    value = head["value"]
    return Reply(number, _joined(value, head["tail"], tail) if "tail" in head else value)


def _parted(holder: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes], list[tuple[str, int]]]:
    """The parts of `holder` that JSON can say, those that are bytes, and the names and sizes of these."""
    rest, tail, sizes = {}, [], []
    for key, value in holder.items():
        if isinstance(value, (bytes, bytearray, memoryview)):
            tail.append(bytes(value))
            sizes.append((key, len(tail[-1])))
        else:
            rest[key] = value
    return rest, tail, sizes


def _joined(holder: dict[str, Any], sizes: list[tuple[str, int]], tail: memoryview) -> dict[str, Any]:
    at = 0
    for key, size in sizes:
        if not isinstance(key, str) or not _index(size) or at + size > len(tail):
            raise FrameError("the tail of a host call does not fit its size")
        holder[key] = bytes(tail[at : at + size])
        at += size
    if at != len(tail):
        raise FrameError("the tail of a host call does not fit its size")
    return holder


def _opened(body: bytes | bytearray | memoryview) -> tuple[int, Any, memoryview]:
    view = memoryview(body)
    end = _HEAD + int.from_bytes(view[4:_HEAD], "little")
    return int.from_bytes(view[:4], "little"), orjson.loads(view[_HEAD:end]), view[end:]


def _index(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**32
