"""Userlist: events as they are."""

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError


def handed_on(event, call):
    """The event itself."""
    if not event.get("userId"):
        raise InstrumentationError("userId is required", step="preparePayload")
    headers = {"Authorization": f"Push {call.settings['pushKey']}", "Content-Type": "application/json"}
    return request("https://incoming.userlist.com/rudderstack/events", event, headers=headers)


def alone(jobs, call):
    """Each request by itself; data planes are told its status once more within it."""
    return [Group(job.requests[0] | {"statusCode": 200}, [job], batched=False) for job in jobs]
