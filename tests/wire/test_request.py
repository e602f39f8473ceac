"""Requests on their way: nothing lost, nothing added."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import CallerError, Code
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.request import ordering_keys, read_events, read_metadata

texts = st.text(st.characters(codec="utf-8"), max_size=12)
metadata = st.builds(
    pb.EventMetadata,
    source_id=texts,
    destination_id=texts,
    ordering_key=texts,
    attributes=st.just(b"") | st.just(b'{"a":1}'),
)
events = st.builds(pb.Event, payload=st.binary(max_size=20), message_id=texts, metadata=st.none() | metadata)
requests = st.builds(pb.TransformRequest, defaults=st.none() | metadata, events=st.lists(events, max_size=6))


@given(requests)
def test_events_are_read_by_position(request):
    payloads, ids = read_events(request)
    assert payloads == [event.payload for event in request.events]
    assert ids == [event.message_id for event in request.events]


@given(requests)
def test_metadata_is_the_events_own_over_the_defaults(request):
    common, own, attributes = read_metadata(request)
    keys = ordering_keys(request)
    names = {"sourceId": "source_id", "destinationId": "destination_id", "orderingKey": "ordering_key"}
    for i, event in enumerate(request.events):
        seen = common | own[i]
        for key, name in names.items():
            expected = getattr(event.metadata, name) or getattr(request.defaults, name)
            assert seen.get(key, "") == expected
            assert key not in seen or seen[key]
        assert seen.get("messageId", "") == event.message_id
        assert keys[i] == (event.metadata.ordering_key or request.defaults.ordering_key or event.message_id)
        expected = event.metadata.attributes or request.defaults.attributes
        assert (attributes[i] if attributes else b"") == expected


@pytest.mark.parametrize(
    ("seconds", "nanos", "text"),
    [
        (0, 0, "1970-01-01T00:00:00Z"),
        (1767323045, 600_000_000, "2026-01-02T03:04:05.600Z"),
        (-62135596800, 0, "0001-01-01T00:00:00Z"),
        (253402300799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_times_are_told_as_rfc_3339(seconds, nanos, text):
    request = pb.TransformRequest(events=[pb.Event()])
    request.defaults.received_time.seconds = seconds
    request.defaults.received_time.nanos = nanos
    assert read_metadata(request)[0] == {"receivedAt": text}


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
def test_any_time_is_told_or_refused_by_its_field(seconds, nanos):
    request = pb.TransformRequest(events=[pb.Event(), pb.Event()])
    request.events[1].metadata.received_time.seconds = seconds
    request.events[1].metadata.received_time.nanos = nanos
    writable = 0 <= nanos < 10**9 and -62135596800 <= seconds <= 253402300799
    if writable:
        assert read_metadata(request)[1][1]["receivedAt"].endswith("Z")
        return
    with pytest.raises(CallerError) as told:
        read_metadata(request)
    assert told.value.code is Code.BAD_REQUEST
    assert [violation.field for violation in told.value.violations] == ["events[1].metadata.received_time"]
