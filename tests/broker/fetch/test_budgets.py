"""What a call may cost: bytes, time, room. Whoever is on the other side, and whatever it does."""

import asyncio
import contextlib
import time
import tracemalloc

import pytest
import structlog
from structlog.testing import capture_logs

from tests.broker.fetch.upstream import Rude
from transformer.broker.fetch import handler
from transformer.wire.calls import CallError


async def read_too_long(calls, url, **arguments):
    """The message of a call that takes too long to read. Where the machine stands still, it may not even have connected."""
    for _ in range(10):
        kind, phase, told = await calls.failed(url, **arguments)
        assert kind == "timeout"
        if phase == "read":
            return told
    pytest.fail("it never came to reading")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    "path", ["bytes?n=5001", "chunked?n=100", "bomb", "gzip?text=" + "x" * 5001, "gzip?text=" + "x" * 2501 + "|" + "x" * 2500]
)
async def test_an_answer_over_the_limit_is_refused(open_fetch, upstream, path):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", reply_bytes=10_000)
    kind, why, told = await calls.failed(f"{upstream.url}/{path}")
    assert (kind, why, told) == ("too_large", "response", "fetch: the answer is over 5000 bytes (reply_bytes)")


@pytest.mark.parametrize(
    "path", ["bytes?n=5000", "chunked?n=5", "gzip?text=" + "x" * 5000, "gzip?text=" + "x" * 2500 + "|" + "x" * 2500]
)
async def test_an_answer_of_just_the_limit_is_read(open_fetch, upstream, path):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", reply_bytes=10_000)
    assert len((await calls(f"{upstream.url}/{path}"))["body"]) == 5000


async def test_a_bomb_costs_its_limit_in_memory_and_not_what_it_unpacks_to(calls, upstream):
    tracemalloc.start()
    try:
        assert (await calls.failed(f"{upstream.url}/bomb"))[0] == "too_large"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80_000_000  # the server's 50 MB are in it


async def test_answers_that_are_read_at_once_are_bounded_together(open_fetch, upstream):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_held_bytes=2**20)
    kind, _, told = await calls.failed(f"{upstream.url}/bytes?n=1100000")
    assert (kind, told) == ("unavailable", "the server reads as many answers of fetch as it may hold (fetch_held_bytes)")
    for _ in range(5):
        assert (await calls(f"{upstream.url}/bytes?n=900000"))["status"] == 200  # what was read is given back
    assert calls.handler.held == 0


@pytest.mark.parametrize(
    "says", [[b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 2] + [b"X"] * 1000, [HEAD, *([b"x"] * 999)]], ids=["head", "body"]
)
async def test_a_server_that_drips_is_cut_off_when_the_time_is_over(open_fetch, says):
    async with Rude(*says, pause=0.05) as rude:
        calls = open_fetch(f"127.0.0.1:{rude.port}", call_seconds=0.5, fetch_breaker_failures=0)
        began = time.monotonic()
        told = await read_too_long(calls, rude.url)
        assert told == "fetch: no complete answer within 0.49 s: the host had not answered, or not to the end"
        assert time.monotonic() - began < 20  # 1000 drips take 50


async def test_the_smaller_time_of_the_call_and_the_operator_counts(calls, open_fetch):
    async with Rude(HEAD, linger=True) as rude:
        patient = open_fetch(f"127.0.0.1:{rude.port}")
        assert (await patient.failed(rude.url, timeout=0.1))[2].startswith("fetch: no complete answer within 0.1 s")
        hasty = open_fetch(f"127.0.0.1:{rude.port}", call_seconds=0.1)
        assert (await hasty.failed(rude.url, timeout=3000))[0] == "timeout"


async def test_a_pause_between_two_pieces_can_be_bounded(open_fetch):
    async with Rude(HEAD, linger=True) as rude:
        calls = open_fetch(f"127.0.0.1:{rude.port}")
        assert await calls.failed(rude.url, read_timeout=0.1) == (
            "timeout",
            "read",
            "fetch: nothing came from the host for 0.1 s",
        )


async def test_the_time_to_connect_can_be_bounded_and_covers_the_name(open_fetch, names):
    names.silent.add("slow.test")
    calls = open_fetch("slow.test")
    assert await calls.failed("http://slow.test/", connect_timeout=0.1) == (
        "timeout",
        "connect",
        "fetch: there was no connection to the host within 0.1 s",
    )
    assert (await calls.failed("http://slow.test/", timeout=0.1))[:2] == ("timeout", "connect")


async def test_a_delay_is_waited_for_and_counts(calls, upstream):
    began = time.monotonic()
    await calls(upstream.url, delay=0.1)
    assert time.monotonic() - began >= 0.1
    upstream.seen.clear()
    assert (await calls.failed(upstream.url, delay=3000, timeout=0.1))[0] == "timeout"
    assert upstream.seen == []


async def test_redirects_share_the_time_of_their_call(open_fetch, upstream):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", call_seconds=0.5, fetch_breaker_failures=0)
    await read_too_long(calls, f"{upstream.url}/redirect?to=/held")


