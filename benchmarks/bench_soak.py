"""Does it stay as it was? Minutes of mixed load at half of its capacity; memory and latency over time, plotted.

    python -m benchmarks.bench_soak [--seconds 600] [--quick]

Good batches of several workspaces all the time, a poison event every second, a new version every ten, a stream whose client
stalls every twenty. Memory is that of the main process, and what the whole tree has to itself (PSS: shared pages are divided).
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import psutil
import uvloop

from benchmarks.machine import RESULTS, machine, options, quantile, save, table
from benchmarks.memory import memory_of
from benchmarks.server import publish, service
from benchmarks.workloads import FIELDS, SCRUB, Workload, payloads
from transformer.client import AsyncClient, Event, TransformBatch, TransformResult
from transformer.errors import TransformerError

WORKSPACES = ("one", "two", "three")
POISON = Workload(
    "poison", "def transformEvent(event, metadata):\n    while event.get('poison'):\n        pass\n    return event\n"
)
BATCH = 100
WINDOWS = 60
PAUSE_SECONDS = 0.02
# What the last third may be above the second: the first is warming up.
MOST_GROWTH = 1.1


class Soak:
    """What is going on, and what was seen of it in the window that is open."""

    def __init__(self, address: str, seconds: float) -> None:
        self.address = address
        self.end = time.monotonic() + seconds
        self.took: list[float] = []
        self.events = 0
        self.refused = 0
        self._payloads = payloads(BATCH)
        self._dice = random.Random(7)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.end

    async def batches(self, workspace: str) -> None:
        """A batch, a pause, a batch: two workloads in turn."""
        async with AsyncClient(self.address) as client:
            while not self.over:
                for name in ("fields", "scrub"):
                    begun = time.perf_counter()
                    try:
                        result = await client.transform(workspace=workspace, transformations=[name], events=self._payloads)
                    except TransformerError:
                        self.refused += 1
                    else:
                        self.took.append(time.perf_counter() - begun)
                        self.events += len(result.outcomes)
                    await asyncio.sleep(self._dice.uniform(0.5, 1.5) * PAUSE_SECONDS)

    async def poison(self) -> None:
        """One event that has to be killed, in a batch of good ones, every second."""
        async with AsyncClient(self.address) as client:
            while not self.over:
                events = [*self._payloads[:9], b'{"poison":true}']
                try:
                    await client.transform(workspace="one", transformations=["poison"], events=events)
                except TransformerError:
                    self.refused += 1
                await asyncio.sleep(1.0)

    async def versions(self) -> None:
        """Somebody publishes."""
        async with AsyncClient(self.address) as client:
            number = 0
            while not self.over:
                number += 1
                source = f"{FIELDS.source}\n# {number}\n"
                version = await client.create_version("two", "fields", source)
                await client.activate_version("two", "fields", version.number)
                await self._pause(10.0)

    async def stalls(self) -> None:
        """A stream whose client reads for a while, and then does not."""
        async with AsyncClient(self.address) as client:
            while not self.over:
                batch = TransformBatch(
                    workspace="three", transformations=["fields"], events=[Event(payload) for payload in self._payloads]
                )
                number = 0
                async for answer in client.stream([batch] * 200):
                    number += 1
                    self.events += len(answer.outcomes) if isinstance(answer, TransformResult) else 0
                    if number == 20:
                        await self._pause(5.0)
                    if self.over:
                        break
                await self._pause(15.0)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, min(seconds, self.end - time.monotonic())))

    async def watch(self, pid: int, window: float, seen: list[dict[str, Any]]) -> None:
        """A row for each window."""
        main, begun = psutil.Process(pid), time.monotonic()
        while not self.over:
            await self._pause(window)
            took, self.took = self.took, []
            events, self.events = self.events, 0
            refused, self.refused = self.refused, 0
            tree = (await asyncio.to_thread(memory_of, pid)).tree_pss
            seen.append(
                {
                    "second": round(time.monotonic() - begun, 1),
                    "rss_mib": round(main.memory_info().rss / 2**20, 1),
                    "tree_pss_mib": round(tree, 1),
                    "descriptors": main.num_fds(),
                    "processes": len(main.children(recursive=True)) + 1,
                    "events_per_second": round(events / window),
                    "refused": refused,
                    "p50_ms": round(quantile(took, 0.5) * 1e3, 2) if took else None,
                    "p99_ms": round(quantile(took, 0.99) * 1e3, 2) if took else None,
                }
            )


async def run(pid: int, address: str, seconds: float, windows: int) -> list[dict[str, Any]]:
    soak = Soak(address, seconds)
    seen: list[dict[str, Any]] = []
    work: list[Callable[[], Awaitable[None]]] = [soak.poison, soak.versions, soak.stalls]
    tasks = [soak.batches(workspace) for workspace in WORKSPACES] + [one() for one in work]
    await asyncio.gather(*tasks, soak.watch(pid, seconds / windows, seen))
    return seen


def options_with_seconds() -> argparse.Namespace:
    """--seconds, and the options of every benchmark."""
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--seconds", type=float, default=600.0)
    mine, rest = own.parse_known_args()
    chosen = options(__doc__, rest)
    chosen.seconds = 6.0 if chosen.quick else mine.seconds
    return chosen


def main() -> None:
    chosen = options_with_seconds()
    about = machine()
    windows = 6 if chosen.quick else WINDOWS
    with service(dead_letters="none", log_level="error", event_seconds=0.2, version_kills=1000) as (pid, address):
        for workspace in WORKSPACES:
            publish(address, workspace, [FIELDS, SCRUB, POISON])
        seen = uvloop.run(run(pid, address, chosen.seconds, windows))
    rows = summary(seen)
    names = ("rss_mib", "tree_pss_mib", "descriptors", "processes", "events_per_second", "refused", "p50_ms", "p99_ms")
    table(
        ["third", "RSS MiB", "tree PSS MiB", "descriptors", "processes", "events/s", "refused", "p50 ms", "p99 ms"],
        [[one["third"], *(one[name] for name in names)] for one in rows],
    )
    growth = round(rows[2]["rss_mib"] / rows[1]["rss_mib"], 3)
    print(f"soak of {chosen.seconds:.0f} s: memory of the last third {growth} of the second: {judge(growth)}")
    kept = [{"seconds": chosen.seconds, "growth": growth, "thirds": rows, "windows": seen}]
    save("soak", chosen, about, kept)
    if not (chosen.quick or chosen.no_save):
        plot(seen, RESULTS / "soak.png", about)


def judge(growth: float) -> str:
    """The verdict on how memory grew."""
    return "flat" if growth <= MOST_GROWTH else "it grows"


def summary(seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians of each third of the time."""
    size = len(seen) // 3
    parts = {"first": seen[:size], "second": seen[size : 2 * size], "last": seen[2 * size :]}
    return [
        {"third": name, **{key: middle(row[key] for row in rows) for key in rows[0] if key != "second"}}
        for name, rows in parts.items()
    ]


def middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 2) if known else None


def plot(seen: list[dict[str, Any]], path: Path, about: dict[str, Any]) -> None:
    """Memory above, latency in the middle, throughput below; one axis of time."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # after the backend is chosen: there may be no display

    at = [row["second"] for row in seen]
    figure, (memory, delay, rate) = plt.subplots(3, 1, sharex=True, figsize=(9, 8), layout="constrained")
    memory.plot(at, [row["tree_pss_mib"] for row in seen], label="whole tree, PSS")
    memory.plot(at, [row["rss_mib"] for row in seen], label="main process, RSS")
    memory.set_ylabel("MiB")
    delay.plot(at, [row["p99_ms"] for row in seen], label="p99")
    delay.plot(at, [row["p50_ms"] for row in seen], label="p50")
    delay.set_ylabel(f"ms for a batch of {BATCH}")
    rate.plot(at, [row["events_per_second"] for row in seen], label="served")
    rate.set_ylabel("events a second")
    rate.set_xlabel("seconds")
    for axis in (memory, delay, rate):
        axis.set_ylim(bottom=0)
        axis.grid(visible=True, alpha=0.3)
        axis.legend(loc="lower right")
    figure.suptitle(f"{about['cpu']}, {about['cores']} cores, Python {about['python']}", fontsize="small")
    figure.savefig(path, dpi=100)
    plt.close(figure)


if __name__ == "__main__":
    main()
