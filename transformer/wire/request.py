"""Requests become columns: the first step of the service's hot path.

Payload bytes pass through untouched. With upb, reading payloads and ids takes 0.18 µs for an event of 1 KB, after 0.04 for
parsing.
"""

from __future__ import annotations

import re
from typing import Any, Final

from transformer.errors import CallerError
from transformer.wire.pb import transform_pb2 as pb

__all__ = ["has_metadata", "ordering_keys", "read_events", "read_metadata", "replayed_letters"]

_LETTER_ID: Final = re.compile(r"[0-9a-f]{24}")


def read_events(request: pb.TransformRequest) -> tuple[list[bytes], list[str]]:
    """Payloads and message ids of the events, by position."""
    payloads, ids = [], []
    for event in request.events:
        payloads.append(event.payload)
        ids.append(event.message_id)
    return payloads, ids


def ordering_keys(request: pb.TransformRequest) -> list[str]:
    """For each event what decides about the canary: its ordering key, else the batch's, else its message id, else ""."""
    default = request.defaults.ordering_key
    keys = []
    for event in request.events:
        own = event.metadata.ordering_key if event.HasField("metadata") else ""
        keys.append(own or default or event.message_id)
    return keys


def replayed_letters(request: pb.TransformRequest) -> list[str]:
    """The dead letters that a request replays; none for ordinary ones, of which only the first event is looked at."""
    events = request.events
    if not events or not events[0].dead_letter:
        return []
    # It goes into a log: nothing but what can be an id.
    return [event.dead_letter for event in events if _LETTER_ID.fullmatch(event.dead_letter)]


def has_metadata(request: pb.TransformRequest) -> bool:
    """Whether anything is said about its events but their ids."""
    return request.HasField("defaults") or any(event.HasField("metadata") for event in request.events)


def read_metadata(request: pb.TransformRequest) -> tuple[dict[str, Any], list[dict[str, Any]], list[bytes] | None]:
    """What user code can ask about the events: what they share, what each has of its own, and attributes, if any has some.

    Raises:
        CallerError: BAD_REQUEST naming the field, if a time is not one that RFC 3339 can say.
    """
    common = _fields(request.defaults, "defaults") if request.HasField("defaults") else {}
    shared = request.defaults.attributes
    own: list[dict[str, Any]] = []
    attributes: list[bytes] = []
    for index, event in enumerate(request.events):
        if event.HasField("metadata"):
            metadata = event.metadata
            fields = _fields(metadata, f"events[{index}].metadata")
            attributes.append(metadata.attributes or shared)
        else:
            fields = {}
            attributes.append(shared)
        if event.message_id:
            fields["messageId"] = event.message_id
        own.append(fields)
    return common, own, attributes if any(attributes) else None


def _fields(metadata: pb.EventMetadata, where: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if metadata.source_id:
        fields["sourceId"] = metadata.source_id
    if metadata.destination_id:
        fields["destinationId"] = metadata.destination_id
    if metadata.ordering_key:
        fields["orderingKey"] = metadata.ordering_key
    if metadata.HasField("received_time"):
        try:
            fields["receivedAt"] = metadata.received_time.ToJsonString()
        except ValueError:
            field = f"{where}.received_time"
            sentence = "a time is from year 1 to 9999, with 0 to 999,999,999 nanoseconds"
            raise CallerError.about(field, sentence) from None
    return fields
