"""Tables on their way to workers: loaded once, replaced when the registry changes, served while it is away, never broken ones."""

import asyncio
import threading
from hashlib import sha256

import pytest

from transformer.errors import Code, PlatformError
from transformer.pool.sealed import Sealed
from transformer.registry import table_cache
from transformer.registry.records import TableDraft, TablePointer
from transformer.registry.table_cache import TableCache
from transformer.registry.table_folder import TableFolder


class Epochs:
    """The catalogue, as far as a cache of tables knows it."""

    def __init__(self):
        self.epoch = 0
        self.trouble = ""


@pytest.fixture
def store(sqlite_url, open_store):
    store = open_store(sqlite_url)
    store.migrate()
    return store


@pytest.fixture
def epochs():
    return Epochs()


@pytest.fixture
def folder(tmp_path):
    return TableFolder(tmp_path / "tables", 1 << 20)


@pytest.fixture
async def cache(store, epochs, folder):
    cache = TableCache(store, epochs, 1 << 20, folder)
    yield cache
    await cache.close()


def push(store, content, **fields):
    pieces = [content[at : at + 3] for at in range(0, len(content), 3)]
    digest = digest_of(content)
    draft = TableDraft(store.tables.keep(pieces), "id", 1, len(content), digest, fields.get("digest", digest))
    return store.tables.push("default", "plans", draft)


def digest_of(content):
    return sha256(content).hexdigest()


async def found(cache, name="plans", deadline=None):
    tables = await cache.find("default", [name], deadline)
    return b"".join(tables[name].memory.pieces()) if name in tables else None


async def test_what_is_live_is_found_and_replaced_when_the_registry_changes(store, cache, epochs):
    push(store, b"first")
    assert await found(cache) == b"first"
    push(store, b"second")
    assert await found(cache) == b"first"  # nobody has noticed yet
    epochs.epoch += 1
    assert await found(cache) == b"second"
    store.tables.delete("default", "plans")
    epochs.epoch += 1
    assert await found(cache) is None
    assert await found(cache, "other") is None


async def test_many_that_want_it_are_one_read(store, cache, monkeypatch):
    push(store, b"content")
    read, asked = store.tables.pieces, []
    monkeypatch.setattr(store.tables, "pieces", lambda file: asked.append(file) or read(file))
    assert set(await asyncio.gather(*(found(cache) for _ in range(20)))) == {b"content"}
    assert await found(cache) == b"content"
    assert len(asked) == 1


async def test_bytes_that_are_not_those_that_were_pushed_are_never_used(store, cache):
    push(store, b"content", digest="0" * 64)
    with pytest.raises(PlatformError) as caught:
        await found(cache)
    assert caught.value.code is Code.REGISTRY_UNAVAILABLE
    assert "workspaces/default/tables/plans cannot be read as it was pushed" in caught.value.message


async def test_while_a_new_version_takes_long_the_one_before_is_served(store, cache, epochs, monkeypatch, until):
    monkeypatch.setattr(table_cache, "_PATIENCE_SECONDS", 0.01)
    push(store, b"first")
    assert await found(cache) == b"first"
    push(store, b"second")
    read, go = store.tables.pieces, threading.Event()
    monkeypatch.setattr(store.tables, "pieces", lambda file: go.wait(20) and read(file))
    epochs.epoch += 1
    assert await found(cache) == b"first"
    go.set()
    for _ in range(400):
        if (now := await found(cache)) == b"second":
            break
        await asyncio.sleep(0.05)
    assert now == b"second"


async def test_who_has_no_more_time_is_told_to_come_back(store, cache, monkeypatch):
    push(store, b"content")
    read, go = store.tables.pieces, threading.Event()
    monkeypatch.setattr(store.tables, "pieces", lambda file: go.wait(20) and read(file))
    with pytest.raises(PlatformError) as caught:
        await found(cache, deadline=asyncio.get_running_loop().time() + 0.01)
    assert caught.value.code is Code.NO_CAPACITY
    go.set()
    assert await found(cache) == b"content"


