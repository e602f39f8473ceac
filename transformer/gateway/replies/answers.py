"""Answers in the shapes that data planes decode strictly: put together from bytes, and never one that they cannot read.

What is wrong with an answer is not harmless: a processor that cannot decode one stops, and stops again when it is started.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

__all__ = ["API_VERSION", "Answer", "array", "element", "refused", "retry", "told"]

API_VERSION: Final = (b"apiversion", b"2")
"""Without this header, in an answer of 200, a processor stops."""

JSON: Final = b"application/json; charset=utf-8"
_ENCODE: Final = msgspec.json.Encoder().encode
_RETRY_STATUS: Final = 503
_REASON: Final = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers beside those that every answer has."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: bytes = JSON
    ours: bool = True
    """Whether we made it. What somebody else said leaves with nothing but its own headers."""


def array(replies: Iterable[bytes], status: int = 200) -> Answer:
    """An answer of replies, each the bytes of a JSON object, in their order."""
    return Answer(status, b"[" + b",".join(replies) + b"]")


def told(value: Any, status: int = 200) -> Answer:
    """An answer of one value of JSON that we made."""
    return Answer(status, _ENCODE(value))


def element(status: int, metadata: bytes, *, output: bytes = b"", error: str = "") -> bytes:
    """The reply for one event: `metadata` and `output` are bytes of JSON objects, b"" where there is none."""
    # One copy of what may be large, not one for each part of it.
    if not error:
        if output:
            told = b'{"statusCode":%d,"output":%b,"metadata":%b}' if metadata else b'{"statusCode":%d,"output":%b%b}'
            return told % (status, output, metadata)
        return b'{"statusCode":%d,"metadata":%b}' % (status, metadata) if metadata else b'{"statusCode":%d}' % status
    parts = [b'{"statusCode":%d' % status]
    if output:
        parts += [b',"output":', output]
    if metadata:
        parts += [b',"metadata":', metadata]
    return b"".join([*parts, b',"error":', _ENCODE(error), b"}"])


def refused(status: int, error: str) -> Answer:
    """An answer to a request that is malformed, or about something that is not there."""
    return Answer(status, _ENCODE({"error": error}))


def retry(metadatas: Sequence[bytes], reason: str, error: str) -> Answer:
    """The answer where nothing is wrong with the request: every event of it is to be sent again.

    `reason` becomes a label of the data plane's metrics: a short identifier. Where it is not known which events there are, one
    reply, of none of them, says why.
    """
    headers = {"X-Rudder-Should-Retry": "true", "X-Rudder-Error-Reason": reason[:_REASON]}
    replies = (element(_RETRY_STATUS, metadata, error=error) for metadata in metadatas or (b"",))
    return Answer(_RETRY_STATUS, b"[" + b",".join(replies) + b"]", headers)
