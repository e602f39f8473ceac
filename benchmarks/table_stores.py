"""Embedded stores that a reference table could be kept in, each built and looked into in processes of its own.

    python -m benchmarks.table_stores build|look NAME ROWS PATH

prints one JSON line. Ours is `transformer.wire.tables`; of the others those are tried that are installed, which this repository
does not do: python -m pip install --target stores lmdb marisa-trie pure-cdb apsw rocksdict, and PYTHONPATH=stores
"""

import json
import mmap
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from benchmarks.machine import cpu_of

ASKED = 20_000
ROUNDS = 5

Find = Callable[[str], bytes | None]


def key_of(number: int) -> str:
    return f"plan-{number * 7919 % 1_000_003:07d}"


def rows_of(count: int) -> Iterator[tuple[str, bytes]]:
    """Keys that come in no order, and what is kept for them."""
    for number in range(count):
        key = key_of(number)
        yield key, orjson.dumps({"id": key, "name": f"plan {number}", "price": number / 7, "tier": number % 5})


def mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@dataclass(frozen=True)
class Store:
    """How one is built and opened. `module` has to be there; `takes` is what it opens: a descriptor, mapped memory, a path."""

    module: str
    takes: str
    build: Callable[[Any, int, Path], None]
    open: Callable[[Any, Path], Find]


def _build_ours(_: Any, count: int, path: Path) -> None:
    from transformer.tables.compiling import compile_lines

    source = path.with_suffix(".jsonl")
    source.write_bytes(b"".join(row + b"\n" for _, row in rows_of(count)))
    with source.open("rb") as lines, path.open("xb+") as into:
        compile_lines(lines, "id", into, 2**32, 2**32)


def _open_ours(_: Any, path: Path) -> Find:
    from transformer.wire.tables import Table

    with path.open("rb") as file:
        return Table(file.fileno(), mapped(path)).get_json


def _build_lmdb(lmdb: Any, count: int, path: Path) -> None:
    with lmdb.open(str(path), subdir=False, lock=False, map_size=2**33, sync=False) as env, env.begin(write=True) as change:
        for key, row in sorted(rows_of(count)):
            change.put(key.encode(), row, append=True)


def _open_lmdb(lmdb: Any, path: Path) -> Find:
    find = lmdb.open(str(path), subdir=False, lock=False, readonly=True).begin().get
    return lambda key: find(key.encode())


def _build_marisa(marisa: Any, count: int, path: Path) -> None:
    marisa.BytesTrie(rows_of(count)).save(str(path))


def _open_marisa(marisa: Any, path: Path) -> Find:
    memory = mapped(path)
    found = marisa.BytesTrie().map(memory)
    return lambda key: ((memory and found.get(key)) or (None,))[0]  # it does not hold what it looks into


def _build_pure(cdblib: Any, count: int, path: Path) -> None:
    with path.open("wb") as file, cdblib.Writer64(file) as writer:
        for key, row in rows_of(count):
            writer.put(key.encode(), row)


def _open_pure(cdblib: Any, path: Path) -> Find:
    find = cdblib.Reader64(mapped(path)).get
    return lambda key: find(key.encode())


CREATE = "create table rows(key text primary key, row blob) without rowid"
SELECT = "select row from rows where key = ?"


