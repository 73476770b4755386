"""How long rows of messages are kept, and which of them nobody settles any more.

A message is over when the provider's word is final, or when its ticket has said what became of it. Must never forget
one that may still go out: its row is what keeps it from going twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from activities.adapters.messages_table import BUNDLE, MESSAGES, M
from activities.adapters.sql import LINES
from activities.outbox import Unsettled
from policies.dispatch import FAILED, REACHED, SENDING, UNKNOWN

_SAID = ("done", "undelivered", "withdrawn")
"""Kinds of lines that tell what became of a message."""


def forget(connection: Connection, before: datetime, most: int) -> int:
    """Delete the oldest rows of messages that are over and older than that; returns how many.

    TRAP: a bundle goes after those in it: they share its fate, and ask it for it.
    """
    old = sa.select(M.key).where(M.created < before, sa.case((M.kind == BUNDLE, _is_empty()), else_=_is_over()))
    chosen = old.order_by(M.created, M.key).limit(most)
    return connection.execute(sa.delete(MESSAGES).where(M.key.in_(chosen.scalar_subquery()))).rowcount


def unsettled(connection: Connection, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
    """Messages whose sending began between the two, and nobody knows what became of them; the oldest first."""
    member = MESSAGES.alias("member")
    waited_for = sa.exists().where(member.c.bundle == M.key, sa.not_(_said(member.c)))
    query = (
        sa.select(M.tenant, M.ticket, M.key, M.person, M.channel, M.sent, M.reason)
        .where(M.state.in_((SENDING, UNKNOWN)), M.settled.is_(None), M.bundle == "")
        .where(M.sent >= since, sa.func.coalesce(M.again_at, M.sent) < sa.bindparam("before", before, M.sent.type))
        .where(sa.case((M.kind == BUNDLE, waited_for), else_=sa.not_(_said(M))))
        .order_by(M.sent, M.key).limit(most)
    )  # fmt: skip
    return [Unsettled(f"{row[0]}/{row[1]}" if row[1] else "", *row[2:]) for row in connection.execute(query)]


def _is_over() -> sa.ColumnElement[bool]:
    whole = MESSAGES.alias("whole")
    of_bundle = sa.exists().where(whole.c.key == M.bundle, _is_final(whole.c))
    return sa.or_(sa.and_(M.bundle == "", _is_final(M)), of_bundle, _said(M))


def _is_final(of: Any) -> sa.ColumnElement[bool]:
    return sa.or_(of.settled.is_not(None), of.state.in_((*REACHED, FAILED)))


def _is_empty() -> sa.ColumnElement[bool]:
    member = MESSAGES.alias("member")
    return sa.not_(sa.exists().where(member.c.bundle == M.key))


def _said(of: Any) -> sa.ColumnElement[bool]:
    """Whether the ticket has a line about it. TRAP: of another life of the ticket the key ends with that life."""
    same, later = LINES.c.key == of.key, of.key.like(LINES.c.key.concat("@%"))
    ticket = of.tenant.concat("/").concat(of.ticket)
    told = sa.or_(same, sa.and_(LINES.c.key != "", later, LINES.c.at >= of.created))
    return sa.exists().where(LINES.c.ticket == ticket, LINES.c.kind.in_(_SAID), told)
