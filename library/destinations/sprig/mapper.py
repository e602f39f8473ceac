"""Sprig: users and their events."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent


def identify(event, call):
    """A user."""
    _needed(event, "userId", "validateIdentifyPayload")
    return call.request("user", event, call.map("user", event))


def track(event, call):
    """What a user did."""
    _needed(event, "userId", "validateTrackPayload")
    _needed(event, "event", "validateTrackPayload")
    return call.request("user", event, {"userId": event["userId"], "events": [call.map("event", event)]})


def _needed(event, key, step):
    if absent(event.get(key)):
        raise InstrumentationError(f"{key} is required", step=step)
