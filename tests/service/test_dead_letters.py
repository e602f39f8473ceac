"""Events that fail on a real server are kept as they were sent, and nothing that befalls the sink is felt by a batch."""

import fcntl
import signal
import subprocess

import pytest

from tests import postgres as postgresql
from transformer.client import AsyncClient, Event, EventMetadata, Status, TransformBatch
from transformer.deadletters import Metadata, Selection, Stats, open_sink
from transformer.outcome import Place

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

FUSSY = """\
def transformEvent(event, metadata):
    if event.get("later"):
        raise Retry(0, "not yet")
    return {"x": event["x"]}
"""
IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
GOOD = b'{"x":1}'
BAD = b'{"y":1}'


def letters_of(server, name, state="all"):
    """The letters that a transformation is to blame for, or that were on their way to it."""
    sink = open_sink(server.settings)
    try:
        kept = list(sink.find(Selection(refs=((name, 0),), state=state)))
        return sink.read([one.where for one in kept])
    finally:
        sink.close()


@pytest.fixture
def made(open_server, tmp_path):
    """made(log=…, **settings): a server with letters in this test's folder, and a client of it with FUSSY published as `t`."""

    async def make(log=None, **changes):
        server = open_server(log=log, **({"dead_letters": f"directory:{tmp_path}/letters"} | changes))
        await server.start()
        client = AsyncClient(server.address, attempts=1)
        await client.create_transformation("default", "t")
        await client.create_version("default", "t", FUSSY)
        await client.activate_version("default", "t", 1)
        return server, client

    return make


async def send(client, *events, name="t"):
    result = await client.transform(workspace="default", transformations=[name], events=events)
    return [outcome.status for outcome in result.outcomes]


async def test_a_failed_event_is_kept_as_it_was_sent(server, client, publish, until):
    name = await publish(FUSSY)
    own = EventMetadata("source", "", "", "2026-09-01T12:30:00.123456789Z", b'{"own":1}')
    defaults = EventMetadata("all", "destination", "key", attributes=b'{"all":1}')
    await client.transform(
        workspace="default",
        transformations=[f"transformations/{name}/aliases/live"],
        events=[Event(GOOD, "m0"), Event(BAD, "m1", own), Event(b"\xff\x00", "m2")],
        defaults=defaults,
    )
    await until(lambda: len(letters_of(server, name)) == 2)
    bad, broken = letters_of(server, name)
    version = f"workspaces/default/transformations/{name}/versions/1"
    assert (bad.payload, bad.message_id, bad.workspace) == (BAD, "m1", "default")
    assert bad.metadata == Metadata("source", "destination", "key", "2026-09-01T12:30:00.123456789Z", b'{"own":1}')
    assert (bad.transformations, bad.versions) == ((f"transformations/{name}/aliases/live",), (version,))
    assert (bad.failure.code, bad.failure.message, bad.failure.version) == ("T201", "KeyError: 'x'", version)
    assert bad.failure.place == Place(4, 18, "transformEvent")
    assert (broken.payload, broken.metadata) == (b"\xff\x00", Metadata("all", "destination", "key", "", b'{"all":1}'))
    assert (broken.failure.code, broken.failure.version, broken.failure.retryable) == ("T103", "", False)


async def test_letters_blame_the_step_that_failed_also_where_a_canary_runs(server, client, publish, until):
    first, second = await publish(IDENTITY), await publish(FUSSY, FUSSY + "\n")
    await client.activate_version("default", second, 1)
    await client.activate_version("default", second, 2, alias="canary", percent=50.0)
    events = [Event(BAD, f"m{n}") for n in range(40)]
    result = await client.transform(workspace="default", transformations=[first, second], events=events)
    await until(lambda: len(letters_of(server, second)) == 40)
    blamed = {letter.message_id: letter.failure.version for letter in letters_of(server, second)}
    assert blamed == {outcome.message_id: outcome.failure.version for outcome in result.outcomes}
    assert {version.rpartition("/")[2] for version in blamed.values()} == {"1", "2"}


async def test_batches_of_a_stream_leave_letters_too(server, client, publish, until):
    name = await publish(FUSSY)
    batches = [TransformBatch(workspace="default", transformations=[name], events=[GOOD, BAD]) for _ in range(3)]
    assert len([answer async for answer in client.stream(batches)]) == 3
    await until(lambda: len(letters_of(server, name)) == 3)


async def test_a_replay_leaves_no_second_letter_and_is_in_the_log(server, client, publish, log_lines, until):
    name = await publish(FUSSY)
    letter = "18e9ff188d239553d545396b"
    replayed = [Event(BAD, "m", dead_letter=letter), Event(GOOD, "m", dead_letter="{no id}"), Event(b"[]", "new")]
    await client.transform(workspace="default", transformations=[name], events=replayed)
    await until(lambda: letters_of(server, name))
    assert [one.message_id for one in letters_of(server, name)] == ["new"]
    assert [line["replayed"] for line in log_lines if "replayed" in line] == [[letter]]


