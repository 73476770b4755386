"""The audit asks every few minutes which rungs are late and which pages did not arrive."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two indexes; nothing else changes."""
    op.create_index("cards_by_rung", "cards", ["next_rung_at"])
    op.create_index("lines_by_kind", "lines", ["kind", "at"])


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")
