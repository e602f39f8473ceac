"""Connections: used again, bounded while they lie idle, and what becomes of a request whose connection was dead."""

import asyncio
import contextlib
import errno

import pytest

from tests.broker.fetch.upstream import Rude, Upstream
from transformer.broker.fetch import handler, resolver
from transformer.broker.fetch.addresses import Networks

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Forgetful:
    """Answers the first request of each connection; hangs up at the second."""

    def __init__(self):
        self.requests = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            for answer in (ANSWER, b""):
                self.requests.append((await reader.readuntil(b"\r\n\r\n")).split()[0])
                writer.write(answer)
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_request_that_changes_nothing_is_sent_again_where_its_connection_was_dead(open_fetch):
    async with Forgetful() as server:
        calls = open_fetch(f"127.0.0.1:{server.port}")
        assert [(await calls(server.url))["body"] for _ in range(3)] == [b"ok"] * 3
        assert len(server.requests) == 5


async def test_a_request_that_may_change_something_is_sent_once(open_fetch):
    async with Forgetful() as server:
        calls = open_fetch(f"127.0.0.1:{server.port}")
        await calls(server.url, method="POST")
        assert (await calls.failed(server.url, method="POST"))[:2] == ("connection", "closed")
        assert server.requests == [b"POST"] * 2


async def test_on_a_fresh_connection_every_request_is_sent_once(open_fetch):
    async with Rude(b"") as rude:
        calls = open_fetch(f"127.0.0.1:{rude.port}")
        assert (await calls.failed(rude.url))[:2] == ("connection", "closed")
        assert rude.connections == 1


async def test_where_one_call_at_a_time_may_go_to_a_host_all_take_one_connection(open_fetch, upstream):
    calls = open_fetch(f"127.0.0.1:{upstream.port}", fetch_host_concurrent=1)
    await asyncio.gather(*(calls(upstream.url) for _ in range(20)))
    assert len({peer for _, _, _, _, peer in upstream.seen}) == 1


async def test_idle_connections_are_bounded_over_all_workspaces(open_fetch, upstream, monkeypatch):
    monkeypatch.setattr(handler, "_IDLE", 6)
    calls = open_fetch(f"127.0.0.1:{upstream.port}")
    for number in range(20):
        await calls(upstream.url, workspace=f"workspace {number}")
        assert calls.handler.idle <= 7


async def test_idle_connections_of_one_workspace_are_bounded_and_calls_under_way_go_on(
    open_fetch, upstream, monkeypatch, until
):
    monkeypatch.setattr(handler, "_IDLE", 6)
    async with Upstream() as other:
        calls = open_fetch(f"127.0.0.1:{upstream.port}", f"127.0.0.1:{other.port}")
        many = [asyncio.create_task(calls(f"{upstream.url}/held")) for _ in range(10)]
        await until(lambda: upstream.waiting == 10)
        under_way = asyncio.create_task(calls(f"{other.url}/held"))
        await until(lambda: other.waiting == 1)
        upstream.held.set()
        await asyncio.gather(*many)
        assert calls.handler.idle == 10
        await calls(f"{other.url}/")  # a new connection, for which room is made
        other.held.set()
        assert (await under_way)["status"] == 200
        await until(lambda: calls.handler.idle <= 3)
        assert (await calls(upstream.url))["status"] == 200


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS])
async def test_a_server_without_room_for_a_connection_is_the_platforms_trouble(calls, upstream, monkeypatch, number):
    def full(*_):
        raise OSError(number, "full")

    monkeypatch.setattr(Networks, "open_socket", full)
    assert (await calls.failed(upstream.url))[0] == "unavailable"


async def test_one_workspace_has_so_many_names_asked_for_and_others_theirs(open_fetch, names, upstream, until, monkeypatch):
    monkeypatch.setattr(resolver, "_QUESTIONS", 3)
    names.silent |= {f"{number}.test" for number in range(4)}
    names.names["good.test"] = ["127.0.0.1"]
    calls = open_fetch("*", f"good.test:{upstream.port}")
    slow = [asyncio.create_task(calls(f"http://{number}.test/")) for number in range(3)]
    await until(lambda: len(names.asked) >= 3)
    assert (await calls.failed("http://3.test/"))[:2] == ("connection", "dns")
    assert (await calls(f"http://good.test:{upstream.port}/", workspace="other"))["status"] == 200
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
