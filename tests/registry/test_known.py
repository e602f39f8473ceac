"""Answers that are kept until the registry changes: what trouble may serve, and what it may not."""

import pytest

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Catalogue
from transformer.registry.definition_cache import DefinitionCache
from transformer.registry.definition_records import DefinitionDraft, DefinitionUses
from transformer.registry.disk import DiskCache
from transformer.registry.known import Known, Shelf

AWAY = PlatformError(Code.REGISTRY_UNAVAILABLE, "away")


class Registry:
    """Secrets, as far as somebody asks for them."""

    def __init__(self):
        self.values = {"KEY": "sealed"}
        self.away = False
        self.asked = []

    def find(self, asked):
        self.asked.append(asked)
        if self.away:
            raise AWAY
        return self.values.get(asked[1])


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
async def starting(store, registry, tmp_path):
    """starting(): what a server that starts here knows, and its catalogue; the disk is the same each time."""
    made = []

    async def make():
        disk = DiskCache(tmp_path / "disk", 2**20)
        catalogue = Catalogue(store, disk=disk, answer_seconds=20)
        made.append(catalogue)
        await catalogue.meet()
        shelf = Shelf(
            read=registry.find,
            find=lambda disk, asked: disk.secret(*asked),
            keep=lambda disk, asked, sealed: disk.keep_secret(*asked, sealed),
            forget=lambda disk, asked: disk.forget_secret(*asked),
        )
        return Known(catalogue, shelf, 100), catalogue

    yield make
    for catalogue in made:
        await catalogue.close()


KEY, NONE = ("default", "KEY"), ("default", "NONE")


async def written(catalogue):
    """What was to be written is on disk: the thread does one thing after the other."""
    while catalogue._disk_tasks:
        await catalogue.on_disk(lambda _: None)


async def test_it_is_asked_for_once_until_something_changes(starting, registry):
    known, catalogue = await starting()
    assert [await known.find(KEY), await known.find(KEY), await known.find(NONE), await known.find(NONE)] == ["sealed"] * 2 + [
        None
    ] * 2
    assert registry.asked == [KEY, NONE]
    catalogue.changed()
    assert await known.find(KEY) == "sealed"
    assert registry.asked == [KEY, NONE, KEY]


async def test_through_trouble_what_was_there_serves_and_what_was_not_is_retryable(starting, registry):
    known, catalogue = await starting()
    await known.find(KEY)
    await known.find(NONE)
    catalogue.changed()
    registry.away = True
    assert await known.find(KEY) == "sealed"
    for asked in (NONE, ("default", "NEW")):  # one may have been made meanwhile
        with pytest.raises(PlatformError) as caught:
            await known.find(asked)
        assert caught.value.code is Code.REGISTRY_UNAVAILABLE
    registry.away = False
    registry.values["NONE"] = "made"
    assert await known.find(NONE) == "made"  # the failure was not kept


async def test_a_restart_in_trouble_serves_from_disk_and_asks_again_after_it(starting, registry):
    known, catalogue = await starting()
    await known.find(KEY)
    await written(catalogue)
    registry.away = True
    known, catalogue = await starting()
    assert [await known.find(KEY), await known.find(KEY)] == ["sealed", "sealed"]
    with pytest.raises(PlatformError):
        await known.find(NONE)
    registry.away = False
    registry.values["KEY"] = "another"
    await known.find(NONE)  # whoever gets an answer ends the trouble
    assert await known.find(KEY) == "another"
    registry.values.clear()
    catalogue.changed()
    assert await known.find(KEY) is None
    await written(catalogue)
    registry.away = True
    known, _ = await starting()
    with pytest.raises(PlatformError):
        await known.find(KEY)  # what was deleted is on no disk


async def test_definitions_are_the_same_object_until_they_change_and_gone_when_they_are(store, tmp_path):
    disk = DiskCache(tmp_path / "disk", 2**20)
    store.definitions.push("default", DefinitionDraft("destinations", "lake", "type: kafka", DefinitionUses()))
    catalogue = Catalogue(store, disk=disk)
    try:
        await catalogue.meet()
        cache = DefinitionCache(store, catalogue)
        first = await cache.find("default", "destinations", "lake")
        catalogue.changed()
        assert await cache.find("default", "destinations", "lake") is first
        await written(catalogue)
        assert disk.definition("default", "destinations", "lake", 0) == first
        store.definitions.delete("default", "destinations", "lake")
        catalogue.changed()
        with pytest.raises(CallerError) as gone:
            await cache.find("default", "destinations", "lake")
        assert gone.value.code is Code.NOT_FOUND
        await written(catalogue)
        assert disk.definition("default", "destinations", "lake", 0) is None
    finally:
        await catalogue.close()
