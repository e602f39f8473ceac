"""How near to its floor could any service of two processes come? A relay without walls and checks, against the same floor.

    python -m benchmarks.bench_relay [--quick]

Microseconds of CPU per event of the relay's whole process tree, four requests in flight, for the identity function. What the
service costs above this is what it does for its promises; what this costs above the floor is the price of the second process.
The relay hands its bytes over by a socket, as the service does, and by memory that both processes have.
"""

import statistics
from typing import Any

from benchmarks.floors import json_cpu
from benchmarks.load import child, drive, request_of
from benchmarks.machine import machine, options, save, table
from benchmarks.neighbours import Neighbours
from benchmarks.workloads import rounds_of


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    batches, seconds, rounds, events = rounds_of(chosen)
    rows: list[dict[str, Any]] = []
    with (
        child("-m", "benchmarks.echo", "contract") as echo,
        child("-m", "benchmarks.relay", "socket") as by_socket,
        child("-m", "benchmarks.relay", "shared") as by_memory,
        Neighbours() as others,
    ):
        for batch in batches:
            request = request_of("transformations/identity", events[:batch])
            found: dict[str, list[tuple[float, ...]]] = {"socket": [], "memory": []}
            for number in range(rounds + 1):
                echo_us = drive(echo[1], echo[0], request, batch, seconds).cpu_us
                with others.busy():
                    json_us = json_cpu(events[:500], 1)
                for way, relay in (("socket", by_socket), ("memory", by_memory)):
                    relay_us = drive(relay[1], relay[0], request, batch, seconds).cpu_us
                    if number:  # the first round warms up
                        found[way].append((relay_us, relay_us / (echo_us + json_us), relay_us / echo_us))
            for way, ratios in found.items():
                cpu, of_floor, of_echo = (round(statistics.median(column), 2) for column in zip(*ratios, strict=True))
                rows.append({"batch": batch, "by": way, "cpu_us": cpu, "of_floor": of_floor, "of_echo": of_echo})
    table(["batch", "by", "CPU µs/event", "of floor", "of gRPC echo"], [list(row.values()) for row in rows])
    save("relay", chosen, about, rows)


if __name__ == "__main__":
    main()
