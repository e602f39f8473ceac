"""What does the sandbox cost? The policy of wall 1 against plain Python; workers: their start, memory, two hundred of them.

    python -m benchmarks.bench_sandbox [--quick]

Workers are confined as in production (profile strict). Memory is the proportional set size, which divides what
processes share among them; reading that of confined workers needs root.
"""

import os
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.machine import cpu_of, machine, options, quantile, save, table
from benchmarks.workloads import IDENTITY, WORKLOADS, Workload, payloads
from transformer.engines.base import Host
from transformer.engines.catalog import ENGINES
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

AIMS = {"fields": 1.3, "scrub": 1.15}
START_AIM_MS = 15.0
VERSION_AIM_MS = 5.0
PSS_AIM_MIB = 8.0
WORKSPACES = 200


def metadata(_: object) -> dict[str, object]:
    return {}


def policy_rows(rounds: int) -> list[dict[str, Any]]:
    """Each workload, plain and under the policy, in this process: the function alone, and with JSON around it.

    The function alone is what remains when decoding is taken off. The three are measured in turn, so that what the machine does
    besides meets all of them.
    """
    engine = import_module(ENGINES["python"].module).open_engine()
    events = payloads(500)

    def us(call: Callable[[Any, Any], Any], *, encode: bool) -> float:
        def run() -> None:
            for event in events:
                given = call(orjson.loads(event), metadata)
                if encode and given is not None:
                    orjson.dumps(given)

        return cpu_of(run, rounds=1) / len(events) * 1e6

    rows = []
    for workload in WORKLOADS:
        plain, walled = workload.plain(), engine.load(workload.source, f"{workload.name}.py", Host()).call
        alone, whole = [], []
        for _ in range(rounds):
            decode = us(lambda *_: None, encode=False)
            alone.append((us(plain, encode=False) - decode, us(walled, encode=False) - decode))
            whole.append(us(walled, encode=True) / us(plain, encode=True))
        plain_us, policy_us = (statistics.median(column) for column in zip(*alone, strict=True))
        rows.append(
            {
                "workload": workload.name,
                "plain_us": round(max(plain_us, 0.0), 2),
                "policy_us": round(max(policy_us, 0.0), 2),
                # Of next to nothing there is no ratio.
                "of_plain": round(statistics.median(policy / plain for plain, policy in alone), 2) if plain_us > 0.2 else None,
                "with_json_of_plain": round(statistics.median(whole), 2),
            }
        )
    return rows


def settings(workers: int) -> Settings:
    return Settings(workers=workers, workspace_workers=1, spare_workers=0, worker_idle_seconds=600)


def plan(workspace: str, workload: Workload, salt: str = "") -> Plan:
    """A version that no worker has seen, where `salt` is new."""
    source = f"# {salt}\n{workload.source}"
    return Plan(workspace, (Step(f"{workload.name}-{salt}", "python", f"{workload.name}.py", source),), Limits())


async def answer(pool: Pool, asked: Plan, event: bytes) -> float:
    """Milliseconds until the one event of a batch has its outcome."""
    start = time.perf_counter()
    ledger = await pool.run(asked, Batch([event]))
    took = (time.perf_counter() - start) * 1e3
    assert len(ledger.payloads) == 1, ledger.failures
    return took


async def starts(count: int, event: bytes) -> dict[str, Any]:
    """From nothing but a zygote to the first answer; then new versions in a warm worker, and answers from a warm version."""
    scrub = next(workload for workload in WORKLOADS if workload.name == "scrub")
    versions, warm = [], []
    async with Pool(settings(count + 1)) as pool:
        first = [await answer(pool, plan(f"start-{number}", scrub), event) for number in range(count)]
        for number in range(count):
            versions.append(await answer(pool, plan("start-0", scrub, str(number + 1)), event))
            warm.append(await answer(pool, plan("start-0", scrub, str(number + 1)), event))
    return {
        "start_p50_ms": round(statistics.median(first), 2),
        "start_p99_ms": round(quantile(first, 0.99), 2),
        "new_version_p50_ms": round(statistics.median(versions), 2),
        "warm_batch_of_one_p50_ms": round(statistics.median(warm), 3),
    }


def below(root: int) -> list[int]:
    """The processes below `root` that have none below themselves: the workers."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()[1]
            )
        except OSError:
            continue
    found, level = set(), {root}
    while level := {pid for pid, parent in parents.items() if parent in level}:
        found |= level
    return sorted(found - set(parents.values()))


def pss_mib(pid: int) -> float:
    """Proportional set size. Raises PermissionError where the reader is not root."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


async def crowd(count: int, event: bytes) -> dict[str, Any]:
    """`count` workspaces alive at once: each answers, then each again, from the same worker."""
    async with Pool(settings(count + 8)) as pool:
        start = time.perf_counter()
        for number in range(count):
            await answer(pool, plan(f"crowd-{number}", IDENTITY), event)
        took = time.perf_counter() - start
        again = [await answer(pool, plan(f"crowd-{number}", IDENTITY), event) for number in range(count)]
        told = pool.stats()
        try:
            sizes = [pss_mib(pid) for pid in below(os.getpid())]
        except PermissionError:
            sizes = []
    row: dict[str, Any] = {
        "workspaces": count,
        "workers": told["workers"],
        "workers_started": told["workers_started"],
        "seconds_to_start_all": round(took, 2),
        "again_p50_ms": round(statistics.median(again), 3),
        "again_p99_ms": round(quantile(again, 0.99), 3),
    }
    if sizes:
        row |= {"pss_per_worker_mib": round(statistics.median(sizes), 2), "pss_of_all_mib": round(sum(sizes), 1)}
    return row


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    event = payloads(1)[0]
    policy = [row for row in policy_rows(3 if chosen.quick else 9) if chosen.only in {None, row["workload"]}]
    print("Wall 1, in one process: µs of CPU per event, the function alone; and the ratio with decode and encode around it")
    names = ["plain_us", "policy_us", "of_plain", "with_json_of_plain"]
    head = ["workload", "plain", "policy", "of plain", "with JSON", "aim"]
    table(head, [[row["workload"], *(row[name] for name in names), AIMS.get(row["workload"], "")] for row in policy])
    workers = uvloop.run(starts(10 if chosen.quick else 100, event))
    many = uvloop.run(crowd(20 if chosen.quick else WORKSPACES, event))
    aims = {"start_p50_ms": START_AIM_MS, "new_version_p50_ms": VERSION_AIM_MS, "pss_per_worker_mib": PSS_AIM_MIB}
    print("\nWorkers, confined as in production")
    table(["what", "measured", "aim"], [[name, value, aims.get(name, "")] for name, value in (workers | many).items()])
    save("sandbox", chosen, about, [*policy, workers, many])


if __name__ == "__main__":
    main()
