"""Smartly.io: conversions by name."""

from transformer.mappers.ads import mapped_names
from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent, unique

_URL = "https://s2s.smartly.io/events"
_MOST = 1000


def track(event, call):
    """A conversion, once for each name that it has at Smartly."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Smartly needs a name", step="preparePayload")
    try:
        made = call.map("conversion", event)
    except InstrumentationError as wrong:
        wrong.step = "preparePayload"
        raise
    names = mapped_names(call.settings.get("eventsMapping"), name) or [name]
    return [request(_URL, {**made, "event_name": one}) for one in unique(names)]


def batches(jobs, call):
    """As many conversions in a request as Smartly takes."""
    groups, gathered = [], []
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {call.settings['apiToken']}"}
    for job in jobs:
        own = [one["body"]["JSON"] for one in job.requests]
        if not groups or len(gathered) + len(own) > _MOST:
            gathered = []
            groups.append(Group(request(f"{_URL}/batch", {"events": gathered}, headers=headers), []))
        gathered += own
        groups[-1].jobs.append(job)
    return groups
