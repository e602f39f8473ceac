"""Versions that servers have set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Key, UtcDateTime

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "quarantines",
        sa.Column("transformation", Key, primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("server", sa.String(32), primary_key=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transformation", "version"],
            ["versions.transformation", "versions.number"],
            name="quarantines_of_versions",
            ondelete="CASCADE",
        ),
    )
