"""Trouble with the database: each kind is one clear error, nothing is half done, and it works again when the trouble is over."""

import shutil
import socket
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import event, text

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.database import Database

START = "The registry's database is not available: "
END = ". Nothing was changed; send this again."


def unavailable(action, *arguments) -> str:
    """The reason that `action` gives."""
    with pytest.raises(PlatformError) as caught:
        action(*arguments)
    assert caught.value.code == Code.REGISTRY_UNAVAILABLE
    assert caught.value.message.startswith(START)
    assert caught.value.message.endswith(END)
    return caught.value.message.removeprefix(START).removesuffix(END)


@pytest.fixture
def other(url):
    """Another way into the same database."""
    database = Database(url)
    yield database
    database.close()


class TestLocked:
    def test_writer_gives_up_in_time_while_readers_go_on(self, store, other, url, open_store):
        impatient = open_store(url, busy_seconds=0.1)
        with other.writing():
            assert unavailable(impatient.create_workspace, "acme", "") == "another process holds its lock"
            assert impatient.get_workspace("default").id == "default"
        assert impatient.create_workspace("acme", "").id == "acme"

    def test_writer_waits_for_a_lock_that_is_released_in_time(self, store, other):
        holding, done = threading.Event(), threading.Event()

        def hold():
            with other.writing():
                holding.set()
                done.wait(0.3)

        holder = threading.Thread(target=hold)
        holder.start()
        assert holding.wait(10)
        assert store.create_workspace("acme", "").id == "acme"
        holder.join()

    def test_migration_gives_up_in_time(self, store, other, url, open_store):
        with other.altering():
            assert unavailable(open_store(url, busy_seconds=0.1).migrate) == "another process holds its lock"

    def test_too_many_at_once_is_an_answer_too(self, url, open_store):
        crowd = Database(url, busy_seconds=0.05)
        held = [crowd._engine.connect() for _ in range(32)] if not crowd.file else []
        if crowd.file:
            open_store(url).migrate()
            held = [crowd._engine.connect() for _ in range(32)]
        with pytest.raises(PlatformError) as caught, crowd.reading() as session:
            session.execute(text("SELECT 1"))
        assert caught.value.message == f"{START}too many requests wait for it{END}"
        for connection in held:
            connection.close()
        crowd.close()


