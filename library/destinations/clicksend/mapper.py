"""Contacts of a list, campaigns to a list, and messages to one person."""

from transformer.mappers.ads import properties_of
from transformer.mappers.batching import Group, by_limits
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.timestamps import unix_seconds
from transformer.mappers.values import absent, basic_auth, number, url_encode

_HOST = "https://rest.clicksend.com/v3"
_LIST = "CLICKSEND_CONTACT_LIST_ID"
_MESSAGES = f"{_HOST}/sms/send"
_MOST = 1000
_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_IDENTIFY_STEP = "prepareIdentifyPayload"
_TRACK_STEP = "prepareTrackPayload/sendSmsCampaignPayload"


def identify(event, call):
    """A contact of a list, new or known."""
    to_list = external_id(event, _LIST)
    if absent(to_list) or isinstance(to_list, (bool, dict, list)):
        raise InstrumentationError("externalId does not contain contact list Id of Clicksend. Aborting.", step=_IDENTIFY_STEP)
    made = call.map("contact", event)
    if not made.keys() & {"email", "phone_number", "fax_number"}:
        raise InstrumentationError("A contact wants an email address, a phone or a fax number", step=_IDENTIFY_STEP)
    url = f"{_HOST}/lists/{url_encode(to_list)}/contacts"
    if "contact_id" in made:
        return _sent(f"{url}/{url_encode(made['contact_id'])}", made, call, "PUT")
    return _sent(url, made, call)


def track(event, call):
    """A campaign where the event names a list, or else a message to the user."""
    to_list = external_id(event, _LIST)
    if not absent(to_list):
        known = number(to_list) if isinstance(to_list, (int, str)) and not isinstance(to_list, bool) else None
        if not isinstance(known, int):
            raise InstrumentationError("list_id must be an integer", step=_TRACK_STEP)
        made = call.map("campaign", event) | {"list_id": known}
        missing = [key for key in ("name", "body", "from") if key not in made]
        if missing:
            raise InstrumentationError(f"A campaign wants {' and '.join(missing)}", step=_TRACK_STEP)
        return _sent(f"{_HOST}/sms-campaigns/send", made, call)
    made = call.map("message", event)
    if not {"email", "to", "body"} <= made.keys():
        raise InstrumentationError("all of sender email, phone and body needs to be present for track call", step=_TRACK_STEP)
    return _sent(_MESSAGES, {"messages": [made]}, call)


def schedule(event, call):
    """When the message is sent: as the event says, or so long after it as the settings do."""
    own = properties_of(event).get("schedule")
    if not absent(own):
        return unix_seconds(own)
    later, unit = number(call.settings.get("defaultCampaignSchedule") or ""), call.settings.get("defaultCampaignScheduleUnit")
    begin = unix_seconds(field(event, "timestamp"))
    return None if later is None or begin is None else begin + int(later * _UNITS.get(unit, _UNITS["minute"]))


def batches(jobs, call):
    """Messages together; all others alone."""
    groups, messages = [], [job for job in jobs if job.requests[0]["endpoint"] == _MESSAGES]
    told = False
    for job in jobs:
        if job.requests[0]["endpoint"] != _MESSAGES:
            groups.append(Group(job.requests[0], [job], batched=False))
        elif not told:
            groups += by_limits(messages, {"events": _MOST, "list": "messages"})
            told = True
    return groups


def _sent(url, body, call, method="POST"):
    settings = call.settings
    headers = {
        "Authorization": basic_auth(settings.get("clicksendUsername") or "", settings.get("clicksendPassword") or ""),
        "Content-Type": "application/json",
    }
    return request(url, body, method=method, headers=headers)
