"""Records for delivery streams."""

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import items, text


def record(event, call):
    """The event itself, with the stream that it goes to."""
    stream = next(iter(targets(event, call.settings.get("mapEvents"))), None)
    if stream is None:
        raise ConfigurationError("No delivery stream set for this event")
    return {"message": event, "userId": event.get("anonymousId") or event.get("userId"), "deliveryStreamMapTo": stream}


def targets(event, rules):
    """What rules {from, to} name for an event: those for its name, or else for its type, or else for all."""
    named = event.get("event") if event.get("type") == "track" else None
    known = [one for one in items(rules or []) if one.get("from") and one.get("to")]
    for wanted in (named, event.get("type"), "*"):
        if wanted and isinstance(wanted, str):
            plain = wanted.strip().lower()
            found = [one["to"] for one in known if text(one["from"]).strip().lower() == plain]
            if found:
                return found
    return []
