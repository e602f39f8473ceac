"""Requests and ledgers on their way: nothing lost, nothing added, whatever the mix of outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import CallerError, Code
from transformer.outcome import Failure, Ledger, Place
from transformer.wire.convert import ordering_keys, read_events, read_metadata, transform_response
from transformer.wire.pb import transform_pb2 as pb

EMITTED, DROPPED, FAILED = 1, 2, 3
STEPS = ["workspaces/w/transformations/t/versions/1", "workspaces/w/transformations/u/versions/2"]

texts = st.text(st.characters(codec="utf-8"), max_size=12)
failures = st.builds(
    Failure,
    st.sampled_from(Code),
    texts,
    st.none() | st.builds(Place, st.integers(-5, 2**70), st.integers(-5, 2**70), texts),
    st.sampled_from([None, 0, 1]),
    st.none() | st.floats(-1, 10**12),
)


@st.composite
def ledgers(draw):
    size = draw(st.integers(0, 12))
    statuses = draw(st.lists(st.sampled_from([EMITTED, DROPPED, FAILED]), min_size=size, max_size=size))
    emitted = [i for i in range(size) if statuses[i] == EMITTED]
    inputs = [(i,) for i in emitted]
    if emitted:
        inputs += draw(
            st.lists(st.sets(st.sampled_from(emitted), min_size=1).map(lambda chosen: tuple(sorted(chosen))), max_size=3)
        )
    ledger = Ledger(size)
    ledger.settle(range(size), statuses, [draw(st.binary(max_size=20)) for _ in inputs], inputs)
    for i in range(size):
        if statuses[i] == DROPPED and draw(st.booleans()):
            ledger.reasons[i] = draw(texts)
        if statuses[i] == FAILED:
            ledger.failures[i] = draw(failures)
        if draw(st.booleans()):
            ledger.logs[i] = draw(st.lists(texts, max_size=3))
    return ledger, draw(st.lists(texts, min_size=size, max_size=size))


@given(ledgers(), st.booleans())
def test_a_response_says_what_the_ledger_says(made, logs):
    ledger, ids = made

    response = transform_response(ledger, ids, STEPS, ["v1"], logs=logs)

    assert pb.TransformResponse.FromString(response.SerializeToString()) == response
    assert [outcome.message_id for outcome in response.outcomes] == ids
    assert bytes(outcome.status for outcome in response.outcomes) == bytes(ledger.status)
    payloads, inputs = ledger.outputs()
    assert [output.payload for output in response.outputs] == payloads
    assert [tuple(output.inputs) for output in response.outputs] == inputs
    assert list(response.versions) == ["v1"]
    for i, outcome in enumerate(response.outcomes):
        assert outcome.drop_reason == ledger.reasons.get(i, "")
        assert list(outcome.logs) == (ledger.logs.get(i, []) if logs else [])
        assert outcome.HasField("failure") == (i in ledger.failures)
        if i in ledger.failures:
            check_failure(outcome.failure, ledger.failures[i])


def check_failure(message, failure):
    assert (message.code, message.message, message.retryable) == (failure.code, failure.message, failure.code.retryable)
    assert message.version == ("" if failure.step is None else STEPS[failure.step])
    assert message.HasField("retry_after") == (failure.retry_after_seconds is not None)
    if failure.retry_after_seconds is not None:
        assert 0 <= message.retry_after.ToNanoseconds() <= 365 * 86400 * 10**9
    assert message.HasField("place") == (failure.place is not None)
    if failure.place is not None:
        assert message.place.line == min(max(failure.place.line, 0), 2**31 - 1)
        assert message.place.function == failure.place.function


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
