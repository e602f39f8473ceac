"""Canny: what events become."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import without
from transformer.mappers.values import absent, items, text, unique

_REQUESTS = {"createPost": "post", "createVote": "vote"}
_TOLD = frozenset({"name", "email", "avatar", "alias", "companies", "userId", "id", "createdAt", "created_at", "created"})


def custom(event, call):
    """The traits that Canny has no field for."""
    known = field(event, "traits")
    return (without(known, _TOLD) or None) if isinstance(known, dict) else None


def track(event, call):
    """A post or a vote, or both."""
    if absent(event.get("event")):
        raise InstrumentationError("Event name is required")
    name = text(event["event"]).strip()
    rules = items(call.settings.get("eventsToEvents") or [])
    wanted = unique(text(rule.get("to")) for rule in rules if text(rule.get("from") or "").strip() == name)
    made = [call.request(_REQUESTS[one], event) for one in wanted if one in _REQUESTS]
    if not made:
        raise InstrumentationError.quoting("Event name ({}) is not present in the mapping", name)
    return made
