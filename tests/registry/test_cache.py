"""The catalogue: what it remembers, what it forgets, and what it does while the database is away."""

import asyncio
import threading
from dataclasses import replace

import pytest

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Catalogue
from transformer.registry.canary import takes_canary
from transformer.registry.names import Reference
from transformer.registry.records import CaseFile

DEADLINE_SECONDS = 20.0


class Watched:
    """A real store in front of which a test counts, holds back or fails reads."""

    def __init__(self, store):
        self._store = store
        self.reads = []
        self.down = False
        self.gate = threading.Event()
        self.gate.set()

    def _read(self, name, *arguments):
        self.reads.append(name)
        assert self.gate.wait(DEADLINE_SECONDS)
        if self.down:
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "down")
        return getattr(self._store, name)(*arguments)

    def route(self, *arguments):
        return self._read("route", *arguments)

    def get_version(self, *arguments):
        return self._read("get_version", *arguments)

    def generation(self):
        if self.down:
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "down")
        return self._store.generation()


@pytest.fixture
def store(sqlite_url, open_store, draft):
    """`clean` with versions 1 to 3, 1 of them live."""
    store = open_store(sqlite_url)
    store.migrate()
    store.create_transformation("default", "clean", "")
    for number in (1, 2, 3):
        store.add_version("default", "clean", draft(number, cases=(CaseFile("a", b"{}"),)))
    store.activate("default", "clean", "live", 1)
    return store


@pytest.fixture
def watched(store):
    return Watched(store)


@pytest.fixture
async def catalogue(watched):
    """Without its poller: only `changed()` moves it."""
    catalogue = Catalogue(watched)
    yield catalogue
    watched.gate.set()
    await catalogue.close()


async def until(fact):
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not fact():  # noqa: ASYNC110 - waits for a fact that sets no event
            await asyncio.sleep(0.01)


async def live(catalogue) -> int:
    return (await catalogue.resolve("default", "transformations/clean")).version.number


async def test_reference_resolves_to_code_without_cases(catalogue, store):
    found = await catalogue.resolve("default", "transformations/clean")
    stored = store.get_version("default", "clean", 1)
    assert (found.version.source, found.version.content_hash) == (stored.source, stored.content_hash)
    assert (found.version.cases, found.canary, found.percent) == ((), None, 0.0)


async def test_parsed_full_and_short_references_mean_the_same(catalogue):
    for reference in ("transformations/clean/versions/2", "workspaces/default/transformations/clean/versions/2"):
        assert (await catalogue.resolve("default", reference)).version.number == 2
    assert (await catalogue.resolve("default", Reference("clean", version=2))).version.number == 2


async def test_second_question_reads_nothing(catalogue, watched):
    await live(catalogue)
    await live(catalogue)
    assert watched.reads == ["route", "get_version"]


async def test_same_question_at_once_is_one_read(catalogue, watched):
    answers = await asyncio.gather(*(live(catalogue) for _ in range(50)))
    assert set(answers) == {1}
    assert watched.reads == ["route", "get_version"]


async def test_change_reads_the_route_again_and_not_the_code(catalogue, watched):
    await live(catalogue)
    catalogue.changed()
    assert await live(catalogue) == 1
    assert watched.reads == ["route", "get_version", "route"]


async def test_local_activation_counts_at_once(catalogue, store):
    assert await live(catalogue) == 1
    store.activate("default", "clean", "live", 2)
    catalogue.changed()
    assert await live(catalogue) == 2


async def test_what_was_read_is_recalled_until_something_changes(catalogue, watched, store):
    assert catalogue.recall("default", "transformations/clean") is None
    found = await catalogue.resolve("default", "transformations/clean")
    assert catalogue.recall("default", "transformations/clean").version is found.version
    # When the registry changes, and nobody can be asked
    catalogue.changed()
    watched.down = True
    assert (await catalogue.resolve("default", "transformations/clean")).version is found.version
    assert catalogue.recall("default", "transformations/clean") is None
    # When it is there again, but with a canary
    watched.down = False
    store.activate("default", "clean", "canary", 2, percent=50)
    catalogue.changed()
    await live(catalogue)
    assert catalogue.recall("default", "transformations/clean") is None


