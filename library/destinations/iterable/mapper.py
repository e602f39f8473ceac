"""Iterable: users with their devices, items of catalogs, carts and purchases, pages as events; and bulks of these."""

from urllib.parse import unquote

from transformer.mappers.batching import Group, by_limits
from transformer.mappers.devices import is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items, text, truthy, url_encode

_HOST = "https://api.iterable.com"
_HOST_EU = "https://api.eu.iterable.com"
_USERS = "users/update"
_EVENTS = "events/track"
_CATALOGS = "catalogs"
_CART = frozenset({"product added", "product removed"})
_BOUGHT = "order completed"
_OF_USERS = "users"
_PREFIX = "ITERABLE-"
_BYTES = 4_000_000
_BULKS = {
    _USERS: ("users/bulkUpdate", {"events": 1000, "bytes": _BYTES, "list": "users"}),
    _EVENTS: ("events/trackBulk", {"events": 8000, "bytes": _BYTES, "list": "events"}),
}
_MOST_DOCUMENTS = 1000


def identify(event, call):
    """A user, and their device or browser; from reverse ETL, an item of a catalog or a user."""
    external = _external(event)
    if external:
        kind = text(external.get("type") or "").removeprefix(_PREFIX)
        if kind and kind != _OF_USERS:
            return _item(kind, external["id"], event, call)
        event = _as_mapped(event, external)
    made = [_sent(_USERS, _known(call.map("person", event)), call)]
    if call.settings.get("registerDeviceOrBrowserApiKey"):
        made += _registered(event, call)
    return made


def track(event, call):
    """An event, a cart or a purchase."""
    name = event.get("event")
    known = name.strip().lower() if isinstance(name, str) else ""
    if known in _CART:
        return _sent("commerce/updateCart", _bought({}, event, call), call)
    if known == _BOUGHT:
        return _sent("commerce/trackPurchase", _bought(call.map("purchase", event), event, call), call)
    return _event(event, call)


def page(event, call):
    """A page as an event."""
    return _viewed(event, call, "page", "Loaded a Page")


def screen(event, call):
    """A screen as an event."""
    return _viewed(event, call, "screen", "Loaded a Screen")


def alias(event, call):
    """Another email for the same user."""
    return _sent("users/updateEmail", call.map("alias", event), call)


def platform(value):
    """Who delivers what is pushed to a device: Apple, or Google."""
    return "APNS" if is_apple(value) else "GCM"


def batch(jobs, call):
    """Users, events and items of catalogs in bulk; everything else by itself."""
    kinds = {}
    for job in jobs:
        kinds.setdefault(job.requests[0].get("endpointPath"), []).append(job)
    groups = []
    for kind in (_USERS, _CATALOGS, _EVENTS):
        bulk = kinds.pop(kind, [])
        groups += _documents(bulk) if kind == _CATALOGS else _bulk(kind, bulk)
    alone = {id(job) for rest in kinds.values() for job in rest}
    groups += [
        Group(job.requests[0] if len(job.requests) == 1 else job.requests, [job], batched=False)
        for job in jobs
        if id(job) in alone
    ]
    return groups


def _bulk(kind, jobs):
    """Many users or events in one request; what goes with a user follows it."""
    path, limits = _BULKS[kind]
    followers = {id(job): job.requests[1:] for job in jobs}
    for job in jobs:
        job.requests = job.requests[:1]
    groups = by_limits(jobs, limits)
    for one in groups:
        one.request = one.request | {"endpoint": one.request["endpoint"].removesuffix(kind) + path, "endpointPath": path}
        after = [each for job in one.jobs for each in followers[id(job)]]
        if after:
            one.request = [one.request, *after]
    return groups


def _documents(jobs):
    """Items of one catalog together, by their ids; an item that comes twice begins another request."""
    groups, open_groups = [], {}
    for job in jobs:
        made = job.requests[0]
        place, _, name = made["endpoint"].rpartition("/items")
        name, update = unquote(name.removeprefix("/")), made["body"]["JSON"].get("update")
        known = open_groups.get(place)
        if known is None or name in known[1] or len(known[1]) == _MOST_DOCUMENTS:
            known = (Group({}, []), {})
            groups.append(known[0])
            open_groups[place] = known
        group, documents = known
        if update is not None:
            documents[name] = update
        group.jobs.append(job)
        body = {"documents": documents, "replaceUploadedFieldsOnly": True}
        group.request = request(f"{place}/items", body, headers=made["headers"], path=_CATALOGS)
    return groups


def _external(event):
    found = at(event, "context.externalId.0")
    mapped = at(event, "context.mappedToDestination")
    return found if mapped and isinstance(found, dict) and found.get("id") else None


def _as_mapped(event, external):
    """The event with its external id as the trait that it is said to be, and as the user's id."""
    traits = field(event, "traits")
    traits = dict(traits) if isinstance(traits, dict) else {}
    if external.get("identifierType"):
        traits[text(external["identifierType"])] = external["id"]
    return {**event, "traits": traits, "userId": external["id"]}


def _item(kind, name, event, call):
    """An item of a catalog."""
    traits = field(event, "traits")
    path = f"{_CATALOGS}/{url_encode(kind)}/items"
    body = {"update": traits if isinstance(traits, dict) else {}}
    made = _sent(_CATALOGS, body, call, method="PATCH")
    return made | {"endpoint": f"{_host(call)}/api/{path}/{url_encode(name)}"}


def _known(person):
    if "email" not in person and "userId" not in person:
        raise InstrumentationError("the event names nobody: a userId or an email address is needed")
    return person


def _registered(event, call):
    """The user's device and browser, where the event has their tokens."""
    made = []
    for path, mapping, place in (
        ("users/registerDeviceToken", "device", "context.device.token"),
        ("users/registerBrowserToken", "browser", "context.os.token"),
    ):
        if truthy(at(event, place)):
            one = _sent(path, _known(call.map(mapping, event)), call)
            one["headers"]["api_key"] = call.settings["registerDeviceOrBrowserApiKey"]
            made.append(one)
    return made


def _bought(made, event, call):
    """A cart or a purchase: whose it is, and what is in it."""
    person = call.map("person", {**event, "traits": at(event, "context.traits")})
    properties = event.get("properties") if isinstance(event.get("properties"), dict) else {}
    given = properties.get("products")
    products = items(given) if isinstance(given, list) else [properties]
    return made | {"user": _known(person), "items": [call.map("item", one) for one in products]}


def _event(event, call):
    return _sent(_EVENTS, _known(call.map("event", event)), call)


def _viewed(event, call, kind, single):
    """A page or a screen, where the settings take it: under one name for all, or its own."""
    settings, category = call.settings, at(event, "properties.category")
    if settings.get("mapToSingleEvent"):
        return _event({**event, "event": single}, call)
    wanted = (
        settings.get("trackAllPages")
        or (settings.get("trackCategorisedPages") and not absent(category))
        or (settings.get("trackNamedPages") and not absent(event.get("name")))
    )
    if not wanted:
        raise InstrumentationError(f"Invalid {kind} call")
    named = event.get("name") or category or "undefined"
    return _event({**event, "event": f"{text(named)} {kind}"}, call)


def _host(call):
    return _HOST_EU if call.settings.get("dataCenter") == "EUDC" else _HOST


def _sent(path, body, call, *, method="POST"):
    headers = {"Content-Type": "application/json", "api_key": call.settings.get("apiKey")}
    return request(f"{_host(call)}/api/{path}", body, headers=headers, method=method, path=path)
