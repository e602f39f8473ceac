"""Brings a database to the shape that this code knows, from any earlier one, with the migrations that are part of the package.

All of it is one transaction under a lock, so that several processes may start at once: the first migrates, the others find
it done. An empty SQLite file gets at once what the migrations come to; a test holds the two against each other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from transformer.errors import Code, PlatformError
from transformer.registry.database import Database

__all__ = ["MIGRATIONS", "NEW_FILE", "NewerError", "migrate", "newest", "of_new_file", "upgrade"]

MIGRATIONS: Final = Path(__file__).parent / "migrations"
NEW_FILE: Final = MIGRATIONS / "new.sqlite.sql"


class NewerError(PlatformError):
    """A newer version of this program has written to the database: this one must not touch it."""


def migrate(database: Database, *, create: bool = True) -> None:
    """Bring the database to the newest shape, or leave it untouched. `create`: a SQLite file that is missing is made.

    Raises:
        NewerError: it is of a revision that this code does not know.
        PlatformError: REGISTRY_UNAVAILABLE: trouble with the database.
    """
    with database.altering(create=create) as connection:
        found = _revision(connection)
        if found == newest():
            return
        if found is None and connection.dialect.name == "sqlite" and not inspect(connection).get_table_names():
            for statement in of_new_file():
                connection.exec_driver_sql(statement)
        else:
            upgrade(connection, found)


def upgrade(connection: Connection, found: str | None) -> None:
    """Run the migrations that come after the revision `found`. Raises NewerError."""
    # Late: most starts need no migration, and would be a tenth later and 11 MiB larger for these.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise NewerError(
            Code.REGISTRY_UNAVAILABLE,
            f"The registry's database is of revision {found}, which this version of transformer does not know: a newer "
            "one wrote it. Upgrade this program, or point database_url at another database.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def of_new_file() -> list[str]:
    """What the migrations come to on an empty SQLite file, as statements."""
    return NEW_FILE.read_text("utf-8").partition("\n\n")[2].rstrip(";\n").split(";\n\n")


def newest() -> str:
    """The revision that this code knows last: files are named by them, and sort as they follow each other."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("r*.py"))


def _revision(connection: Connection) -> str | None:
    """The revision that the database is of; None for one that is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found
