"""Brings a database to the shape that this code knows, from any earlier one, with the migrations that are part of the package.

All of it is one transaction under a lock, so that several processes may start at once: the first migrates, the others find
it done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from transformer.errors import Code, PlatformError
from transformer.registry.database import Database

__all__ = ["MIGRATIONS", "migrate"]

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Bring the database to the newest shape, or leave it untouched.

    Raises:
        PlatformError: REGISTRY_UNAVAILABLE: trouble with the database, or it is of a revision that this code does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with database.altering() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise PlatformError(
                Code.REGISTRY_UNAVAILABLE,
                f"The registry's database is of revision {found}, which this version of transformer does not know: a newer "
                "one wrote it. Upgrade this program, or point database_url at another database.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
