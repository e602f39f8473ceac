"""Reading events: batches of the right size, from pipes that pause, in bounded memory."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transformer.cli.reading import EventReader, identity
from transformer.limits import Limits

LIMITS = Limits(event_bytes=2000, batch_bytes=5000)


async def read(data: bytes, batch_events: int = 500, limits: Limits = LIMITS) -> list[tuple[list[int], list[bytes]]]:
    """The batches of a pipe that holds `data`."""
    out, into = os.pipe()
    try:
        writing = asyncio.to_thread(write_and_close, into, data)
        reader = EventReader(out, limits, batch_events)
        found, _ = await asyncio.gather(collect(reader), writing)
        return found
    finally:
        os.close(out)


def write_and_close(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.close(descriptor)


async def collect(reader: EventReader) -> list[tuple[list[int], list[bytes]]]:
    return [(lines.numbers, lines.payloads) async for lines in reader.batches()]


async def test_batches_are_full_but_for_the_last():
    assert await read(b"a\nb\nc\nd\ne\n", batch_events=2) == [([1, 2], [b"a", b"b"]), ([3, 4], [b"c", b"d"]), ([5], [b"e"])]


async def test_a_batch_is_not_heavier_than_the_limit():
    line = b"x" * 1900
    assert [len(payloads) for _, payloads in await read(b"\n".join([line] * 5))] == [2, 2, 1]


async def test_blank_lines_count_as_lines_but_are_no_events():
    assert await read(b"\n  \n a \r\n\t\nb") == [([3, 5], [b"a", b"b"])]


async def test_a_byte_order_mark_is_no_part_of_the_first_event():
    assert await read(b"\xef\xbb\xbf{}\n") == [([1], [b"{}"])]


async def test_a_long_line_is_cut_behind_the_limit():
    found = await read(b"a\n" + b"y" * 1_000_000 + b"\nb\n")
    assert [line for _, payloads in found for line in payloads] == [b"a", b"y" * 2001, b"b"]
    assert [number for numbers, _ in found for number in numbers] == [1, 2, 3]


async def test_nothing_is_no_batch():
    assert await read(b"") == []


async def test_what_came_goes_on_when_the_input_pauses():
    """Not only when the batch is full, or at the end: somebody may be waiting for the answer."""
    out, into = os.pipe()
    batches = EventReader(out, LIMITS, 500).batches()
    try:
        os.write(into, b'{"n":1}\n')
        assert (await asyncio.wait_for(anext(batches), 10)).payloads == [b'{"n":1}']
        os.write(into, b'{"n":2}\n')
        assert (await asyncio.wait_for(anext(batches), 10)).payloads == [b'{"n":2}']
    finally:
        os.close(into)
        await batches.aclose()
        os.close(out)


async def test_reading_can_be_given_up_while_nothing_comes():
    out, into = os.pipe()
    reading = asyncio.create_task(collect(EventReader(out, LIMITS, 500)))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 10)
    os.close(into)
    os.close(out)


@example([b"\xef\xbb\xbf"], 1)
@example([b"\xef\xbb\xbf{}", b"\xef\xbb\xbf"], 1)
@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=30), st.integers(1, 7))
def test_no_line_is_lost_or_doubled(lines, batch_events):
    found = asyncio.run(read(b"\n".join(lines), batch_events))
    texts = [lines[0].removeprefix(b"\xef\xbb\xbf"), *lines[1:]] if lines else []
    expected = {number: text.strip() for number, text in enumerate(texts, start=1) if text.strip()}
    assert {number: line for numbers, payloads in found for number, line in zip(numbers, payloads, strict=True)} == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"messageId": "m", "userId": "u", "anonymousId": "a"}', ("m", "u")),
        (b'{"messageId": 3, "userId": "", "anonymousId": "a"}', ("", "a")),
        (b'{"userId": 3}', ("", "")),
        (b"[1]", ("", "")),
        (b"nonsense", ("", "")),
    ],
)
def test_identity_is_what_the_event_says_of_itself(payload, expected):
    assert identity(payload) == expected
