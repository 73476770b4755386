"""Cards say when the ticket acts next, beside when its next promise is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; cards that are there get theirs at their next line."""
    op.add_column("cards", sa.Column("next_rung_at", sa.DateTime(timezone=True)))
    op.add_column("cards", sa.Column("next_rung", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
