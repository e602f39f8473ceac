"""Seals texts with AES-256-GCM, for library/encrypt_fields: nobody without the key reads or changes them."""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["seal", "unseal"]

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


def seal(key: bytes, text: bytes, context: bytes = b"", *, repeatable: bool = False) -> bytes:
    """Nonce, sealed text and tag. `context` is not in it, but must be the same when it is opened.

    With `repeatable`, the nonce follows from key, context and text: equal texts are sealed equally, which tells that they are.

    Raises:
        ValueError: the key has not 32 bytes.
    """
    made = _cipher(key)
    if repeatable:
        told = hmac.digest(key, len(context).to_bytes(8, "big") + context + text, "sha256")
        nonce = told[:_NONCE_BYTES]
    else:
        nonce = os.urandom(_NONCE_BYTES)
    return nonce + made.encrypt(nonce, bytes(text), bytes(context))


def unseal(key: bytes, sealed: bytes, context: bytes = b"") -> bytes | None:
    """What was sealed; None if key or context is another one, or a bit was changed. Raises ValueError as `seal` does."""
    made = _cipher(key)
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        return None
    try:
        return made.decrypt(bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:]), bytes(context))
    except InvalidTag:
        return None


def _cipher(key: bytes) -> AESGCM:
    if type(key) is not bytes or len(key) != _KEY_BYTES:
        raise ValueError(f"a key has {_KEY_BYTES} bytes")
    return AESGCM(key)
