"""How little could it cost? gRPC alone, JSON alone, the functions alone: their sum is what the service is measured against.

    python -m benchmarks.bench_floor [--quick]

All figures are microseconds of server CPU per event: what the echo server used, or what this process used for the rest.
"""

from typing import Any

import orjson

from benchmarks.load import child, measure, request_of
from benchmarks.machine import cpu_of, machine, options, save, table
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


def floors(batches: tuple[int, ...], *, seconds: float, rounds: int) -> dict[tuple[str, int], dict[str, Any]]:
    """The floor of each workload at each batch size, and what it is made of."""
    events = payloads(max(500, *batches))
    sample = events[:500]
    json_us = json_cpu(sample, rounds)
    functions = {workload.name: function_cpu(workload, sample, rounds) for workload in WORKLOADS}
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for kind in ("bytes", "contract"):
        with child("-m", "benchmarks.echo", kind) as (pid, address):
            for batch in batches:
                cost = measure(
                    address, pid, request_of("transformations/echo", events[:batch]), batch, seconds=seconds, rounds=rounds
                )
                for workload in WORKLOADS:
                    row = found.setdefault((workload.name, batch), {"workload": workload.name, "batch": batch})
                    row[f"grpc_{kind}_us"] = round(cost.cpu_us, 2)
                    if kind == "contract":
                        row["grpc_events_per_second"] = round(cost.events_per_second)
                        row["grpc_p50_ms"], row["grpc_p99_ms"] = round(cost.p50_ms, 3), round(cost.p99_ms, 3)
    for (name, _), row in found.items():
        row["json_us"], row["function_us"] = round(json_us, 2), round(max(functions[name], 0.0), 2)
        row["floor_us"] = round(row["grpc_contract_us"] + row["json_us"] + row["function_us"], 2)
    return found


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    rows = list(
        floors(chosen.batches or BATCHES, seconds=0.5 if chosen.quick else 2.0, rounds=1 if chosen.quick else 5).values()
    )
    rows = sorted((row for row in rows if chosen.only in {None, row["workload"]}), key=lambda row: row["batch"])
    print("µs of server CPU per event; floor = contract echo + JSON + function")
    names = ["grpc_bytes_us", "grpc_contract_us", "json_us", "function_us", "floor_us"]
    table(
        [
            "workload",
            "batch",
            *(name.removesuffix("_us").replace("_", " ") for name in names),
            "echo/floor",
            "echo p50 ms",
            "p99 ms",
        ],
        [
            [
                row["workload"],
                row["batch"],
                *(row[name] for name in names),
                row["grpc_contract_us"] / row["floor_us"],
                row["grpc_p50_ms"],
                row["grpc_p99_ms"],
            ]
            for row in rows
        ],
    )
    save("floor", chosen, about, rows)


if __name__ == "__main__":
    main()
