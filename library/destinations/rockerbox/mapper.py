"""Conversions by the actions that the settings name."""

from transformer.mappers.ads import mapped_names
from transformer.mappers.errors import ConfigurationError


def track(event, call):
    """A request for each action that the event is."""
    actions = mapped_names(call.settings.get("eventsMap"), event.get("event") or "")
    if not actions:
        raise ConfigurationError("The event is not associated to a RockerBox event. Aborting!")
    made = call.map("conversion", event)
    return [call.request("conversion", event, made | {"action": one}) for one in actions]
