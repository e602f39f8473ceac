"""What does a reference table cost? Embedded stores beside the one it is kept in; and a million rows in a real server.

    python -m benchmarks.bench_tables [--quick]

The stores are those that are installed (`benchmarks/table_stores.py`), each in a process of its own: µs of CPU for a lookup of
a random key, up to the bytes of its row, and the ratio to ours. Then a server as its users have it: rows are pushed by the
client, code looks them up in two workers, and the memory of these is read from the kernel before and after. A lookup there is
µs of CPU of the whole server, less those of the same code without the lookup.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

from benchmarks.machine import machine, options, save, table, tree_cpu
from benchmarks.server import WORKSPACE, service
from benchmarks.table_stores import STORES, key_of
from transformer.capabilities import Capabilities
from transformer.client import Client, Status

LOOKUP_AIM_US = 5.0
WORKERS = 2
EVENTS, LOOKUPS = 100, 200
PASSES, WHOLE = 10, 0.97
SOURCE = """
def transformEvent(event, metadata):
    row = None
    for number in range(event["from"], event["from"] + {count}):
        row = {find}(f"plan-{{number * 7919 % 1000003:07d}}")
    event["found"] = row is not None
    return event
"""
FIND = SOURCE.format(count=LOOKUPS, find='(lambda key: lookup("plans", key))')
SKIP = SOURCE.format(count=LOOKUPS, find="(lambda key: key)")


def compare(count: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, store in STORES.items():
        if find_spec(store.module) is None:
            print(f"{name}: not installed")
            continue
        row: dict[str, Any] = {"store": name, "takes": store.takes}
        with tempfile.TemporaryDirectory() as folder:
            for verb in ("build", "look"):
                command = [sys.executable, "-m", "benchmarks.table_stores", verb, name, str(count), str(Path(folder, "table"))]
                row |= json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=170).stdout)
        rows.append({**row, "of_ours": round(row["us_per_lookup"] / (rows or [row])[0]["us_per_lookup"], 2)})
    return rows


def memory_of_workers(server: int, size: int) -> dict[int, dict[str, float]]:
    """MiB of every worker: all that is its own, and what it has of mapped tables of `size` bytes, shared and not."""
    found = {}
    for process in psutil.Process(server).children(recursive=True):
        told, inside = dict.fromkeys(("Rss", "Pss", "shared", "private", "Anonymous"), 0.0), False
        try:
            lines = Path(f"/proc/{process.pid}/smaps").read_text(encoding="utf-8").splitlines()
        except OSError:  # ended, or not ours to look into
            continue
        for line in lines:
            name, *rest = line.split()
            if not name.endswith(":"):
                begin, end = (int(address, 16) for address in name.split("-"))
                inside = "/memfd:" in line and end - begin >= size
            elif rest[-1] == "kB":
                kept = "shared" if name.startswith("Shared_") else "private" if name.startswith("Private_") else name[:-1]
                if kept in told and (inside or kept == "Anonymous"):
                    told[kept] += int(rest[0]) / 1024
        found[process.pid] = told
    return found


def serve(count: int, rounds: int) -> dict[str, Any]:
    with service(workers=WORKERS, workspace_workers=WORKERS, turn_seconds=60) as (pid, address), Client(address) as client:
        client.create_workspace(WORKSPACE)
        for name, source in (("find", FIND), ("skip", SKIP)):
            client.create_transformation(WORKSPACE, name)
            version = client.create_version(WORKSPACE, name, source, capabilities=Capabilities(tables=("plans",)))
            client.activate_version(WORKSPACE, name, version.number)
        client.push_table(WORKSPACE, "plans", [{"id": "none yet"}], "id")
        ask(client, "find", count, range(WORKERS), together=WORKERS)
        before = memory_of_workers(pid, 1)
        rows = ({"id": key_of(n), "name": f"plan {n}", "price": n / 7, "tier": n % 5} for n in range(count))
        began = perf_counter()
        pushed = client.push_table(WORKSPACE, "plans", rows, "id")
        push = perf_counter() - began
        began = perf_counter()
        while not found(client, count):
            pass
        seen = perf_counter() - began
        for _ in range(PASSES):  # until every worker has had every row
            ask(client, "find", count, range(WORKERS * count // (EVENTS * LOOKUPS) + 1), together=WORKERS)
            after = memory_of_workers(pid, pushed.bytes)
            if sum(worker["Rss"] > WHOLE * pushed.bytes / 2**20 for worker in after.values()) == WORKERS:
                break
        took = {"find": 0.0, "skip": 0.0}
        for number in range(rounds):
            for name in took:
                began = tree_cpu(pid)
                ask(client, name, count, [number])
                took[name] += tree_cpu(pid) - began
    workers = [worker for worker in after.values() if worker["Rss"]]
    grown = [after[one]["Anonymous"] - before[one]["Anonymous"] for one in after.keys() & before.keys() if after[one]["Rss"]]
    return {
        "rows": count,
        "mib": round(pushed.bytes / 2**20, 1),
        "push_seconds": round(push, 2),
        "seen_seconds": round(seen, 2),
        "workers": len(workers),
        "rss_mib": round(statistics.mean(worker["Rss"] for worker in workers), 1),
        "pss_mib": round(statistics.mean(worker["Pss"] for worker in workers), 1),
        "shared_mib": round(min(worker["shared"] for worker in workers), 1),
        "private_mib": round(max(worker["private"] for worker in workers), 1),
        "own_grown_mib": round(max(grown, default=0.0), 1),
        "us_per_lookup": round((took["find"] - took["skip"]) / rounds / EVENTS / LOOKUPS * 1e6, 2),
    }


def found(client: Client, count: int) -> bool:
    """Whether the rows that were pushed are those that code sees."""
    told = client.transform(workspace=WORKSPACE, transformations=["find"], events=[{"from": count - LOOKUPS}])
    return told.outputs[0].json()["found"] is True


def ask(client: Client, name: str, count: int, numbers: Iterable[int], *, together: int = 1) -> None:
    """Run batches, so many at a time. Each goes through rows of its own."""

    def one(number: int) -> None:
        first = number * EVENTS * LOOKUPS
        events = [{"from": (first + n * LOOKUPS) % max(1, count - LOOKUPS)} for n in range(EVENTS)]
        told = client.transform(workspace=WORKSPACE, transformations=[name], events=events)
        failed = [outcome.failure for outcome in told.outcomes if outcome.status is Status.FAILED]
        assert not failed, failed[0]

    with ThreadPoolExecutor(together) as pool:
        list(pool.map(one, numbers))


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    count = 20_000 if chosen.quick else 1_000_000
    compared = compare(count)
    table(
        [f"store of {count} rows", "takes", "µs per lookup", "of ours", "own MiB", "file MiB", "built in CPU s"],
        [
            [row[name] for name in ("store", "takes", "us_per_lookup", "of_ours", "own_mib", "mib", "build_cpu_seconds")]
            for row in compared
        ],
    )
    served = serve(count, 5 if chosen.quick else 40)
    print(told(served))
    save("tables", chosen, about, [*compared, {"store": "in a server", **served}])


def told(served: Mapping[str, Any]) -> str:
    return """{rows} rows, {mib} MiB: pushed in {push_seconds} s, seen {seen_seconds} s later
{workers} workers: of the table each has {rss_mib} MiB in memory, {shared_mib} of it shared, {private_mib} its own;
its share (PSS) is {pss_mib}, its own memory grew by {own_grown_mib}
a lookup: {us_per_lookup} us; the aim is {aim:g}""".format(**served, aim=LOOKUP_AIM_US)


if __name__ == "__main__":
    main()
