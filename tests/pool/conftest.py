"""Pools with real workers, ended with the test."""

import contextlib
import json
from pathlib import Path

import pytest

from tests.pool.host_calls import ENGINES, Calls, Upstream
from transformer.broker import Broker
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


@pytest.fixture
async def make_pool():
    """make_pool(setting=value…) → a started Pool."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(*, confine=True, **settings):
            return await stack.enter_async_context(Pool(Settings(**settings), confine=confine))

        yield make


@pytest.fixture
def run():
    """run(pool, source or sources, events…) → the closed ledger. Events are dicts, or bytes as they are."""

    async def run_it(pool, sources, events, *, workspace="w", **options):
        sources = [sources] if isinstance(sources, str) else sources
        steps = tuple(Step(f"hash of {text}", "python", f"step {i}", text) for i, text in enumerate(sources))
        payloads = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
        extras = {key: options.pop(key) for key in ("metadata", "attributes", "common") if key in options}
        return await pool.run(Plan(workspace, steps, pool.settings.limits), Batch(payloads, **extras), **options)

    return run_it


@pytest.fixture
def identity():
    return IDENTITY


@pytest.fixture
async def upstream():
    return Upstream()


@pytest.fixture
async def watch():
    return Calls()


@pytest.fixture
async def asking_pool(upstream, watch):
    """asking_pool(setting=value…) → a started pool in whose engines code may ask `upstream`, as kv."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(**settings):
            broker = Broker()
            broker.register("kv", upstream)
            return await stack.enter_async_context(
                Pool(
                    Settings(spare_workers=0, **settings),
                    watch,
                    engines=ENGINES,
                    guest_path=[str(Path(__file__).parent / "toy")],
                    broker=broker,
                )
            )

        yield make
