"""Masks query parameters, fragments and credentials in URLs, and leaves every other character as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from library.names.v1 import matcher
from library.paths.v1 import finders, leaves

_SEPARATORS = re.compile(r"([&;])")
_CREDENTIALS = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.\-]*:)?//[^/?#@]*(?:@[^/?#@]*)*@", re.ASCII)
_UNESCAPED = "!~*'()"
_DEEPEST = 3


def mask(url: Any, masked: Callable[[str], bool], replacement: str | None = "[REDACTED]", credentials: bool = True) -> Any:
    """The URL with the values of all parameters masked whose names `masked` accepts; None as replacement removes them."""
    return _mask(url, masked, replacement, credentials, 0) if isinstance(url, str) else url


def _mask(url: str, masked: Callable[[str], bool], replacement: str | None, credentials: bool, depth: int) -> str:
    before, hash_sign, fragment = url.partition("#")
    base, question, query = before.partition("?")
    if credentials and "@" in base:
        base = _CREDENTIALS.sub(lambda found: (found.group(1) or "") + "//", base)
    if query:
        query = _mask_query(query, masked, replacement, credentials, depth)
        question = question if query else ""
    if "?" in fragment:
        route, _, inner = fragment.partition("?")
        inner = _mask_query(inner, masked, replacement, credentials, depth)
        fragment = f"{route}?{inner}" if inner else route
    elif "=" in fragment:
        fragment = _mask_query(fragment, masked, replacement, credentials, depth)
        hash_sign = hash_sign if fragment else ""
    return f"{base}{question}{query}{hash_sign}{fragment}"


def _mask_query(query: str, masked: Callable[[str], bool], replacement: str | None, credentials: bool, depth: int) -> str:
    pieces = _SEPARATORS.split(query)
    kept = []
    for index in range(0, len(pieces), 2):
        name, equals, value = pieces[index].partition("=")
        separator = pieces[index - 1] if index else ""
        if equals and value and masked(unquote(name.replace("+", " "))):
            if replacement is None:
                continue
            piece = f"{name}={replacement}"
        else:
            piece = name + equals + _mask_inside(value, masked, replacement, credentials, depth)
        kept.append(separator + piece if kept else piece)
    return "".join(kept)


def _mask_inside(value: str, masked: Callable[[str], bool], replacement: str | None, credentials: bool, depth: int) -> str:
    """The value, which may be a URL itself, as a page to return to often is."""
    if depth >= _DEEPEST or "%" not in value:
        return value
    inside = unquote(value)
    made = _mask(inside, masked, replacement, credentials, depth + 1)
    return value if made == inside else quote(made, safe=_UNESCAPED)


_find = finders(parameters["fields"])
_named = matcher(parameters["names"])
_allowed = matcher(parameters["keep"])
_everything = parameters["mode"] == "all"
_replacement = None if parameters["action"] == "remove" else parameters["replacement"]
_credentials = parameters["credentials"]


def _masked(name: str) -> bool:
    return (_everything or _named(name)) and not _allowed(name)


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Mask the fields."""
    for container, key in leaves(_find(event)):
        value = container[key]
        if isinstance(value, str) and ("?" in value or "@" in value or "#" in value):
            container[key] = _mask(value, _masked, _replacement, _credentials, 0)
    return event
