"""What Gainsight PX has beside an event's own fields."""

from transformer.mappers.paths import at, object_in
from transformer.mappers.values import absent, items, json_text

_CONTEXT = "globalContext"


def attributes(event, _call):
    """The properties; what is an object or a list as text."""
    return {
        key: json_text(value) if isinstance(value, (dict, list)) else value
        for key, value in object_in(event, "properties").items()
        if key != _CONTEXT
    }


def global_context(event, call):
    """What the event says of the context of all events, or else the settings."""
    own = at(event, f"properties.{_CONTEXT}")
    if isinstance(own, dict) and own:
        return own
    rules = items(call.settings.get("globalContextMap") or [])
    return {rule["from"]: rule["to"] for rule in rules if not absent(rule.get("from")) and not absent(rule.get("to"))} or None
