"""What the globals of the web ask the host side for: URLs, digests and random bytes, text in and text out.

Bytes cross as text whose characters are bytes (latin-1): the bridge carries such text as it is, in half the room of base64.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ada_url import URL

__all__ = ["ANSWERS"]

_DIGESTS: Final = MappingProxyType({"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"})
_MOST_RANDOM: Final = 65536  # bytes at once, as the standard has it


def _url(text: str) -> str:
    """The normal form of a URL; empty if it is none."""
    try:
        return URL(text).href
    except ValueError:
        return ""


def _url_with_base(text: str) -> str:
    """The normal form of what follows the first line, seen from the URL in it, which is in its own normal form."""
    base, _, relative = text.partition("\n")
    try:
        return URL(relative, base).href
    except ValueError:
        return ""


def _url_set(text: str) -> str:
    """A URL with one part set: its name, the URL in its normal form, the value. What cannot be set stays as it was."""
    part, href, value = text.split("\n", 2)
    url = URL(href)
    try:
        setattr(url, part, value)
    except ValueError:
        return href
    return url.href


def _digest(text: str) -> str:
    """The digest of the bytes after the first line, which names the algorithm."""
    name, _, data = text.partition("\n")
    return hashlib.new(_DIGESTS[name], data.encode("latin-1"), usedforsecurity=False).digest().decode("latin-1")


def _hmac(text: str) -> str:
    """The HMAC of bytes: a line with the algorithm, one with the size of the key, then the key and the bytes."""
    name, size, rest = text.split("\n", 2)
    both = rest.encode("latin-1")
    return hmac.digest(both[: int(size)], both[int(size) :], _DIGESTS[name]).decode("latin-1")


def _random(text: str) -> str:
    """As many random bytes. Never kept for later: workers are forked, and two must not have the same."""
    return os.urandom(min(int(text), _MOST_RANDOM)).decode("latin-1")


def _clock(_text: str) -> str:
    """Milliseconds of a clock that never goes back, from any beginning."""
    return repr(time.perf_counter_ns() / 1e6)


ANSWERS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "url": _url,
        "url_with_base": _url_with_base,
        "url_set": _url_set,
        "digest": _digest,
        "hmac": _hmac,
        "random": _random,
        "clock": _clock,
    }
)
"""Each takes and returns text. The prelude sends what they can answer: nothing here refuses in the user's face."""