async def test_read_that_began_before_a_change_is_not_kept_nor_shared(catalogue, watched, store):
    # Given a read that has not come back
    watched.gate.clear()
    early = asyncio.create_task(live(catalogue))
    await until(lambda: watched.reads)
    # When the alias moves meanwhile
    store.activate("default", "clean", "live", 2)
    catalogue.changed()
    late = asyncio.create_task(live(catalogue))
    await until(lambda: len(watched.reads) == 2)
    watched.gate.set()
    # Then whoever asks afterwards gets the new one
    await early
    assert await late == 2
    assert await live(catalogue) == 2


async def test_caller_who_gives_up_does_not_take_the_answer_from_others(catalogue, watched):
    watched.gate.clear()
    first = asyncio.create_task(live(catalogue))
    second = asyncio.create_task(live(catalogue))
    await until(lambda: watched.reads)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    watched.gate.set()
    assert await second == 1
    assert watched.reads == ["route", "get_version"]


async def test_unknown_is_not_found_and_not_remembered(catalogue, watched, store):
    with pytest.raises(CallerError) as caught:
        await catalogue.resolve("default", "transformations/claen")
    assert caught.value.code == Code.NOT_FOUND
    assert caught.value.message == "workspaces/default/transformations/claen does not exist; did you mean clean?"
    with pytest.raises(CallerError):
        await catalogue.resolve("default", "transformations/clean/aliases/beta")
    store.activate("default", "clean", "beta", 3)
    assert (await catalogue.resolve("default", "transformations/clean/aliases/beta")).version.number == 3


async def test_text_that_is_no_reference_is_refused_without_a_read(catalogue, watched):
    with pytest.raises(CallerError) as caught:
        await catalogue.resolve("default", "clean")
    assert caught.value.code == Code.BAD_REQUEST
    assert watched.reads == []


async def test_deleted_transformation_is_gone_even_when_the_database_goes_too(catalogue, watched, store):
    await live(catalogue)
    store.delete_transformation("default", "clean")
    catalogue.changed()
    with pytest.raises(CallerError):
        await live(catalogue)
    watched.down = True
    with pytest.raises(PlatformError):
        await live(catalogue)


async def test_version_number_that_came_to_mean_other_code_is_read_anew(catalogue, store, draft):
    reference = "transformations/clean/versions/1"
    old = (await catalogue.resolve("default", reference)).version
    store.delete_transformation("default", "clean")
    store.create_transformation("default", "clean", "")
    store.add_version("default", "clean", draft(99))
    catalogue.changed()
    new = (await catalogue.resolve("default", reference)).version
    assert (old.number, new.number) == (1, 1)
    assert "99" in new.source


async def test_version_that_is_replaced_between_two_reads_is_never_mixed_up(watched, store, draft):
    # Given a transformation that is deleted and made anew just after its route was read
    class Replaced(Watched):
        def get_version(self, *arguments):
            if self.reads == ["route"]:
                store.delete_transformation("default", "clean")
                store.create_transformation("default", "clean", "")
                store.add_version("default", "clean", draft(99))
            return super().get_version(*arguments)

    catalogue = Catalogue(Replaced(store))
    # Then the answer is the new code, under its own hash
    found = (await catalogue.resolve("default", "transformations/clean/versions/1")).version
    assert found == replace(store.get_version("default", "clean", 1), cases=())
    assert "99" in found.source
    await catalogue.close()


