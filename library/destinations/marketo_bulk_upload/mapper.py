"""Marketo Bulk Upload: the columns that the settings name."""

from transformer.mappers.fields import traits
from transformer.mappers.paths import at
from transformer.mappers.values import items, text


def columns(event, call):
    """The traits under the names of their columns; what is null stays null."""
    known, made = traits(event), {}
    for rule in items(call.settings.get("columnFieldsMapping") or []):
        name = rule.get("from")
        if isinstance(name, str) and name and rule.get("to"):
            way, _, last = name.rpartition(".")
            place = at(known, way) if way and name not in known else known
            key = last if place is not known else name
            if isinstance(place, dict) and key in place:
                made[text(rule["to"])] = place[key]
    return made
