"""What a user did with the results of a search, as one of Algolia's three kinds of events."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent, number, text

_KINDS = frozenset({"click", "view", "conversion"})
_SALES = frozenset({"addToCart", "purchase"})
_OBJECTS, _FILTERS = 20, 10


def track(event, call):
    """One event, with the objects or filters that it is about."""
    properties = properties_of(event)
    kind = _kind(event, call)
    made = call.map("event", event) | {"eventType": kind}
    if "index" not in made:
        raise InstrumentationError('Missing required value from "properties.index"', step="preparePayload")
    products = [one for one in _listed(properties.get("products")) if isinstance(one, dict) and not absent(one.get("objectId"))]
    objects = [one["objectId"] for one in products] or _listed(properties.get("objectIds"))
    positions = [one.get("position") for one in products] or _listed(properties.get("positions"))
    filters = _listed(properties.get("filters"))
    if objects:
        made["objectIDs"] = objects[:_OBJECTS]
    elif filters:
        made["filters"] = filters[:_FILTERS]
    if kind == "click":
        _place(made, positions[:_OBJECTS])
    subtype = properties.get("eventSubtype")
    if kind == "conversion" and isinstance(subtype, str) and subtype in _SALES:
        made |= call.map("sale", {**properties, "products": products[:_OBJECTS]}, event)
        if not products:
            made.pop("objectData", None)
    if not objects and not filters:
        raise InstrumentationError("Either filters or objectIds is required and must be non empty.", step="validateDestPayload")
    return call.request("events", event, {"events": [made]})


def _kind(event, call):
    named = mapped_names(call.settings.get("eventTypeSettings"), event["event"]) or [
        call.options(event).get("eventType") or properties_of(event).get("eventType")
    ]
    if absent(named[0]):
        raise InstrumentationError("eventType is mandatory for track call", step="preparePayload")
    kind = text(named[0]).strip().lower()
    if kind not in _KINDS:
        raise InstrumentationError("eventType can be either click, view or conversion", step="preparePayload")
    return kind


def _place(made, given):
    """The places of the objects among the results of the query: both are told, or neither."""
    places = [number(one) if isinstance(one, (int, float, str)) and not isinstance(one, bool) else None for one in given]
    if places and None not in places and len(places) == len(made.get("objectIDs", ())):
        made["positions"] = places
    if made.get("objectIDs") and ("positions" in made) != ("queryID" in made):
        raise InstrumentationError(
            "for click eventType either both positions and queryId should be present or none",
            step="validatePayloadForClickEvent",
        )


def _listed(value):
    return value if isinstance(value, list) else []
