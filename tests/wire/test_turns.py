"""Turns and chunks: both survive the way, and a chunk from a liar is refused, not believed and not crashed over."""

from array import array
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.wire.frames import FrameError
from transformer.wire.turns import MANY, read_chunk, read_turn, write_chunk, write_turn

payloads = st.lists(st.binary(max_size=40), max_size=8)


@given(payloads, st.booleans(), st.data())
def test_a_turn_is_read_as_it_was_written(events, with_attributes, data):
    attributes = (
        data.draw(st.lists(st.binary(max_size=10), min_size=len(events), max_size=len(events))) if with_attributes else None
    )
    head = {"count": len(events), "steps": [], "attributes": with_attributes}

    turn = read_turn(b"".join(write_turn(head, events, attributes)))

    assert turn.head == head
    assert [bytes(turn.payloads[a:b]) for a, b in pairwise(turn.offsets)] == events
    assert list(turn.events()) == events
    if attributes:
        offsets = turn.attribute_offsets
        assert [bytes(turn.attributes[a:b]) for a, b in pairwise(offsets)] == attributes


def chunk_body(events, statuses, outputs, inputs, head):
    sizes = array("I", map(len, outputs))
    return b"".join(write_chunk(events, statuses, sizes, inputs, bytearray(b"".join(outputs)), head))


@st.composite
def chunks(draw):
    first = draw(st.integers(0, 1100))
    neighbours = st.integers(0, 6).map(lambda count: list(range(first, first + count)))
    events = draw(st.lists(st.integers(0, 1000), unique=True, max_size=6) | neighbours)
    statuses = bytearray(draw(st.binary(min_size=len(events), max_size=len(events))))
    outputs = draw(payloads | st.lists(st.binary(max_size=40), min_size=len(events), max_size=len(events)))
    if len(outputs) == len(events) and draw(st.booleans()):
        return array("I", events), statuses, outputs, array("I", events), {}, [(event,) for event in events]
    inputs, many = [], {}
    for k, _ in enumerate(outputs):
        sources = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=3))
        inputs.append(sources[0] if len(sources) == 1 else MANY)
        if len(sources) > 1:
            many[k] = sources
    head = {"inputs": many} if many else {}
    sources = [tuple(many[k]) if k in many else (i,) for k, i in enumerate(inputs)]
    return array("I", events), statuses, outputs, array("I", inputs), head, sources


@given(chunks())
def test_a_chunk_is_read_as_it_was_written(chunk):
    events, statuses, outputs, inputs, head, sources = chunk
    read = read_chunk(chunk_body(events, statuses, outputs, inputs, head))
    assert list(read.events) == events.tolist()
    assert read.statuses == bytes(statuses)
    assert read.payloads == outputs
    assert read.inputs == sources


@given(chunks(), st.data())
def test_a_cut_chunk_is_a_frame_error(chunk, data):
    events, statuses, outputs, inputs, head, _ = chunk
    body = chunk_body(events, statuses, outputs, inputs, head)
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(FrameError):
        read_chunk(body[:cut])


@given(chunks(), st.data())
def test_a_corrupted_chunk_is_read_or_refused_and_nothing_else(chunk, data):
    events, statuses, outputs, inputs, head, _ = chunk
    body = bytearray(chunk_body(events, statuses, outputs, inputs, head))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_chunk(bytes(body))
    except FrameError:
        return
    assert len(read.events) == len(read.statuses)
    assert len(read.payloads) == len(read.inputs)


@given(st.binary(max_size=100))
def test_garbage_for_a_chunk_is_refused_or_small(garbage):
    try:
        read = read_chunk(garbage)
    except FrameError:
        return
    assert sum(map(len, read.payloads)) <= len(garbage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_whatever_stands_for_the_inputs_of_an_output_is_read_or_refused(told):
    head = orjson.dumps({"inputs": {"0": told}})
    body = chunk_body(array("I", [0]), bytearray([1]), [b"{}"], array("I", [MANY]), {})
    lying = len(head).to_bytes(4, "little") + head + body[4 + int.from_bytes(body[:4], "little") :]
    try:
        read = read_chunk(lying)
    except FrameError:
        return
    assert all(isinstance(source, int) for source in read.inputs[0])


@pytest.mark.parametrize("count", [2**31, 2**32 - 1])
def test_a_count_that_the_bytes_cannot_hold_is_refused(count):
    body = (2).to_bytes(4, "little") + b"{}" + count.to_bytes(4, "little") * 2
    with pytest.raises(FrameError) as told:
        read_chunk(body)
    assert str(told.value) == "a chunk's counts do not fit its size"
