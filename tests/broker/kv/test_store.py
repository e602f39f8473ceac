"""One contract for every key-value store: a file of our own, and a real server."""

import asyncio
import itertools

import orjson
import pytest

from tests.conftest import need_feature
from tests.valkey import ValkeyServer
from transformer.broker.kv.embedded import Embedded
from transformer.broker.kv.server import Server
from transformer.broker.kv.store import Bounds, NotANumberError, StoreError

ROOM = Bounds(workspace_bytes=2**20, all_bytes=2**21)
workspaces = map("workspace-{}".format, itertools.count())


@pytest.fixture(scope="module")
def valkey():
    need_feature("redis")
    server = ValkeyServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["embedded", "server"])
def make(request, tmp_path):
    """make() → a store; every one that it makes keeps its entries in the same place."""
    if request.param == "embedded":
        return lambda: Embedded(tmp_path / "folder" / "kv", ROOM)
    url = request.getfixturevalue("valkey").url
    return lambda: Server(url)


@pytest.fixture
async def store(make):
    store = make()
    yield store
    await store.close()


@pytest.fixture
def workspace():
    return next(workspaces)


async def until_it_is(store, workspace, expected):
    async with asyncio.timeout(20):
        while await store.get(workspace, list(expected)) != list(expected.values()):  # noqa: ASYNC110 - a store has no events
            await asyncio.sleep(0.01)


async def test_what_was_set_is_there_and_nothing_else(store, workspace):
    values = {"a": b"1", "b": b'{"x":[null,"\xc3\xbc"]}', "ü/ä:*?": b'""'}
    await store.set(workspace, values, None)
    assert await store.get(workspace, ["a", "nothing", "ü/ä:*?", "b", "a"]) == [b"1", None, b'""', values["b"], b"1"]
    await store.set(workspace, {"a": b"2"}, None)
    assert await store.get(workspace, ["a"]) == [b"2"]
    assert await store.get(workspace, []) == []


async def test_nothing_of_another_workspace_is_reached(store, workspace):
    other = f"{workspace}:a"  # names that run into each other where they are only put together
    await store.set(workspace, {"a:b": b"1"}, None)
    assert await store.get(other, ["b"]) == [None]
    assert await store.delete(other, ["a:b", "b"]) == 0
    assert await store.increment(other, "a:b", 1, None) == 1
    assert await store.get(workspace, ["a:b"]) == [b"1"]


async def test_what_is_deleted_is_gone_and_counted_once(store, workspace):
    await store.set(workspace, {"a": b"1", "b": b"2"}, None)
    assert await store.delete(workspace, ["a", "b", "c", "a"]) == 2
    assert await store.get(workspace, ["a", "b"]) == [None, None]
    assert await store.delete(workspace, []) == 0


async def test_an_entry_ends_when_its_time_is_over(store, workspace):
    await store.set(workspace, {"soon": b"1", "never": b"1"}, 600)
    await store.set(workspace, {"never": b"2"}, None)  # which takes the end away
    await store.set(workspace, {"soon": b"2"}, 0.05)
    assert await store.set_if_absent(workspace, "once", b"1", 0.05)
    await until_it_is(store, workspace, {"soon": None, "once": None, "never": b"2"})
    assert await store.set_if_absent(workspace, "once", b"2", None)
    assert await store.increment(workspace, "soon", 3, None) == 3, "an entry that ended counts for nothing"


async def test_of_many_who_set_if_absent_one_succeeds(store, workspace):
    found = await asyncio.gather(*(store.set_if_absent(workspace, "a", b"%d" % n, 600) for n in range(50)))
    assert found.count(True) == 1
    assert await store.get(workspace, ["a"]) == [b"%d" % found.index(True)]


async def test_increments_add_up(store, workspace):
    found = await asyncio.gather(*(store.increment(workspace, "n", 2, 600) for _ in range(50)))
    assert sorted(found) == list(range(2, 101, 2))
    assert await store.increment(workspace, "n", -100, None) == 0
    total = await store.increment(workspace, "f", 0.5, None)
    assert (total, type(total)) == (0.5, float)
    assert await store.increment(workspace, "f", 1, None) == 1.5
    assert [orjson.loads(value) for value in await store.get(workspace, ["n", "f"])] == [0, 1.5]


async def test_integers_and_fractions_add_up_also_at_once(store, workspace):
    await asyncio.gather(*(store.increment(workspace, "n", by, None) for by in [1, 0.5] * 50))
    assert float(await store.increment(workspace, "n", 0, None)) == 75


async def test_the_time_of_a_counter_begins_with_its_first_increment(store, workspace):
    assert await store.increment(workspace, "window", 1, 1.0) == 1
    await store.increment(workspace, "window", 1, 600)
    await until_it_is(store, workspace, {"window": None})


@pytest.mark.parametrize("held", [b'"5"', b'"1.5"', b"true", b"null", b"[1]", b"{}", b"9223372036854775807"])
async def test_what_is_no_number_is_not_incremented(store, workspace, held):
    await store.set(workspace, {"a": held}, None)
    with pytest.raises(NotANumberError):
        await store.increment(workspace, "a", 1, None)
    assert await store.get(workspace, ["a"]) == [held]


async def test_a_sum_that_json_cannot_say_is_refused(store, workspace):
    await store.set(workspace, {"a": b"1.7e308"}, None)
    with pytest.raises(NotANumberError):
        await store.increment(workspace, "a", 1.7e308, None)
    with pytest.raises(NotANumberError):
        await store.increment(workspace, "b", 2**63, None)


async def test_entries_are_there_for_the_next_process_and_for_others(make, workspace):
    one, other = make(), make()
    await one.set(workspace, {"a": b"1"}, 600)
    assert await other.increment(workspace, "a", 1, None) == 2
    await other.close()
    await one.close()
    await one.close()
    after = make()
    assert await after.get(workspace, ["a"]) == [b"2"]
    await after.close()


async def test_a_caller_that_is_gone_takes_nobody_with_it(store, workspace):
    calls = [asyncio.ensure_future(store.increment(workspace, "a", 1, None)) for _ in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert not [one for one in found[1::2] if isinstance(one, BaseException)]


async def test_a_server_that_is_gone_is_trouble_and_one_that_is_back_is_not(workspace):
    need_feature("redis")
    server = ValkeyServer()
    store = Server(server.url)
    calls = [
        lambda: store.get(workspace, ["a"]),
        lambda: store.set(workspace, {"a": b"1"}, None),
        lambda: store.set_if_absent(workspace, "a", b"1", None),
        lambda: store.increment(workspace, "a", 1, None),
        lambda: store.delete(workspace, ["a"]),
    ]
    try:
        for _ in range(2):
            for call in calls:
                with pytest.raises(StoreError):
                    await call()
            server.start()
            await store.set(workspace, {"a": b"1"}, None)
            assert await store.get(workspace, ["a"]) == [b"1"]
            server.stop()
    finally:
        await store.close()
        server.remove()
