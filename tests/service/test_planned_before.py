"""A plan is used again without asking what it is made of, exactly as long as the registry has not changed since it was asked."""

from typing import Any

import pytest

from transformer.errors import Code, PlatformError
from transformer.limits import Limits
from transformer.registry import Catalogue
from transformer.registry.definition_cache import DefinitionCache
from transformer.service.planning import Planner
from transformer.wire.pb.transform_pb2 import Event, TransformRequest

REQUEST = TransformRequest(
    workspace="workspaces/default",
    transformations=["transformations/clean"],
    events=[Event(payload=b"{}", message_id="a"), Event(payload=b"{}", message_id="b")],
)
NAME = "workspaces/default/transformations/clean/versions/"


class Counted(Catalogue):
    """A catalogue that counts who asks."""

    asked = 0

    async def resolve(self, *arguments: Any) -> Any:
        self.asked += 1
        return await super().resolve(*arguments)


@pytest.fixture
async def catalogue(store):
    """Without its poller: only `changed()` moves it."""
    catalogue = Counted(store)
    yield catalogue
    await catalogue.close()


@pytest.fixture
def planner(catalogue, store):
    return Planner(catalogue, Limits(), pipelines=DefinitionCache(store, catalogue))


async def test_it_is_asked_for_once_and_counted_each_time(planner, catalogue):
    works = [await planner.plan(REQUEST) for _ in range(3)]
    assert [work.versions for work in works] == [[f"{NAME}1"]] * 3
    assert [list(work.parts[0].indexes) for work in works] == [[0, 1]] * 3
    assert works[0].versions is not works[1].versions
    assert works[0].parts[0].plan is works[2].parts[0].plan
    assert catalogue.asked == 1
    assert (catalogue.stats()["hits"], catalogue.stats()["misses"]) == (2, 1)


async def test_a_change_is_seen_by_the_next_request(planner, catalogue, store):
    await planner.plan(REQUEST)
    store.activate("default", "clean", "live", 2)
    catalogue.changed()
    assert (await planner.plan(REQUEST)).versions == [f"{NAME}2"]
    store.activate("default", "clean", "canary", 1, percent=100)
    catalogue.changed()
    keyed = TransformRequest.FromString(REQUEST.SerializeToString())
    keyed.defaults.ordering_key = "user"
    assert [(await planner.plan(keyed)).versions for _ in range(2)] == [[f"{NAME}1"]] * 2


async def test_an_answer_that_may_be_out_of_date_is_asked_for_again(planner, catalogue, store, monkeypatch):
    await planner.plan(REQUEST)
    # Given a change that cannot be read
    store.activate("default", "clean", "live", 2)
    catalogue.changed()
    route = store.route
    monkeypatch.setattr(store, "route", _fail)
    assert (await planner.plan(REQUEST)).versions == [f"{NAME}1"]
    # When it can be read again, without another change
    monkeypatch.setattr(store, "route", route)
    await catalogue.ask(store.generation)
    assert not catalogue.trouble
    assert (await planner.plan(REQUEST)).versions == [f"{NAME}2"]


def _fail(*_: object) -> None:
    raise PlatformError(Code.REGISTRY_UNAVAILABLE, "away")
