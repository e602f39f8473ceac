"""The first shape: workspaces, transformations, versions, aliases, history, audit, requests, generation.

Versions and audit entries get triggers that refuse any change; both databases know triggers, but not in the same words.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, Key, UtcDateTime

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, the triggers, generation 1 and the workspace `default`."""
    generation = op.create_table(
        "generation",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="generation_is_one_row"),
    )
    workspaces = op.create_table(
        "workspaces",
        sa.Column("id", Id, primary_key=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
    )
    _create_transformations()
    _create_aliases()
    _create_trail()
    op.bulk_insert(generation, [{"id": 1, "value": 1}])
    op.bulk_insert(workspaces, [{"id": "default", "description": "Made with the registry.", "created": datetime.now(UTC)}])
    _forbid("versions", "UPDATE", "a version never changes")
    _forbid("audit", "UPDATE", "the audit trail only grows")
    _forbid("audit", "DELETE", "the audit trail only grows")


def _create_transformations() -> None:
    op.create_table(
        "transformations",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("latest_version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("workspace", "id", name="transformations_by_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "versions",
        sa.Column("transformation", Key, sa.ForeignKey("transformations.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("engine", sa.String(63), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("entry_point", sa.String(63), nullable=False),
        sa.Column("uses_metadata", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("transformation", "content_hash", name="versions_by_content"),
    )


def _create_aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("transformation", Key, primary_key=True, autoincrement=False),
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transformation", "version"],
            ["versions.transformation", "versions.number"],
            name="aliases_point_at_versions",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "alias_changes",
        sa.Column("key", Key, primary_key=True),
        sa.Column("transformation", Key, sa.ForeignKey("transformations.key", ondelete="CASCADE"), nullable=False),
        sa.Column("alias", Id, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("time", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("alias_changes_by_alias", "alias_changes", ["transformation", "alias", "key"])


def _create_trail() -> None:
    op.create_table(
        "audit",
        sa.Column("key", Key, primary_key=True),
        sa.Column("workspace", Id, nullable=False),
        sa.Column("time", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(63), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_by_workspace", "audit", ["workspace", "key"])
    op.create_table(
        "requests",
        sa.Column("scope", Id, primary_key=True),
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("method", sa.String(63), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("time", UtcDateTime(), nullable=False),
    )
    op.create_index("requests_by_time", "requests", ["time"])


def _forbid(table: str, action: str, reason: str) -> None:
    trigger = f"{table}_no_{action.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END")
        return
    op.execute(f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{reason}'; END $$")
    op.execute(f"CREATE TRIGGER {trigger} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()")
