"""Customer.io: people by id or email, events of theirs or of somebody anonymous, devices, objects and merges."""

from transformer.mappers.batching import Group, by_limits
from transformer.mappers.devices import is_apple
from transformer.mappers.emails import EMAIL
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.values import absent, basic_auth, lower, text, truthy, url_encode

_HOST = "https://track.customer.io/api/"
_HOST_EU = "https://track-eu.customer.io/api/"
_OPENED = frozenset({"application installed", "application opened"})
_REMOVED = "application uninstalled"
_NOT_TRAITS = frozenset({"anonymousId", "createdAt", "address"})
_BYTES_OF_NAME = 100
_BYTES_OF_ANONYMOUS = 150
_TYPES = {"Content-Type": "application/json"}
_BATCH = {"bytes": 500_000, "events": 1000, "list": "batch"}


def identify(event, call):
    """A person with their traits."""
    person = _person(event)
    if absent(person):
        raise InstrumentationError("the event names nobody: a userId or an email address is needed")
    traits = field(event, "traits")
    body = _traits(traits if isinstance(traits, dict) else {})
    own = event.get("user_properties")
    if isinstance(own, dict):
        body |= own
    mapped = at(event, "context.mappedToDestination")
    external = at(event, "context.externalId.0")
    if mapped and isinstance(external, dict) and external.get("identifierType") and not absent(external.get("id")):
        body[text(external["identifierType"])] = external["id"]
    path = f"v1/customers/{url_encode(person)}"
    return _sent("PUT", path, "v1/customers", body | call.map("person", event), event, call)


def track(event, call):
    """What somebody did; events of an app's life tell devices, where they name one and whose it is."""
    name = event.get("event")
    known = name.strip().lower() if isinstance(name, str) else ""
    told = call.settings.get("deviceTokenEventName")
    person, token = _person(event), at(event, "context.device.token")
    if absent(person) or absent(token):
        return _event(name, "event", event, call)
    path = f"v1/customers/{url_encode(person)}/devices"
    if known == _REMOVED:
        return _sent("DELETE", f"{path}/{url_encode(token)}", "v1/customers/devices/delete", None, event, call)
    if known in _OPENED or (told and name == told):
        return _sent("PUT", path, "v1/customers/devices", {"device": call.map("device", event)}, event, call)
    return _event(name, "event", event, call)


def page(event, call):
    """A page by its name, or else by its URL."""
    return _event(event.get("name") or at(event, "properties.url"), "page", event, call)


def screen(event, call):
    """A screen, as an event."""
    named = event.get("event") or event.get("name") or at(event, "properties.name")
    return _event(f"Viewed {text(named)} Screen" if named else None, "event", event, call)


def group(event, call):
    """An object, and who belongs to it."""
    body = call.map("object", event)
    person = _person(event)
    if not absent(person):
        body["cio_relationships"] = [{"identifiers": _identifier(person)}]
    return _sent("POST", "v2/batch", "v2/batch", body, event, call)


def alias(event, call):
    """One person in the place of two."""
    person, before = field(event, "user_id_only"), event.get("previousId")
    if absent(person) or absent(before):
        raise InstrumentationError("an alias needs both userId and previousId")
    body = {"primary": _identifier(person), "secondary": _identifier(before)}
    return _sent("POST", "v1/merge_customers", "v1/merge_customers", body, event, call)


def platform(value):
    """The platform of a device, as Customer.io names it."""
    return "ios" if is_apple(value) else lower(value)


def batch(jobs, call):
    """Objects go together; everything else goes by itself."""
    alone = [job for job in jobs if len(job.requests) != 1 or job.requests[0].get("endpointPath") != "v2/batch"]
    apart = {id(job) for job in alone}
    groups = [Group(job.requests[0] if len(job.requests) == 1 else job.requests, [job], batched=False) for job in alone]
    for one in by_limits([job for job in jobs if id(job) not in apart], _BATCH):
        one.batched = False
        one.request = without(one.request, ("userId", "statusCode"))
        one.request["headers"] = one.request["headers"] | _TYPES
        groups.append(one)
    return groups


def _traits(traits):
    """Traits as attributes; the parts of an address one by one."""
    made = without(traits, _NOT_TRAITS)
    address = traits.get("address")
    if isinstance(address, dict):
        made |= address
    elif not absent(address):
        made["address"] = address
    return made


def _person(event):
    """Who it is: the id, or else the email."""
    known = field(event, "user_id_only")
    return field(event, "email") if absent(known) else known


def _identifier(person):
    known = text(person)
    return {"email" if EMAIL.fullmatch(known) else "id": known}


def _event(name, kind, event, call):
    if not isinstance(name, str) or not name:
        raise InstrumentationError("Event Name type should be a string")
    body = call.map("event", event) | {"name": name, "type": kind}
    person = _person(event)
    if not absent(person):
        return _sent("POST", f"v1/customers/{url_encode(person)}/events", "v1/customers/events", body, event, call)
    body["name"] = _first_bytes(name, _BYTES_OF_NAME)
    if truthy(event.get("anonymousId")):
        body["anonymous_id"] = _first_bytes(text(event["anonymousId"]), _BYTES_OF_ANONYMOUS)
    return _sent("POST", "v1/events", "v1/events", body, event, call)


def _first_bytes(value, most):
    return value.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _sent(method, path, named, body, event, call):
    settings = call.settings
    european = settings.get("datacenter") == "EU" or settings.get("datacenterEU") is True
    headers = {"Authorization": basic_auth(settings["siteID"], settings["apiKey"])}
    user = field(event, "user_id_only")
    user = event.get("anonymousId") if absent(user) else user
    endpoint = (_HOST_EU if european else _HOST) + path
    made = request(endpoint, body, method=method, headers=headers, path=named, user_id="" if absent(user) else text(user))
    return made | {"statusCode": 200}
