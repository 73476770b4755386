"""Messages on their way: one row each, and one for a bundle of several (ADR 0009)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table and its indexes; nothing else changes."""
    texts = ("tenant", "ticket", "page", "kind", "person", "channel", "urgency", "state", "provider", "reference",
             "reason", "bundle", "content")  # fmt: skip
    op.create_table(
        "messages",
        sa.Column("key", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False, server_default="") for name in texts),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("created", _WHEN, nullable=False),
        sa.Column("due", _WHEN, nullable=False),
        sa.Column("checked_in", _WHEN),
        sa.Column("sent", _WHEN),
        sa.Column("settled", _WHEN),
        sa.Column("again_at", _WHEN),
    )
    op.create_index("messages_by_contact", "messages", ["tenant", "person", "channel", "due"])
    op.create_index("messages_by_ticket", "messages", ["tenant", "ticket"])
    op.create_index("messages_by_bundle", "messages", ["bundle"])
    op.create_index("messages_by_person", "messages", ["person", "created"])


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
