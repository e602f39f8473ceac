"""Leads with their own fields, and campaigns."""

from transformer.mappers.ads import mapped_names
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, traits
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import at
from transformer.mappers.values import absent, items

_TOLD = frozenset(
    {*NAME_TRAITS, "email", "phone", "title", "industry", "company", "companyName", "dup", "status", "gender", "city"}
    | {name + end for name in ("linkedin", "twitter", "facebook") for end in ("", "Url")}
)


def identify(event, call):
    """A lead, made or updated."""
    known = traits(event)
    lead = call.map("lead", event)
    rules = items(call.settings.get("persistIqAttributesMapping") or [])
    named = {rule.get("from") for rule in rules if rule.get("to")}
    for key, value in known.items():
        if key in named:
            lead.update(dict.fromkeys(mapped_names(rules, key), value))
        elif key not in _TOLD and not absent(value):
            lead.setdefault(key, value)
    status = known.get("status")
    if external_id(event, "persistIqLeadId"):
        return call.request("update", event, {"data": lead} | ({} if absent(status) else {"status": status}))
    if "email" not in lead:
        raise InstrumentationError("A lead without an id is known by its email address, and the event has neither")
    if not absent(status):
        lead["status"] = status
    return call.request("create", event, {"leads": [lead]} | ({} if absent(known.get("dup")) else {"dup": known["dup"]}))


def group(event, call):
    """A lead that comes to a campaign, or leaves it."""
    return call.request("leave" if at(event, "traits.operation") == "remove" else "join", event)
