"""Payloads for a function."""

from transformer.mappers.batching import Group
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import integer, json_text

MOST = 10


def payload(event, call):
    """The event as text; a list of one where the function takes several."""
    if not isinstance(call.destination.get("Config", call.settings or None), dict):
        raise ConfigurationError("destination.Config cannot be undefined")
    return {"payload": json_text([event] if call.settings.get("enableBatchInput") else event)}


def batches(jobs, call):
    """As many events in a call as the settings say."""
    if not call.settings.get("enableBatchInput"):
        return [Group(job.requests[0], [job], batched=False) for job in jobs]
    most = integer(call.settings.get("maxBatchSize")) or MOST
    size = max(1, most)
    parts = [jobs[start : start + size] for start in range(0, len(jobs), size)]
    return [Group({"payload": json_text([job.event for job in part])}, part) for part in parts]
