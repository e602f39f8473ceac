"""Redis: keys of users, and of profiles."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import traits
from transformer.mappers.paths import at
from transformer.mappers.values import flatten, json_text, text


def kept(event, call):
    """What is set: the fields of a hash, or a value."""
    known = traits(event)
    if not known:
        raise InstrumentationError("context or context.traits or traits is empty")
    as_json = bool(call.settings.get("useJSONModule"))
    sources = at(event, "context.sources")
    if isinstance(sources, dict) and sources.get("profiles_model"):
        message = _of_profile(event, call, sources, event.get("traits") or known, as_json)
    else:
        key = ":".join([*_prefix(call.settings), "user", text(event["userId"])])
        message = {"key": key, "value": known} if as_json else {"key": key, "fields": _fields(known)}
    return {"message": message, "userId": event["userId"]}


def _of_profile(event, call, sources, known, as_json):
    parts = (
        call.metadata.get("workspaceId"),
        call.destination.get("ID"),
        sources.get("profiles_entity"),
        sources.get("profiles_id_type"),
        event["userId"],
    )
    place, model = ":".join("" if part is None else text(part) for part in parts), sources["profiles_model"]
    if as_json:
        return {"key": place, "path": model, "value": known}
    return {"hash": place, "key": model, "value": json_text(known)}


def _prefix(settings):
    prefix = text(settings.get("prefix") or "").strip()
    return [prefix] if prefix else []


def _fields(known):
    """Texts, as hashes hold them; objects that are empty have no field."""
    return {key: "" if value is None else text(value) for key, value in flatten(known, lists=False).items() if value != {}}
