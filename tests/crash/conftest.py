"""Pools with real workers, with wall 1 (`pool`) or without it (`bare_pool`), and the words to ask them."""

import contextlib
import dataclasses
import json
from pathlib import Path

import psutil
import pytest

from transformer.engines.python.spec import PYTHON
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

BARE = {"python": dataclasses.replace(PYTHON, module="bare")}
GUESTS = str(Path(__file__).parent / "guests")
IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


class Asker:
    """A pool and short ways to ask it. Every batch is of events {"n": 0}, {"n": 1}, …"""

    def __init__(self, pool):
        self.pool = pool

    async def run(self, source, count=5, *, workspace="w", payloads=None, logs=False, deadline=None, **limits):
        payloads = payloads or [json.dumps({"n": n, "messageId": f"m{n}"}).encode() for n in range(count)]
        chosen = dataclasses.replace(self.pool.settings.limits, **limits)
        sources = [source] if isinstance(source, str) else source
        steps = tuple(Step(str(hash(text)), "python", f"step-{i}", text) for i, text in enumerate(sources))
        return await self.pool.run(Plan(workspace, steps, chosen), Batch(payloads), keep_logs=logs, deadline=deadline)

    async def serves(self, workspace="w"):
        """The proof that ends every crash test: the next batch is answered in full."""
        ledger = await self.run(IDENTITY, 3, workspace=workspace)
        assert list(ledger.status) == [Status.EMITTED] * 3

    def workers(self):
        """The worker processes that live now, as the host sees them: the leaves below the zygote."""
        zygote = psutil.Process(self.zygote())
        below = zygote.children(recursive=True)
        parents = {process.info["ppid"] for process in psutil.process_iter(["ppid"])}
        return [child for child in below if child.pid not in parents]

    def forker(self):
        """The process that forks the workers: the zygote, or its child where it has a pid namespace of its own."""
        return self.workers()[0].parent()

    def zygote(self):
        return self.pool._nurseries.base.zygote.pid


@pytest.fixture
async def make_pool():
    """make_pool(bare=…, setting=value…): a started pool, ended with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(*, bare=False, guest_path=(), engines=None, confine=True, **settings):
            chosen = {"event_seconds": 1.0, "turn_seconds": 8.0, "spare_workers": 0, **settings}
            more = {"engines": engines or BARE, "guest_path": (GUESTS, *guest_path)} if bare or engines else {}
            pool = Pool(Settings(**chosen), confine=confine, **more)
            return Asker(await stack.enter_async_context(pool))

        yield make


@pytest.fixture
async def pool(make_pool):
    return await make_pool()


@pytest.fixture
async def bare_pool(make_pool):
    return await make_pool(bare=True)


@pytest.fixture
def limits():
    return Limits()
