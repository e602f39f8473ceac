"""Contacts, and what is done with them in a list."""

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import at
from transformer.mappers.values import absent, basic_auth, items, text, url_encode

_ACTIONS = frozenset({"addforce", "addnoforce", "remove", "unsub"})
_ACTION = "addnoforce"
_MOST = 100


def identify(event, call):
    """A contact, with the list that it is for."""
    made = call.map("contact", event)
    traits, properties = field(event, "traits"), {}
    for rule in items(call.settings.get("contactPropertiesMapping") or []):
        name, to = rule.get("from"), rule.get("to")
        value = at(traits, name) if isinstance(name, str) and name else None
        if isinstance(to, str) and to and not absent(value):
            properties[to] = value
    options = call.options(event)
    to_list = options.get("listId") or external_id(event, "listId") or call.settings.get("listId")
    if absent(to_list):
        raise ConfigurationError("listId names no list")
    action = options.get("action")
    action = action if isinstance(action, str) and action in _ACTIONS else _ACTION
    return request("", made | {"properties": properties}) | {"listId": text(to_list), "action": action}


def batches(jobs, call):
    """Contacts with the same list and action together."""
    by = {}
    for job in jobs:
        by.setdefault((job.requests[0]["listId"], job.requests[0]["action"]), []).append(job)
    settings = call.settings
    headers = {
        "Content-Type": "application/json",
        "Authorization": basic_auth(settings.get("apiKey") or "", settings.get("apiSecret") or ""),
    }
    groups = []
    for (to_list, action), alike in by.items():
        url = f"https://api.mailjet.com/v3/REST/contactslist/{url_encode(to_list)}/managemanycontacts"
        for start in range(0, len(alike), _MOST):
            part = alike[start : start + _MOST]
            contacts = [job.requests[0]["body"]["JSON"] for job in part]
            groups.append(Group(request(url, {"Action": action, "Contacts": contacts}, headers=headers), part))
    return groups
