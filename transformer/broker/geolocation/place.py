"""Where an address is, in the words that existing code reads: one flat object of texts, empty where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["place"]


def place(ip: str, record: Mapping[str, Any]) -> dict[str, str]:
    """The record of a database as that object.

    Databases come in two shapes: nested, with names in languages (GeoIP2, GeoLite2, DB-IP), and flat.
    """
    regions = record.get("subdivisions")
    region = regions[0] if isinstance(regions, list) and regions else record.get("region")
    location = record.get("location")
    return {
        "ip": ip,
        "city": _name(record.get("city")),
        "region": _name(region),
        "region_code": _code(region) or _text(record.get("region_code")),
        "postal": _code(record.get("postal"), "code") or _text(record.get("postal")) or _text(record.get("postal_code")),
        "country": _code(record.get("country")) or _text(record.get("country_code")) or _text(record.get("country")),
        "country_name": _name(record.get("country"), nested=True) or _text(record.get("country_name")),
        "continent": _code(record.get("continent"), "code") or _text(record.get("continent")),
        "location": _coordinates(location if isinstance(location, Mapping) else record),
        "timezone": _code(location, "time_zone") or _text(record.get("timezone")),
    }


def _name(value: object, *, nested: bool = False) -> str:
    """The English name of a nested part; or the part, where it is a text."""
    if isinstance(value, Mapping):
        names = value.get("names")
        return _text(names.get("en")) if isinstance(names, Mapping) else ""
    return "" if nested else _text(value)


def _code(value: object, key: str = "iso_code") -> str:
    return _text(value.get(key)) if isinstance(value, Mapping) else ""


def _coordinates(record: Mapping[str, Any]) -> str:
    for north, east in (("latitude", "longitude"), ("lat", "lng"), ("lat", "lon")):
        if (latitude := record.get(north)) is not None and (longitude := record.get(east)) is not None:
            return f"{latitude},{longitude}"
    return _text(record.get("loc"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
