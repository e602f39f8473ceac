"""Entries for an event bus."""

from transformer.mappers.values import items, json_text


def entry(event, call):
    """The event as JSON text, with what the rules of the bus look at."""
    settings = call.settings
    made = {
        "DetailType": settings.get("detailType"),
        "Detail": json_text(event),
        "Resources": [one["arn"] for one in items(settings.get("resourceID") or []) if one.get("arn")],
        "Source": "rudderstack",
        "userId": event.get("userId") or event.get("anonymousId"),
    }
    return made | ({"EventBusName": settings["eventBusName"]} if settings.get("eventBusName") else {})
