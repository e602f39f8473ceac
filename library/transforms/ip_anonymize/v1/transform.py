"""Cuts IP addresses, version 4 and 6, to the network that they are in."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from library.digest.v1 import trimmed
from library.paths.v1 import finders, leaves, remove

_V4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::\d+)?", re.ASCII)
_V6 = re.compile(r"(?:\[([0-9a-fA-F:.]+)(?:%[^\]]*)?\](?::\d+)?|([0-9a-fA-F:.]+)(?:%.*)?)", re.ASCII | re.DOTALL)
_MAPPED = 0xFFFF


def anonymize(text: Any, v4_bits: int = 24, v6_bits: int = 48) -> str | None:
    """The address with all but its first bits set to zero, without port and zone; None for what is no address.

    A list with commas, as proxies write it, is anonymised one by one, and is None if any part of it is no address.
    """
    if not isinstance(text, str):
        return None
    made = [_one(trimmed(part), v4_bits, v6_bits) for part in text.split(",")]
    return None if None in made else ", ".join(str(part) for part in made)


def _one(text: str, v4_bits: int, v6_bits: int) -> str | None:
    found = _V4.fullmatch(text)
    if found:
        numbers = [int(part) for part in found.groups()]
        if any(number > 255 for number in numbers):
            return None
        value = 0
        for number in numbers:
            value = value << 8 | number
        return _v4(value, v4_bits)
    found = _V6.fullmatch(text)
    if not found:
        return None
    try:
        value = int(ipaddress.IPv6Address(found.group(1) or found.group(2)))
    except ValueError:
        return None
    if value >> 32 == _MAPPED:
        return "::ffff:" + _v4(value & 0xFFFFFFFF, v4_bits)
    return ipaddress.IPv6Address(value >> 128 - v6_bits << 128 - v6_bits).compressed


def _v4(value: int, bits: int) -> str:
    value = value >> 32 - bits << 32 - bits
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


_find = finders(parameters["fields"])
_drop = parameters["action"] == "remove"
_keep_invalid = parameters["invalid"] == "keep"
_v4_bits, _v6_bits = parameters["v4_bits"], parameters["v6_bits"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Anonymise the fields."""
    places = _find(event)
    if _drop:
        remove(places)
        return event
    lost = []
    for container, key in leaves(places):
        made = anonymize(container[key], _v4_bits, _v6_bits)
        if made is not None:
            container[key] = made
        elif not _keep_invalid and container[key] is not None and container[key] != "":
            lost.append((container, key))
    remove(lost)
    return event
