"""Adds where the sender's IP address is."""

from __future__ import annotations

import ipaddress
from typing import Any

from library.paths.v1 import finders, get, remove, writer

_find = finders(parameters["fields"])
_target = parameters["target"]
_write = writer(_target)
_only = tuple(parameters["only"])
_fails = parameters["on_error"] == "fail"
_forget = parameters["remove_address"]


def _public(value: Any) -> str | None:
    """The first address, of a list with commas as proxies write it, that can be anywhere."""
    for part in value.split(",") if isinstance(value, str) else ():
        try:
            address = ipaddress.ip_address(part.strip())
        except ValueError:
            continue
        if address.is_global:
            return str(address)
    return None


def _place(ip: str) -> dict[str, str]:
    try:
        return geolocation(ip)
    except Exception:
        if _fails:
            raise
        return {}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Add the place."""
    places = list(_find(event))
    ip = next((ip for container, key in places if (ip := _public(container[key]))), None)
    if ip is not None:
        found = _place(ip)
        told = {name: found[name] for name in _only if found.get(name)}
        known = get(event, _target)
        if told:
            _write(event, {**told, **(known if isinstance(known, dict) else {})})
    if _forget:
        remove(places)
    return event
