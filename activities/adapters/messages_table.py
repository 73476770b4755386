"""The table of the outbox and how its rows read.

Must never decide: what a row means stands in `policies/dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from activities.adapters.database import TABLES, Instant, Words
from activities.outbox import LOOK, Turn
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, PLANNED, REACHED, Outcome

BUNDLE, PAGE = "bundle", "page"
_TEXTS = ("tenant", "ticket", "page", "kind", "person", "channel", "urgency", "state", "provider", "reference",
          "reason", "bundle", "content")  # fmt: skip
MESSAGES = sa.Table(
    "messages", TABLES,
    sa.Column("key", Words, primary_key=True),
    *(sa.Column(name, Words) for name in _TEXTS),
    sa.Column("held", sa.Boolean),
    *(sa.Column(name, Instant) for name in ("created", "due", "checked_in", "sent", "settled", "again_at")),
)  # fmt: skip
M = MESSAGES.c


def waiting(due: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Those of a contact that are to go at that instant, with others."""
    return (M.held, M.due == due, M.state == PLANNED, M.bundle == "")


def noted(
    connection: Connection, key: str, change: Callable[[Outcome], Outcome], now: datetime, settled: bool,
    more: Mapping[str, Any],
) -> Outcome | None:  # fmt: skip
    """Change what is known of a message; None when nobody planned it. Texts of a bundle that is out are forgotten."""
    row = row_of(connection, key, to_change=True)
    if row is None:
        return None
    old = outcome_of(row)
    new = change(old)
    values = {**asdict(new), **more}
    if row["settled"] is None and (settled or new.state in (DELIVERED, FAILED)):
        values["settled"] = now
    if new.state == ACCEPTED and old.state != ACCEPTED:
        values["sent"] = now
    connection.execute(sa.update(MESSAGES).where(M.key == key).values(**values))
    if new.state in (*REACHED, FAILED):
        connection.execute(sa.update(MESSAGES).where(M.bundle == key).values(content=""))
    return new


def row_of(connection: Connection, key: str, to_change: bool = False) -> Mapping[str, Any] | None:
    """TRAP: who locks a member and then its bundle meets a receipt that locks them the other way round."""
    query = sa.select(MESSAGES).where(M.key == key)
    found = connection.execute(query.with_for_update() if to_change else query).one_or_none()
    return None if found is None else dict(found._mapping)


def outcome_of(row: Mapping[str, Any], prefix: str = "") -> Outcome:
    return Outcome(*(str(row[prefix + name]) for name in ("state", "provider", "reference", "reason")))


def is_over(row: Mapping[str, Any]) -> bool:
    """It is sent, or never will be. TRAP: unknown is over only when it was given up."""
    return row["settled"] is not None or row["state"] in (*REACHED, FAILED)


def looked(row: Mapping[str, Any], size: int) -> Turn:
    return Turn(LOOK, row["key"], outcome_of(row), size=size, created=row["created"], sent=row["sent"],
                settled=row["settled"] is not None)  # fmt: skip


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
