"""Events as Accoil counts them: who, what and when, without properties."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.values import absent, basic_auth, text

_URL = "https://in.accoil.com/segment"
_STAGING = "https://instaging.accoil.com/segment"


def identify(event, call):
    """A user with traits."""
    return _sent(event, call, ("userId",), _traits(event))


def track(event, call):
    """Something that a user did."""
    return _sent(event, call, ("event", "userId"))


def page(event, call):
    """A page."""
    return _sent(event, call, ("name", "userId"))


def screen(event, call):
    """A screen."""
    return _sent(event, call, ("name", "userId"))


def group(event, call):
    """A user's account, with what is known of it."""
    own = event.get("traits")
    return _sent(event, call, ("userId", "groupId"), {"traits": own} if own else {})


def _traits(event):
    found = field(event, "traits")
    return {"traits": found} if found else {}


def _sent(event, call, wanted, told=None):
    if absent(event.get("timestamp")):
        raise InstrumentationError("timestamp is required for all calls", step="validateTimestamp")
    made = call.map("event", event)
    kind = made["type"]
    for key in wanted:
        if absent(event.get(key)):
            raise InstrumentationError(f"{key} is required for {kind} call", step=f"validate{kind.capitalize()}Payload")
        made[key] = event[key]
    key = text(call.settings["apiKey"])
    headers = {"Content-Type": "application/json", "Authorization": basic_auth(key)}
    return request(_STAGING if key.startswith("stg_") else _URL, made | (told or {}), headers=headers)
