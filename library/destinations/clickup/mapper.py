"""ClickUp: tasks."""

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.overrides import external_id
from transformer.mappers.values import items, text, url_encode


def track(event, call):
    """A task in the list that the event names, or that of the settings."""
    settings = call.settings
    allowed = [
        text(rule["eventName"]).strip() for rule in items(settings.get("whitelistedEvents") or []) if rule.get("eventName")
    ]
    if allowed and event.get("event") not in allowed:
        raise ConfigurationError("Event Discarded. To allow this event, add this in Allowlist")
    where = external_id(event, "clickUpListId") or settings.get("listId")
    if not where:
        raise ConfigurationError("listId is missing, and the event names no list as external id of type clickUpListId")
    made = call.request("task", event)
    made["endpoint"] = f"https://api.clickup.com/api/v2/list/{url_encode(where)}/task"
    return made
