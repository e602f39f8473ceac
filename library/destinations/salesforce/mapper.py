"""Records of Salesforce: which, and with which fields."""

from transformer.mappers.errors import InstrumentationError, SecretError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at
from transformer.mappers.values import items, text, url_encode


def _words(text):
    return frozenset(text.split())


_KNOWN = _words(
    """firstName firstname first_name lastName lastname last_name name email company title phone website address street city
    state zip zipcode postalCode postal_code country rating industry leadSource employees annualRevenue description userId id
    anonymousId"""
)
_NO_SECRET = "Secret is undefined/null. This might be a platform issue. Please contact RudderStack support for assistance."  # noqa: S105 - words of an error


def identify(event, call):
    """Requests for the records that the event names, or one for a new lead."""
    secret = call.metadata.get("secret")
    if not isinstance(secret, dict) or not secret.get("access_token") or not secret.get("instance_url"):
        raise SecretError(_NO_SECRET)
    named = [one for one in items(at(event, "context.externalId") or []) if _object(one)]
    return [_record(one, event, call) for one in named] or _request("Lead", _fields("Lead", event, call), event, call)


def _object(given):
    """The object that an external id names: Contact of Salesforce-Contact."""
    kind = given.get("type")
    if not isinstance(kind, str) or not kind.lower().startswith("salesforce-"):
        return ""
    return kind.split("-", 1)[1]


def _record(given, event, call):
    name, ident, by = _object(given), given.get("id"), given.get("identifierType")
    if ident is None or ident == "" or isinstance(ident, (dict, list)):
        raise InstrumentationError(f"The external id of type Salesforce-{name} has no id")
    fields = _fields(name, event, call)
    if not by or not isinstance(by, str) or by.lower() == "id":
        return _request(f"{url_encode(name)}/{url_encode(ident)}?_HttpMethod=PATCH", fields, event, call)
    fields.pop(by, None)
    return _request(f"{url_encode(name)}/{url_encode(by)}/{url_encode(ident)}?_HttpMethod=PATCH", fields, event, call)


def _request(path, fields, event, call):
    made = call.request("create", event, fields)
    user = field(event, "user_id")
    return made | {
        "endpoint": made["endpoint"] + path,
        "body": made["body"] | {"JSON": fields},
        "userId": "" if user is None else text(user),
    }


def _fields(name, event, call):
    """Fields of a record: a lead's by Salesforce's names, with fields of one's own under names with `__c`."""
    given = traits(event)
    if at(event, "context.mappedToDestination") or call.settings.get("mapProperty") is False:
        return {key: value for key, value in given.items() if value is not None}
    own = {
        key if key.endswith("__c") else f"{key}__c": value
        for key, value in given.items()
        if key not in _KNOWN and value is not None and not isinstance(value, (dict, list))
    }
    made = call.map("lead", event)
    if name != "Lead":
        made = {key: value for key, value in made.items() if value != "n/a"}
        made.pop("Company", None)
    return made | own


def first_name(event, call):
    """The first name, or all but the last word of the whole name."""
    return field(event, "first_name") or " ".join(_names(event)[:-1]) or None


def last_name(event, call):
    """The last name, or the last word of the whole name."""
    return field(event, "last_name") or "".join(_names(event)[-1:]) or None


def _names(event):
    whole = field(event, "name")
    return whole.split() if isinstance(whole, str) else []


def company(event, call):
    """The name of the company."""
    given = field(event, "company")
    return given.get("name") if isinstance(given, dict) else given
