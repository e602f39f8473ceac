"""People of an audience, as the bulk upload of a customer list takes them."""

from transformer.mappers.ads import lowered, properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent, items, sha256, text

ACTIONS = {"add": "Add", "remove": "Remove", "update": "Replace"}


def people(event, call):
    """A request for each thing that is to be done with people."""
    properties = properties_of(event)
    if not properties:
        raise InstrumentationError("Message properties is not present. Aborting message.", step="validateInput")
    lists = properties.get("listData")
    if not isinstance(lists, dict) or not lists:
        raise InstrumentationError("listData is not present inside properties. Aborting message.", step="validateInput")
    wanted = {key: items(lists[key]) for key in lists if key in ACTIONS}
    if not wanted:
        raise InstrumentationError("Unsupported action type. Aborting message.", step="validateInput")
    return [
        call.request("people", event, {"list": [person(one, call.settings) for one in found], "action": ACTIONS[key]})
        for key, found in wanted.items()
    ]


def person(given, settings):
    """A person: the address as it came, and its hash."""
    email = given.get("email")
    if absent(email):
        raise InstrumentationError("Email is not present in the audience list. Aborting message.", step="prepareData")
    return {"email": email, "hashedEmail": sha256(lowered(email)) if settings.get("hashEmail") else text(email)}
