"""Every case of every transform, in every language that it has: one test for each transform, all in the workers of one pool."""

import pytest

from transformer.library import shelf
from transformer.library.cases import cases_of
from transformer.library.trial import try_cases


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