async def test_retryable_failures_are_kept_only_if_that_is_wanted(server, client, publish, made, until):
    later = b'{"later":true}'
    name = await publish(FUSSY)
    await send(client, later, BAD, name=name)
    await until(lambda: letters_of(server, name))
    assert [letter.failure.code for letter in letters_of(server, name)] == ["T201"]
    other, its = await made(dead_letters_of="all")
    try:
        await send(its, later, BAD)
        await until(lambda: other.dead_letters.stats().kept == 2)
        assert [(letter.failure.code, letter.failure.retryable) for letter in letters_of(other, "t")] == [
            ("T203", True),
            ("T201", False),
        ]
    finally:
        await its.close()
        await other.stop()


async def test_none_keeps_nothing(made, tmp_path):
    server, client = await made(dead_letters="none")
    try:
        assert await send(client, BAD) == [Status.FAILED]
        assert server.dead_letters.stats() == Stats()
    finally:
        await client.close()
        await server.stop()
    assert list(tmp_path.iterdir()) == []


async def test_what_failed_just_before_the_end_is_kept(made):
    server, client = await made()
    await send(client, *[BAD] * 500)
    await client.close()
    await server.stop(5)
    assert len(letters_of(server, "t")) == 500
    assert server.dead_letters.stats() == Stats(kept=500)


async def test_a_directory_that_is_lost_costs_no_answer_and_is_used_again(made, tmp_path, until):
    log = []
    server, client = await made(log=log)
    folder = tmp_path / "letters"
    try:
        await send(client, BAD)
        await until(lambda: server.dead_letters.stats() == Stats(kept=1))
        folder.rename(tmp_path / "moved")
        folder.write_text("something else is there")
        assert await send(client, BAD, GOOD) == [Status.FAILED, Status.EMITTED]
        await until(lambda: not server.dead_letters.stats().working)
        assert await send(client, BAD, GOOD) == [Status.FAILED, Status.EMITTED]
        assert server.dead_letters.stats().waiting == 2
        folder.unlink()
        await until(lambda: server.dead_letters.stats() == Stats(kept=3))
        assert len(letters_of(server, "t")) == 2
        folder.rename(tmp_path / "moved too")
        folder.write_text("something else is there")
        await send(client, BAD)
    finally:
        await client.close()
        await server.stop()
    assert server.dead_letters.stats() == Stats(kept=3, dropped=1, working=False)
    told = [line["event"] for line in log if line["event"].startswith("dead letters")]
    assert told == [
        "dead letters cannot be kept",
        "dead letters are kept again",
        "dead letters cannot be kept",
        "dead letters lost at the end",
    ]
    assert not any(str(tmp_path) in str(line) for line in log if line["event"].startswith("dead letters"))


async def test_a_sink_that_hangs_is_not_felt(made, tmp_path, until):
    """Whoever holds the file's lock makes the writer wait for as long as it likes."""
    server, client = await made(dead_letters_queue=20)
    try:
        await send(client, BAD)
        await until(lambda: server.dead_letters.stats() == Stats(kept=1))
        (path,) = (tmp_path / "letters").glob("*/*.jsonl")
        with path.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            for _ in range(10):
                assert await send(client, *[BAD] * 5, GOOD) == [Status.FAILED] * 5 + [Status.EMITTED]
            stats = server.dead_letters.stats()
            assert (stats.waiting, stats.dropped) == (10, 40)
        await until(lambda: server.dead_letters.stats() == Stats(kept=11, dropped=40))
    finally:
        await client.close()
        await server.stop()


@pytest.mark.slow
@pytest.mark.need("postgres")
async def test_postgresql_that_is_stopped_and_started_costs_no_letter(made, until):
    database = postgresql.PostgresServer(postgresql.programs())
    try:
        server, client = await made(dead_letters=database.url("postgres"))  # it does not even run yet
        try:
            await until(lambda: not server.dead_letters.stats().working)
            assert await send(client, BAD, GOOD) == [Status.FAILED, Status.EMITTED]
            database.start()
            await until(lambda: server.dead_letters.stats() == Stats(kept=1))
            database.process.send_signal(signal.SIGQUIT)  # at once, in the middle of whatever it does
            database.process.wait(30)
            assert await send(client, BAD, GOOD) == [Status.FAILED, Status.EMITTED]
            await until(lambda: not server.dead_letters.stats().working)
            assert server.dead_letters.stats().waiting == 1
            database.start()
            await until(lambda: server.dead_letters.stats() == Stats(kept=2))
            assert [letter.payload for letter in letters_of(server, "t")] == [BAD, BAD]
            database.stop()
            await send(client, BAD)
        finally:
            await client.close()
            await server.stop()
        assert server.dead_letters.stats() == Stats(kept=2, dropped=1, working=False)
    finally:
        database.remove()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.need("root", "small disk")
async def test_a_disk_that_is_full_costs_letters_but_no_answer(small_disk, made, until):
    server, client = await made(dead_letters_queue=40)
    bad = b'{"y":"' + b"x" * 4000 + b'"}'
    try:
        for _ in range(30):
            assert await send(client, bad, GOOD) == [Status.FAILED, Status.EMITTED]
        await until(lambda: not server.dead_letters.stats().working)
        for _ in range(30):
            assert await send(client, bad, GOOD) == [Status.FAILED, Status.EMITTED]
        stats = server.dead_letters.stats()
        assert stats.dropped > 0
        assert stats.kept + stats.waiting + stats.dropped == 60
        for path in small_disk.glob("*/*.jsonl"):
            path.unlink()
        await until(lambda: server.dead_letters.stats().kept > stats.kept)
    finally:
        await client.close()
        await server.stop()
