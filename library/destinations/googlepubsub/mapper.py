"""Messages for topics, with their attributes."""

from destinations.firehose import targets

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.paths import first
from transformer.mappers.values import absent

PLACES = ("properties", "traits", "context.traits")


def message(event, call):
    """The event itself, with the topic that it goes to."""
    if not event.get("type"):
        raise ConfigurationError("type is required for event", meta="accessTokenExpired")
    topic = next(iter(targets(event, call.settings.get("eventToTopicMap"))), None)
    if topic is None:
        raise ConfigurationError("No topic set for this event")
    return {
        "message": event,
        "userId": event.get("userId") or event.get("anonymousId"),
        "topicId": topic,
        "attributes": attributes(event, call.settings.get("eventToAttributesMap")),
    }


def attributes(event, rules):
    """The attributes that the settings name for an event, by the last part of their paths."""
    made = {}
    for path in targets(event, rules):
        if isinstance(path, str):
            value = first(event, path, *(f"{place}.{path}" for place in PLACES))
            if not absent(value):
                made[path.rsplit(".", 1)[-1]] = value
    return made
