"""Tables in workers: mapped, shared, replaced between turns, and looked into without a trip to the host."""

import asyncio
import contextlib
import json
import os
import weakref
from collections import Counter
from pathlib import Path

import psutil
import pytest

from transformer.capabilities import Capabilities
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.pool.sealed import Sealed
from transformer.pool.tables import TableMemory
from transformer.settings import Settings
from transformer.tables import compile_rows

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

LOOKS = """
def transformEvent(event, metadata):
    event["found"] = lookup(event["table"], event["key"], "none")
    return event
"""
GRANTS = Capabilities(tables=("plans", "other"))


class Source:
    """Tables by name, as they are now; `asked` counts."""

    def __init__(self):
        self.tables = {}

    def put(self, name, rows):
        content = compile_rows(rows, "id")
        self.tables[name] = TableMemory(str(hash(content)), Sealed.of([content]))

    async def find(self, workspace, names, deadline):
        return {name: self.tables[name] for name in names if name in self.tables}


@pytest.fixture
async def source():
    return Source()


@pytest.fixture
async def pool(source):
    async with Pool(Settings(workspace_workers=1), tables=source) as pool:
        yield pool


async def looked(pool, *asked, grants=GRANTS, code=LOOKS):
    plan = Plan("acme", (Step("hash", "python", "names/t/versions/1", code, capabilities=grants),), Limits())
    events = [json.dumps({"table": table, "key": key}).encode() for table, key in asked]
    ledger = await pool.run(plan, Batch(events))
    if ledger.failures:
        return [(failure.code.name, failure.message) for failure in ledger.failures.values()]
    return [json.loads(payload)["found"] for payload in ledger.payloads]


async def test_rows_are_found_by_keys_of_every_kind_and_replaced_between_turns(pool, source):
    source.put("plans", [{"id": "a", "n": 1}, {"id": 42, "n": 2}, {"id": True, "n": 3}])
    assert await looked(pool, ("plans", "a"), ("plans", 42), ("plans", "42"), ("plans", 42.0), ("plans", True)) == [
        {"id": "a", "n": 1},
        {"id": 42, "n": 2},
        {"id": 42, "n": 2},
        {"id": 42, "n": 2},
        {"id": True, "n": 3},
    ]
    assert await looked(pool, ("plans", "b"), ("plans", None), ("plans", 1.5), ("plans", [1]), ("plans", {})) == ["none"] * 5
    source.put("plans", [{"id": "a", "n": 10}])
    assert await looked(pool, ("plans", "a"), ("plans", 42)) == [{"id": "a", "n": 10}, "none"]
    assert pool.stats()["workers_started"] <= 2  # the spare one, and the one that did all this


async def test_a_table_that_is_missing_or_not_declared_is_told_in_the_code(pool, source):
    source.put("plans", [{"id": "a"}])
    ((code, told),) = await looked(pool, ("other", "a"))
    assert (code, "there is no table 'other' in this workspace" in told) == ("EXCEPTION", True)
    ((code, told),) = await looked(pool, ("plans", "a"), grants=Capabilities(tables=("other",)))
    assert (code, "the table 'plans' is not declared: add `tables: [plans]`" in told) == ("EXCEPTION", True)


@pytest.mark.parametrize("bound", ["_MOST", "_MOST_BYTES"])
async def test_a_worker_lets_go_of_what_it_had_for_long(pool, source, monkeypatch, bound):
    monkeypatch.setattr(f"transformer.pool.tables.{bound}", {"_MOST": 2, "_MOST_BYTES": 5000}[bound])
    given = []
    for number in range(12):
        source.put("plans", [{"id": "a", "n": number}])
        given.append(weakref.ref(source.tables["plans"].memory))
        assert await looked(pool, ("plans", "a")) == [{"id": "a", "n": number}]
    assert pool.stats()["workers_started"] <= 2
    assert 1 < sum(memory() is not None for memory in given) <= 4  # the worker's, the source's, a frame's of this test


