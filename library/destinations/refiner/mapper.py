"""Users and accounts, with their traits under the names that the settings give them."""

from transformer.mappers.envelope import request
from transformer.mappers.fields import field, traits
from transformer.mappers.values import EMPTY, items


def identify(event, call):
    """A user with their traits."""
    own = renamed(traits(event), call.settings.get("userAttributesMapping"))
    return _form(call.request("identify", event), own | call.map("person", event))


def group(event, call):
    """A user, and the account that they belong to."""
    given = event.get("traits") if isinstance(event.get("traits"), dict) else EMPTY
    own = {"id": field(event, "group_id")} | renamed(given, call.settings.get("accountAttributesMapping"))
    account = {f"account[{key}]": value for key, value in own.items() if value is not None}
    return _form(call.request("group", event), call.map("member", event) | account)


def _form(made, form):
    return request(made["endpoint"], form, kind="FORM", headers=made["headers"])


def renamed(given, rules):
    """An object whose keys have the names that the rules {from, to} give them."""
    names = {
        one["from"]: one["to"]
        for one in items(rules or [])
        if isinstance(one.get("from"), str) and isinstance(one.get("to"), str) and one["to"]
    }
    return {names.get(key, key): value for key, value in given.items() if value is not None}
