"""What is measured of a server besides its load: memory for each program, at rest with many workers, requests on one core."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import uvloop

from benchmarks.load import child, drive, latency, request_of
from benchmarks.machine import tree_cpu
from benchmarks.memory import memory_of
from benchmarks.offered import closed_rate
from benchmarks.report.programs import Program, of
from benchmarks.report.rounds import Stage, first_answer
from benchmarks.server import publish, service
from benchmarks.workloads import IDENTITY, payloads

__all__ = ["IDLE_WORKERS", "figures", "lives"]

IDLE_WORKERS = 10
BATCH = 200


def lives(programs: Sequence[Program], stage: Stage, step: Callable[[str], None]) -> list[dict[str, Any]]:
    """A server of its own for each program: how long to its first answer, and its memory after some batches of 200.

    Its RSS is also given as a multiple of that of the smallest gRPC server after the same batches.
    """
    rows = []
    for program in programs:
        if program.compares:
            continue
        step(f"a server for {program.workload}, {program.language}")
        request = program.request(BATCH)
        with child("-m", "benchmarks.echo", "contract") as (pid, address):
            drive(address, pid, request, BATCH, 0.2)
            least = memory_of(pid)
        began = time.perf_counter()
        with stage.server(ready=False) as (pid, address, _):
            first = first_answer(address, program.request(1)) - began
            drive(address, pid, request, BATCH, 0.4)
            memory = memory_of(pid)
        rows.append(
            {
                "row": "life",
                "workload": program.workload,
                "language": program.language,
                "first_answer_s": round(first, 3),
                "main_rss_mib": memory.main_rss,
                "tree_rss_mib": memory.tree_rss,
                "rss_of_echo": round(memory.tree_rss / least.tree_rss, 2),
                "tree_pss_mib": memory.tree_pss,
                "processes": memory.processes,
            }
        )
    return rows


def figures(programs: Sequence[Program], stage: Stage, step: Callable[[str], None], seconds: float) -> list[dict[str, Any]]:
    """Idle memory with ten workers; requests of one event on one core, by a client on the others."""
    step("ten workers at rest")
    idle = at_rest(IDLE_WORKERS)
    step("one core")
    identity = of(programs, "identity", "python")
    with on_cores({0}) as others, stage.server() as (pid, address, _), others:
        request = identity.request(1)
        uvloop.run(closed_rate(address, request, 8, 0.5))
        before, began = tree_cpu(pid), time.perf_counter()
        rate = uvloop.run(closed_rate(address, request, 8, seconds))
        used = (tree_cpu(pid) - before) / (time.perf_counter() - began)
        p50, p99 = latency(address, request, seconds)
    return [
        {"row": "figure", "name": "idle PSS with 10 workers", "unit": "MiB", **idle},
        {
            "row": "figure",
            "name": "requests of one event, one core",
            "unit": "RPC/s",
            "value": round(rate),
            "cores": round(used, 2),
        },
        {"row": "figure", "name": "batch of one on one core, p50", "unit": "ms", "value": round(p50, 3), "p99": round(p99, 3)},
    ]


def at_rest(workers: int) -> dict[str, Any]:
    """PSS of a server whose workers have each run something and now wait; no spare beside them."""
    with service(spare_workers=0) as (pid, address):
        empty = memory_of(pid)
        for number in range(workers):
            workspace = f"idle-{number}"
            publish(address, workspace, [IDENTITY])
            latency(address, request_of("transformations/identity", payloads(1), workspace), 0.02)
        time.sleep(1.0)
        memory = memory_of(pid)
    return {
        "value": memory.tree_pss,
        "main_rss_mib": memory.main_rss,
        "processes": memory.processes,
        "without_workers_mib": empty.tree_pss,
        "processes_without": empty.processes,
    }


@contextlib.contextmanager
def on_cores(these: set[int]) -> Iterator[contextlib.AbstractContextManager[None]]:
    """What is started in the block runs on these cores; in the inner block this process runs on the others, if any."""
    all_of_them = os.sched_getaffinity(0)

    @contextlib.contextmanager
    def others() -> Iterator[None]:
        os.sched_setaffinity(0, (all_of_them - these) or all_of_them)
        try:
            yield
        finally:
            os.sched_setaffinity(0, these)

    os.sched_setaffinity(0, these & all_of_them or all_of_them)
    try:
        yield others()
    finally:
        os.sched_setaffinity(0, all_of_them)