def _build_sqlite(_: Any, count: int, path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as database:
        database.execute(CREATE)
        database.executemany("insert into rows values (?, ?)", sorted(rows_of(count)))
    database.close()


def _open_sqlite(sqlite3: Any, path: Path) -> Find:
    database = sqlite3.connect(":memory:")
    database.deserialize(path.read_bytes())
    return lambda key: (database.execute(SELECT, (key,)).fetchone() or (None,))[0]


def _open_apsw(apsw: Any, path: Path) -> Find:
    memory = mapped(path)

    class Files(apsw.VFS):  # type: ignore[misc, name-defined] # a class of a module that may not be there
        def __init__(self) -> None:
            super().__init__("mapped", "", iVersion=1)

        def xAccess(self, *_: Any) -> bool:  # noqa: N802 - the name that SQLite has
            return False

        def xOpen(self, *_: Any) -> Any:  # noqa: N802 - the name that SQLite has
            return File()

        def xFullPathname(self, name: str) -> str:  # noqa: N802 - the same
            return name

    class File:
        def xRead(self, size: int, at: int) -> bytes:  # noqa: N802 - the same
            return memory[at : at + size]

        def xFileSize(self) -> int:  # noqa: N802 - the same
            return len(memory)

        def __getattr__(self, name: str) -> Callable[..., int]:
            return lambda *_: apsw.SQLITE_IOCAP_IMMUTABLE if name == "xDeviceCharacteristics" else False

    files = Files()
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    database = apsw.Connection("file:table?immutable=1", flags=flags, vfs="mapped")

    def find(key: str) -> bytes | None:
        row: bytes | None = (database.execute(SELECT, (key,)).fetchone() or (None,))[0] if files else None
        return row

    return find


def _build_rocks(rocksdict: Any, count: int, path: Path) -> None:
    kept = rocksdict.Rdict(str(path), rocksdict.Options(raw_mode=True))
    for key, row in rows_of(count):
        kept[key.encode()] = row
    kept.close()


def _open_rocks(rocksdict: Any, path: Path) -> Find:
    options, read_only = rocksdict.Options(raw_mode=True), rocksdict.AccessType.read_only()
    find = rocksdict.Rdict(str(path), options, access_type=read_only).get
    return lambda key: find(key.encode())


STORES = {
    "ours (cdb, cdbx)": Store("cdbx", "descriptor", _build_ours, _open_ours),
    "LMDB, lmdb": Store("lmdb", "path", _build_lmdb, _open_lmdb),
    "cdb of 64 bits, pure-cdb": Store("cdblib", "memory", _build_pure, _open_pure),
    "trie, marisa-trie": Store("marisa_trie", "memory", _build_marisa, _open_marisa),
    "SQLite, deserialize": Store("sqlite3", "a copy", _build_sqlite, _open_sqlite),
    "SQLite, apsw's VFS": Store("apsw", "memory", _build_sqlite, _open_apsw),
    "RocksDB, rocksdict": Store("rocksdict", "path", _build_rocks, _open_rocks),
}


def own_mib() -> float:
    """Memory that is this process's alone and no file's."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024


def build(name: str, count: int, path: Path) -> dict[str, Any]:
    began = time.process_time()
    STORES[name].build(import_module(STORES[name].module), count, path)
    built = time.process_time() - began
    files = [path] if path.is_file() else list(path.iterdir())
    size = sum(file.stat().st_blocks * 512 for file in files) / 2**20  # blocks: a file of LMDB is mostly holes
    return {"build_cpu_seconds": round(built, 2), "mib": round(size, 1)}


def look(name: str, count: int, path: Path) -> dict[str, Any]:
    store, choose = STORES[name], random.Random(1)
    module = import_module(store.module)
    keys = [key_of(choose.randrange(count)) for _ in range(ASKED)]
    before = own_mib()
    find = store.open(module, path)
    for number in range(0, count, 7):
        assert find(key_of(number)) is not None
    own = own_mib() - before
    first = find(keys[0])
    assert first is not None
    assert orjson.loads(first)["id"] == keys[0]
    assert find("none") is None
    each = cpu_of(lambda: [find(key) for key in keys], rounds=ROUNDS) / ASKED * 1e6
    return {"own_mib": round(own, 1), "us_per_lookup": round(each, 2)}


def main() -> None:
    verb, name, count, path = sys.argv[1:]
    print(json.dumps((build if verb == "build" else look)(name, int(count), Path(path))))


if __name__ == "__main__":
    main()
