"""Load as the world makes it: so many requests a second, whether the server keeps up or not, and what became of each.

A client that waits for an answer before it sends the next request slows down with the server and never shows an overload. Here
requests begin when their time has come, by a clock, at times that are random and the same in every run.
"""

import asyncio
import contextlib
import gc
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc

from benchmarks.echo import METHOD, UNLIMITED
from benchmarks.machine import quantile
from transformer.wire.pb.transform_pb2 import TransformResponse

PATIENCE_SECONDS = 10.0
EMITTED = 1


@dataclass(slots=True)
class Got:
    """What became of the requests: seconds of those that were served whole, and the others by gRPC status or `failed`."""

    took: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    late: float = 0.0
    """By how much the client itself was late at worst: a client that cannot keep up measures itself."""

    def ms(self, share: float) -> float | None:
        """A quantile of the served, in milliseconds."""
        return round(quantile(self.took, share) * 1e3, 2) if self.took else None


@contextlib.contextmanager
def without_pauses() -> Iterator[None]:
    """No garbage collection of the client's in the middle of a measurement."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def offer(
    address: str, request: bytes, per_second: float, seconds: float, *, seed: int = 7, patience: float = PATIENCE_SECONDS
) -> Got:
    """Offer requests at random times, `per_second` of them on average. Returns when the last one is answered or given up."""
    got = Got()
    loop = asyncio.get_running_loop()
    dice = random.Random(seed)
    async with grpc.aio.insecure_channel(address, options=[*UNLIMITED, ("grpc.use_local_subchannel_pool", 1)]) as channel:
        call = channel.unary_unary(METHOD)
        await channel.channel_ready()

        async def one(due: float) -> None:
            got.late = max(got.late, loop.time() - due)
            try:
                answer = await call(request, timeout=patience)
            except grpc.aio.AioRpcError as refused:
                got.others[refused.code().name] += 1
                return
            took = loop.time() - due  # from when it was due: what waits in the client waits, too
            outcomes = TransformResponse.FromString(answer).outcomes
            if all(outcome.status == EMITTED for outcome in outcomes):
                got.took.append(took)
            else:
                got.others["failed"] += 1

        with without_pauses():
            async with asyncio.TaskGroup() as group:
                due = loop.time()
                end = due + seconds
                while (due := due + dice.expovariate(per_second)) < end:
                    if (wait := due - loop.time()) > 0:
                        await asyncio.sleep(wait)
                    group.create_task(one(due))
    return got


async def closed_rate(address: str, request: bytes, in_flight: int, seconds: float) -> float:
    """Requests per second of a client that keeps `in_flight` of them going: what the server can do at most."""
    async with grpc.aio.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(METHOD)
        await call(request, timeout=60)
        count = 0
        begun = time.perf_counter()

        async def keep_going() -> None:
            nonlocal count
            while time.perf_counter() < begun + seconds:
                await call(request, timeout=60)
                count += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(keep_going())
        return count / (time.perf_counter() - begun)
