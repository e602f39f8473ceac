"""Makes places coarse: rounds coordinates, and removes what is finer than a city, region or country."""

from __future__ import annotations

import math
import re
from typing import Any

from library.digest.v1 import number_text, trimmed
from library.paths.v1 import finders

_COORDINATES = frozenset({"latitude", "lat", "longitude", "lng", "lon", "long"})
_PRECISE = frozenset({"accuracy", "accuracyradius", "altitude", "heading", "speed", "pluscode", "what3words"})
_STREET = frozenset(
    {"street", "street1", "street2", "streetaddress", "address", "address1", "address2", "line1", "line2", "housenumber"}
)
_POSTAL = frozenset({"postal", "postalcode", "postcode", "zip", "zipcode"})
_CITY = frozenset({"city", "town", "village", "locality", "suburb", "district", "neighborhood", "metro", "metrocode"})
_REGION = frozenset({"region", "regioncode", "regionname", "state", "statecode", "province", "county", "subdivision"})
_POINTS = frozenset({"location", "coordinates", "ll", "latlng", "latlon", "loc", "point", "geo", "position", "address"})
_PAIR = re.compile(r"(-?\d{1,3}(?:\.\d+)?) *, *(-?\d{1,3}(?:\.\d+)?)", re.ASCII)
_NUMBER = re.compile(r"(-?\d{1,3}(?:\.\d+)?)", re.ASCII)


def rounded(value: Any, decimals: int = 1) -> Any:
    """A coordinate, or text with one or two of them, at so many decimals; anything else is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        scale = 10**decimals
        return math.floor(value * scale + 0.5) / scale if math.isfinite(value) else None
    found = (_NUMBER.fullmatch(trimmed(value)) or _PAIR.fullmatch(trimmed(value))) if isinstance(value, str) else None
    return ",".join(number_text(rounded(float(part), decimals)) for part in found.groups()) if found else None


def coarsen(place: Any, level: str = "city", decimals: int = 1, postal_digits: int = 0) -> Any:
    """The place with nothing finer than the level: an object (changed in place), text such as "52.52,13.4", or two numbers."""
    if isinstance(place, dict):
        for key in list(place):
            _coarsen_key(place, key, level, decimals, postal_digits)
        return place
    if isinstance(place, list):
        made = [coarsen(item, level, decimals, postal_digits) for item in place]
        return [item for item in made if item is not None]
    if level == "country":
        return None
    return rounded(place, min(decimals, 0) if level == "region" else decimals)


def _coarsen_key(place: dict[str, Any], key: str, level: str, decimals: int, postal_digits: int) -> None:
    plain = key.lower().replace("_", "").replace("-", "").replace(" ", "")
    value = place[key]
    finer = plain in _PRECISE or (plain in _STREET and not isinstance(value, (dict, list)))
    finer = finer or (level != "city" and plain in _CITY) or (level == "country" and plain in _REGION)
    if value is None:
        return
    if finer:
        del place[key]
    elif plain in _POSTAL:
        if level == "city" and postal_digits and isinstance(value, (str, int)) and not isinstance(value, bool):
            place[key] = str(value)[:postal_digits]
        else:
            del place[key]
    elif plain in _COORDINATES or plain in _POINTS:
        made = coarsen(value, level, decimals, postal_digits)
        if made is None or made == []:
            del place[key]
        else:
            place[key] = made
    elif isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)):
        coarsen(value, level, decimals, postal_digits)


_find = finders(parameters["fields"])
_how = {name: parameters[name] for name in ("level", "decimals", "postal_digits")}


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Coarsen the fields."""
    for container, key in _find(event):
        value = container[key]
        if value is None:
            continue
        made = coarsen(value, **_how)
        if made is not None:
            container[key] = made
        elif isinstance(container, dict):
            del container[key]
        else:
            container[key] = None
    return event
