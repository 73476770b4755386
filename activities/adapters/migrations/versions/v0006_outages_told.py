"""Outages: who stands for a large one, and who hears of it how often while it lasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Outages that are there have nobody."""
    for name in ("approved_by", "priority"):
        op.add_column("outages", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("outages", sa.Column("stakeholders", sa.JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
