"""The owner of a version that is set aside sees it, whatever the database does meanwhile."""

import asyncio
import json

import pytest

from transformer.cli.main import main
from transformer.client import AsyncClient, Status
from transformer.errors import Code, PlatformError
from transformer.service.quarantines import QuarantineNotes

HANGS = "def transformEvent(event, metadata):\n    while event.get('hang'):\n        pass\n    return event\n"
NAME = "workspaces/default/transformations/hangs/versions/1"


@pytest.fixture
async def hangs(open_server):
    """A server, its client and its log, and a version that is quarantined as soon as it hangs twice; a case-less second one."""
    lines = []
    changes = {"event_seconds": 0.1, "version_kills": 1, "quarantine_seconds": 600.0}
    async with open_server(log=lines, **changes) as server, AsyncClient(server.address) as client:
        await client.create_transformation("default", "hangs")
        await client.create_version("default", "hangs", HANGS)
        await client.activate_version("default", "hangs", 1)
        yield server, client, lines


def send(client, *events):
    return client.transform(workspace="default", transformations=["hangs"], events=list(events))


async def test_a_quarantined_version_is_seen_with_its_reason_and_a_new_one_serves(hangs, until, capsys):
    server, client, lines = hangs
    # When a version costs too many workers
    result = await send(client, *[{"hang": True}] * 3)
    codes = [outcome.failure.code for outcome in result.outcomes]
    assert codes == [Code.TIME_LIMIT, Code.TIME_LIMIT, Code.QUARANTINED]
    assert result.retryable() == [2]
    # Then the log and the registry say so
    assert [(line["version"], line["level"]) for line in lines if line["event"] == "version quarantined"] == [(NAME, "warning")]

    async def seen():
        return (await client.get_version("default", "hangs", 1)).quarantine

    for _ in range(2000):
        if await seen():
            break
        await asyncio.sleep(0.01)
    one = await seen()
    assert one.version == NAME
    assert one.reason.startswith("it lost ")
    assert one.reason.endswith(" s of worker time (ran out of time 2 times)")
    assert 500 < (one.until - one.since).total_seconds() <= 600
    assert (await client.get_transformation("default", "hangs")).quarantines == (one,)
    assert [found.quarantines for found in (await client.list_transformations("default")).items] == [(one,)]
    assert [found.quarantine for found in (await client.list_versions("default", "hangs")).items] == [one]
    # And so does the command line
    for words in (["show", "hangs", "--json"], ["show", "hangs@1", "--json"], ["list", "--json"], ["list", "hangs", "--json"]):
        assert await asyncio.to_thread(main, [*words, "--server", server.address]) == 0
        told = json.loads(capsys.readouterr().out)
        told = told[0] if isinstance(told, list) else told
        assert (told.get("quarantine") or told["quarantines"][0])["reason"] == one.reason
    for words in (["show", "hangs"], ["show", "hangs@1"], ["list"], ["list", "hangs"]):
        assert await asyncio.to_thread(main, [*words, "--server", server.address]) == 0
        assert "hangs@1 is quarantined since " in capsys.readouterr().err
    # And a new version is served at once
    await client.create_version("default", "hangs", f"{HANGS}# mended\n")
    await client.activate_version("default", "hangs", 2)
    assert (await send(client, {})).outcomes[0].status is Status.EMITTED


async def test_a_server_that_goes_down_takes_back_what_it_noted(make_settings, open_server):
    url = make_settings().database_url
    changes = {"event_seconds": 0.1, "version_kills": 1, "quarantine_seconds": 600.0, "database_url": url}
    async with open_server(**changes) as other, AsyncClient(other.address) as owner:
        async with open_server(**changes) as server, AsyncClient(server.address) as client:
            await client.create_transformation("default", "hangs")
            await client.create_version("default", "hangs", HANGS)
            await client.activate_version("default", "hangs", 1)
            await send(client, *[{"hang": True}] * 3)
            # What one server has set aside, its owner sees by way of any
            for _ in range(2000):
                if (await owner.get_version("default", "hangs", 1)).quarantine:
                    break
                await asyncio.sleep(0.01)
            assert (await owner.get_version("default", "hangs", 1)).quarantine
        assert (await owner.get_version("default", "hangs", 1)).quarantine is None


class Troubled:
    """A store that is out of order twice, and keeps what it is told after that."""

    def __init__(self):
        self.calls = []

    def note_quarantines(self, server, notes, over):
        self.calls.append(([one.version for one in notes], list(over)))
        if len(self.calls) <= 2:
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "locked")


async def test_what_is_true_is_written_when_the_database_is_back(hangs, until, monkeypatch):
    server, client, _ = hangs
    monkeypatch.setattr("transformer.service.quarantines._FIRST_RETRY_SECONDS", 0.01)
    store = Troubled()
    notes = QuarantineNotes(store, server.log)
    notes.start()
    monkeypatch.setattr(server._pool, "_on_quarantine", notes.tell)
    # When the database is in trouble, then batches have their outcomes as ever
    result = await send(client, *[{"hang": True}] * 3)
    assert result.outcomes[2].failure.code is Code.QUARANTINED
    await until(lambda: len(store.calls) == 3)
    await notes.close()
    # Then the note was tried until it was kept, and taken back in the end
    assert store.calls == [([NAME], [])] * 3 + [([], [NAME])]