class TestCanary:
    async def test_share_of_the_keys_goes_to_the_canary(self, catalogue, store):
        store.activate("default", "clean", "canary", 3, 30)
        found = await catalogue.resolve("default", "transformations/clean")
        keys = [f"user-{n}" for n in range(200)]
        served = {key: found.serving(key).number for key in keys}
        assert served == {key: 3 if takes_canary("default", "clean", key, 30) else 1 for key in keys}
        assert set(served.values()) == {1, 3}

    async def test_without_a_canary_live_serves_every_key(self, catalogue):
        found = await catalogue.resolve("default", "transformations/clean")
        assert {found.serving(f"user-{n}").number for n in range(50)} == {1}


class TestDatabaseAway:
    async def test_what_is_in_memory_goes_on_serving(self, catalogue, watched):
        await live(catalogue)
        watched.down = True
        assert await live(catalogue) == 1

    async def test_routes_of_an_earlier_generation_serve_too(self, catalogue, watched):
        await live(catalogue)
        watched.down = True
        catalogue.changed()
        assert await live(catalogue) == 1
        assert catalogue.trouble == "down"

    async def test_known_trouble_costs_known_references_no_read(self, catalogue, watched):
        await live(catalogue)
        watched.down = True
        catalogue.changed()
        await live(catalogue)
        before = len(watched.reads)
        await live(catalogue)
        assert len(watched.reads) == before

    async def test_unknown_is_unavailable_and_works_when_the_database_is_back(self, catalogue, watched):
        watched.down = True
        with pytest.raises(PlatformError) as caught:
            await live(catalogue)
        assert caught.value.code == Code.REGISTRY_UNAVAILABLE
        watched.down = False
        assert await live(catalogue) == 1
        assert not catalogue.trouble


class TestPoller:
    async def test_activation_by_another_store_arrives(self, store, sqlite_url, open_store):
        async with Catalogue(store, poll_seconds=0.02) as catalogue:
            assert await live(catalogue) == 1
            open_store(sqlite_url).activate("default", "clean", "live", 2)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while await live(catalogue) != 2:  # noqa: ASYNC110 - the same
                    await asyncio.sleep(0.01)

    async def test_poller_survives_trouble_and_sees_what_happened_meanwhile(self, store, watched):
        async with Catalogue(watched, poll_seconds=0.02) as catalogue:
            assert await live(catalogue) == 1
            watched.down = True
            await until(lambda: catalogue.trouble == "down")
            store.activate("default", "clean", "live", 3)
            assert await live(catalogue) == 1
            watched.down = False
            await until(lambda: not catalogue.trouble)
            assert await live(catalogue) == 3

    async def test_poller_survives_what_nobody_thought_of(self, store, watched):
        async with Catalogue(watched, poll_seconds=0.02) as catalogue:
            original = watched.generation
            watched.generation = lambda: {}["no such key"]
            await until(lambda: catalogue.trouble == "KeyError")
            watched.generation = original
            await until(lambda: not catalogue.trouble)
            assert await live(catalogue) == 1

    async def test_quiet_registry_is_not_read_again(self, store, watched):
        async with Catalogue(watched, poll_seconds=0.01) as catalogue:
            await until(lambda: catalogue._seen is not None)
            await live(catalogue)
            polls = []
            original = watched.generation
            watched.generation = lambda: polls.append(1) or original()
            await until(lambda: len(polls) > 5)
            await live(catalogue)
            assert watched.reads == ["route", "get_version"]

    async def test_close_is_idempotent_and_start_after_it_works(self, store):
        catalogue = Catalogue(store)
        await catalogue.start()
        await catalogue.close()
        await catalogue.close()
        await catalogue.start()
        assert await live(catalogue) == 1
        await catalogue.close()


async def test_code_that_does_not_fit_is_read_each_time(watched):
    catalogue = Catalogue(watched, code_bytes=10)
    assert await live(catalogue) == 1
    assert await live(catalogue) == 1
    assert watched.reads == ["route", "get_version", "get_version"]
    await catalogue.close()
