"""What tests of the library share."""

import pytest_asyncio

from transformer.pool import Pool
from transformer.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    """Workers that are given time: a machine may stand still."""
    settings = Settings(spare_workers=0, event_seconds=20, turn_seconds=60, queue_seconds=60)
    async with Pool(settings) as made:
        yield made
