"""How does the cost grow? Workers, versions and workspaces, sizes of events, events of a batch.

    python -m benchmarks.bench_scaling [--quick] [--only workers|versions|sizes|counts]

CPU is that of the service's whole process tree. Each part says for what it varies whether the cost grows linearly or better:
what one of it costs after a step, against what it cost before. A fifth more is noise here.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import grpc
import orjson
import uvloop

from benchmarks.echo import METHOD, UNLIMITED
from benchmarks.load import drive, latency, request_of
from benchmarks.machine import RESULTS, machine, options, quantile, table, tree_cpu
from benchmarks.memory import memory_of
from benchmarks.report.rows import written
from benchmarks.server import WORKSPACE, free_address, publish, service
from benchmarks.workloads import FIELDS, IDENTITY, SCRUB, payloads
from benchmarks.workloads_javascript import JAVASCRIPT_WORKLOADS
from transformer.client import AsyncClient, Client

Row = dict[str, Any]
NOISE = 1.2
SIZES_KB = (0.3, 1.0, 10.0, 100.0)
COUNTS = (1, 10, 100, 500, 1000, 2000, 5000)
GRID = ((1, 1), (10, 1), (100, 1), (1000, 1), (10, 10), (100, 10), (1000, 10), (100, 100), (1000, 100))
QUICK_GRID = ((1, 1), (10, 1), (10, 10))
ROOM = {"workers": 128}
"""Where versions are counted every workspace can keep a worker."""
OTHERS: tuple[tuple[tuple[int, int], dict[str, int]], ...] = (((1000, 10), {**ROOM, "worker_versions": 64}), ((1000, 100), {}))
"""With other settings, and with the usual ones."""
WARM_BATCH = 10
AGAIN = 4
"""So often every version is asked for before the warm ones are measured: each worker of a workspace loads it for itself."""


def workers(seconds: float, rounds: int) -> list[Row]:
    """Throughput of one workspace with one worker and with two."""
    events, rows = payloads(200), []
    for workload in (IDENTITY, SCRUB):
        request = request_of(f"transformations/{workload.name}", events, WORKSPACE)
        found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
        for _ in range(rounds):
            for count, seen in found.items():
                with service(workspace_workers=count, concurrent_turns=count) as (pid, address):
                    publish(address, workloads=[workload])
                    latency(address, request, 0.2)
                    told = drive(address, pid, request, len(events), seconds)
                    seen.append((told.events_per_second, told.cpu_us))
        for count, seen in found.items():
            rate, cpu = (statistics.median(column) for column in zip(*seen, strict=True))
            rows.append({
                "row": "workers", "workload": workload.name, "workers": count,
                "events_per_second": round(rate), "cpu_us": round(cpu, 2),
            })  # fmt: skip
    return rows


def sizes(seconds: float, rounds: int) -> list[Row]:
    """Events of some hundred bytes up to a hundred thousand: CPU for a kilobyte."""
    kinds = (("python", IDENTITY), ("python", SCRUB), ("javascript", JAVASCRIPT_WORKLOADS[0]))

    def request(workspace: str, name: str, size: float) -> tuple[bytes, int]:
        count = 200 if size < 10 else 20
        return request_of(f"transformations/{name}", [event_of(size, at) for at in range(count)], workspace), count

    return _series(kinds, SIZES_KB, request, seconds, rounds, "size_kb")


def counts(seconds: float, rounds: int) -> list[Row]:
    """Batches of one event up to the largest there may be: CPU for an event."""
    kinds = (("python", IDENTITY), ("javascript", JAVASCRIPT_WORKLOADS[0]))
    events = payloads(max(COUNTS))

    def request(workspace: str, name: str, count: float) -> tuple[bytes, int]:
        return request_of(f"transformations/{name}", events[: int(count)], workspace), int(count)

    return _series(kinds, COUNTS, request, seconds, rounds, "events")


def _series(
    kinds: Sequence[tuple[str, Any]],
    values: Sequence[float],
    request: Callable[[str, str, float], tuple[bytes, int]],
    seconds: float,
    rounds: int,
    name: str,
) -> list[Row]:
    """A row for each value of what is varied. The values take turns, in another order in each round."""
    rows = []
    with service(turn_seconds=60) as (pid, address):
        with Client(address) as client:
            for engine in {engine for engine, _ in kinds}:
                client.create_workspace(engine)
            for engine, workload in kinds:
                client.create_transformation(engine, workload.name)
                version = client.create_version(engine, workload.name, workload.source, engine=engine)
                client.activate_version(engine, workload.name, version.number)
        for engine, workload in kinds:
            found: dict[float, list[tuple[float, float, float]]] = {value: [] for value in values}
            for number in range(rounds):
                for value in random.Random(number).sample(values, len(values)):
                    body, count = request(engine, workload.name, value)
                    latency(address, body, seconds / 4)
                    told = drive(address, pid, body, count, seconds)
                    found[value].append((told.events_per_second, told.cpu_us, latency(address, body, seconds / 2)[0]))
            for value, seen in found.items():
                rate, cpu, p50 = (statistics.median(column) for column in zip(*seen, strict=True))
                rows.append({
                    "row": name, "workload": workload.name, "language": engine, name: value,
                    "events_per_second": round(rate), "cpu_us": round(cpu, 2), "p50_ms": round(p50, 3),
                })  # fmt: skip
    return rows


def event_of(size_kb: float, at: int) -> bytes:
    """An event of this size: a generated one with fewer fields, or with a list of items as large carts have."""
    if size_kb < 1:
        event = {"type": "track", "event": "Product Viewed", "messageId": f"{at:036d}", "userId": f"user-{at}"}
        event |= {"originalTimestamp": "2026-11-21T13:15:56.123Z", "properties": {"product_id": f"SKU-{at}", "price": 19.5}}
        return orjson.dumps({**event, "anonymousId": "f3b0c1aa-7d5e-4f8a-9c2b-1e0d9c8b7a6f"})
    found = orjson.loads(payloads(at % 10 + 1)[-1])
    items = ({"sku": f"SKU-{n}", "name": "Runner 3, blue", "price": n / 7, "quantity": n % 5} for n in cycle(range(1000)))
    left = size_kb * 1024 - len(orjson.dumps(found))
    if left > 100:
        found["items"] = list(islice(items, int(left // 72)))
    return orjson.dumps(found)


def versions(seconds: float, grid: Sequence[tuple[int, int]]) -> list[Row]:
    """Many active versions in many workspaces: the first request of each, memory, hits, and warm batches of any of them."""
    most: dict[int, int] = {}
    for count, spaces in grid:
        for space in range(spaces):
            most[space] = max(most.get(space, 0), count // spaces)
    with published(most) as folder:
        rows = [_crowd(folder, count, spaces, seconds, ROOM) for count, spaces in grid]
        rows += [_crowd(folder, *one, seconds, settings) for one, settings in OTHERS if one in grid]
    return rows


@contextmanager
def published(most: Mapping[int, int]) -> Iterator[Path]:
    """A folder with a registry that has so many active versions in each workspace, none of them the same code."""

    async def publish_all(address: str) -> None:
        async with AsyncClient(address) as client:
            for space in most:
                await client.create_workspace(f"w{space}")
            waiting = [(space, number) for space, count in most.items() for number in range(count)]

            async def one_by_one() -> None:
                while waiting:
                    space, number = waiting.pop()
                    workspace, name = f"w{space}", f"t{number}"
                    await client.create_transformation(workspace, name)
                    made = await client.create_version(workspace, name, f"{FIELDS.source}\nMARK = '{space}-{number}'\n")
                    await client.activate_version(workspace, name, made.number)

            await asyncio.gather(*(one_by_one() for _ in range(4)))

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with service(Path(folder)) as (_, address):
            uvloop.run(publish_all(address))
        print(f"published {sum(most.values())} versions in {time.perf_counter() - began:.0f} s", flush=True)
        yield Path(folder)


def _crowd(folder: Path, count: int, spaces: int, seconds: float, settings: Mapping[str, int]) -> Row:
    """What so many versions, evenly over so many workspaces, do to a server that starts with them."""
    metrics = free_address()
    events = payloads(WARM_BATCH)
    names = [(f"w{at % spaces}", f"transformations/t{at // spaces}") for at in range(count)]
    random.Random(7).shuffle(names)
    firsts = [request_of(name, events[:1], workspace) for workspace, name in names]
    batches = [request_of(name, events, workspace) for workspace, name in names]
    with tempfile.TemporaryDirectory() as copied:
        shutil.copytree(folder, copied, dirs_exist_ok=True)
        with service(Path(copied), metrics_listen=metrics, **settings) as (pid, address):
            empty = memory_of(pid)
            cold = uvloop.run(_ask(address, firsts, 1, None))
            full = memory_of(pid)
            uvloop.run(_ask(address, firsts * AGAIN, 4, None))
            before, scraped = tree_cpu(pid), counters(metrics)
            warm = uvloop.run(_ask(address, batches, 4, seconds))
            cpu, after = tree_cpu(pid) - before, counters(metrics)
            ended = memory_of(pid)
    did = {name: after[name] - scraped.get(name, 0.0) for name in after}
    return {
        "row": "versions",
        "versions": count,
        "workspaces": spaces,
        "settings": ", ".join(f"{name}={value}" for name, value in settings.items()) or "usual",
        "cold_p50_ms": _ms(cold, 0.5),
        "cold_p99_ms": _ms(cold, 0.99),
        "grown_mib": round(full.tree_pss - empty.tree_pss, 1),
        "tree_pss_mib": ended.tree_pss,
        "main_rss_mib": ended.main_rss,
        "processes": ended.processes,
        "events_per_second": round(len(warm) * WARM_BATCH / seconds),
        "cpu_us": round(cpu / len(warm) / WARM_BATCH * 1e6, 2),
        "warm_p50_ms": _ms(warm, 0.5),
        "warm_p99_ms": _ms(warm, 0.99),
        "worker_had_it": _share(did, "transformer_version"),
        "catalogue_had_it": _share(did, "transformer_catalogue"),
    }


def _ms(took: Sequence[float], share: float) -> float:
    return round(quantile(list(took), share) * 1e3, 2)


async def _ask(address: str, requests: Sequence[bytes], in_flight: int, seconds: float | None) -> list[float]:
    """How long each took: all of them once, or any of them for some seconds."""
    took: list[float] = []
    dice, left = random.Random(3), iter(requests)
    async with grpc.aio.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(METHOD)
        until = time.perf_counter() + (seconds or 0.0)

        async def one() -> None:
            while request := next(left, None) if seconds is None else dice.choice(requests):
                start = time.perf_counter()
                if seconds is not None and start > until:
                    return
                await call(request, timeout=60)
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(one() for _ in range(in_flight)))
    return took


def counters(address: str) -> dict[str, float]:
    """What a server has counted, by name, over all labels."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    found: dict[str, float] = {}
    for line in lines:
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            name = name.partition("{")[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


def _share(did: Mapping[str, float], of: str) -> float | None:
    hits, misses = did.get(f"{of}_hits_total", 0.0), did.get(f"{of}_misses_total", 0.0)
    return round(hits / (hits + misses), 3) if hits + misses else None


def verdicts(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """What is varied, what one more of it costs from step to step, and whether that grows."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["row"] == "size_kb":
            lines.setdefault(f"size: {row['workload']}, {row['language']}, µs/KB", []).append(
                (row["size_kb"], row["cpu_us"] / row["size_kb"])
            )
        elif row["row"] == "events":
            lines.setdefault(f"events: {row['workload']}, {row['language']}, µs/event", []).append(
                (row["events"], row["cpu_us"])
            )
        elif row["row"] == "versions" and row["settings"] == "workers=128":
            where = f"versions in {row['workspaces']} workspaces"
            if row["versions"] > row["workspaces"]:  # of one each, it is the memory of a worker
                each = row["grown_mib"] * 1024 / row["versions"]
                lines.setdefault(f"{where}: KiB each", []).append((row["versions"], each))
            lines.setdefault(f"{where}: µs/event of any", []).append((row["versions"], row["cpu_us"]))
    for name, points in lines.items():
        if len(points) > 1:
            yield name, " → ".join(f"{cost:,.4g}" for _, cost in sorted(points)), judged(points)


def judged(points: Sequence[tuple[float, float]]) -> str:
    """Whether what one costs grows from one step to the next: pairs of how many there are, and what one of them costs."""
    worst = max((after[1] / max(before[1], 1e-9), after[0]) for before, after in pairwise(sorted(points)))
    return "linear or better" if worst[0] <= NOISE else f"grows: {worst[0]:.2f} times at {worst[1]:,g}"


PARTS: dict[str, Callable[[bool], list[Row]]] = {
    "workers": lambda quick: workers(0.3 if quick else 2.0, 1 if quick else 3),
    "sizes": lambda quick: sizes(0.1 if quick else 0.8, 1 if quick else 3),
    "counts": lambda quick: counts(0.1 if quick else 0.8, 1 if quick else 3),
    "versions": lambda quick: versions(0.3 if quick else 2.0, QUICK_GRID if quick else GRID),
}


def main() -> None:
    chosen = options(__doc__)
    about, rows = machine(), []
    for name, measure in PARTS.items():
        if chosen.only in {None, name}:
            made = measure(chosen.quick)
            print(f"\n{name}")
            head = [key for key in made[0] if key != "row"]
            table(head, [[row.get(key) for key in head] for row in made])
            rows += made
    print("\nWhat one more costs, from step to step")
    table(["of", "each", ""], [list(one) for one in verdicts(rows)])
    if not (chosen.quick or chosen.no_save or chosen.only):
        written(RESULTS / "scaling.json", about, rows, "scaling")


if __name__ == "__main__":
    main()
