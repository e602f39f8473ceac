"""People as subscribers of a list."""

from transformer.mappers.batching import by_limits
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import only, without
from transformer.mappers.records import fields_of, settings_of, spelled_action_of
from transformer.mappers.values import absent, json_text, number, text

_HOSTS = {"EU": "https://api.eu.iterable.com"}
_HOST = "https://api.iterable.com"
_KEYS = {"email-based": ("email",), "userid-based": ("userId",)}
_MOST = 1000


def row(event, call):
    """A row of a table as a person who subscribes, or leaves the list."""
    settings = settings_of(call.settings, call.connection)
    action = spelled_action_of(event)
    to_list = settings.get("audienceId")
    known = number(to_list) if isinstance(to_list, (int, str)) and not isinstance(to_list, bool) else None
    if known is None:
        raise ConfigurationError("audienceId is no number of a list")
    kind = settings.get("projectType")
    keys = _KEYS.get(kind, ("email", "userId")) if isinstance(kind, str) else ("email", "userId")
    told = only(fields_of(event), keys)
    person = {key: text(one) for key, one in told.items() if not absent(one) and not isinstance(one, (dict, list))}
    if not person:
        raise InstrumentationError(f"The row wants {' or '.join(keys)}")
    body = {"listId": known, "subscribers": [person]}
    if action == "delete":
        return _sent("/lists/unsubscribe", body | {"channelUnsubscribe": False}, settings)
    if settings.get("updateExistingUsersOnly"):
        body["updateExistingUsersOnly"] = True
    return _sent("/lists/subscribe", body, settings)


def batches(jobs, call):
    """People of one list together, where the same is asked for them."""
    alike = {}
    for job in jobs:
        body = job.requests[0]["body"]["JSON"]
        alike.setdefault(json_text(without(body, ("subscribers",))), []).append(job)
    return [group for some in alike.values() for group in by_limits(some, {"events": _MOST, "list": "subscribers"})]


def _sent(path, body, settings):
    where = settings.get("dataCenter")
    host = _HOSTS.get(where, _HOST) if isinstance(where, str) else _HOST
    headers = {"Content-Type": "application/json", "Api-Key": settings.get("apiKey")}
    return request(f"{host}/api{path}", body, headers=headers, path=path)
