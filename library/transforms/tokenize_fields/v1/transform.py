"""Replaces values by stable tokens of the same shape: the same value always becomes the same token, and no token tells it."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import keyring, normalized, sha256, text_of, trimmed, uuid_of
from library.paths.v1 import finders, leaves

_EXACT_DIGITS = 15


def token(
    value: Any, key: str, style: str = "token", namespace: str = "", prefix: str = "tok_", length: int = 24, keep_last: int = 0
) -> Any:
    """The token of one value; null and empty text stay.

    Styles: "token" (prefix and letters), "email" (a token before the same domain), "digits" (digits for digits, all else stays,
    and so do the last `keep_last` digits), "uuid".
    """
    text = text_of(value)
    if value is None or not trimmed(text):
        return value
    if style == "digits" and any("0" <= letter <= "9" for letter in text):
        return _digits(value, text, key, namespace, keep_last)
    text = normalized(text, "lower")
    made = sha256(f"{namespace}\0{text}", key)
    if style == "uuid":
        return uuid_of(made)
    name, at, domain = text.rpartition("@")
    if style == "email" and at and name:
        return f"{prefix}{made[:length]}@{domain}"
    return f"{prefix}{made[:length]}"


def _digits(value: Any, text: str, key: str, namespace: str, keep_last: int) -> Any:
    digits = [letter for letter in text if "0" <= letter <= "9"]
    hidden = len(digits) - keep_last
    stream = ""
    plain = "".join(digits)
    while len(stream) < 4 * hidden:
        stream += sha256(f"{namespace}\0{plain}\0{len(stream)}", key)
    number = isinstance(value, int) and not isinstance(value, bool)
    written = []
    seen = 0
    for letter in text:
        if "0" <= letter <= "9":
            if seen < hidden:
                drawn = int(stream[4 * seen : 4 * seen + 4], 16)
                letter = str(1 + drawn % 9) if number and seen == 0 and hidden > 0 else str(drawn % 10)
            seen += 1
        written.append(letter)
    made = "".join(written)
    return int(made) if number and len(digits) <= _EXACT_DIGITS else made


_find = finders(parameters["fields"])
_key = keyring(parameters)
_how = {name: parameters[name] for name in ("style", "namespace", "prefix", "length", "keep_last")}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Put tokens for the fields."""
    places = leaves(_find(event))
    if places:
        key = _key()
        for container, name in places:
            container[name] = token(container[name], key, **_how)
    return event