class TestSqliteFile:
    @pytest.fixture
    def store(self, sqlite_url, open_store):
        store = open_store(sqlite_url, busy_seconds=0.2)
        store.migrate()
        store.create_transformation("default", "clean", "")
        return store

    def test_removed_folder_is_an_error_and_nothing_is_made_anew(self, store, tmp_path):
        store.get_workspace("default")
        shutil.rmtree(tmp_path)
        assert unavailable(store.create_workspace, "acme", "") == "its file cannot be opened"
        assert unavailable(store.generation) == "its file cannot be opened"
        assert not tmp_path.exists()

    def test_removed_file_is_an_error_and_never_an_empty_registry(self, store, tmp_path):
        for file in tmp_path.iterdir():
            file.unlink()
        assert unavailable(store.list_workspaces) == "its file cannot be opened"
        assert list(tmp_path.iterdir()) == []

    def test_restored_backup_is_what_is_read_from_then_on(self, store, tmp_path, sqlite_url, open_store):
        # Given a backup from before
        store.close()
        shutil.copy(tmp_path / "registry.db", tmp_path / "backup.db")
        store.create_workspace("acme", "")
        # When the file is replaced under a store that has it open
        for file in tmp_path.glob("registry.db*"):
            file.unlink()
        (tmp_path / "backup.db").rename(tmp_path / "registry.db")
        # Then it reads and writes the one that is there
        assert [workspace.id for workspace in store.list_workspaces().items] == ["default"]
        store.create_workspace("later", "")
        assert [workspace.id for workspace in open_store(sqlite_url).list_workspaces().items] == ["default", "later"]

    def test_full_disk_refuses_the_change_and_keeps_what_was(self, store, draft):
        # Given room for not one page more
        pages = []

        def limit(connection, _record):
            pages.append(connection.execute("PRAGMA page_count").fetchone()[0])
            connection.execute(f"PRAGMA max_page_count = {pages[0]}")

        store.close()
        event.listen(store._database._engine, "connect", limit)
        big = draft(source="#" * 200_000)
        # When more is to be kept
        generation = store.generation()
        assert unavailable(lambda: store.add_version("default", "clean", big)) == "its disk is full; free some space"
        # Then nothing of it is there, reading works, and with room again so does writing
        assert store.generation() == generation
        assert store.get_transformation("default", "clean").latest_version == 0
        event.remove(store._database._engine, "connect", limit)
        store.close()
        assert store.add_version("default", "clean", big).number == 1

    def test_file_that_is_no_database_says_so(self, store, tmp_path):
        store.close()
        (tmp_path / "registry.db").write_bytes(b"not a database at all" * 1000)
        assert unavailable(store.list_workspaces) == "its file is not a database"

    def test_damaged_file_says_so(self, store, tmp_path):
        store.close()
        with sqlite3.connect(tmp_path / "registry.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        file = tmp_path / "registry.db"
        raw = bytearray(file.read_bytes())
        raw[4096:] = b"\xa5" * (len(raw) - 4096)
        file.write_bytes(raw)
        assert unavailable(store.list_workspaces) == "its file is damaged; restore it from a backup"

    def test_folder_that_is_not_there_is_told(self, tmp_path, open_store):
        store = open_store(f"sqlite:///{tmp_path}/nowhere/registry.db")
        assert unavailable(store.migrate) == "its file cannot be opened"


class TestPostgresServer:
    def test_stopped_server_is_an_error_and_it_works_when_it_is_back(self, postgres, open_store):
        store = open_store(postgres.new_database(), busy_seconds=1)
        store.migrate()
        store.create_workspace("before", "")
        postgres.stop()
        try:
            for _ in range(3):
                assert unavailable(store.get_workspace, "before") == "it cannot be reached"
            assert unavailable(store.create_workspace, "during", "") == "it cannot be reached"
        finally:
            postgres.start()
        assert store.create_workspace("after", "").id == "after"
        assert [workspace.id for workspace in store.list_workspaces().items] == ["after", "before", "default"]

    def test_connection_cut_in_a_transaction_changes_nothing(self, postgres, open_store, draft):
        store = open_store(postgres.new_database())
        store.migrate()
        killer = Database(postgres.url("postgres"))

        def cut():
            with store._database.writing() as session:
                session.execute(text("INSERT INTO workspaces VALUES ('acme', '', now())"))
                own = session.scalar(text("SELECT pg_backend_pid()"))
                with killer.reading() as other:
                    other.execute(text(f"SELECT pg_terminate_backend({own})"))

        with pytest.raises(PlatformError) as caught:
            cut()
        assert caught.value.message.startswith(START)
        assert caught.value.message.endswith(
            ". Whether the change was made is not known; repeat it with the same request_id, or look before you repeat it."
        )
        assert [workspace.id for workspace in store.list_workspaces().items] == ["default"]
        killer.close()

    def test_unknown_database_is_told_without_its_name(self, postgres, open_store):
        reason = unavailable(open_store(postgres.url("secretname")).list_workspaces)
        assert reason in {"it does not exist on that server", "it cannot be reached"}

    def test_nobody_listening_is_told_without_the_password(self, open_store):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        store = open_store(f"postgresql://ada:hunter2@127.0.0.1:{port}/registry")
        assert unavailable(store.list_workspaces) == "it cannot be reached"


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("nonsense hunter2", "database_url is not a URL; write sqlite:///FILE or postgresql://…"),
            ("mysql://ada:hunter2@host/db", "database_url: the registry runs on sqlite:///FILE and postgresql://… only"),
            (
                "postgresql+asyncpg://ada:hunter2@h/db",
                "database_url: the registry runs on sqlite:///FILE and postgresql://… only",
            ),
            ("sqlite://", "database_url: SQLite needs a plain file, as in sqlite:///transformer.db"),
            ("sqlite:///:memory:", "database_url: SQLite needs a plain file, as in sqlite:///transformer.db"),
            ("sqlite:///file:x.db?uri=true", "database_url: SQLite needs a plain file, as in sqlite:///transformer.db"),
        ],
    )
    def test_url_that_cannot_be_used_is_refused_without_being_quoted(self, open_store, url, message):
        with pytest.raises(CallerError) as caught:
            open_store(url)
        assert (caught.value.code, caught.value.message) == (Code.BAD_REQUEST, message)

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_postgresql_is_known_by_three_names(self, postgres, open_store, scheme):
        store = open_store(postgres.url("postgres").replace("postgresql", scheme, 1))
        with store._database.reading() as session:
            assert session.scalar(text("SELECT 1")) == 1

    def test_relative_file_stays_where_it_was_meant(self, tmp_path, monkeypatch, open_store):
        monkeypatch.chdir(tmp_path)
        store = open_store("sqlite:///here.db")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.migrate()
        assert (tmp_path / "here.db").exists()
        assert not Path("here.db").exists()
