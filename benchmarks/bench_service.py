"""What does the service cost above the floor? The real server as a child process, its real registry and workers.

    python -m benchmarks.bench_service [--quick]

CPU is that of the whole process tree of the service (host, zygote, workers), per event, with four requests in flight;
latency is with one. The floor is measured in the same run (bench_floor).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc

from benchmarks.bench_floor import floors
from benchmarks.load import measure, request_of
from benchmarks.machine import machine, options, save, table
from benchmarks.workloads import BATCHES, WORKLOADS, payloads
from transformer.client import Client, Status

WORKSPACE = "bench"
# How many times the floor's CPU, at batches of 100 and more; at a batch of 1, how many times the gRPC echo's.
AIMS = {"identity": 1.3, "fields": 1.3, "scrub": 1.5}
AIM_OF_ONE = 2.0


@contextlib.contextmanager
def service() -> Iterator[tuple[int, str]]:
    """`transformer serve` with a registry of its own; gives pid and address, ends it as an operator would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        environment = {"PATH": os.environ["PATH"], "TRANSFORMER_DATABASE_URL": f"sqlite:///{folder}/registry.db"}
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


def publish(address: str) -> None:
    """The workloads, published and activated as a user would."""
    with Client(address) as client:
        client.create_workspace(WORKSPACE)
        for workload in WORKLOADS:
            client.create_transformation(WORKSPACE, workload.name)
            version = client.create_version(WORKSPACE, workload.name, workload.source)
            client.activate_version(WORKSPACE, workload.name, version.number)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    batches = chosen.batches or ((1, 100) if chosen.quick else BATCHES)
    seconds, rounds = (0.4, 1) if chosen.quick else (1.5, 3)
    floor = floors(batches, seconds=seconds, rounds=rounds)
    events = payloads(max(batches))
    rows = []
    with service() as (pid, address):
        publish(address)
        with Client(address) as client:
            for workload in WORKLOADS:
                told = client.transform(workspace=WORKSPACE, transformations=[workload.name], events=events[:50])
                assert not [outcome for outcome in told.outcomes if outcome.status is Status.FAILED], workload.name
        for batch in batches:
            for workload in WORKLOADS:
                if chosen.only not in {None, workload.name}:
                    continue
                request = request_of(f"transformations/{workload.name}", events[:batch], WORKSPACE)
                cost = measure(address, pid, request, batch, seconds=seconds, rounds=rounds)
                base = floor[workload.name, batch]
                rows.append(
                    {
                        **base,
                        "service_us": round(cost.cpu_us, 2),
                        "service_events_per_second": round(cost.events_per_second),
                        "service_p50_ms": round(cost.p50_ms, 3),
                        "service_p99_ms": round(cost.p99_ms, 3),
                        "of_floor": round(cost.cpu_us / base["floor_us"], 2),
                        "of_echo": round(cost.cpu_us / base["grpc_contract_us"], 2),
                    }
                )
    print("µs of CPU per event, of the whole process tree; floor = contract echo + JSON + function")
    head = ["workload", "batch", "events/s", "CPU", "floor", "of floor", "echo", "of echo", "aim", "", "p50 ms", "p99 ms"]
    table(head, [line(row) for row in rows])
    save("service", chosen, about, rows)


def line(row: dict[str, Any]) -> list[object]:
    """A row of the table."""
    numbers = [row["service_us"], row["floor_us"], row["of_floor"], row["grpc_contract_us"], row["of_echo"]]
    latency = [row["service_p50_ms"], row["service_p99_ms"]]
    return [row["workload"], row["batch"], f"{row['service_events_per_second']:,}", *numbers, *verdict(row), *latency]


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
