"""How little could it cost? gRPC alone, JSON alone, the functions alone: their sum is what the service is measured against.

    python -m benchmarks.bench_floor [--quick]

All figures are microseconds of CPU per event with all cores busy: what the echo server used under load, or what this process
used for the rest beside busy neighbours.
"""

import statistics
from typing import Any

import orjson

from benchmarks.load import child, drive, latency, request_of
from benchmarks.machine import cpu_of, machine, options, save, table
from benchmarks.neighbours import Neighbours
from benchmarks.workloads import BATCHES, WORKLOADS, Workload, payloads


def json_cpu(events: list[bytes], rounds: int) -> float:
    """Decode and encode, µs per event."""

    def run() -> None:
        for event in events:
            orjson.dumps(orjson.loads(event))

    return cpu_of(run, rounds=rounds) / len(events) * 1e6


def function_cpu(workload: Workload, events: list[bytes], rounds: int) -> float:
    """The function alone, on fresh events each time, µs per event: with decode and encode around it, less those two."""
    function = workload.plain()

    def metadata(_: object) -> dict[str, object]:
        return {}

    def run() -> None:
        for event in events:
            given = function(orjson.loads(event), metadata)
            if given is not None:
                orjson.dumps(given)

    def decode_only() -> None:
        for event in events:
            orjson.loads(event)

    whole = cpu_of(run, rounds=rounds)
    base = json_cpu(events, rounds) if workload.emits else cpu_of(decode_only, rounds=rounds) / len(events) * 1e6
    return whole / len(events) * 1e6 - base


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    batches = chosen.batches or BATCHES
    seconds, rounds = (0.3, 1) if chosen.quick else (1.5, 5)
    events = payloads(max(500, *batches))
    with Neighbours() as others, others.busy():
        json_us = json_cpu(events[:500], rounds)
        functions = {workload.name: max(function_cpu(workload, events[:500], rounds), 0.0) for workload in WORKLOADS}
    rows: list[dict[str, Any]] = []
    with child("-m", "benchmarks.echo", "bytes") as as_bytes, child("-m", "benchmarks.echo", "contract") as as_contract:
        for batch in batches:
            request = request_of("transformations/echo", events[:batch])
            servers = (as_bytes, as_contract)
            drives = [
                [drive(address, pid, request, batch, seconds).cpu_us for pid, address in servers] for _ in range(rounds + 1)
            ]
            bytes_us, contract_us = (
                statistics.median(column) for column in zip(*drives[1:], strict=True)
            )  # the first one warms up
            p50, p99 = latency(as_contract[1], request, seconds)
            rows.extend(
                {
                    "workload": workload.name,
                    "batch": batch,
                    "grpc_bytes_us": round(bytes_us, 2),
                    "grpc_contract_us": round(contract_us, 2),
                    "json_us": round(json_us, 2),
                    "function_us": round(functions[workload.name], 2),
                    "floor_us": round(contract_us + json_us + functions[workload.name], 2),
                    "grpc_p50_ms": round(p50, 3),
                    "grpc_p99_ms": round(p99, 3),
                }
                for workload in WORKLOADS
                if chosen.only in {None, workload.name}
            )
    print("µs of server CPU per event; floor = contract echo + JSON + function")
    names = ["grpc_bytes_us", "grpc_contract_us", "json_us", "function_us", "floor_us"]
    head = [
        "workload",
        "batch",
        *(name.removesuffix("_us").replace("_", " ") for name in names),
        "echo/floor",
        "echo p50 ms",
        "p99 ms",
    ]
    table(head, [line(row, names) for row in rows])
    save("floor", chosen, about, rows)


def line(row: dict[str, Any], names: list[str]) -> list[object]:
    """A row of the table."""
    share = row["grpc_contract_us"] / row["floor_us"]
    return [row["workload"], row["batch"], *(row[name] for name in names), share, row["grpc_p50_ms"], row["grpc_p99_ms"]]


if __name__ == "__main__":
    main()