async def test_calls_to_one_host_wait_for_each_other_beyond_the_bound(open_fetch, upstream, until):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_host_concurrent=3)
    many = [asyncio.create_task(calls(f"{upstream.url}/held")) for _ in range(10)]
    await until(lambda: upstream.waiting == 3)
    other = asyncio.create_task(calls(f"{upstream.url}/held", workspace="other"))
    await until(lambda: upstream.waiting == 4)  # another workspace has a bound of its own
    upstream.held.set()
    assert {value["status"] for value in await asyncio.gather(*many, other)} == {200}
    assert upstream.most_waiting == 4


async def test_calls_of_one_workspace_are_bounded_over_all_hosts(open_fetch, upstream, until):
    async with Rude(b"", linger=True) as rude:
        calls = open_fetch(f"127.0.0.1:{upstream.port}", f"127.0.0.1:{rude.port}", fetch_workspace_concurrent=2)
        slow = [asyncio.create_task(calls(rude.url)) for _ in range(2)]
        await until(lambda: rude.connections == 2)
        kind, phase, told = await calls.failed(upstream.url, timeout=0.1)
        assert (kind, phase) == ("timeout", "connect")
        assert told == "fetch: no complete answer within 0.1 s: it waited for other calls of the workspace or to the host"
        assert (await calls(upstream.url, workspace="other"))["status"] == 200
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_server_that_is_full_is_the_platforms_trouble(open_fetch, upstream, until):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_concurrent=1)
    slow = asyncio.create_task(calls(f"{upstream.url}/held"))
    await until(lambda: upstream.waiting == 1)
    kind, _, told = await calls.failed(upstream.url, timeout=0.1, workspace="other")
    assert (kind, told) == ("unavailable", "the server has as many calls of fetch under way as it may (fetch_concurrent)")
    upstream.held.set()
    await slow


async def test_a_call_that_nobody_waits_for_any_more_hangs_up(calls, upstream, until):
    call = asyncio.create_task(calls(f"{upstream.url}/held"))
    await until(lambda: upstream.waiting == 1)
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call
    await until(lambda: upstream.gone == 1)
    upstream.held.set()
    assert (await calls(upstream.url))["status"] == 200


async def test_a_host_that_does_not_answer_is_left_alone(open_fetch):
    async with Rude(b"") as rude:
        calls = open_fetch(f"127.0.0.1:{rude.port}", fetch_breaker_failures=3, fetch_breaker_seconds=3000.0)
        for _ in range(3):
            assert (await calls.failed(rude.url, method="POST"))[:2] == ("connection", "closed")
        kind, why, told = await calls.failed(rude.url)
        assert (kind, why, rude.connections) == ("connection", "breaker", 3)
        assert told.startswith("fetch: the last calls to this host got no answer; it is left alone for ")
        with pytest.raises(CallError):
            await calls(rude.url, workspace="other")
        assert rude.connections > 3  # another workspace has a breaker of its own


async def test_a_host_that_is_left_alone_is_logged_once_as_it_was_declared(open_fetch, names):
    names.names["s3cret.example.test"] = ["127.0.0.1"]
    with capture_logs() as lines:
        async with Rude(b"") as rude:
            pattern, url = f"*.example.test:{rude.port}", f"http://s3cret.example.test:{rude.port}/s3cret?a=s3cret"
            settings = {"fetch_breaker_failures": 2, "fetch_breaker_seconds": 0.05}
            calls = open_fetch(pattern, log=structlog.get_logger(), **settings)
            for _ in range(2):
                await calls.failed(url, method="POST")
            assert calls.handler.stats() == {"hosts_left_alone": 1}
            rude.says = (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",)
            answer = None
            while answer is None:
                with contextlib.suppress(CallError):  # it is left alone a moment longer
                    answer = await calls(url)
                await asyncio.sleep(0.01)
    told = {"workspace": "shop", "host": pattern}
    assert lines == [
        {"event": "host left alone", "log_level": "warning", "seconds": 0.05, **told},
        {"event": "host answers again", "log_level": "info", **told},
    ]
    assert calls.handler.stats() == {"hosts_left_alone": 0}


async def test_whatever_a_host_answers_it_is_not_left_alone(open_fetch, upstream):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_breaker_failures=1, reply_bytes=1024)
    for _ in range(3):
        await calls(f"{upstream.url}/status?is=503")
        assert (await calls.failed(f"{upstream.url}/bytes?n=5000"))[0] == "too_large"


async def test_calls_that_a_turn_gave_up_say_nothing_of_the_host(open_fetch, upstream, until, monkeypatch):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_breaker_failures=1)
    call = asyncio.create_task(calls(f"{upstream.url}/held"))
    await until(lambda: upstream.waiting == 1)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert (await calls(upstream.url))["status"] == 200
    monkeypatch.setattr(handler, "_PATIENCE_SECONDS", 3600)
    for limits in ({"timeout": 0.1}, {"read_timeout": 0.1}):  # who is impatient says nothing, either
        assert (await calls.failed(f"{upstream.url}/held", **limits))[0] == "timeout"
        assert (await calls(upstream.url))["status"] == 200
    monkeypatch.setattr(handler, "_PATIENCE_SECONDS", 0)
    await read_too_long(calls, f"{upstream.url}/held", timeout=0.1)
    assert (await calls.failed(upstream.url))[1] == "breaker"
