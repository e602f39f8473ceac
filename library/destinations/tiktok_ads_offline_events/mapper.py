"""Events by the names that TikTok knows, of people told by hashes."""

from destinations.tiktok_ads import NAMES

from transformer.mappers.ads import hashed, mapped_names, trimmed
from transformer.mappers.batching import by_limits
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.values import absent, items, listed


def track(event, call):
    """A request for each name that the event has at TikTok; each says the event set beside its body, too."""
    named = names_of(event, call.settings)
    made = call.map("event", event)
    return [call.request("event", event, {"event": name} | made) | {"event_set_id": made["event_set_id"]} for name in named]


def names_of(event, settings):
    """TikTok's names for an event: those that the settings say, or the standard one."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("Event name is required")
    if named := mapped_names(settings.get("eventsToStandard"), name):
        return named
    plain = name.strip().lower()
    if plain in NAMES:
        return [NAMES[plain]]
    raise InstrumentationError.quoting("Event name ({}) is not valid, must be mapped to one of standard events", plain)


def emails(event, call):
    """The email addresses, hashed where the settings say so."""
    return _people(field(event, "email"), call, hashed)


def phones(event, call):
    """The phone numbers, hashed where the settings say so."""
    return _people(field(event, "phone"), call, lambda value: hashed(value, trimmed))


def _people(value, call, hashing):
    if absent(value):
        return None
    given = [one for one in listed(value) if not absent(one)]
    return (hashing(given) if call.settings.get("hashUserProperties") else given) or None


def contents(properties, call):
    """What the event is about: its contents, its products, or what it says of one itself."""
    given = items(properties.get("contents") or [])
    if given:
        return given
    products = items(properties.get("products") or [])
    return [made for one in products or [properties] if (made := call.map("content", one))] or None


def batches(jobs, call):
    """Events of one event set in order, as many in a request as the API takes."""
    groups = by_limits(jobs, call.functions["BATCHING"] | {"list": "batch", "by": ["event_set_id"]})
    for group in groups:
        group.request = _batch(group.request)
    return groups


def _batch(request):
    gathered = request["body"]["JSON"]["batch"]
    body = {"event_set_id": gathered[0]["event_set_id"], "partner_name": gathered[0]["partner_name"], "batch": gathered}
    made = request | {
        "endpoint": request["endpoint"].replace("/track/", "/batch/"),
        "body": request["body"] | {"JSON": body},
    }
    del made["event_set_id"]
    return made
