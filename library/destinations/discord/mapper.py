"""Discord: messages from templates, as for Slack."""

from destinations.slack import IDENTIFY, TRACK, of_event, said_of, traits_of

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError


def identify(event, call):
    """What is told of a user."""
    return _message(call.settings.get("identifyTemplate") or IDENTIFY, event, traits_of(event), call, "Identify call made")


def track(event, call):
    """What is told of an event."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("A track event for Discord needs a name")
    template = of_event(call.settings.get("eventTemplateSettings"), "eventTemplate", name) or TRACK
    return _message(template, event, properties_of(event), call, "Track call made")


def _message(template, event, values, call, otherwise):
    settings = call.settings
    body = {"content": said_of(template, event, values, settings)}
    if settings.get("embedFlag"):
        told = settings.get("embedDescriptionTemplate")
        embed = {"description": said_of(told, event, values, settings) if told else otherwise}
        if settings.get("embedTitleTemplate"):
            embed["title"] = said_of(settings["embedTitleTemplate"], event, values, settings)
        body["embeds"] = [embed]
    return call.request("message", event, body)
