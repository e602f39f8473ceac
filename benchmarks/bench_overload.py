"""What happens beyond capacity? Offered from half of what the service can do up to ten times that, by a clock.

    python -m benchmarks.bench_overload [--quick]

Four workspaces share the load alike. Capacity is measured before and after each level, and what is served is compared with the
mean of the two: machines like these run at more than one speed, for minutes each. What is served has to stay near capacity,
and how long it takes has to stay bounded: the rest has to be refused at once, with the time to come back. Client, host and
workers share the machine, so the cores that each of them took are told: what refusing takes is missing from what is served.
"""

import asyncio
import os
import sys
import time
from typing import Any

import uvloop

from benchmarks.load import request_of
from benchmarks.machine import machine, options, own_cpu, save, table, tree_cpu
from benchmarks.offered import Got, closed_rate, offer, without_pauses
from benchmarks.server import publish, service
from benchmarks.workloads import Workload
from transformer.process.slices import ask_for_short_slices

WORKSPACES = ("one", "two", "three", "four")
LEVELS = (0.5, 0.8, 1.0, 1.5, 2.0, 5.0, 10.0)
# Some milliseconds of a core and a small payload: the service's own work is small beside it, and so is the client's.
WORK = Workload(
    "work",
    """\
def transformEvent(event, metadata):
    for n in range(100000):
        pass
    return event
""",
)
EVENTS = 3
QUEUE_SECONDS = 5.0
CORES = ("client_cores", "host_cores", "worker_cores")
LEAST_GOODPUT = 0.8


async def all_rates(address: str, requests: list[bytes], in_flight: int, seconds: float) -> float:
    return sum(await asyncio.gather(*(closed_rate(address, request, in_flight, seconds) for request in requests)))


async def all_offers(address: str, requests: list[bytes], per_second: float, seconds: float) -> Got:
    """The same number for each workspace; what became of all of them together."""
    whole = Got()
    share = per_second / len(requests)
    offers = [offer(address, request, share, seconds, seed=seed) for seed, request in enumerate(requests)]
    with without_pauses():
        found = await asyncio.gather(*offers)
    for got in found:
        whole.took += got.took
        whole.others += got.others
        whole.late = max(whole.late, got.late)
    return whole


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    ask_for_short_slices()  # the client stands for other machines: it must not wait for the CPU of this one
    seconds = 1.0 if chosen.quick else 10.0
    levels = (0.5, 1.0, 5.0) if chosen.quick else LEVELS
    rows: list[dict[str, Any]] = []
    with service(dead_letters="none", log_level="error", queue_seconds=QUEUE_SECONDS) as (pid, address):
        for workspace in WORKSPACES:
            publish(address, workspace, [WORK])
        requests = [request_of("transformations/work", [b'{"n":1}'] * EVENTS, workspace) for workspace in WORKSPACES]
        in_flight = max(1, (os.cpu_count() or 1) // 2)
        uvloop.run(all_rates(address, requests, in_flight, seconds / 4))  # warms up

        def capacity_now() -> float:
            return uvloop.run(all_rates(address, requests, in_flight, seconds / 2))

        capacity = capacity_now()
        for level in levels:
            before = time.process_time(), own_cpu(pid), tree_cpu(pid), time.perf_counter()
            got = uvloop.run(all_offers(address, requests, capacity * level, seconds))
            after = time.process_time(), own_cpu(pid), tree_cpu(pid), time.perf_counter()
            client, host, service_whole, took = (now - then for now, then in zip(after, before, strict=True))
            cores = {
                "client_cores": round(client / took, 2),
                "host_cores": round(host / took, 2),
                "worker_cores": round((service_whole - host) / took, 2),
            }
            offered, earlier, capacity = capacity * level, capacity, capacity_now()
            rows.append(row(level, offered, (earlier + capacity) / 2, got, seconds) | cores)
            sys.stderr.write(".")
            sys.stderr.flush()
    sys.stderr.write("\n")
    print(f"requests a second of {EVENTS} events, about {2e3 / capacity:.0f} ms of a core each")
    head = [
        "offered",
        "a second",
        "capacity",
        "served",
        "of capacity",
        "refused",
        "timed out",
        "other",
        "p50 ms",
        "p99 ms",
        "client late ms",
        "client cores",
        "host cores",
        "worker cores",
    ]
    names = (
        "per_second",
        "capacity",
        "served",
        "of_capacity",
        "refused",
        "timed_out",
        "other",
        "p50_ms",
        "p99_ms",
        "late_ms",
        *CORES,
    )
    table(head, [[f"{one['offered']:g}x", *(one[name] for name in names)] for one in rows])
    print(f"goodput {verdict(rows)}")
    save("overload", chosen, about, rows)


def row(level: float, offered: float, capacity: float, got: Got, seconds: float) -> dict[str, Any]:
    served = len(got.took) / seconds
    refused = got.others["RESOURCE_EXHAUSTED"]
    late = got.others["DEADLINE_EXCEEDED"]
    return {
        "offered": level,
        "per_second": round(offered),
        "capacity": round(capacity),
        "served": round(served),
        "of_capacity": round(served / capacity, 2),
        "refused": round(refused / seconds),
        "timed_out": round(late / seconds),
        "other": round((got.others.total() - refused - late) / seconds),
        "p50_ms": got.ms(0.5),
        "p99_ms": got.ms(0.99),
        "late_ms": round(got.late * 1e3),
    }


def verdict(rows: list[dict[str, Any]]) -> str:
    """Whether what is served stays near capacity at five times the load, and how long it takes stays bounded."""
    at = next(one for one in rows if one["offered"] == 5.0)
    served = "met" if at["of_capacity"] >= LEAST_GOODPUT else "missed"
    bounded = (at["p99_ms"] or 1e9) <= QUEUE_SECONDS * 1e3 and not at["timed_out"]
    latency = "bounded" if bounded else "not bounded"
    return f"at 5x: {at['of_capacity']} of capacity (aim {LEAST_GOODPUT}: {served}), p99 {at['p99_ms']} ms: {latency}"


if __name__ == "__main__":
    main()
