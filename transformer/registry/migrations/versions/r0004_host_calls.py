"""What host calls need: capabilities of versions, secrets, reference tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, Key, UtcDateTime

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, create the tables. Versions that are there declare nothing."""
    op.add_column("versions", sa.Column("capabilities", sa.JSON(), nullable=True))
    op.create_table(
        "secrets",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.UniqueConstraint("workspace", "id", name="secrets_by_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tables",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("latest_version", sa.BigInteger(), nullable=False),
        sa.Column("live_version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace", "id", name="tables_by_name"),
        sqlite_autoincrement=True,
    )
    _create_table_versions()
    _forbid("table_versions", "UPDATE", "a version never changes")


def _create_table_versions() -> None:
    op.create_table(
        "table_files",
        sa.Column("key", Key, primary_key=True),
        sa.Column("created", UtcDateTime(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "table_pieces",
        sa.Column("file", Key, sa.ForeignKey("table_files.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "table_versions",
        sa.Column("table", Key, sa.ForeignKey("tables.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("file", Key, sa.ForeignKey("table_files.key"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("table", "content_hash", name="table_versions_by_content"),
    )


def _forbid(table: str, action: str, reason: str) -> None:
    trigger = f"{table}_no_{action.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END")
        return
    op.execute(f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$")
    op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()")
