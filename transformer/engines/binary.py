"""Binary sources as text: what a registry, a frame and a content hash take for the bytes of a file.

Canonical base64, so that one binary is one text and has one content hash.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

__all__ = ["decode_binary", "encode_binary", "size_of_binary"]

_ADVICE: Final = "send the bytes of the file in standard base64 with padding and without line breaks"


def encode_binary(content: bytes) -> str:
    """The source for the bytes of a file."""
    return base64.b64encode(content).decode("ascii")


def size_of_binary(source: str) -> int:
    """How many bytes the source stands for, without decoding it; right where `decode_binary` would not raise."""
    return len(source) // 4 * 3 - source.endswith("=") - source.endswith("==")


def decode_binary(source: str) -> bytes:
    """The bytes of the file. Raises ValueError, with what to do, for text that is not canonical base64."""
    try:
        content = base64.b64decode(source, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"is not base64; {_ADVICE}") from None
    if base64.b64encode(content) != source.encode():
        raise ValueError(f"is base64 in another form than the canonical one; {_ADVICE}")
    return content
