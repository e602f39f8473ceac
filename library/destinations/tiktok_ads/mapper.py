"""Events by the names that TikTok knows, of people told by hashes."""

from transformer.mappers.ads import hashed, mapped_names, trimmed
from transformer.mappers.batching import Group
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import first
from transformer.mappers.values import items, text

STANDARD = (
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "ApplicationApproval",
    "ClickButton",
    "CompletePayment",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Download",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "PlaceAnOrder",
    "Purchase",
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "SubmitForm",
    "Subscribe",
    "ViewContent",
)
NAMES = {name.lower(): name for name in STANDARD} | {
    "product added to wishlist": "AddToWishlist",
    "product added": "AddToCart",
    "checkout started": "InitiateCheckout",
    "payment info entered": "AddPaymentInfo",
    "checkout step completed": "CompletePayment",
    "order completed": "PlaceAnOrder",
    "application approval": "ApplicationApproval",
    "customize product": "CustomizeProduct",
    "find location": "FindLocation",
    "start trial": "StartTrial",
    "submit application": "SubmitApplication",
}
MOST = {"v1": 50, "v2": 1000}


def track(event, call):
    """One event for each name that it has at TikTok: a request each in 1.0, all in one request in 2.0."""
    named = names_of(event, call.settings)
    if call.settings.get("version") == "v2":
        made = call.map("event2", event)
        return call.request("events2", event, call.map("events2", event) | {"data": [{"event": name} | made for name in named]})
    return [call.request("event", event, {"event": name} | call.map("event", event)) for name in named]


def names_of(event, settings):
    """TikTok's names for an event: those that the settings say, or the standard one, or its own."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("Event is a required field and should be a string")
    if named := mapped_names(settings.get("eventsToStandard"), name):
        return named
    plain = name.strip().lower()
    if plain in NAMES:
        return [NAMES[plain]]
    if settings.get("sendCustomEvents"):
        return [name.strip()]
    raise InstrumentationError.quoting("Event name ({}) is not valid, must be mapped to one of standard events", plain)


def person_id(event, call):
    """The id that TikTok knows the person by, or the user's here."""
    found = external_id(event, "tiktokExternalId") or first(
        event, "properties.context.user.external_id", "properties.context.user.externalId"
    )
    return hashed(found, trimmed) if call.settings.get("hashUserProperties") else found


def phone(event, call):
    """The phone number, hashed where the settings say so."""
    found = first(event, "properties.context.user.phone_number", "properties.context.user.phone") or field(event, "phone")
    return hashed(found, trimmed) if call.settings.get("hashUserProperties") else found


def email(event, call):
    """The email address, hashed where the settings say so."""
    found = first(event, "properties.context.user.email") or field(event, "email")
    return hashed(found) if call.settings.get("hashUserProperties") else found


def contents(properties, call):
    """What the event is about: contents as TikTok writes them, or products as everybody does."""
    given = items(properties.get("contents")) if properties.get("contents") else []
    if given:
        kind = properties.get("contentType") or properties.get("content_type") or "product_group"
        return [one if one.get("content_type") else one | {"content_type": kind} for one in given]
    event = {"properties": properties}
    made = [call.map("product", one, event) for one in items(properties.get("products") or [])]
    return made or None


def content_ids(properties, call):
    """The ids of all contents."""
    found = [text(one["content_id"]) for one in contents(properties, call) or () if one.get("content_id")]
    return found or None


def content_count(properties, call):
    """How many contents there are."""
    return len(contents(properties, call) or ()) or None


def batches(jobs, call):
    """Events in order, as many in a request as the API takes; those with a test code by themselves."""
    second = call.settings.get("version") == "v2"
    most = MOST["v2" if second else "v1"]
    groups, open_group, gathered = [], None, []
    for job in jobs:
        body = job.requests[0]["body"]["JSON"]
        if body.get("test_event_code"):
            groups.append(Group(job.requests if len(job.requests) > 1 else job.requests[0], [job], batched=False))
            continue
        own = body["data"] if second else [_in_batch(one["body"]["JSON"]) for one in job.requests]
        if open_group is None or len(gathered) + len(own) > most:
            gathered = []
            open_group = Group(_batch(job.requests[0], gathered, second), [])
            groups.append(open_group)
        gathered.extend(own)
        open_group.jobs.append(job)
    return groups


def _in_batch(body):
    return {"type": "track"} | {key: value for key, value in body.items() if key not in {"pixel_code", "partner_name"}}


def _batch(request, gathered, second):
    own = request["body"]["JSON"]
    if second:
        return request | {"body": request["body"] | {"JSON": own | {"data": gathered}}}
    body = {"pixel_code": own["pixel_code"], "partner_name": own["partner_name"], "batch": gathered}
    return request | {
        "endpoint": request["endpoint"].replace("pixel/track/", "pixel/batch/"),
        "endpointPath": "pixel/batch",
        "body": request["body"] | {"JSON": body},
    }
