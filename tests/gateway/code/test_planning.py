"""From what a request names to plans: kept while they are good, and never of somebody else's code."""

import pytest

from transformer.gateway.code.planning import CodePlans, Named
from transformer.gateway.code.sources import BackendError, Document
from transformer.settings import Settings

PYTHON = "import lib\n\ndef transformEvent(event, metadata):\n    return event\n"


class Source:
    """Hands out documents as it was told."""

    def __init__(self):
        self.code = Document("v", PYTHON, language="python", workspace="Shop")
        self.lib = Document("l", "x = 1\n", import_name="lib", workspace="Shop")
        self.asked = 0

    async def transformation(self, workspace, version_id):
        self.asked += 1
        return self.code

    async def library(self, workspace, version_id):
        return self.lib


def named(workspace="shop"):
    return Named(workspace, "v", ("l",))


@pytest.fixture
def source():
    return Source()


async def plan_of(plans, asked):
    planned = await plans.find(asked, ["a", "b"])
    (part,) = planned.parts
    assert list(part.indexes) == [0, 1]
    return part.plan


async def test_a_plan_is_made_once_for_what_is_the_same(source):
    plans = CodePlans(Settings(), source)
    first = await plan_of(plans, named())
    assert await plan_of(plans, named()) is first
    source.lib = Document("l", "x = 2\n", import_name="lib")
    second = await plan_of(plans, named())
    assert second is not first
    assert second.steps[0].key != first.steps[0].key


async def test_workspaces_have_plans_of_their_own(source):
    plans = CodePlans(Settings(), source)
    assert (await plan_of(plans, named("a"))).workspace == "a"
    assert (await plan_of(plans, named("b"))).workspace == "b"


@pytest.mark.parametrize("whose", ["code", "lib"])
async def test_who_is_bound_to_a_workspace_gets_no_document_of_another(source, whose):
    own = getattr(source, whose)
    setattr(source, whose, Document(own.version_id, own.code, own.language, import_name="lib", workspace="other"))
    with pytest.raises(BackendError) as caught:
        await CodePlans(Settings(), source, bound=True).find(named(), ["a"])
    assert (caught.value.status, caught.value.retryable) == (404, False)
    assert await CodePlans(Settings(), source).find(named(), ["a"])


async def test_a_document_that_says_no_workspace_is_everybodys(source):
    source.code = Document("v", PYTHON, language="python")
    assert await CodePlans(Settings(), source, bound=True).find(named(), ["a"])


async def test_batches_over_http_may_wait_for_longer(source):
    assert CodePlans(Settings(gateway_wait_seconds=7.0), source).limits.turn_wait_seconds == 7.0
    assert CodePlans(Settings(gateway_wait_seconds=7.0, turn_wait_seconds=9.0), source).limits.turn_wait_seconds == 9.0
