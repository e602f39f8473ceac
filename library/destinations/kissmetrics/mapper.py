"""Events and people as parameters of URLs."""

from transformer.mappers.ads import properties_of
from transformer.mappers.batching import Group
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at
from transformer.mappers.timestamps import unix_seconds
from transformer.mappers.values import flatten, items, text


def identify(event, call):
    """What is known of a person."""
    return _request("set", _flat(traits(event), ""), event, call, timed=True)


def track(event, call):
    """What somebody did."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    return _event(name, name, event, call)


def page(event, call):
    """Which page somebody looked at."""
    name = event.get("name") or at(event, "properties.name")
    return _event(f"Viewed {text(name)} Page" if name else "Loaded a Page", "Page", event, call)


def screen(event, call):
    """Which screen somebody looked at."""
    name = event.get("name") or at(event, "properties.name")
    return _event(f"Viewed {text(name)} Screen" if name else "Viewed a Screen", "Screen", event, call)


def alias(event, call):
    """That a person was known by another id before."""
    if not event.get("previousId"):
        raise InstrumentationError("The event has no previousId")
    return _request("alias", {"_n": event["previousId"]}, event, call)


def _event(name, what, event, call):
    """The event with its properties, and then its products one by one."""
    prefix = f"{what}-" if call.settings.get("prefixProperties") else ""
    properties = properties_of(event)
    given = {key: value for key, value in properties.items() if key not in {"products", "revenue"}}
    params = _flat(given, prefix)
    if properties.get("revenue") is not None:
        params[f"{what} - revenue" if prefix else "revenue"] = properties["revenue"]
        params["Billing Amount"] = properties["revenue"]
    products = [_request("set", _flat(one, prefix), event, call) for one in items(properties.get("products") or [])]
    return [_request("event", params | {"_n": name}, event, call, timed=True), *products]


def _flat(given, prefix):
    return {
        f"{prefix}{key}": text(value) if isinstance(value, (dict, list)) else value
        for key, value in flatten(given, lists=False).items()
        if value is not None
    }


def _request(name, params, event, call, *, timed=False):
    person = event.get("userId") or event.get("anonymousId")
    if not person:
        raise InstrumentationError("The event has neither userId nor anonymousId")
    params = params | {"_k": call.settings.get("apiKey"), "_p": person}
    time = unix_seconds(field(event, "timestamp")) if timed else None
    if time is not None:
        params |= {"_t": str(time), "_d": 1}
    return call.request(name, event) | {"params": params, "userId": text(person), "statusCode": 200}


def alone(jobs, call):
    """Each event by itself; its requests are a list even where it is one."""
    return [Group(job.requests, [job], batched=False) for job in jobs]
