"""Pipelines and destinations, in versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, Key, UtcDateTime

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "definitions",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("latest_version", sa.BigInteger(), nullable=False),
        sa.Column("live_version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace", "kind", "id", name="definitions_by_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "definition_versions",
        sa.Column(
            "definition", Key, sa.ForeignKey("definitions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("uses", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("definition", "content_hash", name="definition_versions_by_content"),
    )
    _forbid("definition_versions", "UPDATE", "a version never changes")


def _forbid(table: str, action: str, reason: str) -> None:
    trigger = f"{table}_no_{action.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END")
        return
    op.execute(f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$")
    op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()")
