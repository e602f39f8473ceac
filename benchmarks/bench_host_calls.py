"""What do host calls cost? A batch whose events all fetch; kv and lookups by the second; what code pays that makes none.

    python -m benchmarks.bench_host_calls [--quick]

All through a pool with confined workers and the broker of a server. The upstream answers after 50 ms, from a process of its
own: one after the other 100 events would take five seconds.
"""

import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

from benchmarks.machine import machine, options, quantile, save, table
from benchmarks.workloads import payloads
from transformer.broker.opening import open_broker
from transformer.capabilities import NOTHING, Capabilities
from transformer.pool import Batch, Plan, Pool, Step
from transformer.pool.sealed import Sealed
from transformer.pool.tables import TableMemory
from transformer.settings import Settings
from transformer.tables.compiling import compile_rows

UPSTREAM_SECONDS = 0.05
FETCH_EVENTS = 100
FETCH_AIM_MS = 150.0
LOOKUP_AIM_US = 5.0
KV_EVENTS = 500
LOOKUPS = 20

FETCHES = {
    ("requests", "python"): """
import requests

def transformEvent(event, metadata):
    event["plan"] = requests.get("http://127.0.0.1:PORT/plan").json()["plan"]
    return event
""",
    ("fetch", "python"): """
def transformEvent(event, metadata):
    event["plan"] = fetch("http://127.0.0.1:PORT/plan").json()["plan"]
    return event
""",
    ("fetch", "javascript"): """
export async function transformEvent(event) {
  event.plan = (await (await fetch("http://127.0.0.1:PORT/plan")).json()).plan;
  return event;
}
""",
}
KEEPS = {
    "kv.get": "kv.get('visits/' + event['messageId'])",
    "kv.increment": "kv.increment('visits/' + event['messageId'])",
    "kv.get_many, 20 keys": "kv.get_many([f'visits/{n}' for n in range(20)])",
}
ONE = "\ndef transformEvent(event, metadata):\n    event['seen'] = {}\n    return event\n"
NONE = "\ndef transformEvent(event, metadata):\n    event['seen'] = None\n    return event\n"
LOOKS_UP = f"""
def transformEvent(event, metadata):
    for n in range({LOOKUPS}):
        row = lookup("plans", n * 499)
    event["seen"] = row["name"]
    return event
"""


class OneTable:
    """A source of tables that has this one."""

    def __init__(self, content: bytes) -> None:
        self._found = {"plans": TableMemory("0" * 64, Sealed.of((content,)))}

    async def find(self, _workspace: str, names: Iterable[str], _deadline: float | None) -> Mapping[str, TableMemory]:
        """See `TableSource`."""
        return {name: self._found[name] for name in names}


@contextlib.contextmanager
def upstream(seconds: float) -> Any:
    """The port of a service that answers after so many seconds."""
    command = [sys.executable, "-m", "benchmarks.upstream", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.communicate()


@contextlib.asynccontextmanager
async def opened(tables: OneTable | None = None) -> AsyncIterator[Pool]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{Path(folder, 'bench.db')}", fetch_private="127.0.0.0/8", workers=4, turn_seconds=60
        )
        broker = open_broker(settings)
        try:
            async with Pool(settings, broker=broker, tables=tables) as pool:
                yield pool
        finally:
            await broker.close()


async def times(
    pool: Pool, source: str, engine: str, count: int, rounds: int, capabilities: Capabilities = NOTHING
) -> list[float]:
    """Milliseconds of each of so many batches of `count` events, after one that warms up."""
    plan = Plan("w", (Step(f"{engine} {source}", engine, "step", source, capabilities=capabilities),), pool.settings.limits)
    events = payloads(count)
    found = []
    for number in range(rounds + 1):
        began = perf_counter()
        ledger = await pool.run(plan, Batch(events))
        if ledger.failures:
            raise RuntimeError(f"it failed: {next(iter(ledger.failures.values()))}")
        if number:
            found.append((perf_counter() - began) * 1000)
    return found


