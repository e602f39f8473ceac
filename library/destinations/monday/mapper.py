"""monday.com: items."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.values import absent, items, text

_QUERY = "mutation ($board: ID!, $name: String!) { create_item (board_id: $board, item_name: $name) { id } }"


def track(event, call):
    """An item, if the settings allow the event."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("Event name is required")
    allowed = {text(rule.get("eventName") or "").strip() for rule in items(call.settings.get("whitelistedEvents") or [])}
    if text(name).strip() not in allowed:
        raise ConfigurationError("Event Discarded. To allow this event, add this in Allowlist")
    item = properties_of(event).get("name")
    if absent(item):
        raise InstrumentationError("An item needs a name: properties.name")
    variables = {"board": text(call.settings["boardId"]), "name": text(item)}
    return call.request("item", event, {"query": _QUERY, "variables": variables})
