"""Migrations: from nothing to the model, once, in one piece, on both databases."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import transformer
from transformer.errors import Code, PlatformError
from transformer.registry.database import Database
from transformer.registry.migrate import MIGRATIONS, NEW_FILE, migrate, newest, of_new_file, upgrade
from transformer.registry.model import Model


@pytest.fixture
def database(url):
    """Beside the store, for a look behind it."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def database_of(tmp_path):
    """database_of(name): the database in a file."""
    opened = []

    def make(name):
        opened.append(Database(f"sqlite:///{tmp_path}/{name}.db"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def statements_of(connection) -> list[str]:
    """What makes a SQLite database as it is. A moment is the moment in which it is made."""
    held = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").all()
    told = [sql for _, name, sql in held if name != "sqlite_sequence"]
    for name in [name for kind, name, _ in held if kind == "table"]:
        rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"')
        told += [f"INSERT INTO {name} VALUES ({', '.join(map(written, row))})" for row in rows]
    return told


def written(value) -> str:
    """A value in SQL."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", str(value)):
        return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    return repr(value)


def tables(database) -> set[str]:
    with database.reading() as session:
        return set(inspect(session.connection()).get_table_names())


def test_migrations_make_what_the_model_says(store, database):
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_migrating_again_changes_nothing(store):
    generation = store.generation()
    store.migrate()
    assert store.generation() == generation
    assert store.get_transformation("default", "clean").id == "clean"


def test_database_that_was_never_migrated_says_what_to_do(url, open_store):
    store = open_store(url)
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
    with pytest.raises(PlatformError) as caught:
        store.get_workspace("default")
    assert caught.value.code == Code.REGISTRY_UNAVAILABLE
    assert caught.value.message == (
        "The registry's database is not available: it has not been set up by this version; start `transformer serve` once, "
        "which migrates it. Nothing was changed; send this again."
    )


def test_database_of_a_newer_program_is_refused_untouched(store, database):
    with database.altering() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(PlatformError) as caught:
        store.migrate()
    assert caught.value.message == (
        "The registry's database is of revision r9999, which this version of transformer does not know: a newer one wrote it. "
        "Upgrade this program, or point database_url at another database."
    )
    with database.reading() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "r9999"


def test_migration_that_fails_leaves_nothing_behind(url, open_store, database):
    # Given a table in the way of the last step
    with database.altering() as connection:
        connection.execute(text("CREATE TABLE requests (id INTEGER)"))
    # When the migration fails on it
    with pytest.raises(PlatformError):
        open_store(url).migrate()
    # Then the steps before it are undone, and once the way is free all of it works
    assert tables(database) == {"requests"}
    with database.altering() as connection:
        connection.execute(text("DROP TABLE requests"))
    open_store(url).migrate()
    assert {"workspaces", "requests", "alembic_version"} <= tables(database)


def test_several_processes_may_migrate_at_once(url, open_store):
    program = """
import sys
from transformer.registry import Store
store = Store(sys.argv[1])
sys.stdin.readline()
store.migrate()
store.close()
"""
    command = [sys.executable, "-W", "error", "-c", program, url]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    ends = [process.communicate(b"go\n") for process in running]
    assert [(process.returncode, end[1].decode()) for process, end in zip(running, ends, strict=True)] == [(0, "")] * 4
    assert [workspace.id for workspace in open_store(url).list_workspaces().items] == ["default"]


def test_sqlite_files_are_their_owners_alone(sqlite_url, open_store, tmp_path):
    store = open_store(sqlite_url)
    store.migrate()
    store.create_workspace("acme", "")
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert found == {"registry.db": 0o600, "registry.db-wal": 0o600, "registry.db-shm": 0o600}


def test_migrations_travel_inside_the_package():
    assert MIGRATIONS.is_relative_to(Path(transformer.__file__).parent)
    assert (MIGRATIONS / "env.py").is_file()


def test_path_with_a_percent_sign_is_no_problem(tmp_path, open_store):
    folder = tmp_path / "100%s of it"
    folder.mkdir()
    store = open_store(f"sqlite:///{folder}/a?b.db".replace("?", "%3F"))
    store.migrate()
    assert store.get_workspace("default").id == "default"


def test_the_last_file_is_the_last_migration():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


def test_a_new_file_gets_what_the_migrations_come_to(database_of):
    migrated, made = database_of("migrated"), database_of("made")
    with migrated.altering() as connection:
        upgrade(connection, None)
        told = statements_of(connection)
    if os.environ.get("EXPECT"):
        head = (
            "-- What the migrations come to on an empty SQLite file. Written by `make expect`, and held against them by a test."
        )
        NEW_FILE.write_text("\n\n".join([head, *(f"{statement};" for statement in told)]) + "\n", "utf-8")
    assert of_new_file() == told
    migrate(made)
    with made.altering() as connection:
        assert statements_of(connection) == told
