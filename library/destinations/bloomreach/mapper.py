"""Commands of Bloomreach: customers and what they did."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, traits
from transformer.mappers.paths import at, without
from transformer.mappers.values import basic_auth, text

KNOWN = (
    *(
        "email",
        *NAME_TRAITS,
        "phone",
        "gender",
        "birthday",
        "dob",
    ),
    *("city", "country"),
)


def identify(event, call):
    """A customer with their properties."""
    return _command("customers", call.map("customer", event), event, call)


def track(event, call):
    """What a customer did."""
    return _event(event.get("event"), event, call)


def page(event, call):
    """Which page they looked at."""
    return _event(_viewed("Page", event), event, call)


def screen(event, call):
    """Which screen they looked at."""
    return _event(_viewed("Screen", event), event, call)


def _viewed(what, event):
    told = [at(event, "properties.category") or event.get("category"), event.get("name") or at(event, "properties.name")]
    return " ".join(("Viewed", *(text(one) for one in told if one), what))


def _event(name, event, call):
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    return _command("customers/events", call.map("event", event) | {"event_type": name}, event, call)


def _command(name, data, event, call):
    made = call.request("command", event, {"name": name, "data": data})
    made["headers"]["Authorization"] = basic_auth(call.settings["apiKey"], call.settings["apiSecret"])
    return made


def ids(event, call):
    """The ids of a customer by what Bloomreach calls them: those of the event and those of its options."""
    options = call.options(event)
    made = {}
    for name, otherwise, key in (("hardID", "registered", "userId"), ("softID", "cookie", "anonymousId")):
        if event.get(key) is not None:
            made[call.settings.get(name) or otherwise] = event[key]
        if isinstance(options.get(name), dict):
            made |= options[name]
    return made


def properties(event, call):
    """A customer's properties: Bloomreach's own by their names, and all other traits."""
    return call.map("properties", event) | without(traits(event), KNOWN)
