"""Batches under way: how many, in which order their answers come, and what an error leaves behind."""

from __future__ import annotations

import asyncio
import os

import pytest

from transformer.cli.flow import flow
from transformer.cli.reading import EventReader, Lines
from transformer.cli.results import Answer, Printer
from transformer.limits import Limits
from transformer.outcome import Ledger, Status


def answer(lines: Lines) -> Answer:
    ledger = Ledger(len(lines.payloads))
    ledger.settle(range(ledger.size), [Status.EMITTED] * ledger.size, lines.payloads, [(i,) for i in range(ledger.size)])
    return Answer(lines, ledger, ())


@pytest.fixture
def reader(tmp_path):
    """A reader of 20 batches of one event each."""
    path = tmp_path / "events"
    path.write_bytes(b"".join(b"%d\n" % n for n in range(20)))
    descriptor = os.open(path, os.O_RDONLY)
    yield EventReader(descriptor, Limits(), 1)
    os.close(descriptor)


async def test_answers_are_printed_in_order_though_later_ones_are_ready_first(reader, capsysbinary):
    ready = [asyncio.Event() for _ in range(20)]

    async def transform(lines: Lines) -> Answer:
        number = int(lines.payloads[0])
        if number % 2 == 0 and number + 1 < 20:
            await ready[number + 1].wait()
        ready[number].set()
        return answer(lines)

    await flow(reader, transform, Printer(quiet=True), 4)
    assert capsysbinary.readouterr().out.split() == [b"%d" % n for n in range(20)]


async def test_never_more_under_way_than_allowed(reader, capsysbinary):
    under_way, most, full = 0, 0, asyncio.Event()

    async def transform(lines: Lines) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 3:
            full.set()
        await full.wait()  # the reader reads in a thread: wait until it has filled what may be under way
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1
        return answer(lines)

    await flow(reader, transform, Printer(quiet=True), 3)
    assert most == 3


async def test_an_error_ends_what_is_under_way(reader, capsysbinary):
    cancelled = []
    waiting = asyncio.Event()

    async def transform(lines: Lines) -> Answer:
        if lines.payloads == [b"2"]:
            await waiting.wait()
            raise RuntimeError("no")
        if int(lines.payloads[0]) < 2:
            return answer(lines)
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(lines.payloads[0])
            raise
        return answer(lines)

    before = asyncio.all_tasks()
    with pytest.raises(RuntimeError, match=r"^no$"):
        await flow(reader, transform, Printer(quiet=True), 4)
    assert capsysbinary.readouterr().out.split() == [b"0", b"1"]
    assert cancelled
    assert asyncio.all_tasks() == before


async def test_a_cancellation_ends_what_is_under_way(reader, capsysbinary):
    waiting = asyncio.Event()

    async def transform(lines: Lines) -> Answer:
        waiting.set()
        await asyncio.Event().wait()
        return answer(lines)

    before = asyncio.all_tasks()
    flowing = asyncio.create_task(flow(reader, transform, Printer(quiet=True), 4))
    await waiting.wait()
    flowing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flowing
    assert asyncio.all_tasks() == before