def test_each_worker_gets_a_place_of_its_own_in_the_file_and_cannot_write():
    memory = Sealed.of([b"0123456789"])
    first, second = memory.apart(), memory.apart()
    try:
        assert (os.read(first, 4), os.read(second, 4), os.read(first, 4)) == (b"0123", b"0123", b"4567")
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(first, b"x")
    finally:
        os.close(first)
        os.close(second)


async def test_a_table_that_is_broken_is_told_to_the_code_that_looks(pool, source):
    """What the host checks keeps it from coming to this; if it does, no worker is lost."""
    source.tables["plans"] = TableMemory("0" * 64, Sealed.of([bytes(4096)]))
    source.put("other", [{"id": "a"}])
    (code, told), found = [*await looked(pool, ("plans", "a")), *await looked(pool, ("other", "a"))]
    assert (code, "the table cannot be read" in told) == ("EXCEPTION", True)
    assert found == {"id": "a"}
    assert pool.stats()["workers_started"] <= 2


async def test_what_code_does_to_a_row_nobody_else_sees(pool, source):
    source.put("plans", [{"id": "a", "list": [1]}])
    changing = LOOKS.replace("return event", 'event["found"]["list"].append(2)\n    return event')
    assert await looked(pool, ("plans", "a"), ("plans", "a"), code=changing) == [{"id": "a", "list": [1, 2]}] * 2


async def test_a_worker_that_is_lost_is_followed_by_one_that_has_the_table(pool, source):
    source.put("plans", [{"id": "a", "n": 1}])
    assert await looked(pool, ("plans", "a")) == [{"id": "a", "n": 1}]
    await pool.renew()
    assert await looked(pool, ("plans", "a")) == [{"id": "a", "n": 1}]


@pytest.mark.slow
@pytest.mark.need("root")  # who is not may not look into the memory of workers
async def test_a_large_table_is_no_workers_own_memory(source):
    """Two workers look into all of it: they share every page of it, and what is theirs alone grows by next to nothing."""
    source.put("plans", ({"id": str(number), "text": "x" * 60} for number in range(100_000)))
    size = source.tables["plans"].memory.size
    assert size > 10 * 2**20
    keys = [("plans", str(number)) for number in range(0, 100_000, 20)]
    async with Pool(Settings(workspace_workers=2, batch_events=5000), tables=source) as pool:
        for _ in range(50):  # until both have had their turn
            await asyncio.gather(*(looked(pool, *keys) for _ in range(4)))
            before = memory_of_workers(size)
            if len(before) == 2 and min(table["Rss"] for table, _ in before.values()) > size * 0.9:
                break
        await asyncio.gather(*(looked(pool, *keys) for _ in range(4)))
        after = memory_of_workers(size)
    assert len(before) == 2
    for table, _ in before.values():
        assert table["Shared_Clean"] + table["Shared_Dirty"] > size * 0.9, before
        assert table["Private_Clean"] + table["Private_Dirty"] < size * 0.05, before
        assert table["Pss"] < size * 0.6, before
    grown = [after[pid][1] - before[pid][1] for pid in after.keys() & before.keys()]
    assert grown
    assert max(grown) < size / 4, grown


def memory_of_workers(size):
    """Of every process below this one that has a table of this size mapped, by pid: what of it is in memory, and its anonymous memory."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(OSError):
            table, anonymous, inside = Counter(), 0, False
            for line in Path(f"/proc/{process.pid}/smaps").read_text().splitlines():
                name, *rest = line.split()
                if not name.endswith(":"):
                    inside = "/memfd:" in line
                elif rest[-1] == "kB":
                    anonymous += int(rest[0]) * 1024 if name == "Anonymous:" else 0
                    table[name[:-1]] += int(rest[0]) * 1024 if inside else 0
            if table["Size"] >= size:
                found[process.pid] = (table, anonymous)
    return found
