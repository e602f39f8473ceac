"""The database slow, locked, gone, moved, back: what was served goes on, what was not is retryable, and nothing piles up."""

import asyncio
import contextlib
import gc
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tests.stalling import StallingProxy
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Catalogue
from transformer.registry.disk import DiskCache
from transformer.registry.migrate import NewerError
from transformer.registry.patience import PatientConnection

DEADLINE_SECONDS = 20.0


def prepare(store, draft):
    """`clean` with versions 1 and 2, 1 of them live; `cold`, which nobody asks for before the outage."""
    store.migrate()
    for name in ("clean", "cold"):
        store.create_transformation("default", name, "")
        for number in (1, 2):
            store.add_version("default", name, draft(number))
        store.activate("default", name, "live", 1)


async def live(catalogue, name="clean") -> int:
    return (await catalogue.resolve("default", f"transformations/{name}")).version.number


async def unavailable(catalogue, name="cold") -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await live(catalogue, name)
    assert caught.value.code is Code.REGISTRY_UNAVAILABLE
    assert caught.value.code.retryable
    return caught.value


async def until(fact):
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not fact():  # noqa: ASYNC110 - waits for a fact that sets no event
            await asyncio.sleep(0.01)


async def until_serves(catalogue, number, name="clean"):
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            with contextlib.suppress(PlatformError):
                if await live(catalogue, name) == number:
                    return
            await asyncio.sleep(0.02)


def reading_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("registry-")]


@pytest.fixture
def opening(open_store, tmp_path):
    """opening(url, …): a catalogue of its own on that database, as a server has it, with the same disk every time."""
    stack = []

    @contextlib.asynccontextmanager
    async def make(url, **options):
        store = open_store(url, busy_seconds=1.0)
        told = []
        disk = DiskCache(tmp_path / "disk", 2**20)
        usual = {"poll_seconds": 0.05, "answer_seconds": 1.0, "disk": disk}
        catalogue = Catalogue(store, tell=lambda *what: told.append(what), **(usual | options))
        catalogue.told = told
        stack.append(store)
        try:
            await catalogue.meet()
            await catalogue.start()
            yield catalogue
        finally:
            await catalogue.close()
            store.close()

    return make


@contextlib.contextmanager
def moved(file: Path):
    """The SQLite file and its companions, elsewhere for the length of the block."""
    away = file.parent / "away"
    away.mkdir()
    names = [path for path in file.parent.iterdir() if path.name.startswith(file.name) and path.is_file()]
    for path in names:
        path.rename(away / path.name)
    try:
        yield
    finally:
        for path in away.iterdir():
            path.rename(file.parent / path.name)
        away.rmdir()


