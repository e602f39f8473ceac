"""People of an audience, by whatever rows know of them; signed requests."""

import re

from destinations.twitter_ads import keys_of, signed

from transformer.mappers.ads import hashed
from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError, SecretError
from transformer.mappers.records import action_of, settings_of
from transformer.mappers.values import EMPTY, absent, json_text, text, url_encode

_TITLE = "[X Audience]"
_HOST = "https://ads-api.twitter.com/12/accounts"
_HASHED = ("email", "phone_number", "handle", "device_id", "twitter_id")
_KINDS = (*_HASHED, "partner_user_id")
_MOST = 2500
_WITH_NAME = re.compile(r':\s*"([^"]+)"\s*\}$')


def row(event, call):
    """One row as one request."""
    settings = settings_of(call.settings, call.connection)
    account, audience = _account(settings.get("accountId")), settings.get("audienceId")
    if absent(account) or absent(audience):
        raise ConfigurationError("The settings name no account, or no audience")
    keys = keys_of(call.metadata, _TITLE)
    url = f"{_HOST}/{url_encode(account)}/custom_audiences/{url_encode(audience)}/users"
    operation = {"operation_type": "Delete" if action_of(event) == "delete" else "Update", "params": _params(event, settings)}
    return _sent(url, json_text([operation]), keys, call)


def _params(event, settings):
    fields = event.get("fields")
    fields = fields if isinstance(fields, dict) and fields else event.get("identifiers")
    if not isinstance(fields, dict) or not fields:
        raise InstrumentationError("The row tells nothing of a person")
    person = {}
    for kind in _KINDS:
        values = [value for part in text(fields.get(kind) or "").split(",") if (value := part.strip())]
        if values:
            person[kind] = [hashed(one) for one in values] if settings.get("enableHash") and kind in _HASHED else values
    if not person:
        raise InstrumentationError("The row has nothing by which X knows a person")
    times = {key: fields[key] for key in ("effective_at", "expires_at") if not absent(fields.get(key))}
    return {"users": [person], **times}


def _sent(url, batch, keys, call):
    headers = {"Content-Type": "application/json", "Authorization": signed(url, keys, "", batch, call)}
    return request(url, {"batch": batch}, kind="JSON_ARRAY", headers=headers)


def _account(given):
    """The id of the account, which may stand beside its name."""
    found = _WITH_NAME.search(given) if isinstance(given, str) and given.startswith("{") else None
    return found[1] if found else given


def batches(jobs, call):
    """Rows for one audience go together, signed anew."""
    groups, found = [], []
    for job in jobs:
        (made,) = job.requests
        try:
            keys = keys_of(job.metadata or EMPTY, _TITLE)
        except SecretError:  # it came mapped, and signed
            groups.append(Group(made, [job], batched=False))
            continue
        operations = made["body"]["JSON_ARRAY"]["batch"][1:-1]
        last = found[-1] if found else None
        if last is None or last[:2] != (made["endpoint"], keys) or len(last[3]) == _MOST:
            found.append((made["endpoint"], keys, [operations], [job]))
        else:
            last[2].append(operations)
            last[3].append(job)
    for url, keys, texts, own in found:
        groups.append(Group(_sent(url, f"[{','.join(texts)}]", keys, call), own))
    return groups
