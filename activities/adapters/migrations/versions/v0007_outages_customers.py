"""Outages: whether customers of the tickets get a mail that it lasts and that it is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of outages that are there nobody is mailed."""
    op.add_column("outages", sa.Column("tell_customers", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
