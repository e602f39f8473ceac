"""Replaces values by their keyed SHA-256, so that they can be joined and counted but not read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from library.digest.v1 import keyring, normalized, sha256, text_of
from library.paths.v1 import finders, leaves


def hash_value(
    value: Any, key: str = "", normalize: str = "lower", encoding: str = "hex", length: int = 0, prefix: str = ""
) -> Any:
    """The hash of one value as text; null and empty text stay. `length`: so many characters of it, 0 for all."""
    text = normalized(text_of(value), normalize)
    if value is None or not text:
        return value
    made = sha256(text, key, encoding)
    return prefix + (made[:length] if length else made)


_find = finders(parameters["fields"])
_key: Callable[[], str] = keyring(parameters)
_how = {name: parameters[name] for name in ("normalize", "encoding", "length", "prefix")}
_skip = parameters["skip_hashed"]


def _hashed(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and all(letter in "0123456789abcdefABCDEF" for letter in value)


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Hash the fields."""
    places = leaves(_find(event))
    if places:
        key = _key()
        for container, name in places:
            if not (_skip and _hashed(container[name])):
                container[name] = hash_value(container[name], key, **_how)
    return event
