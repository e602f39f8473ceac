"""What does a data plane get over HTTP, above what HTTP itself costs, and beside gRPC for the same work?

    python -m benchmarks.bench_gateway [--quick] [--only fields] [--batches 1,200]

/customTransform with code from a config backend (Python, JavaScript), /v0/destinations/{type} for destinations; a connection
for each request, four requests in flight, as data planes have them. CPU is µs of the server's whole process tree per event. The
floor is the smallest ASGI application on the same server software, which answers with the body that it was sent. gRPC does the
same work for the same events, on one connection. All three take turns in every round. Then: how long a new process takes until
it is ready.
"""

import contextlib
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.bench_mappers import tracked
from benchmarks.doors import http
from benchmarks.load import child, drive, latency
from benchmarks.machine import machine, options, save, table, tree_cpu
from benchmarks.report.programs import Program, mapping_floor, node_floor, plain_floor, publish_all
from benchmarks.server import free_address, service
from benchmarks.workloads import FIELDS, payloads
from benchmarks.workloads_javascript import JAVASCRIPT_WORKLOADS
from tests.gateway.config_backend import ConfigBackend
from transformer.registry.sealing import new_key

BATCHES = (1, 10, 200)
DESTINATION_BATCH = 100
DESTINATIONS = ("ga4", "am", "webhook")
EVENTS = 500
STARTS = 5
LANGUAGES = {"python": "pythonfaas", "javascript": "javascript"}


def programs() -> list[Program]:
    """What is asked for; each has a name of its own, since version ids of a config backend are the same everywhere."""
    common = tuple(payloads(EVENTS))
    written = {"python": FIELDS, "javascript": next(each for each in JAVASCRIPT_WORKLOADS if each.name == "fields")}
    floors = {"python": plain_floor, "javascript": node_floor}
    found = []
    for language, workload in written.items():
        name = f"fields-{language}"
        own = replace(workload, name=name)
        found.append(Program(name, language, common, f"transformations/{name}", floors[language], language, own))
    found += [
        Program(name, "mapping", tuple(tracked(list(common), name)), f"pipelines/{name}", mapping_floor, "mapping")
        for name in DESTINATIONS
    ]
    return found


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    seconds, rounds = (0.3, 1) if chosen.quick else (0.8, 4)
    wanted = [each for each in programs() if chosen.only is None or chosen.only in each.workload]
    with ConfigBackend() as backend, child("-m", "benchmarks.echo", "http") as echo:
        for each in wanted:
            if each.workload_of is not None:
                backend.code(each.workload, each.workload_of.source, language=LANGUAGES[each.language])
        front = free_address()
        with service(secrets_key=new_key(), gateway_listen=front, config_backend_url=backend.url) as (pid, address):
            publish_all(address, wanted)
            doors = {"echo": echo, "http": (pid, front), "grpc": (pid, address)}
            rows = []
            for program in wanted:
                batches = (DESTINATION_BATCH,) if program.language == "mapping" else chosen.batches or BATCHES
                rows += [measure(program, batch, doors, seconds, rounds) for batch in batches]
    starts = started(3 if chosen.quick else STARTS)
    head = ["work", "batch", "requests/s", "events/s", "CPU µs/event", "echo", "of echo", "gRPC", "of gRPC", "p50 ms", "p99 ms"]
    table(head, [line(row) for row in rows])
    print(
        f"ready {starts['ready_ms']} ms after the process began (median of {starts['starts']}; {starts['most_ms']} at most; "
        f"CPU of the process tree {starts['cpu_ms']} ms; {starts['first_ms']} the first time, with a registry to make)"
    )
    save("gateway", chosen, about, [*rows, starts])


def measure(program: Program, batch: int, doors: dict[str, tuple[int, str]], seconds: float, rounds: int) -> dict[str, Any]:
    """A row; the first round of all three is not counted."""
    asked, called = program.http(batch), program.request(batch)
    check(asked, doors["http"][1], batch)
    seen: dict[str, list[Any]] = {name: [] for name in doors}
    for number in range(rounds + 1):
        for name, (pid, address) in doors.items():
            request = called if name == "grpc" else asked
            more = {} if name == "grpc" else {"door": http}
            one = drive(address, pid, request, batch, seconds, **more)
            if number:
                seen[name].append(one)
    cpu = {name: statistics.median(one.cpu_us for one in taken) for name, taken in seen.items()}
    rate = statistics.median(one.events_per_second for one in seen["http"])
    p50, p99 = latency(doors["http"][1], asked, seconds, door=http)
    return {
        "workload": program.workload,
        "batch": batch,
        "requests_per_second": round(rate / batch),
        "events_per_second": round(rate),
        "cpu_us": round(cpu["http"], 1),
        "echo_us": round(cpu["echo"], 1),
        "of_echo": round(cpu["http"] / cpu["echo"], 2),
        "grpc_us": round(cpu["grpc"], 1),
        "of_grpc": round(cpu["http"] / cpu["grpc"], 2),
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
    }


def check(request: bytes, address: str, batch: int) -> None:
    """Every event must come out: what fails is cheap. Raises AssertionError."""
    head, _, body = request.partition(b"\r\n\r\n")
    path = head.split(b" ", 2)[1].decode()
    asked = urllib.request.Request(f"http://{address}{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        told = answer.read()
    assert told.count(b'"statusCode":200') >= batch, told[:500]


def started(times: int) -> dict[str, Any]:
    """How long a new process needs, from its start until its gateway says that it is ready; the first makes its registry."""
    took, cpu = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(times + 1):
            front = free_address()
            began = time.perf_counter()
            with service(Path(folder), ready=False, gateway_listen=front) as (pid, _):
                wait_until_ready(front)
                took.append((time.perf_counter() - began) * 1e3)
                cpu.append(tree_cpu(pid) * 1e3)
    first, *later = took
    told = {"ready_ms": statistics.median(later), "most_ms": max(later), "cpu_ms": min(cpu[1:]), "first_ms": first}
    return {name: round(value) for name, value in told.items()} | {"starts": times}


def wait_until_ready(address: str) -> None:
    """Raises RuntimeError after half a minute."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        asking = urllib.request.Request(f"http://{address}/health/ready")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(asking, timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.005)
    raise RuntimeError("the gateway did not get ready")


def line(row: dict[str, Any]) -> list[object]:
    """A row of the table."""
    return list(row.values())


if __name__ == "__main__":
    main()
