"""What versions import, pinned; and libraries of a workspace's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, Key, UtcDateTime

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, create the tables. Versions that are there import nothing."""
    op.add_column("versions", sa.Column("libraries", sa.JSON(), nullable=True))
    op.create_table(
        "libraries",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("handle", Id, nullable=False),
        sa.Column("latest_version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace", "handle", name="libraries_by_handle"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "library_versions",
        sa.Column("library", Key, sa.ForeignKey("libraries.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("engine", sa.String(63), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("libraries", sa.JSON(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
    )
    _forbid("library_versions", "UPDATE", "a version never changes")


def _forbid(table: str, action: str, reason: str) -> None:
    trigger = f"{table}_no_{action.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END")
        return
    op.execute(f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$")
    op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()")
