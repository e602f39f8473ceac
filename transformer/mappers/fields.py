"""The fields that events have by many names, and where each is looked for, in order.

`$email` in a mapping, or `field(event, "email")` in a mapper's function, is the first of its places that has something. The
places are those of the event specifications that RudderStack and Segment publish: identify events carry traits at the top or in
the context, other events in the context, and properties may repeat them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from transformer.mappers.paths import at, item

__all__ = ["FIELDS", "NAME_TRAITS", "field", "traits"]


NAME_TRAITS: Final = ("firstName", "firstname", "first_name", "lastName", "lastname", "last_name")
"""How traits spell the parts of a name: a destination that has fields for them keeps these out of its custom properties."""


def _of_traits(*names: str) -> tuple[str, ...]:
    return tuple(f"{place}.{name}" for name in names for place in ("traits", "context.traits"))


def _everywhere(*names: str) -> tuple[str, ...]:
    return (*_of_traits(*names), *(f"properties.{name}" for name in names))


_USER: Final = ("userId", *_of_traits("userId", "id"))

FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "user_id": (*_USER, "anonymousId"),
        "user_id_only": _USER,
        "email": _everywhere("email"),
        "phone": _everywhere("phone"),
        "name": _everywhere("name"),
        "first_name": _everywhere("firstName", "firstname", "first_name"),
        "last_name": _everywhere("lastName", "lastname", "last_name"),
        "middle_name": _everywhere("middleName", "middlename", "middle_name"),
        "title": _everywhere("title"),
        "gender": _everywhere("gender"),
        "birthday": _everywhere("birthday", "dob"),
        "avatar": _everywhere("avatar"),
        "website": _everywhere("website"),
        "company": ("traits.company.name", "context.traits.company.name", *_of_traits("company")),
        "address": _everywhere("address"),
        "street": (*_of_traits("address.street", "street"), "properties.address.street", "properties.street"),
        "city": (*_of_traits("city", "address.city"), "properties.city", "properties.address.city", "context.location.city"),
        "state": (*_of_traits("state", "address.state"), "properties.state", "properties.address.state"),
        "region": (
            *_of_traits("region", "address.region"),
            "properties.region",
            "properties.address.region",
            "context.location.region",
        ),
        "zip": (
            *_of_traits("zip", "zipcode", "postalCode", "postal_code", "address.zip", "address.postalCode", "address.zipcode"),
            *("properties.zip", "properties.zipcode", "properties.postalCode", "properties.address.postalCode"),
        ),
        "country": (
            *_of_traits("country", "address.country"),
            "properties.country",
            "properties.address.country",
            "context.location.country",
        ),
        "country_code": (*_of_traits("countryCode", "address.countryCode"), "properties.countryCode"),
        "created_at": _of_traits("createdAt", "created_at"),
        "timestamp": ("timestamp", "originalTimestamp"),
        "historical_timestamp": (*_of_traits("timestamp"), "timestamp", "originalTimestamp"),
        "group_id": ("groupId", *_of_traits("groupId", "group_id")),
        "traits": ("traits", "context.traits"),
        "page_title": ("properties.title", "context.page.title"),
        "page_url": ("properties.url", "context.page.url"),
        "page_path": ("properties.path", "context.page.path"),
        "page_referrer": ("properties.referrer", "context.page.referrer"),
        "page_search": ("properties.search", "context.page.search"),
        "ip": ("context.ip", "request_ip", "properties.ip"),
        "user_agent": ("context.userAgent", "properties.userAgent"),
        "session_id": ("session_id", "context.sessionId", "properties.sessionId"),
        "device_id": ("context.device.id", "properties.deviceId"),
        "advertising_id": ("context.device.advertisingId", "context.idfa"),
    }
)
_PATHS: Final = {name: tuple(tuple(path.split(".")) for path in paths) for name, paths in FIELDS.items()}


def field(event: Mapping[str, Any], name: str) -> Any:
    """The event's value of a standard field, or None. Raises KeyError for a name that is none."""
    for path in _PATHS[name]:
        found: Any = event
        for key in path:  # as `at`, which most of what mappers ask for would be called for many times
            found = found.get(key) if type(found) is dict else item(found, key)
            if found is None:
                break
        else:
            if found != "":
                return found
    return None


def traits(event: Mapping[str, Any]) -> dict[str, Any]:
    """What an event knows about its user: context.traits, and over them the traits of the event itself. A new object."""
    found: dict[str, Any] = {}
    for place in (at(event, "context.traits"), event.get("traits")):
        if isinstance(place, dict):
            found.update(place)
    return found
