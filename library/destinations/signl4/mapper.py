"""Alerts with what SIGNL4 sorts them by."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.paths import at
from transformer.mappers.values import absent

PARTS = ("Service", "Location", "AlertingScenario", "ExternalID", "Status")


def alert(event, call):
    """The alert: its title, its properties, and where it belongs."""
    settings, properties = call.settings, properties_of(event)
    titles = mapped_names(settings.get("eventToTitleMapping"), event["event"])
    made = {"Title": titles[0] if titles else event["event"], **properties}
    for part in PARTS:
        path = settings.get(f"s4{part}Property")
        value = at(properties, path) if isinstance(path, str) and path else None
        value = settings.get(f"s4{part}Value") if absent(value) else value
        if not absent(value):
            made[f"X-S4-{part}"] = value
    if settings.get("s4Filter"):
        made["X-S4-Filtering"] = True
    return made
