"""The embedded store: its room, its file, and what goes wrong with files."""

import asyncio
import contextlib
import sqlite3

import pytest

from transformer.broker.kv.embedded import Embedded
from transformer.broker.kv.store import Bounds, FullError, StoreError

SMALL = Bounds(workspace_bytes=1000, all_bytes=1500)


@pytest.fixture
async def store(tmp_path, clock):
    store = Embedded(tmp_path / "kv", SMALL, clock)
    yield store
    await store.close()


async def fill(store, workspace, ttl=None, size=100):
    """Entries until there is no room: how many went in."""
    count = 0
    with contextlib.suppress(FullError):
        while True:
            await store.set(workspace, {f"key-{count}": b"1" * size}, ttl)
            count += 1
    return count


async def test_a_workspace_has_its_room_and_all_have_theirs(store):
    count = await fill(store, "one")
    assert 4 <= count <= 9
    assert 0 < await fill(store, "two") < count, "what all have together is less than two rooms"
    # Given no room, then what makes an entry smaller, or is there already, still goes
    await store.set("one", {"key-0": b"1"}, None)
    assert await store.get("one", ["key-0", f"key-{count}"]) == [b"1", None]
    assert await store.delete("one", [f"key-{number}" for number in range(count)]) == count
    assert await fill(store, "two") > 0


async def test_what_ended_makes_room_at_once(store, clock):
    count = await fill(store, "one", ttl=60)
    clock.now += 61
    assert await fill(store, "one", ttl=60) == count


async def test_what_ended_leaves_the_file(store, clock, tmp_path):
    await store.set("one", {f"key-{number}": b"1" for number in range(5)}, 60)
    clock.now += 61
    await store.get("one", ["other"])
    with sqlite3.connect(tmp_path / "kv") as other:
        assert other.execute("SELECT COUNT(*) FROM entry").fetchone() == (0,)
    other.close()


async def test_room_is_counted_again_after_a_restart(store, tmp_path, clock):
    count = await fill(store, "one")
    await store.close()
    again = Embedded(tmp_path / "kv", SMALL, clock)
    with pytest.raises(FullError):
        await again.set("one", {f"key-{count}": b"1" * 100}, None)
    assert await again.get("one", ["key-0"]) == [b"1" * 100]
    await again.close()


async def test_one_that_does_not_fit_hurts_none_that_came_with_it(store):
    calls = [
        store.set("one", {"a": b"1"}, None),
        store.set("one", {"b": b"1" * 2000, "c": b"1"}, None),
        store.increment("one", "a", 1, None),
    ]
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in found] == [type(None), FullError, int]
    assert await store.get("one", ["a", "b", "c"]) == [b"2", None, None]


async def test_calls_that_come_together_are_one_transaction(store, tmp_path):
    await store.set("one", {"n": b"0"}, None)
    with sqlite3.connect(tmp_path / "kv") as other:
        before = other.execute("PRAGMA data_version").fetchone()
        first = asyncio.ensure_future(store.increment("one", "n", 1, None))
        await asyncio.sleep(0)
        await asyncio.gather(first, *(store.increment("one", "n", 1, None) for _ in range(300)))
        assert other.execute("PRAGMA data_version").fetchone() != before
    other.close()
    assert await store.get("one", ["n"]) == [b"301"]


async def test_a_file_that_is_locked_is_trouble_and_passes(store, tmp_path, monkeypatch):
    monkeypatch.setattr("transformer.broker.kv.embedded._BUSY_SECONDS", 0.05)
    await store.set("one", {"a": b"1"}, None)
    await store.close()
    store = Embedded(tmp_path / "kv", SMALL)
    other = sqlite3.connect(tmp_path / "kv", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError):
        await store.increment("one", "a", 1, None)
    other.execute("ROLLBACK")
    other.close()
    assert await store.increment("one", "a", 1, None) == 2
    await store.close()


@pytest.mark.parametrize("broken", [b"this is no database" * 100, None], ids=["other-file", "folder"])
async def test_a_file_that_is_none_of_ours_is_trouble_and_stays_as_it_is(tmp_path, broken):
    file = tmp_path / "kv"
    file.mkdir() if broken is None else file.write_bytes(broken)
    store = Embedded(file, SMALL)
    with pytest.raises(StoreError):
        await store.get("one", ["a"])
    await store.close()
    assert file.is_dir() if broken is None else file.read_bytes() == broken


async def test_the_file_is_for_its_owner_only(store, tmp_path):
    await store.set("one", {"a": b"1"}, None)
    assert (tmp_path / "kv").stat().st_mode & 0o777 == 0o600


async def test_nothing_is_done_after_the_end(store):
    await store.close()
    with pytest.raises(StoreError):
        await store.get("one", ["a"])