async def fetch_rows(port: int, rounds: int) -> list[dict[str, Any]]:
    rows = []
    async with opened() as pool:
        for (name, engine), text in FETCHES.items():
            source = text.replace("PORT", str(port))
            hosts = Capabilities(hosts=(f"127.0.0.1:{port}",))
            alone = await times(pool, source, engine, 1, rounds, hosts)
            together = await times(pool, source, engine, FETCH_EVENTS, rounds, hosts)
            rows.append(
                {
                    "what": f"{name}, {engine}",
                    "events": FETCH_EVENTS,
                    "alone_ms": round(statistics.median(alone), 1),
                    "batch_ms": round(statistics.median(together), 1),
                    "p95_ms": round(quantile(together, 0.95), 1),
                    "of_one_after_the_other": round(statistics.median(together) / (FETCH_EVENTS * statistics.median(alone)), 3),
                }
            )
    return rows


async def kv_rows(rounds: int) -> list[dict[str, Any]]:
    rows = []
    async with opened() as pool:
        without = statistics.median(await times(pool, NONE, "python", KV_EVENTS, rounds))
        for name, call in KEEPS.items():
            found = statistics.median(
                await times(pool, ONE.replace("{}", call), "python", KV_EVENTS, rounds, Capabilities(kv="visits/"))
            )
            rows.append(
                {
                    "what": name,
                    "events": KV_EVENTS,
                    "batch_ms": round(found, 2),
                    "us_per_call": round((found - without) * 1000 / KV_EVENTS, 1),
                    "calls_per_second": round(KV_EVENTS / (found - without) * 1000),
                }
            )
    return rows


async def lookup_rows(rounds: int, size: int) -> list[dict[str, Any]]:
    content = compile_rows(({"id": n, "name": f"plan {n}", "price": n / 7, "tier": n % 5} for n in range(size)), "id")
    async with opened(OneTable(content)) as pool:
        without = statistics.median(await times(pool, NONE, "python", KV_EVENTS, rounds))
        found = statistics.median(await times(pool, LOOKS_UP, "python", KV_EVENTS, rounds, Capabilities(tables=("plans",))))
    each = (found - without) * 1000 / KV_EVENTS / LOOKUPS
    return [{"what": f"lookup, {size} rows", "us_per_call": round(each, 2), "calls_per_second": round(1e6 / each)}]


async def declared_rows(rounds: int) -> list[dict[str, Any]]:
    """Code that asks for nothing, without and with a declaration that it might: in turn, and the ratio of medians."""
    async with opened() as pool:
        plain, declared = [], []
        for _ in range(rounds):
            plain += await times(pool, NONE, "python", KV_EVENTS, 3)
            declared += await times(pool, NONE + "# may\n", "python", KV_EVENTS, 3, Capabilities(kv=""))
    a, b = statistics.median(plain), statistics.median(declared)
    return [{"what": "declared, not used", "batch_ms": round(b, 2), "undeclared_ms": round(a, 2), "ratio": round(b / a, 2)}]


async def measure(port: int, *, quick: bool) -> list[dict[str, Any]]:
    rounds = 3 if quick else 15
    fetched = await fetch_rows(port, rounds)
    table(
        ["fetch", "alone ms", "100 events ms", "p95 ms", "of one by one"],
        [[row["what"], row["alone_ms"], row["batch_ms"], row["p95_ms"], row["of_one_after_the_other"]] for row in fetched],
    )
    kept = await kv_rows(rounds)
    looked = await lookup_rows(rounds, 10_000 if quick else 1_000_000)
    table(
        ["call", "us per call", "per second"],
        [[row["what"], row["us_per_call"], row["calls_per_second"]] for row in kept + looked],
    )
    declared = await declared_rows(rounds)
    table(
        ["code that asks nothing", "undeclared ms", "declared ms", "ratio"],
        [[row["what"], row["undeclared_ms"], row["batch_ms"], row["ratio"]] for row in declared],
    )
    slowest = max(row["batch_ms"] for row in fetched)
    print(
        f"{FETCH_EVENTS} events x {UPSTREAM_SECONDS * 1000:g} ms: {slowest:.0f} ms a batch at most; the aim is {FETCH_AIM_MS:g}"
    )
    print(f"a lookup: {looked[0]['us_per_call']:.2f} us; the aim is {LOOKUP_AIM_US:g}")
    return [*fetched, *kept, *looked, *declared]


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    with upstream(UPSTREAM_SECONDS) as port:
        rows = uvloop.run(measure(port, quick=chosen.quick))
    save("host_calls", chosen, about, rows)


if __name__ == "__main__":
    main()
