"""What was applied last to each workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from transformer.registry.model import Id, UtcDateTime

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "applied",
        sa.Column("workspace", Id, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("updated", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    )
