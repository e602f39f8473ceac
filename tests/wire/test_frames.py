"""Frames: whatever was written is read, a cut is never silent, and a claim is never believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.wire.frames import HEAD_BYTES, FrameError, Kind, frame_head, parse_head, read_frame

LIMIT = 1 << 20


def reader(data, step=1 << 30):
    """read(most) over `data`, at most `step` bytes at a time, as a socket may deliver them."""
    position = 0

    def read(most):
        nonlocal position
        part = data[position : position + min(most, step)]
        position += len(part)
        return part

    return read


def framed(kind, body):
    return frame_head(kind, len(body), LIMIT) + body


@given(st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=200)), max_size=5), st.integers(1, 50))
def test_frames_are_read_as_they_were_written(frames, step):
    read = reader(b"".join(framed(kind, body) for kind, body in frames), step)
    for kind, body in frames:
        assert read_frame(read, LIMIT) == (kind, body)
    assert read_frame(read, LIMIT) is None


@given(st.sampled_from(Kind), st.binary(max_size=200), st.data())
def test_any_cut_is_broken_not_silent(kind, body, data):
    whole = framed(kind, body)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(FrameError):
        read_frame(reader(whole[:cut]), LIMIT)


@given(st.binary(max_size=64))
def test_garbage_is_a_frame_or_a_frame_error(garbage):
    try:
        frame = read_frame(reader(garbage), 32)
    except FrameError:
        return
    assert frame is None or (frame[0] in set(Kind) and len(frame[1]) <= 32)


def test_an_oversize_frame_is_refused_before_a_byte_is_written():
    with pytest.raises(FrameError) as told:
        frame_head(Kind.CHUNK, 100, 100)
    assert str(told.value) == "a frame of 100 bytes is over the limit of 100"
    assert len(frame_head(Kind.CHUNK, 99, 100)) == HEAD_BYTES


@pytest.mark.parametrize("size", [0, 101, 2**32 - 1])
def test_a_size_beyond_the_limit_is_refused_before_it_is_allocated(size):
    head = size.to_bytes(4, "little") + bytes([Kind.CHUNK])
    with pytest.raises(FrameError) as told:
        parse_head(head, 100)
    assert str(told.value) == f"the peer claims a frame of {size} bytes; the limit is 100"


def test_an_unknown_kind_is_refused():
    with pytest.raises(FrameError) as told:
        parse_head((1).to_bytes(4, "little") + b"\xee", 100)
    assert str(told.value) == "the peer claims a frame of the unknown kind 238"
