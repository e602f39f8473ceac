"""Loops: who is meant must be known."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field


def identify(event, call):
    """A contact."""
    _known(event, "identify", "validateIdentifyEvent")
    return call.request("contact", event)


def track(event, call):
    """An event of a contact."""
    _known(event, "track", "validateTrackEvent")
    return call.request("event", event)


def _known(event, kind, step):
    if not (field(event, "email") or event.get("userId")):
        raise InstrumentationError(f"Either email or userId is required for {kind} call.", step=step)
