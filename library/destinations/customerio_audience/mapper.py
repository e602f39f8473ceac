"""People by one of their ids, as members of a segment."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.records import fields_of, settings_of, spelled_action_of
from transformer.mappers.values import absent, basic_auth, items, text, url_encode

_HOSTS = {"EU": "https://track-eu.customer.io"}
_HOST = "https://track.customer.io"
_ACTIONS = {"insert": "add_customers", "update": "add_customers", "delete": "remove_customers"}
_KINDS = frozenset({"id", "email", "cio_id"})


def row(event, call):
    """A row of a table as a person who comes to a segment, or leaves it."""
    settings = settings_of(call.settings, call.connection)
    kind = _check(settings)
    action = spelled_action_of(event)
    person = fields_of(event).get(kind)
    if absent(person) or not isinstance(person, (str, int, float)) or isinstance(person, bool):
        raise InstrumentationError(f"The row has no {kind} that is a text or a number")
    where = settings.get("region")
    host = _HOSTS.get(where, _HOST) if isinstance(where, str) else _HOST
    headers = {
        "Content-Type": "application/json",
        "Authorization": basic_auth(settings.get("siteId") or "", settings.get("apiKey") or ""),
    }
    url = f"{host}/api/v1/segments/{url_encode(settings['audienceId'])}/{_ACTIONS[action]}"
    return request(url, {"ids": [person]}, headers=headers, params={"id_type": kind})


def _check(settings):
    """The kind of id that people are known by. All that is wrong with the settings is told at once."""
    wrong, segment = [], settings.get("audienceId")
    if segment is None:
        wrong.append("audienceId: Required")
    elif not isinstance(segment, (str, int)) or not text(segment):
        wrong.append("audienceId: String must contain at least 1 character(s)")
    rules = settings.get("identifierMappings")
    kinds = [one["to"] for one in items(rules or []) if isinstance(one.get("to"), str) and one["to"] in _KINDS]
    if rules is None:
        wrong.append("identifierMappings: Required")
    elif not kinds:
        wrong.append("identifierMappings: none of id, email and cio_id is mapped")
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    return kinds[0]
