"""Payloads for a function."""

from transformer.mappers.batching import Group
from transformer.mappers.values import integer

MOST = 10


def payload(event, call):
    """The event itself."""
    return dict(event)


def batches(jobs, call):
    """As many events in a call as the settings say."""
    if not call.settings.get("enableBatchInput"):
        return [Group(job.requests[0], [job], batched=False) for job in jobs]
    size = max(1, integer(call.settings.get("maxBatchSize")) or MOST)
    parts = [jobs[start : start + size] for start in range(0, len(jobs), size)]
    return [Group([job.requests[0] for job in part], part) for part in parts]
