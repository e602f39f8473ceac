"""Every case of every transform, in every language that it has: one test for each transform, all in the workers of one pool."""

import pytest
import pytest_asyncio

from transformer.library import shelf
from transformer.library.cases import cases_of
from transformer.library.trial import try_cases
from transformer.pool import Pool
from transformer.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    settings = Settings(spare_workers=0, event_seconds=20, turn_seconds=60, queue_seconds=60)  # a machine may stand still
    async with Pool(settings) as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", shelf.names())
async def test_cases_hold(pool, name, need):
    transform = shelf.find(name)
    if "javascript" in transform.sources:
        need("javascript")
    wrong = [
        f"{tried.engine}: {tried.case.name}: {difference}"
        async for tried in try_cases(pool, cases_of(transform))
        for difference in tried.differences
    ]
    assert wrong == []
