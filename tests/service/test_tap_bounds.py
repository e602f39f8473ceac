"""What a watch may cost, and how it ends: slow watchers, too many, a drain, a deletion, a client that is gone."""

import asyncio
import contextlib

import grpc
import pytest

from transformer.access import keys
from transformer.client import AsyncClient, Status, TapStatus
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.records import KeyDraft
from transformer.settings import SettingsError
from transformer.tap.watch import QUEUE_BYTES, QUEUE_EVENTS
from transformer.wire.pb import tap_pb2, tap_pb2_grpc

NAME = "workspaces/default/transformations/t"
FILLER = "x" * 4000


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Heartbeats, and looks at the registry, ten times a second: tests wait for them."""
    monkeypatch.setattr("transformer.tap.watch.HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("transformer.service.tap._FOLLOW_SECONDS", 0.1)


@contextlib.asynccontextmanager
async def tapped(open_server, **settings):
    """A server of its own with a transformation `t` that is live, and a client."""
    async with open_server(**settings) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_transformation("default", "t")
        await client.create_version("default", "t", "def transformEvent(event, metadata):\n    return event\n")
        await client.activate_version("default", "t", 1)
        yield server, client


@contextlib.asynccontextmanager
async def stalled(server):
    """A watcher that reads that its watch is in place, and then no more."""
    async with grpc.aio.insecure_channel(server.address) as channel:
        call = tap_pb2_grpc.TapServiceStub(channel).Watch(tap_pb2.WatchRequest(name=NAME))
        assert (await call.read()).HasField("status")
        yield call
        call.cancel()


def the_watch(server):
    (watching,) = server._tap._watching["default"]
    return watching.watch


async def flood(client, batches=40):
    for _ in range(batches):
        result = await client.transform(
            workspace="default", transformations=["t"], events=[{"n": n, "filler": FILLER} for n in range(100)]
        )
        assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED] * 100


async def test_a_watcher_that_does_not_read_loses_events_and_nobody_else_does(open_server, until):
    async with tapped(open_server) as (server, client), stalled(server) as call:
        await flood(client)
        watch = the_watch(server)
        assert watch.counts.seen == 4000
        assert watch.counts.dropped > 0
        assert 0 < len(watch._queue) <= QUEUE_EVENTS
        assert watch._bytes <= QUEUE_BYTES
        # When it reads again it is told, and sees what is new.
        told = 0
        while told != watch.counts.dropped:
            told = (await call.read()).status.dropped
        assert server._tap.stats() == {"watchers": 1, "dropped": told}


async def test_a_server_goes_down_in_time_with_a_watcher_that_does_not_read(open_server):
    async with tapped(open_server) as (server, client), stalled(server):
        await flood(client)
        assert await server.stop(10.0)


async def test_a_watcher_is_told_that_the_server_goes_down(open_server):
    async with tapped(open_server) as (server, client):
        messages = client.tap("default", "t")
        assert isinstance(await anext(messages), TapStatus)
        stopping = asyncio.create_task(server.stop(10.0))
        with pytest.raises(PlatformError) as raised:
            await anext(messages)
        assert raised.value.code is Code.DRAINING
        assert await stopping


async def test_a_watch_ends_when_its_transformation_is_deleted(open_server):
    async with tapped(open_server) as (_, client):
        messages = client.tap("default", "t")
        await anext(messages)
        await client.delete_transformation("default", "t")
        with pytest.raises(CallerError) as raised:
            async for _ in messages:
                pass
        assert raised.value.code is Code.NOT_FOUND


async def test_a_watch_is_gone_when_its_client_is(open_server, until):
    async with tapped(open_server) as (server, client):
        messages = client.tap("default", "t")
        await anext(messages)
        assert server._tap.stats()["watchers"] == 1
        await messages.aclose()
        await until(lambda: server._tap.stats()["watchers"] == 0)
        await flood(client, 1)
        async with AsyncClient(server.address) as other:
            again = other.tap("default", "t")
            await anext(again)
        await until(lambda: server._tap.stats()["watchers"] == 0)
        await until(lambda: not server._tap._places)


async def test_no_more_may_watch_than_the_operator_allows(open_server, until):
    async with tapped(open_server, tap_watchers=3, tap_workspace_watchers=2) as (server, client):
        await client.create_workspace("other")
        await client.create_transformation("other", "t")
        first, second, third = client.tap("default", "t"), client.tap("default", "t"), client.tap("other", "t")
        for watch in (first, second, third):
            await anext(watch)
        for workspace, setting in (("default", "tap_watchers"), ("other", "tap_watchers")):
            with pytest.raises(PlatformError) as raised:
                await anext(client.tap(workspace, "t"))
            assert raised.value.code is Code.NO_CAPACITY
            assert raised.value.message.endswith(f"({setting})")
        await third.aclose()
        await until(lambda: server._tap.stats()["watchers"] == 2)
        with pytest.raises(PlatformError, match=r"2 watch already; more may not \(tap_workspace_watchers\)"):
            await anext(client.tap("default", "t"))
        await anext(client.tap("other", "t"))
        await first.aclose()
        await second.aclose()


async def test_an_operator_can_switch_it_off(open_server):
    async with tapped(open_server, tap_watchers=0) as (_, client):
        with pytest.raises(CallerError, match=r"nobody may watch on this server \(tap_watchers is 0\)") as raised:
            await anext(client.tap("default", "t"))
        assert raised.value.code is Code.PRECONDITION


async def test_rules_that_cannot_be_understood_stop_the_server_at_its_start(open_server):
    with pytest.raises(SettingsError, match="tap_redact: '~what' is no rule for values"):
        open_server(tap_redact="password,~what")


async def test_the_operator_alone_says_what_is_hidden(open_server):
    async with tapped(open_server, tap_redact="name,~/[A-Z]{3}-[0-9]+/") as (_, client):
        messages = client.tap("default", "t", max_events=1)
        await anext(messages)
        event = {"name": "Ann", "password": "x", "note": "badge ABC-12"}
        await client.transform(workspace="default", transformations=["t"], events=[event])
        shown = [message async for message in messages if not isinstance(message, TapStatus)]
        assert shown[0].before_json() == {"name": "[redacted]", "password": "x", "note": "badge [redacted]"}


async def test_what_nobody_activated_can_be_watched(open_server):
    async with tapped(open_server) as (_, client):
        await client.create_transformation("default", "u")
        await client.create_version("default", "u", "def transformEvent(event, metadata):\n    return None\n")
        messages = client.tap("default", "u", max_events=1)
        await anext(messages)
        await client.transform(workspace="default", transformations=["transformations/u/versions/1"], events=[{}])
        shown = [message async for message in messages if not isinstance(message, TapStatus)]
        assert [event.outcome.status for event in shown] == [Status.DROPPED]


async def test_a_watch_ends_with_the_key_that_it_was_opened_with(open_server):
    async with open_server(authentication="keys") as server:
        made = {role: keys.make() for role in ("admin", "author", "transform")}
        for role, key in made.items():
            server._store.create_key(KeyDraft(key.id, key.digest, role, "", role))
        async with AsyncClient(server.address, attempts=1, api_key=made["admin"].text) as admin:
            await admin.create_workspace("w")
            await admin.create_transformation("w", "t")
            async with (
                AsyncClient(server.address, api_key=made["author"].text) as author,
                AsyncClient(server.address, api_key=made["transform"].text) as sender,
            ):
                with pytest.raises(CallerError) as raised:
                    await anext(sender.tap("w", "t"))
                assert raised.value.code is Code.PERMISSION_DENIED
                messages = author.tap("w", "t")
                assert isinstance(await anext(messages), TapStatus)
                await admin.revoke_key(made["author"].id)
                with pytest.raises(CallerError) as raised:
                    async for _ in messages:
                        pass
                assert raised.value.code is Code.UNAUTHENTICATED
