"""Fields of people that a tenant made, and events by the tenant's names."""

from transformer.mappers.ads import mapped_names
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at, object_in
from transformer.mappers.values import absent, items, text


def track(event, call):
    """An event of the event framework."""
    name, settings = event.get("event"), call.settings
    if absent(name):
        raise InstrumentationError("Event name is required")
    for key in ("tenantId", "sharedSecret", "topicName"):
        if absent(settings.get(key)):
            raise ConfigurationError(f"Events want the setting {key}")
    names, versions = mapped_names(settings.get("eventNameMap"), name), mapped_names(settings.get("eventVersionMap"), name)
    if not names or not versions:
        raise ConfigurationError.quoting("The settings have no name and version for the event {}", text(name))
    made = call.request("event", event, dict(object_in(event, "properties")))
    made["headers"] |= {"eventName": names[0], "eventVersion": versions[0]}
    return made


def full_name(event, _call):
    """The parts of a name as one."""
    parts = [text(part) for part in (field(event, "first_name"), field(event, "last_name")) if not absent(part)]
    return " ".join(parts) or None


def own_fields(event, call):
    """The traits that the settings have fields for."""
    known = traits(event)
    made = {}
    for rule in items(call.settings.get("personMap") or []):
        value = at(known, rule["from"]) if isinstance(rule.get("from"), str) else None
        if not absent(value) and isinstance(rule.get("to"), str) and rule["to"]:
            made[rule["to"]] = value
    return made or None
