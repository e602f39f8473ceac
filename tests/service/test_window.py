"""The window of a stream: so many batches, so many bytes, and always room for one."""

import asyncio

import pytest

from transformer.service.window import Window


async def has_room(window):
    try:
        await asyncio.wait_for(window.room(), 0.01)
    except TimeoutError:
        return False
    return True


async def test_it_holds_so_many_batches():
    window = Window(2, 1000)
    window.take(1)
    assert await has_room(window)
    window.take(1)
    assert not await has_room(window)
    window.turn(1, 1)
    assert not await has_room(window)  # an answer that nobody has taken is held, too
    window.give_back(1)
    assert await has_room(window)


async def test_it_holds_so_many_bytes_of_requests_and_answers():
    window = Window(10, 1000)
    window.take(999)
    assert await has_room(window)
    window.take(1)
    assert not await has_room(window)
    window.turn(999, 10)  # a small answer makes room
    assert await has_room(window)
    window.turn(1, 5000)  # a large one takes it
    assert not await has_room(window)
    window.give_back(10)
    assert not await has_room(window)
    window.give_back(5000)
    assert await has_room(window)


@pytest.mark.parametrize("size", [1, 1000, 10**9])
async def test_one_batch_always_fits(size):
    window = Window(1, 100)
    assert await has_room(window)
    window.take(size)
    window.turn(size, size)
    window.give_back(size)
    assert await has_room(window)


async def test_who_waits_is_woken():
    window = Window(1, 100)
    window.take(1)
    waiting = asyncio.ensure_future(window.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    window.turn(1, 1)
    await asyncio.sleep(0)
    window.give_back(1)
    await asyncio.wait_for(waiting, 5)
