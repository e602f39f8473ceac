"""API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, Key, UtcDateTime

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "api_keys",
        sa.Column("key", Key, primary_key=True),
        sa.Column("id", Id, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), nullable=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("requests_per_second", sa.Integer(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("expires", UtcDateTime(), nullable=True),
        sa.Column("revoked", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("id", name="api_keys_by_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("api_keys_by_revision", "api_keys", ["revision"])
