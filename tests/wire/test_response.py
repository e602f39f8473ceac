"""Ledgers on their way: nothing lost, nothing added, whatever the mix of outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import Code
from transformer.outcome import Failure, Ledger, Place
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.response import response_bytes, stream_answer, stream_error

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
        if statuses[i] == DROPPED and draw(st.booleans()):
            ledger.droppers[i] = 1
        if statuses[i] == FAILED:
            ledger.failures[i] = draw(failures)
        if draw(st.booleans()):
            ledger.logs[i] = draw(st.lists(texts, max_size=3))
    return ledger, draw(st.lists(texts, min_size=size, max_size=size))


@given(ledgers(), st.booleans())
def test_a_response_says_what_the_ledger_says(made, logs):
    ledger, ids = made

    response = pb.TransformResponse.FromString(response_bytes(ledger, ids, STEPS, ["v1"], logs=logs))

    assert [outcome.message_id for outcome in response.outcomes] == ids
    assert bytes(outcome.status for outcome in response.outcomes) == bytes(ledger.status)
    payloads, inputs = ledger.outputs()
    assert [output.payload for output in response.outputs] == payloads
    assert [tuple(output.inputs) for output in response.outputs] == inputs
    assert list(response.versions) == ["v1"]
    for i, outcome in enumerate(response.outcomes):
        assert outcome.drop_reason == ledger.reasons.get(i, "")
        assert outcome.drop_version == (STEPS[ledger.droppers.get(i, 0)] if ledger.status[i] == DROPPED else "")
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


# Where a length or an index needs one byte more.
EDGES = (1, 2, 123, 124, 125, 126, 127, 128, 129, 16_380, 16_383, 16_384, 70_000)


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 300])
@pytest.mark.parametrize("size", EDGES)
def test_what_is_written_is_what_protobuf_would_write(count, size):
    ledger = Ledger(count)
    payloads = [b"x" * (size + i % 3) for i in range(count)]
    ledger.settle(range(count), [EMITTED] * count, payloads, [(i,) for i in range(count)])
    ids = ["i" * size] * count

    wanted = pb.TransformResponse(
        outcomes=[pb.Outcome(message_id=each, status=EMITTED) for each in ids],
        outputs=[pb.Output(payload=payload, inputs=[i]) for i, payload in enumerate(payloads)],
        versions=["v1", "v2"],
    )
    assert response_bytes(ledger, ids, STEPS, ["v1", "v2"], logs=False) == wanted.SerializeToString()


@pytest.mark.parametrize("inputs", [(0, 127, 128, 16_383, 16_384, 69_999), (69_999,), tuple(range(70_000))])
def test_an_output_of_any_events_is_what_protobuf_would_write(inputs):
    ledger = Ledger(70_000)
    status = bytearray(b"\x02" * 70_000)
    for i in inputs:
        status[i] = EMITTED
    ledger.settle(range(70_000), bytes(status), [b"{}"], [inputs])

    wanted = pb.TransformResponse(outputs=[pb.Output(payload=b"{}", inputs=inputs)])
    written = response_bytes(ledger, [""] * 70_000, STEPS, [], logs=False)
    assert written.endswith(wanted.SerializeToString())
    assert len(pb.TransformResponse.FromString(written).outcomes) == 70_000


def test_ids_that_do_not_fit_the_ledger_are_no_answer():
    with pytest.raises(ValueError, match="2 message ids for 1 events"):
        response_bytes(Ledger(1), ["a", "b"], STEPS, [], logs=False)


@given(texts | st.binary().map(bytes.hex), st.binary(max_size=300))
def test_an_answer_in_a_stream_is_what_protobuf_would_write(told, payload):
    ledger = Ledger(1)
    ledger.settle([0], [EMITTED], [payload + b"x"], [(0,)])
    response = response_bytes(ledger, [told], STEPS, ["v"], logs=False)
    wanted = pb.TransformStreamResponse(response=pb.TransformResponse.FromString(response))
    assert stream_answer(response) == wanted.SerializeToString()
    assert pb.TransformStreamResponse.FromString(stream_error(payload)).error == payload
