"""A dead letter and what became of its replays, each one line of JSON: the form in which every sink keeps them.

Bytes come back exactly as they were sent: as text where they are UTF-8, which nearly all are and people can read, and as Base64
where they are not. A reader ignores fields that it does not know.
"""

from __future__ import annotations

import os
import threading
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from transformer.outcome import Place

__all__ = ["DROPPED", "EMITTED", "FAILED", "Letter", "LetterFailure", "Mark", "Metadata", "next_id"]

_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

EMITTED: Final = "emitted"
DROPPED: Final = "dropped"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the data plane knew about an event; "" where it said nothing. `received_time` is RFC 3339, to the nanosecond."""

    source_id: str = ""
    destination_id: str = ""
    ordering_key: str = ""
    received_time: str = ""
    attributes: bytes = b""


@dataclass(frozen=True, slots=True)
class LetterFailure:
    """Why an event failed. `code` is `T201`; `version` is the full name of the version to blame, "" where none is."""

    code: str
    message: str
    retryable: bool = False
    version: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that failed: as it was sent, when it failed and why.

    `transformations` is what the request asked for, a transform of the library with its parameters, if any, after a blank; or
    the one pipeline, as `pipelines/orders`. `versions` is what that was when it ran. Times are aware, in UTC.
    """

    id: str
    time: datetime
    workspace: str
    transformations: tuple[str, ...]
    failure: LetterFailure
    payload: bytes = b""
    message_id: str = ""
    metadata: Metadata = Metadata()
    versions: tuple[str, ...] = ()

    def line(self) -> bytes:
        """The letter as a line of JSON, with its end of line."""
        metadata, said = self.metadata, {}
        if metadata.source_id:
            said["source_id"] = metadata.source_id
        if metadata.destination_id:
            said["destination_id"] = metadata.destination_id
        if metadata.ordering_key:
            said["ordering_key"] = metadata.ordering_key
        if metadata.received_time:
            said["received_time"] = metadata.received_time
        if metadata.attributes:
            said |= _bytes("attributes", metadata.attributes)
        return _line(
            {
                "id": self.id,
                "time": self.time,
                "workspace": self.workspace,
                "transformations": self.transformations,
                "versions": self.versions,
                "message_id": self.message_id,
                "metadata": said,
                "failure": _failure(self.failure),
                **_bytes("payload", self.payload),
            }
        )

    @classmethod
    def of(cls, line: bytes, *, body: bool = True) -> Letter:
        """The letter in a line; without `body` its payload and attributes are left out. ValueError if it is none."""
        try:
            told = orjson.loads(line)
            said = told["metadata"]
            return cls(
                id=told["id"],
                time=datetime.fromisoformat(told["time"]),
                workspace=told["workspace"],
                transformations=tuple(told["transformations"]),
                failure=_read_failure(told["failure"]),
                payload=_read_bytes(told, "payload") if body else b"",
                message_id=told["message_id"],
                metadata=Metadata(
                    said.get("source_id", ""),
                    said.get("destination_id", ""),
                    said.get("ordering_key", ""),
                    said.get("received_time", ""),
                    _read_bytes(said, "attributes") if body else b"",
                ),
                versions=tuple(told.get("versions", ())),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError("this line is no dead letter") from wrong


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a letter when it was replayed: `status` is EMITTED, DROPPED or FAILED, then with the new failure."""

    id: str
    time: datetime
    status: str
    by: str = ""
    failure: LetterFailure | None = None
    versions: tuple[str, ...] = field(default=())

    def line(self) -> bytes:
        """The mark as a line of JSON, with its end of line."""
        told: dict[str, Any] = {"id": self.id, "time": self.time, "status": self.status, "by": self.by}
        if self.failure is not None:
            told["failure"] = _failure(self.failure)
        return _line({**told, "versions": self.versions})

    @classmethod
    def of(cls, line: bytes) -> Mark:
        """The mark in a line. ValueError if it is none."""
        try:
            told = orjson.loads(line)
            failure = told.get("failure")
            return cls(
                told["id"],
                datetime.fromisoformat(told["time"]),
                told["status"],
                told.get("by", ""),
                _read_failure(failure) if failure is not None else None,
                tuple(told.get("versions", ())),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError("this line is no mark") from wrong


class _Ids:
    """Ids that sort by time, and within this process by the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._ours = os.urandom(4).hex()

    def next(self) -> str:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns())
            return f"{self._last:016x}{self._ours}"


_IDS: Final = _Ids()


def next_id() -> str:
    """A new id of a letter: 24 hexadecimal digits. Later ones are greater."""
    return _IDS.next()


def _line(told: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(told, option=_OPTIONS)
    except TypeError:  # a lone surrogate, in a text that came from somebody's code
        return orjson.dumps(_mended(told), option=_OPTIONS)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _mended(inner) for key, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list | tuple) else value


def _bytes(name: str, value: bytes) -> dict[str, str]:
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": b64encode(value).decode()}


def _read_bytes(told: dict[str, Any], name: str) -> bytes:
    packed = told.get(f"{name}_base64")
    return b64decode(packed, validate=True) if packed is not None else str(told.get(name, "")).encode()


def _failure(failure: LetterFailure) -> dict[str, Any]:
    told: dict[str, Any] = {"code": failure.code, "message": failure.message, "retryable": failure.retryable}
    if failure.version:
        told["version"] = failure.version
    if failure.place is not None:
        told["place"] = {"line": failure.place.line, "column": failure.place.column, "function": failure.place.function}
    return told


def _read_failure(told: dict[str, Any]) -> LetterFailure:
    place = told.get("place")
    return LetterFailure(
        told["code"],
        told["message"],
        told.get("retryable", False),
        told.get("version", ""),
        Place(place["line"], place.get("column", 0), place.get("function", "")) if place is not None else None,
    )
