"""What does the service cost above the floor? The real server as a child process, its real registry and workers.

    python -m benchmarks.bench_service [--quick]

CPU is that of the whole process tree of the service (host, zygote, workers), per event, with four requests in flight;
latency is with one. The floor (bench_floor) is measured in turns with it.
"""

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc

from benchmarks.bench_floor import function_cpu, json_cpu
from benchmarks.load import child, drive, latency, request_of
from benchmarks.machine import machine, options, save, table
from benchmarks.neighbours import Neighbours
from benchmarks.workloads import WORKLOADS, Workload, rounds_of
from transformer.client import Client, Status

WORKSPACE = "bench"
# How many times the floor's CPU, at batches of 100 and more; at a batch of 1, how many times the gRPC echo's.
AIMS = {"identity": 1.3, "fields": 1.3, "scrub": 1.5}
AIM_OF_ONE = 2.0


@contextlib.contextmanager
def service(**settings: object) -> Iterator[tuple[int, str]]:
    """`transformer serve` with a registry of its own; gives pid and address, ends it as an operator would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        told = {"database_url": f"sqlite:///{folder}/registry.db", **settings}
        environment = {"PATH": os.environ["PATH"], **{f"TRANSFORMER_{name.upper()}": str(told[name]) for name in told}}
        command = [str(Path(sys.executable).parent / "transformer"), "serve", "--listen", address]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(address, process)
            yield process.pid, address
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                process.kill()
                process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers. Raises RuntimeError if it ended, or did not answer within 30 seconds."""
    until = time.monotonic() + 30
    with grpc.insecure_channel(address) as channel:
        ready = grpc.channel_ready_future(channel)
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(grpc.FutureTimeoutError):
                ready.result(timeout=0.1)
                return
    raise RuntimeError("the service did not start")


def publish(address: str, workspace: str = WORKSPACE, workloads: Sequence[Workload] = WORKLOADS) -> None:
    """The workloads, published and activated as a user would."""
    with Client(address) as client:
        client.create_workspace(workspace)
        for workload in workloads:
            client.create_transformation(workspace, workload.name)
            version = client.create_version(workspace, workload.name, workload.source)
            client.activate_version(workspace, workload.name, version.number)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    batches, seconds, rounds, events = rounds_of(chosen)
    workloads = [workload for workload in WORKLOADS if chosen.only in {None, workload.name}]
    rows = []
    with child("-m", "benchmarks.echo", "contract") as echo, service() as server, Neighbours() as others:
        publish(server[1])
        with Client(server[1]) as client:
            for workload in workloads:
                told = client.transform(workspace=WORKSPACE, transformations=[workload.name], events=events[:50])
                failed = [outcome.failure for outcome in told.outcomes if outcome.status is Status.FAILED]
                assert not failed, (workload.name, failed[0])
        for batch in batches:
            rows += measure(echo, server, others, workloads, events, batch, seconds=seconds, rounds=rounds)
    print("µs of CPU per event, of the whole process tree; floor = contract echo + JSON + function")
    head = ["workload", "batch", "events/s", "CPU", "floor", "of floor", "echo", "of echo", "aim", "", "p50 ms", "p99 ms"]
    table(head, [line(row) for row in rows])
    save("service", chosen, about, rows)


def measure(
    echo: tuple[int, str],
    server: tuple[int, str],
    others: Neighbours,
    workloads: list[Workload],
    events: list[bytes],
    batch: int,
    *,
    seconds: float,
    rounds: int,
) -> list[dict[str, Any]]:
    """A row for each workload.

    In every round the floor and the service take turns, so that both meet the same machine; ratios are medians of the
    rounds' own.
    """
    requests = {w.name: request_of(f"transformations/{w.name}", events[:batch], WORKSPACE) for w in workloads}
    seen: dict[str, list[tuple[float, float, float, float]]] = {workload.name: [] for workload in workloads}
    for number in range(rounds + 1):
        echo_us = drive(echo[1], echo[0], requests[workloads[0].name], batch, seconds).cpu_us
        with others.busy():
            json_us = json_cpu(events[:500], 1)
            functions = {workload.name: max(function_cpu(workload, events[:500], 1), 0.0) for workload in workloads}
        for workload in workloads:
            floor_us = echo_us + json_us + functions[workload.name]
            found = drive(server[1], server[0], requests[workload.name], batch, seconds)
            if number:  # the first round warms up
                seen[workload.name].append((found.events_per_second, found.cpu_us, floor_us, echo_us))
    rows = []
    for workload in workloads:
        rate, cpu, floor, alone = (statistics.median(column) for column in zip(*seen[workload.name], strict=True))
        p50, p99 = latency(server[1], requests[workload.name], seconds)
        rows.append(
            {
                "workload": workload.name,
                "batch": batch,
                "events_per_second": round(rate),
                "cpu_us": round(cpu, 2),
                "floor_us": round(floor, 2),
                "of_floor": round(statistics.median(one[1] / one[2] for one in seen[workload.name]), 2),
                "echo_us": round(alone, 2),
                "of_echo": round(statistics.median(one[1] / one[3] for one in seen[workload.name]), 2),
                "p50_ms": round(p50, 3),
                "p99_ms": round(p99, 3),
            }
        )
    return rows


def line(row: dict[str, Any]) -> list[object]:
    """A row of the table."""
    numbers = [row[name] for name in ("cpu_us", "floor_us", "of_floor", "echo_us", "of_echo")]
    return [
        row["workload"],
        row["batch"],
        f"{row['events_per_second']:,}",
        *numbers,
        *verdict(row),
        row["p50_ms"],
        row["p99_ms"],
    ]


def verdict(row: dict[str, Any]) -> tuple[str, str]:
    """The aim that holds for a row, and whether it is met."""
    if row["batch"] == 1:
        return f"{AIM_OF_ONE} echo", "met" if row["of_echo"] <= AIM_OF_ONE else "missed"
    aim = AIMS.get(row["workload"])
    if aim is None or row["batch"] < 100:
        return "", ""
    return f"{aim} floor", "met" if row["of_floor"] <= aim else "missed"


if __name__ == "__main__":
    main()
