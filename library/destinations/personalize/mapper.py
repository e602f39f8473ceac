"""Interactions, items and users with the fields that a schema of Amazon Personalize has, as the settings map them."""

import re

from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.values import absent, floating, items, text

_WORDS = re.compile(r"[A-Za-z0-9]+")
# Fields of the schema that the API has a place of its own for.
_LISTS = {"IMPRESSION": "impression"}
_NUMBERS = {"EVENT_VALUE": "eventValue"}
_TEXTS = {"RECOMMENDATION_ID": "recommendationId", "ITEM_ID": "itemId"}


def track(event, call):
    """An interaction, or the item that it tells of."""
    settings = call.settings
    if absent(event.get("event")):
        raise InstrumentationError("Cannot process if no event name specified")
    choice = settings.get("eventChoice")
    if choice == "PutUsers":
        raise ConfigurationError("PutUsers is not supported for Track Calls")
    if choice == "PutEvents" and absent(settings.get("trackingId")):
        raise ConfigurationError("Tracking Id is a mandatory information to use putEvents")
    if choice == "PutItems" and absent(settings.get("datasetARN")):
        raise ConfigurationError("Dataset ARN is a mandatory information to use putItems")
    if choice == "PutItems":
        return _item(event, settings)
    if choice == "PutEvents":
        return _interaction(event, settings)
    raise ConfigurationError("eventChoice must be PutEvents, PutItems or PutUsers")


def identify(event, call):
    """A user with the traits that the settings map."""
    settings = call.settings
    if settings.get("eventChoice") != "PutUsers":
        raise ConfigurationError(
            f"This Message Type does not support {text(settings.get('eventChoice') or '')}. Aborting message"
        )
    if absent(settings.get("datasetARN")):
        raise ConfigurationError("putUsers needs the setting datasetARN")
    properties = {}
    for name, path in _rules(settings):
        if name != "USER_ID":
            properties[_camel(name)] = _found(field(event, "traits"), path)
    user = {"userId": _user(event), "properties": properties}
    return {"payload": {"datasetArn": settings["datasetARN"], "users": [user]}, "choice": "PutUsers"}


def _item(event, settings):
    properties, item = {}, None
    for name, path in _rules(settings):
        if name == "ITEM_ID":
            item = _mapped(event, path)
        else:
            properties[_camel(name)] = _found(event.get("properties"), path)
    if absent(item):
        raise InstrumentationError("itemId is a mandatory property for using PutItems")
    told = {"itemId": text(item), "properties": properties}
    return {"payload": {"datasetArn": settings["datasetARN"], "items": [told]}, "choice": "PutItems"}


def _interaction(event, settings):
    told = {"eventType": text(event["event"]), "sentAt": field(event, "timestamp")}
    user, properties = None, {}
    for name, path in _rules(settings):
        if name == "USER_ID":
            user = _mapped(event, path)
        elif name in _TEXTS:
            found = _mapped(event, path)
            if not absent(found):
                told[_TEXTS[name]] = text(found)
        elif name in _LISTS:
            found = _found(event.get("properties"), path)
            told[_LISTS[name]] = [text(one) for one in (found if isinstance(found, list) else [found])]
        elif name in _NUMBERS:
            number = floating(_found(event.get("properties"), path))
            if number is not None:
                told[_NUMBERS[name]] = number
        else:
            properties[_camel(name)] = _found(event.get("properties"), path)
    told.setdefault("itemId", text(event.get("messageId") or ""))
    told["properties"] = properties
    user = _user(event) if absent(user) else text(user)
    session = event.get("anonymousId")
    return {
        "userId": user,
        "sessionId": user if absent(session) else text(session),
        "trackingId": settings["trackingId"],
        "eventList": [told],
    }


def _rules(settings):
    """What the schema calls a field, and where the event has it."""
    for rule in items(settings.get("customMappings") or []):
        name, path = rule.get("from"), rule.get("to")
        if isinstance(name, str) and isinstance(path, str) and name.strip() and path.strip():
            yield name.strip().upper(), path.strip()


def _mapped(event, path):
    """What lies under the path in the properties; a path may also begin at the event."""
    found = at(event.get("properties"), path)
    return at(event, path) if absent(found) and path.startswith("properties.") else found


def _found(holder, path):
    found = at(holder, path)
    if absent(found):
        raise InstrumentationError(f"Mapped property {path} not found")
    return found


def _camel(name):
    """NUMBER_OF_RATINGS as the API wants it: numberOfRatings."""
    first, *rest = _WORDS.findall(name.lower()) or [name]
    return first + "".join(word.capitalize() for word in rest)


def _user(event):
    found = field(event, "user_id")
    return "" if absent(found) else text(found)
