"""Answers as a data plane in Go decodes them: into typed structs, strictly. What it would panic on is `UndecodableError` here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["ELEMENT", "ROUTED", "UndecodableError", "decode", "elements"]

MOST_NESTED: Final = 10_000
INT64: Final = 2**63
_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{}]')

Check = Callable[[Any, str], None]


class UndecodableError(Exception):
    """The processor would panic, and do so again after its restart: where in the answer, and why."""


def decode(body: bytes) -> Any:
    """JSON as Go reads it: numbers within float64, nothing behind the end, no NaN."""
    if _depth(body) > MOST_NESTED:
        raise UndecodableError("nested too deeply")

    def number(text: str) -> float:
        value = float(text)
        if math.isinf(value):
            raise UndecodableError(f"{text[:40]} is no float64")
        return value

    def whole(text: str) -> int:
        number(text)
        return int(text)

    def constant(text: str) -> Any:
        raise UndecodableError(f"{text} is no JSON")

    try:
        return json.loads(body.decode("utf-8", "replace"), parse_float=number, parse_int=whole, parse_constant=constant)
    except (ValueError, RecursionError) as wrong:
        raise UndecodableError(str(wrong)) from None


def elements(body: bytes) -> list[dict[str, Any]]:
    """The elements of an answer to a user transformation, a tracking plan or a destination transformation."""
    told = decode(body)
    if told is None:
        return []
    if not isinstance(told, list):
        raise UndecodableError(f"an array is wanted, not {type(told).__name__}")
    for index, element in enumerate(told):
        ELEMENT(element, f"[{index}]")
    return told


def _depth(body: bytes) -> int:
    depth = most = 0
    for found in _NESTING.finditer(body):
        sign = found[0]
        if sign in {b"[", b"{"}:
            depth += 1
            most = max(most, depth)
        elif sign in {b"]", b"}"}:
            depth -= 1
    return most


def _text(value: Any, where: str) -> None:
    if value is not None and not isinstance(value, str):
        raise UndecodableError(f"{where}: a string is wanted, not {type(value).__name__}")


def _integer(value: Any, where: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not -INT64 <= value < INT64):
        raise UndecodableError(f"{where}: an integer is wanted, not {str(value)[:40]}")


def _truth(value: Any, where: str) -> None:
    if value is not None and not isinstance(value, bool):
        raise UndecodableError(f"{where}: a boolean is wanted, not {type(value).__name__}")


def _anything(value: Any, where: str) -> None:
    """`interface{}`."""


def _many(check: Check) -> Check:
    def checked(value: Any, where: str) -> None:
        if value is not None and not isinstance(value, list):
            raise UndecodableError(f"{where}: an array is wanted, not {type(value).__name__}")
        for index, one in enumerate(value or ()):
            check(one, f"{where}[{index}]")

    return checked


def _map(check: Check) -> Check:
    def checked(value: Any, where: str) -> None:
        if value is not None and not isinstance(value, dict):
            raise UndecodableError(f"{where}: an object is wanted, not {type(value).__name__}")
        for name, one in (value or {}).items():
            check(one, f"{where}.{name}")

    return checked


def _struct(fields: Mapping[str, Check]) -> Check:
    """Fields are found whatever their case; others are skipped."""
    known = {name.lower(): check for name, check in fields.items()}

    def checked(value: Any, where: str) -> None:
        if value is not None and not isinstance(value, dict):
            raise UndecodableError(f"{where}: an object is wanted, not {type(value).__name__}")
        for name, one in (value or {}).items():
            known.get(name.lower(), _anything)(one, f"{where}.{name}")

    return checked


_TEXTS: Final = [
    "workspaceId",
    "messageId",
    "sourceId",
    "originalSourceId",
    "sourceName",
    "sourceType",
    "sourceCategory",
    "destinationId",
    "destinationName",
    "destinationType",
    "rudderId",
    "receivedAt",
    "partitionId",
    "eventName",
    "eventType",
    "sourceDefinitionId",
    "sourceJobId",
    "sourceJobRunId",
    "sourceTaskRunId",
    "instanceId",
    "namespace",
    "traceparent",
    "trackingPlanId",
    "originalDestinationId",
    "destinationDefinitionId",
    "transformationId",
    "transformationVersionId",
]
_METADATA: Final = _struct(
    dict.fromkeys(_TEXTS, _text)
    | {
        "jobId": _integer,
        "trackingPlanVersion": _integer,
        "messageIds": _many(_text),
        "sourceTpConfig": _map(_map(_anything)),
        "mergedTpConfig": _map(_anything),
        "recordId": _anything,
    }
)
_VIOLATION: Final = _struct({"type": _text, "message": _text, "property": _text, "meta": _map(_text)})
ELEMENT: Final = _struct(
    {
        "output": _map(_anything),
        "metadata": _METADATA,
        "statusCode": _integer,
        "error": _text,
        "validationErrors": _many(_VIOLATION),
        "statTags": _map(_text),
    }
)
"""One of them."""

ROUTED: Final = _struct(
    {
        "metadata": _many(_struct({"jobId": _integer, "userId": _text, "sourceId": _text, "destinationId": _text})),
        "destination": _struct({"ID": _text, "Name": _text}),
        "batched": _truth,
        "statusCode": _integer,
        "error": _text,
        "authErrorCategory": _text,
        "statTags": _map(_text),
    }
)
"""An element of an answer to a router."""
