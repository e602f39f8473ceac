"""Users with what is known of them, and the devices on which they are reached."""

from transformer.mappers.batching import Group
from transformer.mappers.fields import field
from transformer.mappers.paths import without
from transformer.mappers.values import absent, text

_OF_USERS = {"unsubscribe", "resubscribe"}


def track(event, call):
    """An event; or the user's wish to have messages, or to have none."""
    name = event.get("event")
    plain = name.strip().lower() if isinstance(name, str) else ""
    made = [call.request(plain if plain in _OF_USERS else "event", event), call.request("tags", event)]
    return [one for one in made if one]


def known(event, call):
    """The user's traits, but for the address that has a field of its own."""
    found = field(event, "traits")
    return without(found, ("email",)) if isinstance(found, dict) else {}


def channel(event, call):
    """The device that takes push messages, where its token and system are known."""
    made = call.map("channel", event)
    return made if "address" in made and "platform" in made else None


def page_name(event, call):
    """The page, as the name of an event."""
    return _viewed(event, "Page")


def screen_name(event, call):
    """The screen, as the name of an event."""
    return _viewed(event, "Screen")


def together(jobs, call):
    """Each event with all of its requests."""
    return [Group(job.requests, [job], batched=False) for job in jobs]


def _viewed(event, what):
    name = event.get("name")
    return f"Viewed {what}" if absent(name) else f"Viewed {text(name)} {what}"
