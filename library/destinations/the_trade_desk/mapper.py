"""Ids of people, each with the segment that they are in and for how long; 0 minutes takes them off."""

from transformer.mappers.batching import by_limits
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.records import audience_of, fields_of, settings_of
from transformer.mappers.values import absent, number, text

_NAME = "THE_TRADE_DESK"
_HOSTS = {
    "apac": "https://sin-data.adsrvr.org",
    "tokyo": "https://tok-data.adsrvr.org",
    "usEastCoast": "https://use-data.adsrvr.org",
    "usWestCoast": "https://usw-data.adsrvr.org",
    "ukEu": "https://euw-data.adsrvr.org",
    "china": "https://data-cn2.adsrvr.cn",
}
_LONGEST = 180
_MINUTES = 24 * 60
_MOST = 1600
_NO_TTL = "TTL is out of range. Allowed values are 0 to 180 days"


def row(event, call):
    """A row of a table as the ids of somebody."""
    settings = settings_of(call.settings, call.connection)
    minutes = _minutes(settings.get("ttlInDays"))
    action = event.get("action")
    action = action.lower() if isinstance(action, str) else ""
    if action not in {"insert", "delete"}:
        raise InstrumentationError("Invalid action type. You can only add or remove IDs from the audience/segment")
    segment = audience_of(event, _NAME, settings)
    for key, value in (("advertiserId", settings.get("advertiserId")), ("audienceId", segment)):
        if absent(value):
            raise ConfigurationError(f"{key} is not set")
    data = [{"Name": text(segment), "TTLInMinutes": minutes if action == "insert" else 0}]
    known = {key: one for key, one in fields_of(event).items() if not absent(one) and not isinstance(one, (dict, list, bool))}
    # A row of which a column is empty is refused as a whole, as existing data planes know it.
    if not known or None in fields_of(event).values():
        raise InstrumentationError("`fields` cannot be empty")
    body = {
        "DataProviderId": "rudderstack",
        "AdvertiserId": settings["advertiserId"],
        "Items": [{key: one, "Data": data} for key, one in known.items()],
    }
    server = settings.get("dataServer")
    host = _HOSTS.get(server, _HOSTS["apac"]) if isinstance(server, str) else _HOSTS["apac"]
    return request(f"{host}/data/advertiser", body)


def batches(jobs, call):
    """Rows of one advertiser together."""
    by = {}
    for job in jobs:
        by.setdefault(text(job.requests[0]["body"]["JSON"]["AdvertiserId"]), []).append(job)
    groups = [group for alike in by.values() for group in by_limits(alike, {"events": _MOST, "list": "Items"})]
    for group in groups:
        group.request = [group.request]
    return groups


def _minutes(days):
    known = number(days) if isinstance(days, (int, float, str)) and not isinstance(days, bool) else None
    if known is None or not 0 <= known <= _LONGEST:
        # The router is told of the step, too, and nothing of the destination.
        told = f"{_NO_TTL}: Workflow: rtWorkflow, Step: validateConfig, ChildStep: undefined, OriginalError: {_NO_TTL}"
        raise ConfigurationError(told, bare=True)
    return int(known * _MINUTES)
