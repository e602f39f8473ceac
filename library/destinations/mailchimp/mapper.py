"""Mailchimp: members by the hash of their email, their events, and audiences in batches."""

import re

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.operators import is_number
from transformer.mappers.paths import at
from transformer.mappers.values import absent, basic_auth, json_text, lower, md5, text, url_encode

_STATES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
_SHORTEST, _LONGEST = 2, 30
_SPACES = re.compile(r"\s+")
_NOT_OF_TAG = re.compile(r"[^A-Z0-9_]")
_LONGEST_TAG = 10
_NOT_MERGED = frozenset(
    {
        *("email", "status", "userId", "anonymousId", "address", "phone"),
        *NAME_TRAITS,
    }
)
_MOST = 500


def identify(event, call):
    """A member of the audience, who is made where there is none; from reverse ETL, as the traits say."""
    external = at(event, "context.externalId.0")
    if at(event, "context.mappedToDestination"):
        given = field(event, "traits")
        body = dict(given) if isinstance(given, dict) else {}
        if isinstance(external, dict) and external.get("id"):
            body[text(external.get("identifierType") or "email_address")] = external["id"]
    else:
        body = call.map("member", event)
    email = body.get("email_address")
    if absent(email):
        raise InstrumentationError("somebody is identified by an email address")
    if "status" in body and body["status"] not in _STATES:
        raise InstrumentationError(f"The status must be one of [{', '.join(_STATES)}]")
    return _sent("PUT", _member(email), body, event, call)


def track(event, call):
    """An event of a member."""
    email = field(event, "email")
    if absent(email):
        raise InstrumentationError("Email is required for track")
    return _sent("POST", f"{_member(email)}/events", call.map("event", event), event, call)


def event_name(value):
    """The name of an event as Mailchimp takes it: without spaces, and neither short nor long."""
    name = _SPACES.sub("_", value.strip())
    if not _SHORTEST <= len(name) <= _LONGEST:
        raise InstrumentationError("Event name should be between 2 and 30 characters")
    return name


def texts(value):
    """Properties as texts, all of which Mailchimp wants them to be."""
    if not isinstance(value, dict):
        return None
    return {key: one if isinstance(one, str) else json_text(one) for key, one in value.items() if one is not None}


def merge_fields(this, call):
    """The traits as merge fields, whose names are short and in capitals."""
    if not call.settings.get("enableMergeFields"):
        return None
    made = call.map("merge_fields", this)
    given = field(this, "traits")
    for key, value in given.items() if isinstance(given, dict) else ():
        if key not in _NOT_MERGED and (isinstance(value, (str, bool)) or is_number(value)):
            made.setdefault(_NOT_OF_TAG.sub("_", key.upper())[:_LONGEST_TAG], value)
    return made or None


def batch(jobs, call):
    """The members of an audience together; events by themselves."""
    audiences, alone = {}, []
    for job in jobs:
        place, _, rest = job.requests[0]["endpoint"].partition("/members/")
        if rest and "/" not in rest:
            audiences.setdefault(place, []).append(job)
        else:
            alone.append(job)
    groups = []
    for place, every in audiences.items():
        for start in range(0, len(every), _MOST):
            part = every[start : start + _MOST]
            body = {"members": [job.requests[0]["body"]["JSON"] for job in part], "update_existing": True}
            endpoint = f"{place}?skip_merge_validation=false&skip_duplicate_check=false"
            groups.append(Group(request(endpoint, body, headers=part[0].requests[0]["headers"]), part))
    return groups + [Group(job.requests[0], [job], batched=False) for job in alone]


def _member(email):
    return f"/members/{md5(lower(email))}"


def _sent(method, path, body, event, call):
    settings = call.settings
    audience = call.options(event).get("listId") or at(event, "context.MailChimp.listId") or settings["audienceId"]
    headers = {"Content-Type": "application/json", "Authorization": basic_auth("apiKey", settings["apiKey"])}
    host = f"https://{text(settings['datacenterId'])}.api.mailchimp.com/3.0"
    made = request(f"{host}/lists/{url_encode(audience)}{path}", body, method=method, headers=headers)
    return made | {"audienceId": audience}
