"""Subscriptions, identifiers and attributes of people, and events of shops and others."""

import re
from datetime import timedelta

from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at
from transformer.mappers.timestamps import moment
from transformer.mappers.values import items, number

SUBSCRIPTION = "subscription_event"
PATHS = {
    "order completed": "/events/ecommerce/purchase",
    "product added": "/events/ecommerce/add-to-cart",
    "product viewed": "/events/ecommerce/product-view",
    "product list viewed": "/events/ecommerce/product-view",
}
CHANNELS = {"sms": "phone", "email": "email"}
KNOWN = frozenset(("email", "phone", "customIdentifiers"))
EARLIEST = timedelta(hours=12)
FEWEST = 2
"""Identifiers that are worth telling, since they are told to belong together."""
_NO_KEY = re.compile(r"""["'(){}\[\]\\|,]""")


def identify(event, call):
    """Who somebody is: a subscription or its end, or their identifiers and attributes."""
    person, identifiers = call.map("person", event), call.map("identifiers", event)
    if call.settings.get("enableNewIdentifyFlow"):
        return _known(person, identifiers, event, call)
    if call.options(event).get("identifyOperation") == "unsubscribe":
        return _call("/subscriptions/unsubscribe", {"user": person}, event, call)
    return _subscribed(person, identifiers, event, call)


def _known(person, identifiers, event, call):
    made = []
    both = person | identifiers
    if len(both) >= FEWEST:
        made.append(_call("/identity-resolution/user-identifiers", both, event, call))
    properties = {
        key: value
        for key, value in traits(event).items()
        if key not in KNOWN and value is not None and not isinstance(value, (dict, list))
    }
    if properties and both:
        body = {"user": _person(person, identifiers), "properties": properties}
        made.append(_call("/attributes/custom", body, event, call))
    if not made:
        raise InstrumentationError("[Attentive Tag]: Identify payload is not valid, either user or properties is empty")
    return made


def _person(person, identifiers):
    return person | ({"externalIdentifiers": identifiers} if identifiers else {})


def _subscribed(person, identifiers, event, call):
    source = (
        at(event, "properties.signUpSourceId")
        or call.options(event).get("signUpSourceId")
        or call.settings.get("signUpSourceId")
    )
    if not source:
        raise ConfigurationError("[Attentive Tag]: SignUp Source Id is required for subscribe event")
    body = {"user": person, "signUpSourceId": source}
    if identifiers:
        body["externalIdentifiers"] = identifiers
    return _call("/subscriptions", body, event, call)


def track(event, call):
    """What somebody did."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    plain = name.strip().lower()
    if plain == SUBSCRIPTION:
        return _consents(event, call)
    happened = moment(field(event, "timestamp"))
    if happened is not None and call.now() - happened > EARLIEST:
        raise InstrumentationError("[Attentive_Tag]: Events must be sent within 12 hours of their occurrence.")
    user = {"user": _person(call.map("person", event), call.map("identifiers", event))}
    if plain in PATHS:
        return _call(PATHS[plain], user | {"items": _items(event, call)} | call.map("shop", event), event, call)
    properties = event.get("properties")
    if _NO_KEY.search(name) or any(map(_NO_KEY.search, properties if isinstance(properties, dict) else ())):
        raise InstrumentationError("Attentive takes no quotes, brackets, commas, bars and backslashes in names")
    return _call("/events/custom", user | call.map("custom", event), event, call)


def _consents(event, call):
    """Requests for the channels that somebody consents to, and for those that they do not."""
    given = at(event, "properties.channelConsents")
    if not isinstance(given, list):
        raise InstrumentationError("[Attentive Tag]: Channel consents must be an array")
    person = call.map("person", event)
    told = {True: {}, False: {}}
    for one in items(given):
        channel, consented = one.get("channel"), one.get("consented")
        key = CHANNELS.get(channel) if isinstance(channel, str) else None
        if key in person and isinstance(consented, bool):
            told[consented][key] = person[key]
    made = []
    if told[True]:
        made.append(_subscribed(told[True], call.map("identifiers", event), event, call))
    if told[False]:
        made.append(_call("/subscriptions/unsubscribe", {"user": told[False]}, event, call))
    if not made:
        raise InstrumentationError("[Attentive Tag]: No valid consent found for subscription event")
    return made


def _items(event, call):
    properties = event.get("properties")
    if not isinstance(properties, dict):
        raise InstrumentationError("The event has no products")
    return [call.map("item", one, event) for one in items(properties.get("products") or properties)]


def price(product, call):
    """The price of a product in its currency."""
    value = number(product.get("price")) if not isinstance(product.get("price"), (dict, list)) else None
    if value is None:
        return None
    currency = product.get("currency")
    return [{"value": value} | ({"currency": currency} if currency else {})]


def _call(path, body, event, call):
    made = call.request("call", event, body)
    return made | {"endpoint": made["endpoint"] + path, "endpointPath": path}
