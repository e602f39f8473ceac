"""Threads for the database: few, with a bounded queue, and usable again after they were closed."""

import asyncio
import threading

import pytest

from transformer.errors import Code, PlatformError
from transformer.registry.threads import Threads


@pytest.fixture
def gate():
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def threads():
    made = Threads("test", 2, 3)
    yield made
    made.close()


async def test_no_more_run_than_there_are_threads_and_no_more_wait_than_may(threads, gate, until):
    running = []

    def ask(number):
        running.append(number)
        assert gate.wait(20)
        return number

    asked = [asyncio.create_task(threads.run(ask, number)) for number in range(5)]
    await until(lambda: len(running) == 2)
    with pytest.raises(PlatformError) as caught:
        await threads.run(ask, 5)
    assert caught.value.code is Code.REGISTRY_UNAVAILABLE
    assert len(running) == 2
    gate.set()
    assert await asyncio.gather(*asked) == [0, 1, 2, 3, 4]
    assert await threads.run(ask, 6) == 6


async def test_a_caller_who_left_while_waiting_gives_the_place_back(threads, gate):
    asked = [asyncio.create_task(threads.run(gate.wait, 20)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    # Two still run, and three may wait again.
    others = [asyncio.create_task(threads.run(int, "7")) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*others) == [7] * 3


async def test_closing_waits_for_nobody_and_a_later_question_is_answered(threads, gate):
    hanging = asyncio.create_task(threads.run(gate.wait, 20))
    await asyncio.sleep(0)
    threads.close()
    threads.close()
    assert not hanging.done()
    assert await threads.run(int, "7") == 7
    gate.set()
    assert await hanging
