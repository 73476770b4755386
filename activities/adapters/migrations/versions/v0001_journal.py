"""The first schema: lines that nobody can rewrite, and one card per ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Tables, indexes, and the guard of the lines."""
    _lines()
    _cards()
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Not offered: the journal only grows."""
    raise NotImplementedError("the journal is never taken back; restore a backup instead")


def _lines() -> None:
    op.create_table(
        "lines",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("at", _WHEN, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("rung", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
    )
    op.create_index("lines_by_ticket", "lines", ["ticket", "at", "seq"])


def _cards() -> None:
    texts = ("workflow_id", "run_id", "state", "summary", "tier", "urgency", "priority", "service", "team",
             "assignee", "policy")  # fmt: skip
    op.create_table(
        "cards",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("opened_at", _WHEN, nullable=False),
        sa.Column("next_due", _WHEN),
        sa.Column("resolution_due", _WHEN),
        sa.Column("breached", sa.JSON, nullable=False),
        sa.Column("paused_by", sa.JSON, nullable=False),
    )
    op.create_index("cards_by_due", "cards", ["next_due"])


_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER lines_no_update BEFORE UPDATE ON lines "
        "BEGIN SELECT RAISE(ABORT, 'journal lines are never changed'); END",
        "CREATE TRIGGER lines_no_delete BEFORE DELETE ON lines "
        "BEGIN SELECT RAISE(ABORT, 'journal lines are never deleted'); END",
        # INSERT OR REPLACE deletes without asking the delete trigger: skip a known id, refuse a known number
        "CREATE TRIGGER lines_no_replace BEFORE INSERT ON lines BEGIN "
        "SELECT RAISE(IGNORE) FROM lines WHERE id = NEW.id; "
        "SELECT RAISE(ABORT, 'journal lines are never replaced') FROM lines WHERE seq = NEW.seq; END",
    ),
    "postgresql": (
        "CREATE FUNCTION lines_are_final() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'journal lines are never changed or deleted'; END $$",
        "CREATE TRIGGER lines_no_change BEFORE UPDATE OR DELETE ON lines "
        "FOR EACH ROW EXECUTE FUNCTION lines_are_final()",
        "CREATE TRIGGER lines_no_truncate BEFORE TRUNCATE ON lines "
        "FOR EACH STATEMENT EXECUTE FUNCTION lines_are_final()",
    ),
}
