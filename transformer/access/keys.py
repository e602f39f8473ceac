"""What an API key looks like: `tk_{id}_{secret}`, so that people and secret scanners recognise one.

The id is public: lists, logs and the audit trail name it, and a key is found by it. The secret is 260 random bits, so its plain
SHA-256 is as hard to turn back as the secret is to guess: a slow hash, which protects passwords that people choose, would cost
every request and protect nothing more. Digests are compared in constant time.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from hashlib import sha256
from typing import Final, NamedTuple

__all__ = ["NewKey", "digest_of", "id_of", "make", "matches"]

_PATTERN: Final = re.compile(r"tk_([a-z2-7]{12})_[a-z2-7]{52}")
_ID_CHARACTERS: Final = 12
_SECRET_CHARACTERS: Final = 52
_BITS_OF_A_CHARACTER: Final = 5


class NewKey(NamedTuple):
    """A key that was just made. `text` is told once and kept nowhere."""

    id: str
    text: str
    digest: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.id!r})"


def make() -> NewKey:
    """A new key, drawn from the system's randomness."""
    identity = _letters(_ID_CHARACTERS)
    text = f"tk_{identity}_{_letters(_SECRET_CHARACTERS)}"
    return NewKey(identity, text, digest_of(text))


def id_of(text: str) -> str:
    """The id in a key; "" if `text` is none."""
    found = _PATTERN.fullmatch(text)
    return found[1] if found else ""


def digest_of(text: str) -> str:
    """What is kept of a key: hexadecimal SHA-256 over all of it, so that no secret is good under another id."""
    return sha256(text.encode()).hexdigest()


def matches(text: str, digest: str) -> bool:
    """Whether a key is the one that `digest` was made of; takes the same time whatever the difference."""
    return hmac.compare_digest(digest_of(text), digest)


def _letters(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count * _BITS_OF_A_CHARACTER // 8 + 1)).decode().lower()[:count]
