"""Sends one request over and over, bounded in time, and says what it cost the server.

The request is serialised once and answers are not parsed, so that the client takes as little of the machine as it can.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop

from benchmarks.doors import Door, unary
from benchmarks.machine import quantile, tree_cpu
from transformer.wire.pb.transform_pb2 import Event, TransformRequest

# As the service sets them for itself: both sides of a comparison get the same allocator.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "536870912", "MALLOC_TOP_PAD_": "16777216"}
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Round:
    """What a server did in one round: events per second, and µs of CPU of its whole process tree per event."""

    events_per_second: float
    cpu_us: float


def request_of(transformation: str, payloads: Sequence[bytes], workspace: str = "bench", pipeline: str = "") -> bytes:
    """A request as a data plane sends it: for a transformation, or else a pipeline."""
    events = [Event(payload=payload, message_id=f"01J9ZK6Y7Q-{index:08d}") for index, payload in enumerate(payloads)]
    asked = {"pipeline": pipeline} if pipeline else {"transformations": [transformation]}
    return TransformRequest(workspace=f"workspaces/{workspace}", events=events, **asked).SerializeToString()


async def _drive(door: Door, address: str, request: bytes, in_flight: int, seconds: float) -> tuple[list[float], float]:
    """How long each answer took, and how long all of it."""
    took: list[float] = []
    async with door(address, request) as ask:
        await ask()
        until = time.perf_counter() + seconds

        async def one() -> None:
            while (start := time.perf_counter()) < until:
                await ask()
                took.append(time.perf_counter() - start)

        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(one())
        return took, time.perf_counter() - start


def drive(
    address: str, server: int, request: bytes, events: int, seconds: float, *, door: Door = unary, in_flight: int = IN_FLIGHT
) -> Round:
    """One round with some requests in flight, at the server whose process is `server`."""
    before = tree_cpu(server)
    took, whole = uvloop.run(_drive(door, address, request, in_flight, seconds))
    count = len(took) * events
    return Round(count / whole, (tree_cpu(server) - before) / (count + events) * 1e6)


def delays(address: str, request: bytes, seconds: float, *, door: Door = unary) -> list[float]:
    """How many milliseconds each request took, one at a time."""
    return [one * 1e3 for one in uvloop.run(_drive(door, address, request, 1, seconds))[0]]


def latency(address: str, request: bytes, seconds: float, *, door: Door = unary) -> tuple[float, float]:
    """p50 and p99 in milliseconds, one request at a time."""
    took = delays(address, request, seconds, door=door)
    return quantile(took, 0.5), quantile(took, 0.99)


@contextlib.contextmanager
def child(*arguments: str) -> Iterator[tuple[int, str]]:
    """A server as a child process that prints its port and ends with its stdin. Gives its pid and address."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **MALLOC}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.pid, f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
