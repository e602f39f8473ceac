"""Answers that code asked to keep: whose they are, for how long, how many."""

import asyncio

import pytest

from transformer.broker.fetch.cache import ResponseCache
from transformer.capabilities import Capabilities
from transformer.wire.calls import CallError


def answer(text="x", status=200):
    return {"status": status, "headers": [], "body": text.encode(), "cached": False}


def asker(*answers):
    """ask() that gives these one after the other, and how often it was asked."""
    asked = []

    async def ask():
        asked.append(1)
        await asyncio.sleep(0)
        given = answers[min(len(asked), len(answers)) - 1]
        if isinstance(given, BaseException):
            raise given
        return given

    return ask, asked


async def test_an_answer_is_kept_for_its_time(clock):
    cache = ResponseCache(2**20, clock)
    ask, asked = asker(answer("a"), answer("b"))
    found = []
    for seconds in (0, 9, 2):
        clock.now += seconds
        value = await cache.answer("shop", "key", 10.0, ask)
        found.append((value["body"], value["cached"]))
    assert (found, len(asked)) == ([(b"a", False), (b"a", True), (b"b", False)], 2)


async def test_workspaces_and_keys_are_apart(clock):
    cache = ResponseCache(2**20, clock)
    ask, asked = asker(answer())
    for workspace, key in (("shop", "a"), ("shop", "b"), ("other", "a")):
        await cache.answer(workspace, key, 10.0, ask)
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("status", "kept"),
    [(200, True), (204, True), (302, True), (404, True), (410, True), (401, False), (429, False), (500, False)],
)
async def test_only_answers_that_will_stay_the_same_are_kept(clock, status, kept):
    cache = ResponseCache(2**20, clock)
    ask, asked = asker(answer(status=status))
    for _ in range(2):
        await cache.answer("shop", "key", 10.0, ask)
    assert len(asked) == (1 if kept else 2)


async def test_many_who_want_the_same_ask_once(clock):
    cache = ResponseCache(2**20, clock)
    ask, asked = asker(answer(status=500))
    found = await asyncio.gather(*(cache.answer("shop", "key", 10.0, ask) for _ in range(100)))
    assert (len(asked), [value["cached"] for value in found].count(False)) == (1, 1)


async def test_an_error_goes_to_all_who_waited_and_is_not_kept(clock):
    cache = ResponseCache(2**20, clock)
    ask, asked = asker(CallError("timeout", "late"), answer())
    found = await asyncio.gather(*(cache.answer("shop", "key", 10.0, ask) for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in found] == ["late"] * 3
    assert ((await cache.answer("shop", "key", 10.0, ask))["status"], len(asked)) == (200, 2)


async def test_where_the_one_who_asked_goes_away_another_asks(clock):
    cache = ResponseCache(2**20, clock)
    over, asked = asyncio.Event(), []

    async def ask():
        asked.append(1)
        await over.wait()
        return answer()

    first, second, third = (asyncio.create_task(cache.answer("shop", "key", 10.0, ask)) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()
    over.set()
    assert [(await task)["status"] for task in (second, third)] == [200, 200]
    assert len(asked) == 2
    assert first.cancelled()


async def test_what_is_kept_is_bounded_and_the_largest_workspace_gives_way(clock):
    cache = ResponseCache(100_000, clock)
    ask, _ = asker(answer("x" * 5000))
    await cache.answer("small", "key", 1000.0, ask)
    for number in range(100):
        await cache.answer("large", str(number), 1000.0, ask)
    assert cache.bytes <= 100_000
    never, asked = asker(answer())
    assert ((await cache.answer("small", "key", 1000.0, never))["cached"], asked) == (True, [])


async def test_one_answer_may_not_have_it_all(clock):
    cache = ResponseCache(100_000, clock)
    ask, asked = asker(answer("x" * 50_000))
    for _ in range(2):
        await cache.answer("shop", "key", 1000.0, ask)
    assert (len(asked), cache.bytes) == (2, 0)


async def test_what_is_over_makes_room_over_many_workspaces(clock):
    cache = ResponseCache(2**20, clock)
    ask, _ = asker(answer())
    for number in range(100):
        clock.now += 1
        await cache.answer(f"workspace {number}", "key", 10.0, ask)
    assert cache.bytes < 30 * 1100


@pytest.mark.parametrize(
    "changes", [{"headers": {"Authorization": "b"}}, {"method": "POST"}, {"body": b"b"}, {"redirect": "manual"}], ids=str
)
async def test_without_a_name_requests_share_an_answer_only_if_they_are_the_same(calls, upstream, changes):
    usual = {"headers": {"Authorization": "a"}, "method": "PUT", "body": b"a", "cache": {"seconds": 60}}
    for arguments in (usual, usual, usual | changes):
        await calls(upstream.url, **arguments)
    assert len(upstream.seen) == 2


async def test_a_name_is_the_codes_own_but_never_reaches_another_host_or_grant(calls, upstream, open_fetch):
    cache = {"seconds": 60, "key": "plans"}
    values = [await calls(f"{upstream.url}/{path}", cache=cache) for path in ("a", "b")]
    assert [(value["url"], value["cached"]) for value in values] == [(f"{upstream.url}/a", False), (f"{upstream.url}/a", True)]
    localhost = Capabilities(hosts=(f"127.0.0.1:{upstream.port}", f"localhost:{upstream.port}"))
    for grants, url in ((localhost, upstream.url), (localhost, f"http://localhost:{upstream.port}")):
        value = await calls.handler.answer("shop", grants, {"url": url, "cache": cache})
        assert not value["cached"]


async def test_a_hundred_calls_for_the_same_are_one_upstream(calls, upstream):
    values = await asyncio.gather(*(calls(upstream.url, cache={"seconds": 60}) for _ in range(100)))
    assert (len(upstream.seen), {value["body"] for value in values}) == (1, {b'{"ok": true}'})


async def test_without_room_nothing_is_kept(open_fetch, upstream):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_cache_bytes=0)
    for _ in range(2):
        await calls(upstream.url, cache={"seconds": 60})
    assert len(upstream.seen) == 2
