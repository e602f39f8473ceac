"""Reading bodies without reading events: each item of a request as slices of the body's bytes.

What the host needs to know of an item stands in its metadata and in its destination; the message is the sandbox's to read, and
the metadata goes back as it came, to the byte.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from transformer.errors import CallerError, Code
from transformer.gateway.requests.mending import AT_ONCE_BYTES, mend

__all__ = [
    "ABSENT",
    "BadBodyError",
    "Facts",
    "Item",
    "LargeBodyError",
    "decode",
    "facts",
    "is_absent",
    "is_object",
    "is_readable",
    "metadatas_of",
    "object_of",
    "read",
    "read_items",
]

T = TypeVar("T")
U = TypeVar("U")

ABSENT: Final = Raw(b"")
_NULL: Final = b"null"
_UNREADABLE: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What a decoder raises for bytes that it cannot read."""


class BadBodyError(CallerError):
    """The body is not what the endpoint takes: the sentence says what and where, and quotes nothing of it."""

    def __init__(self, told: str) -> None:
        super().__init__(Code.BAD_REQUEST, told)


class LargeBodyError(BadBodyError):
    """A large body cannot be read as it is. Mended (`mending.mend`), it may be what the endpoint takes."""


class Item(Struct, frozen=True):
    """One event of a request, with what the data plane knows about it. Whatever was not sent is ABSENT."""

    message: Raw = ABSENT
    metadata: Raw = ABSENT
    destination: Raw = ABSENT
    connection: Raw = ABSENT
    libraries: Raw = ABSENT
    credentials: Raw = ABSENT


class Facts(Struct, frozen=True):
    """What the host reads of an item's metadata: "" where it is missing or is no text."""

    workspaceId: Any = ""  # noqa: N815 - the name on the wire
    sourceId: Any = ""  # noqa: N815 - as above
    destinationId: Any = ""  # noqa: N815 - as above
    messageId: Any = ""  # noqa: N815 - as above
    rudderId: Any = ""  # noqa: N815 - as above
    transformationId: Any = ""  # noqa: N815 - as above

    def text(self, name: str) -> str:
        """The value of one of them."""
        value = getattr(self, name)
        return value if isinstance(value, str) else ""


_ITEMS: Final = msgspec.json.Decoder(list[Item])
_RAW: Final = msgspec.json.Decoder(Raw)
_RAWS: Final = msgspec.json.Decoder(list[Raw])
_ITEM: Final = msgspec.json.Decoder(Item)
_FACTS: Final = msgspec.json.Decoder(Facts)
_NO_ITEM: Final = Item()
_NO_FACTS: Final = Facts()


def read_items(body: bytes) -> list[Item]:
    """The items of a body that is a JSON array. One that is no object is an Item of which everything is ABSENT.

    Raises:
        BadBodyError: the body is no array.
    """
    try:
        return _ITEMS.decode(body)
    except _UNREADABLE:
        return [read(_ITEM, raw, _NO_ITEM) for raw in decode(_RAWS, body, "an array of events")]


def metadatas_of(body: bytes) -> list[bytes]:
    """The metadata of each event of a body that nobody has read, to name them in a refusal; none where it is no array."""
    try:
        return [bytes(item.metadata) for item in read_items(body)]
    except BadBodyError:
        return []


def decode(decoder: msgspec.json.Decoder[T], body: bytes | Raw, wanted: str) -> T:
    """What a decoder reads of a body, or of one that it is mended to (`mending`).

    Raises:
        LargeBodyError: it cannot be read, and is too large to be mended here.
        BadBodyError: it is not `wanted`.
    """
    if not body:
        raise BadBodyError(f"the body is not {wanted}: it is empty")
    try:
        return decoder.decode(body)
    except _UNREADABLE:
        large = len(bytes(body)) > AT_ONCE_BYTES
        mended = bytes(body) if large else mend(body)
    error = LargeBodyError if large else BadBodyError
    try:
        return decoder.decode(mended)
    except msgspec.ValidationError as wrong:
        raise error(f"the body is not {wanted}: {wrong}") from None
    except RecursionError:
        raise error(f"the body is not {wanted}: it is nested too deep") from None
    except UnicodeDecodeError:
        raise error(f"the body is not {wanted}: it is not UTF-8") from None
    except msgspec.DecodeError as wrong:
        raise error(f"the body is not {wanted}: it is not JSON: {wrong}") from None


def read(decoder: msgspec.json.Decoder[T], raw: bytes | Raw, otherwise: U) -> T | U:
    """What a decoder reads of a part of a body, or of what a worker said; `otherwise` for what it cannot read."""
    try:
        return decoder.decode(raw)
    except _UNREADABLE:
        return otherwise


def is_object(raw: bytes) -> bool:
    """Whether these bytes, which are JSON, are an object."""
    return raw.startswith(b"{")


def object_of(raw: Raw) -> bytes:
    """The bytes of an object; b"" for whatever else was sent."""
    sent = bytes(raw)
    return sent if is_object(sent) else b""


def is_readable(payload: bytes) -> bool:
    """Whether a worker's output is what it says: one JSON object, and nothing behind it."""
    return is_object(payload) and read(_RAW, payload, ABSENT) is not ABSENT


def is_absent(raw: Raw) -> bool:
    """Whether something was not sent, or is null."""
    seen = bytes(raw)
    return not seen or seen == _NULL


def facts(metadata: Raw) -> Facts:
    """What the host reads of an item's metadata; of one that is no object, nothing."""
    return read(_FACTS, metadata, _NO_FACTS)
