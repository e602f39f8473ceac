"""Customers, and events in Bluecore's own names with products in its own form."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field, traits
from transformer.mappers.paths import at, without
from transformer.mappers.values import absent, items

_NAMES = {
    "product viewed": "viewed_product",
    "products searched": "search",
    "product added": "add_to_cart",
    "product removed": "remove_from_cart",
    "product added to wishlist": "wishlist",
    "order completed": "purchase",
}
_OF_A_PRODUCT = frozenset({"viewed_product", "add_to_cart", "remove_from_cart", "wishlist"})
_SUBSCRIPTION = "subscription_event"
_TRACK_STEP = "handleTrackEvent/preparePayload"
_SUBSCRIPTION_STEP = "handleSubscriptionEvent/preparePayload"
_IDENTIFY_STEP = "prepareIdentifyPayload"
_NAMED = (*NAME_TRAITS, "action")
_IDS = ("product_id", "sku", "id")


def identify(event, call):
    """What is known of a customer; or that an email address and an id are the same customer."""
    action = traits(event).get("action")
    if absent(action):
        return _sent("customer_patch", {"customer": _customer(event, call)}, _person(event), call)
    if action != "identify":
        raise InstrumentationError("[Bluecore] traits.action must be 'identify' for identify action", step=_IDENTIFY_STEP)
    if absent(_email(event)):
        raise InstrumentationError("[Bluecore] property:: email is required for identify action", step=_IDENTIFY_STEP)
    return _sent("identify", {"customer": _customer(event, call)}, field(event, "user_id"), call)


def track(event, call):
    """An event under each of the names that it has at Bluecore."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("[Bluecore] event is required for track call", step=_TRACK_STEP)
    plain = name.strip().lower()
    if plain == _SUBSCRIPTION:
        return _subscription(event, call)
    names = mapped_names(call.settings.get("eventsMapping"), name) or [_NAMES.get(plain, name)]
    known = _customer(event, call)
    customer = {"customer": known} if known else {}
    return [_sent(one, customer | _told(one, properties_of(event), call), _person(event), call) for one in names]


def _subscription(event, call):
    """A customer who wants to have messages, or who wants none."""
    properties = properties_of(event)
    wanted = at(properties, "channelConsents.email")
    if not isinstance(wanted, bool):
        raise InstrumentationError("[Bluecore]:: email consent is required for subscription event", step=_SUBSCRIPTION_STEP)
    told = without(properties, ("channelConsents",)) | _customer(event, call)
    return _sent("optin" if wanted else "unsubscribe", told, _person(event), call)


def _told(name, properties, call):
    made = dict(properties)
    given = properties.get("products")
    if isinstance(given, list) and given:
        made["products"] = [_product(one) for one in items(given)]
    elif name in _OF_A_PRODUCT:
        made.pop("products", None)
        if any(not absent(properties.get(key)) for key in _IDS):
            made["products"] = [_product(properties)]
    if name == "search":
        made |= call.map("asked", properties)
        _want(made, name, "search_query")
    elif name == "purchase":
        made |= call.map("ordered", properties)
        _want(made, name, "order_id", "total", "products")
    elif name in _OF_A_PRODUCT:
        _want(made, name, "products")
    return made


def _want(made, name, *keys):
    for key in keys:
        if absent(made.get(key)):
            raise InstrumentationError(f"[Bluecore] property:: {key} is required for {name} event", step=_TRACK_STEP)


def _product(given):
    made = without(given, (*_IDS, "products"))
    for key in _IDS:
        if not absent(given.get(key)):
            return {"id": given[key]} | made
    return made


def _customer(event, call):
    """The customer's traits, with the names that Bluecore has for some."""
    return without(traits(event), _NAMED) | call.map("customer", event)


def _email(event):
    return traits(event).get("email")


def _person(event):
    """By what a customer is known: the email address, and without one an id."""
    email = _email(event)
    return field(event, "user_id") if absent(email) else email


def _sent(name, told, person, call):
    token = call.settings.get("bluecoreNamespace")
    if absent(token):
        raise ConfigurationError("bluecoreNamespace is not set", step="validateInput")
    if absent(person):
        raise InstrumentationError("The event has neither an email address nor an id", step=_TRACK_STEP)
    return call.request("event", {}, {"event": name, "properties": told | {"distinct_id": person, "token": token}})
