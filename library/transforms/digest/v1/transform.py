"""Keyed digests of values, the same in Python and JavaScript: what hashing, tokens, sampling and fingerprints are made of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

_WHOLE = 1e21
_BLANKS = " \t\n\r\x0b\x0c\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_BLANK = re.compile(f"[{_BLANKS}]+")
_KEPT_SECONDS = 60


def text_of(value: Any) -> str:
    """The text that stands for a value: a string itself, a number as JavaScript writes it, anything else as sorted JSON."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number_text(value)
    if _same_as_json(value):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        if text.isascii() or len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
            return text
    if isinstance(value, list):
        return "[" + ",".join(_part(item) for item in value) + "]"
    return "{" + ",".join(f"{_quoted(key)}:{_part(value[key])}" for key in sorted(value, key=_utf16)) + "}"


def _same_as_json(value: Any) -> bool:
    """Whether Python writes all numbers inside as JavaScript does: true of nearly all, and then its own fast writer will do."""
    waiting = [value]
    for here in waiting:
        for inner in here.values() if isinstance(here, dict) else here:
            if isinstance(inner, (dict, list)):
                waiting.append(inner)
            elif isinstance(inner, float) and (inner.is_integer() or not 1e-4 <= abs(inner) < 1e16):
                return False
    return True


def _part(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else text_of(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _utf16(text: str) -> bytes:
    """What JavaScript sorts texts by."""
    return text.encode("utf-16-be", "surrogatepass")


def number_text(value: float) -> str:
    """A number as JavaScript writes it: 5 for 5.0, 0.00001 for 1e-05."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text
    if 1e-6 <= abs(value) < _WHOLE:
        return format(Decimal(text), "f")
    digits, exponent = text.split("e")
    return f"{digits}e{exponent[0]}{exponent[1:].lstrip('0')}" if exponent[0] in "+-" else f"{digits}e+{exponent}"


def sha256(text: str, key: str = "", encoding: str = "hex") -> str:
    """The SHA-256 of the text, or its HMAC where a key is given, as hex, base64 or base64url (without padding)."""
    made = _digest(text, key)
    if encoding == "hex":
        return made.hex()
    if encoding == "base64":
        return base64.b64encode(made).decode()
    if encoding == "base64url":
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
    raise ValueError(f"there is no encoding {encoding!r}: use hex, base64 or base64url")


def uuid_of(digits: str) -> str:
    """The UUID of version 8 that the first 32 of these hexadecimal digits make."""
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def fraction(text: str, key: str = "") -> float:
    """A number from 0 up to, not including, 1 that follows from the text alone, evenly spread: its first 48 bits."""
    return int.from_bytes(_digest(text, key)[:6], "big") / 281474976710656


def _digest(text: str, key: str) -> bytes:
    said = text.encode("utf-8", "replace")
    if key:
        return hmac.digest(key.encode("utf-8", "replace"), said, "sha256")
    return hashlib.sha256(said).digest()


def trimmed(text: str) -> str:
    """The text without blanks around it: exactly those that JavaScript's `trim` takes away."""
    return text.strip(_BLANKS)


def words_of(text: str) -> list[str]:
    """The words of the text: what stands between those blanks."""
    return [word for word in _BLANK.split(text) if word]


def normalized(text: str, how: str) -> str:
    """The text as it is ("none"), without blanks around it ("trim"), or that in lower case ("lower")."""
    if how == "none":
        return text
    made = trimmed(text)
    return made.lower() if how == "lower" else made


def keyring(parameters: Mapping[str, Any]) -> Callable[[], str]:
    """A function that gives the key: `parameters.key`, or the secret that `parameters.secret` names, asked for once a minute.

    The function raises ValueError where neither says a key, unless `parameters.unkeyed` allows that.
    """
    literal, name = parameters.get("key", ""), parameters.get("secret", "")
    if literal or not name:
        if not literal and not parameters.get("unkeyed", False):
            return _no_key
        return lambda: literal
    held: dict[str, Any] = {"until": -1.0}

    def key() -> str:
        now = time.monotonic()
        if now >= held["until"]:
            found = getCredential(name)
            if not found:
                raise ValueError(f"there is no secret {name!r}: set it, or name another one in parameters.secret")
            held["key"], held["until"] = found, now + _KEPT_SECONDS
        return held["key"]

    return key


def _no_key() -> str:
    raise ValueError("there is no key: name a secret in parameters.secret")


def with_key(key: Callable[[], str], work: Callable[[str], Any]) -> Any:
    """`work(key())`; in JavaScript a promise of it where the key has yet to come."""
    return work(key())
