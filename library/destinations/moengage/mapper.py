"""MoEngage: users, devices and actions, whose objects are flattened unless the workspace takes objects."""

from transformer.mappers.devices import is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.time_zones import offset
from transformer.mappers.values import basic_auth, flatten, lower, text, truthy, url_encode

_CENTERS = {"US": "01", "EU": "02", "IND": "03", "SG": "05", "IDN": "06", **{f"DC_0{n}": f"0{n}" for n in range(1, 7)}}


def identify(event, call):
    """A user; and the device, where the event tells one that can be pushed to."""
    made = [_sent("customer", call.map("customer", event), event, call)]
    if truthy(at(event, "context.device.type")) and truthy(at(event, "context.device.token")):
        made.append(_sent("device", call.map("device", event), event, call))
    return made


def track(event, call):
    """An action of a user."""
    body = call.map("event", event) | {"actions": [call.map("action", event)]}
    return _sent("event", body, event, call)


def alias(event, call):
    """One user in the place of two."""
    made = _sent("customer", {"merge_data": [call.map("merge", event)]}, event, call)
    made["endpoint"] = f"{_host(call)}/v1/customer/merge?app_id={url_encode(call.settings.get('apiId') or '')}"
    return made | {"endpointPath": "customer/merge"}


def attributes(this, call):
    """A user's traits, and those that MoEngage knows under its own names."""
    given = field(this, "traits")
    traits = kept(given) if call.settings.get("useObjectData") else flat(given)
    return (traits or {}) | call.map("attributes", this)


def flat(value):
    """An object one level deep: its leaves by their paths."""
    return flatten(value, brackets=True) if isinstance(value, dict) else None


def kept(value):
    """An object as it is, of its own."""
    return dict(value) if isinstance(value, dict) else None


def platform(value):
    """The platform of a device; Apple's all are iOS."""
    return "iOS" if is_apple(value) else lower(value)


def zone(this, call):
    """How many seconds the user's time is ahead of UTC."""
    return offset(at(this, "context.timezone"), call.now())


def _host(call):
    center = _CENTERS.get(text(call.settings.get("region") or ""))
    if center is None:
        raise ConfigurationError("The region is not valid")
    return f"https://api-{center}.moengage.com"


def _sent(path, body, event, call):
    settings = call.settings
    headers = {
        "Content-Type": "application/json",
        "MOE-APPKEY": settings.get("apiId"),
        "Authorization": basic_auth(settings.get("apiId") or "", settings.get("apiKey") or ""),
    }
    endpoint = f"{_host(call)}/v1/{path}/{url_encode(settings.get('apiId') or '')}"
    user = event.get("userId") or event.get("anonymousId") or ""
    return request(endpoint, body, headers=headers, path=path, user_id=user)
