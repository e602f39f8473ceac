"""Load as the world makes it: so many requests a second, whether the server keeps up or not, and what became of each.

A client that waits for an answer before it sends the next request slows down with the server and never shows an overload. Here
requests begin when their time has come, by a clock, at times that are random and the same in every run.
"""

import asyncio
import contextlib
import gc
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.caller import Caller
from benchmarks.machine import quantile
from transformer.wire.pb.transform_pb2 import TransformResponse

PATIENCE_SECONDS = 10.0
EMITTED = 1
_LOOK_SECONDS = 0.01
_TICK_SECONDS = 0.001  # uvloop knows no shorter wait and would spin


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
    if not gc.isenabled():  # somebody beside us has seen to it, and collecting takes a tenth of a second
        yield
        return
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
    caller = await Caller.connect(address, request, patience)

    def begin(due: float) -> None:
        def told(status: str, answer: bytes) -> None:
            if status != "OK":
                got.others[status] += 1
                return
            took = loop.time() - due  # from when it was due: what waits in the client waits, too
            whole = whole_answers.get(answer)
            if whole is None:  # answers to one request are mostly the same bytes
                outcomes = TransformResponse.FromString(answer).outcomes
                whole = whole_answers[answer] = all(outcome.status == EMITTED for outcome in outcomes)
            if whole:
                got.took.append(took)
            else:
                got.others["failed"] += 1

        got.late = max(got.late, loop.time() - due)
        caller.call(told)

    whole_answers: dict[bytes, bool] = {}
    with without_pauses(), contextlib.closing(caller):
        due = loop.time() + dice.expovariate(per_second)
        end = due + seconds
        while due < end:
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(max(wait, _TICK_SECONDS))
            while due < end and due <= loop.time():
                begin(due)
                due += dice.expovariate(per_second)
            caller.flush()
        while caller.open:
            await asyncio.sleep(_LOOK_SECONDS)
            caller.flush()
    return got


async def closed_rate(address: str, request: bytes, in_flight: int, seconds: float) -> float:
    """Requests per second of a client that keeps `in_flight` of them going: what the server can do at most."""
    loop = asyncio.get_running_loop()
    caller = await Caller.connect(address, request, 60.0)
    ended: Counter[str] = Counter()
    end = 0.0

    def told(status: str, _: bytes) -> None:
        ended[status] += 1
        if loop.time() < end:
            caller.call(told)

    async def round_of(calls: int) -> float:
        ended.clear()
        began = loop.time()
        for _ in range(calls):
            caller.call(told)
        caller.flush()
        while caller.open:  # noqa: ASYNC110 - a look now and then is all that this is
            await asyncio.sleep(_LOOK_SECONDS)
        assert set(ended) == {"OK"}, ended
        return ended["OK"] / (loop.time() - began)

    with contextlib.closing(caller):
        await round_of(1)
        end = loop.time() + seconds
        return await round_of(in_flight)
