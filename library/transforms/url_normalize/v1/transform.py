"""Writes URLs that mean one page in one way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from library.digest.v1 import trimmed
from library.names.v1 import matcher
from library.paths.v1 import finders, leaves

_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_PORTS = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORT = re.compile(r":(\d*)$", re.ASCII)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)


def normal(
    url: str,
    removed: Callable[[str], bool] = lambda name: False,
    sort: bool = True,
    fragment: str = "remove",
    slash: str = "remove",
    www: bool = False,
    lower_path: bool = False,
    scheme: str = "",
) -> str:
    """The URL in its normal form, less the parameters that `removed` names; what is no web address stays."""
    found = _URL.fullmatch(trimmed(url))
    if not found:
        return url
    kind, authority, path, query, part = found.groups()
    kind = kind.lower() if kind else None
    if kind and kind not in _PORTS:
        return url
    if authority is not None:
        authority = _authority(authority, kind or "", www)
        kind = scheme if scheme and kind in ("http", "https") else kind
    path = _ESCAPE.sub(_tidied, path)
    if authority is not None:
        path = _INDEX.sub("/", _without_dots(path or "/"))
    path = path.lower() if lower_path else path
    if slash == "remove" and len(path) > 1:
        path = path.rstrip("/") or "/"
    elif slash == "add" and not path.endswith("/") and "." not in path.rpartition("/")[2]:
        path += "/"
    pairs = [
        pair for pair in (query or "").split("&") if pair and not removed(unquote(pair.partition("=")[0].replace("+", " ")))
    ]
    pairs = [_ESCAPE.sub(_tidied, pair) for pair in (sorted(pairs, key=_by_name) if sort else pairs)]
    made = (f"{kind}:" if kind else "") + (f"//{authority}" if authority is not None else "") + path
    made += "?" + "&".join(pairs) if pairs else ""
    return made + (f"#{part}" if part and (fragment == "keep" or (fragment == "routes" and part[:1] in "!/")) else "")


def _authority(authority: str, kind: str, www: bool) -> str:
    user, at, host = authority.rpartition("@")
    host = host.lower()
    port = _PORT.search(host)
    if port and port.group(1) in ("", _PORTS.get(kind)):
        host = host[: port.start()]
    host = host[:-1] if host.endswith(".") else host
    return user + at + (host[4:] if www and host.startswith("www.") and "." in host[4:] else host)


def _tidied(found: re.Match[str]) -> str:
    letter = chr(int(found.group(1), 16))
    return letter if letter in _PLAIN else found.group().upper()


def _without_dots(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if len(parts) > 1:
                parts.pop()
        elif part != ".":
            parts.append(part)
    made = "/".join(parts)
    return (made if made.startswith("/") else "/" + made) + (
        "/" if path.endswith(("/.", "/..")) and not made.endswith("/") else ""
    )


def _by_name(pair: str) -> bytes:
    return pair.partition("=")[0].encode("utf-16-be", "surrogatepass")  # the order that JavaScript has


_find = finders(parameters["fields"])
_how = {
    "removed": matcher(parameters["remove_params"]),
    "sort": parameters["sort_params"],
    "fragment": parameters["fragment"],
    "slash": parameters["trailing_slash"],
    "www": parameters["strip_www"],
    "lower_path": parameters["lower_path"],
    "scheme": parameters["scheme"],
}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Normalise the fields."""
    for container, key in leaves(_find(event)):
        if isinstance(container[key], str) and trimmed(container[key]):
            container[key] = normal(container[key], **_how)
    return event