async def test_while_the_database_is_away_memory_and_disk_serve(store, cache, epochs, folder, monkeypatch):
    push(store, b"content")
    assert await found(cache) == b"content"

    def away(*_):
        raise PlatformError(Code.REGISTRY_UNAVAILABLE, "away")

    monkeypatch.setattr(store.tables, "pointer", away)
    epochs.epoch += 1
    assert await found(cache) == b"content"
    await cache.close()  # it has written down what it had
    fresh = TableCache(store, epochs, 1 << 20, folder)
    assert await found(fresh) == b"content"
    with pytest.raises(PlatformError):
        await found(fresh, "other")
    await fresh.close()
    without = TableCache(store, epochs, 1 << 20)
    with pytest.raises(PlatformError):
        await found(without)
    await without.close()


async def test_memory_is_bounded_and_what_is_larger_than_it_is_served_all_the_same(store, epochs, folder):
    push(store, b"x" * 5000)
    cache = TableCache(store, epochs, 6000, folder)
    for _ in range(2):
        assert await found(cache) == b"x" * 5000
    await cache.close()


def pointer_of(content):
    return TablePointer(1, 1, len(content), digest_of(content))


def test_a_file_that_was_altered_cut_or_swapped_is_removed_and_not_used(folder):
    content = b"0123456789"
    pointer = pointer_of(content)
    for broken in (b"x123456789", b"0123", b"", content + b"x"):
        folder.keep("acme", pointer, Sealed.of([content]))
        [path] = folder.folder.iterdir()
        path.write_bytes(broken)
        assert folder.find("acme", pointer) is None
        assert not path.exists()
    folder.keep("acme", pointer, Sealed.of([content]))
    assert b"".join(folder.find("acme", pointer).pieces()) == content
    assert folder.find("umbrella", pointer) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"number":1}', b'{"number":"1","file":1,"size":1,"digest":"a"}'])
def test_a_pointer_that_is_none_is_not_used(folder, content):
    folder.keep_pointer("acme", "plans", TablePointer(1, 2, 3, "d"))
    assert folder.pointer("acme", "plans") == TablePointer(1, 2, 3, "d")
    [path] = folder.folder.iterdir()
    path.write_bytes(content)
    assert folder.pointer("acme", "plans") is None
    folder.keep_pointer("acme", "plans", None)
    assert list(folder.folder.iterdir()) == []


def test_the_folder_is_bounded_and_its_owners_alone(folder):
    for number in range(12):
        content = bytes([number]) * 200_000
        folder.keep("acme", pointer_of(content), Sealed.of([content]))
    assert sum(path.stat().st_size for path in folder.folder.iterdir()) <= 1 << 20
    assert folder.find("acme", pointer_of(bytes([11]) * 200_000)) is not None
    assert folder.folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_costs_nothing_else(tmp_path):
    (tmp_path / "file").write_text("")
    folder = TableFolder(tmp_path / "file" / "tables", 1 << 20)
    folder.keep("acme", pointer_of(b"x"), Sealed.of([b"x"]))
    assert folder.find("acme", pointer_of(b"x")) is None
    assert folder.pointer("acme", "plans") is None
    assert folder.trouble


async def test_what_is_in_memory_is_counted_for_as_long_as_anybody_has_it(store, epochs, folder, monkeypatch):
    monkeypatch.setattr(table_cache, "_PATIENCE_SECONDS", 20)
    cache = TableCache(store, epochs, 10_000, folder)
    push(store, b"x" * 1000)
    first = (await cache.find("default", ["plans"], None))["plans"]
    assert cache.stats() == {"tables": 1, "bytes": 1000, "loads": 1, "failures": 0}
    push(store, b"y" * 2000)
    epochs.epoch += 1
    second = (await cache.find("default", ["plans"], None))["plans"]
    assert cache.stats() == {"tables": 2, "bytes": 3000, "loads": 2, "failures": 0}
    await cache.close()
    assert (await cache.find("default", ["plans"], None))["plans"].memory is second.memory  # nothing is loaded twice
    assert cache.stats()["loads"] == 2
    del first
    assert cache.stats() == {"tables": 1, "bytes": 2000, "loads": 2, "failures": 0}
    push(store, b"z", digest="0" * 64)
    epochs.epoch += 1
    await cache.close()
    with pytest.raises(PlatformError):
        await found(cache)
    assert cache.stats() == {"tables": 1, "bytes": 2000, "loads": 2, "failures": 1}
    await cache.close()
