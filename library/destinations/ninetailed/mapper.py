"""Ninetailed: events in lists."""

from transformer.mappers.batching import by_limits
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import url_encode


def identify(event, call):
    """A user."""
    return _sent("identify", event, call)


def track(event, call):
    """What a user did."""
    return _sent("track", event, call)


def page(event, call):
    """What a user saw."""
    return _sent("page", event, call)


def _sent(kind, event, call):
    try:
        made = call.map(kind, event)
    except InstrumentationError as wrong:
        wrong.step = "preparePayload"
        raise
    made.setdefault("context", {}).setdefault("location", {})
    if kind == "identify":
        made.setdefault("userId", "")
    settings = call.settings
    environment = url_encode(settings.get("environment") or "main")
    endpoint = f"https://experience.ninetailed.co/v2/organizations/{url_encode(settings['organisationId'])}"
    return request(f"{endpoint}/environments/{environment}/events", {"events": [made]})


def batches(jobs, call):
    """As many events in a request as the API takes."""
    groups = by_limits(jobs, {"events": 200, "list": "events"})
    for group in groups:
        group.request["headers"] = {"Content-Type": "application/json"}
    return groups