@contextlib.contextmanager
def locked(file: Path, others_leave):
    """As an exclusive lock of another process looks from here: the file's pages cannot be read."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other:
        for _ in range(2000):
            others_leave()  # a connection that is open, if only in a pool, keeps this from happening
            gc.collect()  # one that was in use meanwhile came back to a pool that is garbage now
            try:
                other.execute("PRAGMA locking_mode = EXCLUSIVE")
                other.execute("PRAGMA journal_mode = DELETE")
                other.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError:
                time.sleep(0.01)
        else:
            pytest.fail("it could not be locked")
        yield
        other.execute("ROLLBACK")
        other.execute("PRAGMA locking_mode = NORMAL")
        other.execute("PRAGMA journal_mode = WAL")


@pytest.fixture
def file(sqlite_url):
    return Path(sqlite_url.removeprefix("sqlite:///"))


class TestSqlite:
    @pytest.fixture(autouse=True)
    def prepared(self, sqlite_url, open_store, draft):
        store = open_store(sqlite_url)
        prepare(store, draft)
        store.close()

    async def test_moved_and_back(self, opening, sqlite_url, file):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
            with moved(file):
                await until(lambda: catalogue.trouble)
                assert await live(catalogue) == 1
                assert "cannot be opened" in (await unavailable(catalogue)).message
            await until_serves(catalogue, 1, "cold")
            await until(lambda: not catalogue.trouble)
            told = [(part, bool(reason)) for part, reason in catalogue.told]  # also when the reason is another one
            assert set(told[:-1]) == {("database", True)}
            assert told[-1] == ("database", False)

    async def test_locked_and_free_again(self, opening, sqlite_url, file, open_store):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
            with locked(file, catalogue._store.close):
                await until(lambda: catalogue.trouble)
                assert await live(catalogue) == 1
                await unavailable(catalogue)
            await until_serves(catalogue, 1, "cold")

    async def test_a_restart_without_the_database_serves_what_was_served(self, opening, sqlite_url, file, open_store):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
        with moved(file):
            async with opening(sqlite_url) as catalogue:
                assert catalogue.trouble
                assert await live(catalogue) == 1
                await unavailable(catalogue)
                assert not file.exists()  # an empty registry in its place would know nothing
        # And when it is back, it is asked again.
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
            assert not catalogue.trouble

    async def test_the_database_comes_back_while_it_serves_from_disk(self, opening, sqlite_url, file, open_store):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
        with moved(file):
            stack = contextlib.AsyncExitStack()
            catalogue = await stack.enter_async_context(opening(sqlite_url))
            assert await live(catalogue) == 1
        async with stack:
            await until_serves(catalogue, 1, "cold")
            assert not catalogue.trouble
            open_store(sqlite_url).activate("default", "clean", "live", 2)
            await until_serves(catalogue, 2)

    async def test_what_was_deleted_is_not_served_from_disk(self, opening, sqlite_url, file, open_store):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
            open_store(sqlite_url).delete_transformation("default", "clean")
            catalogue.changed()
            with pytest.raises(CallerError):
                await live(catalogue)
        with moved(file):
            async with opening(sqlite_url) as catalogue:
                await unavailable(catalogue, "clean")

    async def test_that_something_is_unknown_is_never_remembered(self, opening, sqlite_url, file, open_store, draft):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
            with pytest.raises(CallerError) as caught:
                await live(catalogue, "new")
            assert caught.value.code is Code.NOT_FOUND
            with moved(file):
                await until(lambda: catalogue.trouble)
                await unavailable(catalogue, "new")  # not "does not exist": nobody knows
            store = open_store(sqlite_url)
            store.create_transformation("default", "new", "")
            store.add_version("default", "new", draft())
            store.activate("default", "new", "live", 1)
            await until_serves(catalogue, 1, "new")

    async def test_a_registry_made_anew_in_the_same_place_is_served_nothing_of_the_old(
        self, opening, sqlite_url, file, open_store, tmp_path
    ):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
        for path in list(file.parent.glob(f"{file.name}*")):
            path.unlink()
        open_store(sqlite_url).migrate()
        async with opening(sqlite_url) as catalogue:
            with pytest.raises(CallerError):
                await live(catalogue)
        assert DiskCache(tmp_path / "disk", 2**20).open() == 0

    async def test_without_anything_on_disk_a_start_without_the_database_fails(self, opening, open_store):
        with pytest.raises(PlatformError) as caught:
            async with opening("sqlite:////no/such/folder/registry.db"):
                pass
        assert caught.value.code is Code.REGISTRY_UNAVAILABLE

    async def test_a_registry_of_a_newer_program_is_no_outage(self, opening, sqlite_url, file):
        async with opening(sqlite_url) as catalogue:
            assert await live(catalogue) == 1
        with contextlib.closing(sqlite3.connect(file)) as other:
            other.execute("UPDATE alembic_version SET version_num = 'r9999'")
            other.commit()
        with pytest.raises(NewerError):
            async with opening(sqlite_url):
                pass


@pytest.mark.need("postgres")
class TestPostgres:
    @pytest.fixture
    def url(self, postgres, open_store, draft):
        url = postgres.new_database()
        prepare(open_store(url), draft)
        yield url
        postgres.take_back(url)

    @pytest.mark.slow
    async def test_stopped_restarted_from_disk_and_started_again(self, postgres, opening, url):
        async with opening(url) as catalogue:
            assert await live(catalogue) == 1
            postgres.stop()
            try:
                await until(lambda: catalogue.trouble)
                assert await live(catalogue) == 1
                await unavailable(catalogue)
                await catalogue.close()
                async with opening(url) as after:
                    assert await live(after) == 1
                    assert "cannot be reached" in (await unavailable(after)).message
            finally:
                postgres.start()  # in this thread: it ends with the thread that started it
            await catalogue.start()
            await until_serves(catalogue, 1, "cold")

    @pytest.fixture
    def proxy(self, postgres, tmp_path, monkeypatch):
        folder = Path(postgres.directory).with_name(f"{postgres.directory.name}-p")
        folder.mkdir()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / ".s.PGSQL.5432"))
        listener.listen(64)

        def connect():
            far = socket.socket(socket.AF_UNIX)
            far.connect(f"{postgres.directory}/.s.PGSQL.5432")
            return far

        proxy = StallingProxy(listener, connect)
        proxy.folder = folder
        yield proxy
        proxy.close()
        (folder / ".s.PGSQL.5432").unlink()
        folder.rmdir()

    @pytest.fixture
    def through(self, proxy, url):
        return (
            make_url(url)
            .update_query_dict({"host": str(proxy.folder), "connect_timeout": "2"})
            .render_as_string(hide_password=False)
        )

    @pytest.mark.slow
    async def test_a_database_that_hangs_delays_nothing_known_and_piles_up_nothing(
        self, opening, through, proxy, monkeypatch, url, open_store
    ):
        monkeypatch.setattr(PatientConnection, "patience_seconds", 3.0)
        async with opening(through, answer_seconds=0.5) as catalogue:
            assert await live(catalogue) == 1
            threads, connections = len(reading_threads()), proxy.accepted
            # When everything that is sent to it disappears
            proxy.stall()
            await until(lambda: catalogue.trouble)
            # Then what is known is answered at once, however often
            began = time.monotonic()
            for _ in range(1000):
                assert await live(catalogue) == 1
            catalogue.changed(reached=False)
            assert await live(catalogue) == 1
            assert time.monotonic() - began < 2
            # And what is not known is refused within its time, from as many callers as there may be, with few threads
            began = time.monotonic()
            refused = await asyncio.gather(
                *(catalogue.resolve("default", f"transformations/t{number}") for number in range(400)), return_exceptions=True
            )
            assert {getattr(one, "code", one) for one in refused} == {Code.REGISTRY_UNAVAILABLE}
            assert time.monotonic() - began < 5
            assert len(reading_threads()) <= threads + 8
            assert proxy.accepted <= connections + 16
            # And when it answers again, so does the catalogue
            proxy.go_on()
            await until_serves(catalogue, 1, "cold")
            open_store(url).activate("default", "clean", "live", 2)
            await until_serves(catalogue, 2)

    @pytest.mark.slow
    async def test_closing_does_not_wait_for_a_database_that_hangs(self, opening, through, proxy, until):
        others = reading_threads()  # those of servers that other tests share until the session ends
        async with opening(through, answer_seconds=0.3) as catalogue:
            proxy.stall()
            await unavailable(catalogue)
            began = time.monotonic()
        assert time.monotonic() - began < 5  # its patience would be twelve seconds, for each of the threads
        await until(lambda: not set(reading_threads()).difference(others))

    @pytest.mark.parametrize(
        ("seconds", "sentence"), [(30.0, "it took too long to answer"), (0.3, "it cannot be reached")], ids=["server", "client"]
    )
    async def test_a_statement_that_takes_too_long_is_given_up(self, url, open_store, monkeypatch, seconds, sentence):
        monkeypatch.setattr(PatientConnection, "patience_seconds", seconds)
        store = open_store(url)

        def sleep():
            with store._database.reading() as session:
                session.execute(text(f"SET LOCAL statement_timeout = {1000 if seconds < 1 else 100}"))
                session.execute(text("SELECT pg_sleep(30)"))

        with pytest.raises(PlatformError) as caught:
            sleep()
        assert sentence in caught.value.message
        assert store.generation() > 0  # on a connection of its own: nobody reads the answer to another question


async def test_a_read_that_is_slow_once_is_kept_for_the_next_who_asks(sqlite_url, open_store, draft):
    """Whoever gave up waiting was told to come back; the answer that came meanwhile is there for it."""
    store = open_store(sqlite_url)
    prepare(store, draft)
    gate = threading.Event()

    class Slow(type(store)):
        def __init__(self):
            self.reads = 0

        def __getattr__(self, name):
            return getattr(store, name)

        def route(self, *arguments):
            self.reads += 1
            assert gate.wait(DEADLINE_SECONDS)
            return store.route(*arguments)

        def get_version(self, *arguments):
            return store.get_version(*arguments)

    slow = Slow()
    catalogue = Catalogue(slow, answer_seconds=0.05)
    try:
        assert "slow to answer" in (await unavailable(catalogue, "clean")).message
        await unavailable(catalogue, "clean")
        gate.set()
        await until_serves(catalogue, 1)
        assert slow.reads == 1
    finally:
        gate.set()
        await catalogue.close()
