"""Several threads and processes at once: nothing is lost, nothing is done twice, and everybody sees it. On both databases."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from transformer.errors import CallerError, Code
from transformer.registry import Catalogue
from transformer.registry.records import Call

DEADLINE_SECONDS = 20.0

START = """
import sys
from transformer.registry import Store
from transformer.registry.records import Call, VersionDraft
url, number = sys.argv[1], int(sys.argv[2])
store = Store(url, busy_seconds=30)
print("ready", flush=True)
sys.stdin.readline()
"""


def run_together(url: str, program: str, count: int = 2) -> None:
    """Run `program` in `count` processes that begin at the same time; each knows its `number`."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", START + program, url, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for number in range(count)
    ]
    try:
        for process in running:
            assert process.stdout.readline() == b"ready\n"
        for process in running:
            process.stdin.write(b"go\n")
            process.stdin.flush()
        for process in running:
            process.communicate(timeout=DEADLINE_SECONDS * 2)
        assert [process.returncode for process in running] == [0] * count
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_versions_published_at_once_have_no_gaps(store, url):
    program = """
for n in range(20):
    store.add_version("default", "clean", VersionDraft("python", f"# {number}.{n}"))
    store.add_version("default", "clean", VersionDraft("python", f"# both {n}"))
"""
    run_together(url, program)
    found = store.list_versions("default", "clean", 1000).items
    assert [version.number for version in found] == list(range(60, 0, -1))
    assert len({version.content_hash for version in found}) == 60
    created = [entry for entry in store.list_audit("default", 1000).items if entry.action == "CreateVersion"]
    assert len(created) == 60


def test_processes_that_activate_at_once_leave_one_history(store, url, draft):
    for number in range(1, 9):
        store.add_version("default", "clean", draft(number))
    before = store.generation()
    program = """
for n in range(1, 5):
    store.activate("default", "clean", "live", 4 * number + n, call=Call(f"process-{number}"))
"""
    run_together(url, program)
    history = store.list_alias_history("default", "clean", "live").items
    assert sorted(change.version for change in history) == [1, 2, 3, 4, 5, 6, 7, 8]
    for actor, versions in (("process-0", [4, 3, 2, 1]), ("process-1", [8, 7, 6, 5])):
        assert [change.version for change in history if change.actor == actor] == versions
    live = store.get_alias("default", "clean", "live")
    assert (live.version, live.updated, live.actor) == (history[0].version, history[0].time, history[0].actor)
    assert store.generation() == before + 8
    # and every step can be taken back
    assert [store.rollback("default", "clean", "live").version for _ in range(7)] == [change.version for change in history[1:]]


def test_one_request_sent_many_times_at_once_is_done_once(store):
    call = Call("ada", "request-1")
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: store.create_transformation("default", "once", "", call=call), range(24)))
    assert len(set(made)) == 1
    assert [entry.resource for entry in store.list_audit("default").items].count("workspaces/default/transformations/once") == 1


def test_etag_lets_one_of_many_through(store, draft):
    for number in range(1, 10):
        store.add_version("default", "clean", draft(number))
    etag = store.activate("default", "clean", "live", 1).etag

    def move(version: int) -> Code | None:
        try:
            store.activate("default", "clean", "live", version, etag=etag)
        except CallerError as wrong:
            return wrong.code
        return None

    with ThreadPoolExecutor(8) as threads:
        ends = list(threads.map(move, range(2, 10)))
    assert (ends.count(None), ends.count(Code.STALE_ETAG)) == (1, 7)


def test_readers_see_a_whole_change_or_none_of_it(store, draft):
    for number in range(1, 21):
        store.add_version("default", "clean", draft(number))

    def write() -> None:
        for number in range(1, 21):
            store.activate("default", "clean", "live", number)

    with ThreadPoolExecutor(4) as threads:
        writer = threads.submit(write)
        while not writer.done():
            history = store.list_alias_history
            if store.get_transformation("default", "clean").live_version:
                newest = history("default", "clean", "live", 1).items[0].version
                assert newest <= store.get_alias("default", "clean", "live").version
        writer.result()


async def test_activation_by_another_process_reaches_this_one(store, url, draft):
    for number in (1, 2):
        store.add_version("default", "clean", draft(number))
    store.activate("default", "clean", "live", 1)
    async with Catalogue(store, poll_seconds=0.25) as catalogue:
        assert (await catalogue.resolve("default", "transformations/clean")).version.number == 1
        program = 'store.activate("default", "clean", "live", 2)\n'
        await asyncio.to_thread(run_together, url, program, 1)
        async with asyncio.timeout(5):
            while (await catalogue.resolve("default", "transformations/clean")).version.number != 2:  # noqa: ASYNC110 - a fact
                await asyncio.sleep(0.01)
