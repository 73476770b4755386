"""Outages: the registry that tickets ask before they fire; and cards say where a ticket is and how it is tagged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, two columns; cards that are there get theirs at their next line."""
    texts = ("effect", "owner", "reason", "urgency", "declared_by", "ended_by")
    op.create_table(
        "outages",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("since", "expected", "ended_at", "planned_end")),
        sa.Column("scope", sa.JSON, nullable=False),
    )
    op.create_index("outages_by_end", "outages", ["ended_at"])
    op.add_column("cards", sa.Column("region", sa.Text, nullable=False, server_default=""))
    op.add_column("cards", sa.Column("tags", sa.JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
