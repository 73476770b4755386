"""The registry of outages in the journal's database: few rows, asked by every ticket before it fires.

Each change is one statement, so two that come at once end like one after the other. Must never rewrite what was said
first: a retry would move the clocks of thousands of tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from activities.adapters.database import TABLES, Words, insert
from activities.adapters.sql import SqlJournal
from policies.outage import Outage, Scope

OUTAGES = sa.Table(
    "outages", TABLES,
    sa.Column("id", Words, primary_key=True),
    *(sa.Column(name, Words) for name in ("effect", "owner", "reason", "urgency", "declared_by", "ended_by")),
    *(sa.Column(name, Words) for name in ("approved_by", "priority")),
    *(sa.Column(name, sa.BigInteger) for name in ("since", "expected", "ended_at", "planned_end")),
    sa.Column("scope", sa.JSON), sa.Column("stakeholders", sa.JSON),
    sa.Column("tell_customers", sa.Boolean),
)  # fmt: skip
_OF_THE_END = ("ended_at", "ended_by")
_OF_THE_DECLARATION = (
    "effect",
    "owner",
    "reason",
    "urgency",
    "declared_by",
    "since",
    "expected",
    "planned_end",
    "scope",
    "approved_by",
    "priority",
    "stakeholders",
    "tell_customers",
)


class SqlOutages:
    """The port `Outages`. Raises Refused and Unreachable as the journal does, whose connections it uses."""

    def __init__(self, journal: SqlJournal) -> None:
        self._journal = journal

    async def keep(self, outage: Outage) -> Outage:
        """What was said first stands, of the declaration and of the end."""

        def work(connection: Connection) -> Outage:
            connection.execute(_kept(connection, outage))
            return _read(connection, outage.id) or outage

        return await self._journal.within(work)

    async def extend(self, outage: str, expected: int) -> Outage | None:
        """One that has ended expects nothing any more."""

        def work(connection: Connection) -> Outage | None:
            lasts = OUTAGES.update().where(OUTAGES.c.id == outage, OUTAGES.c.ended_at == 0)
            connection.execute(lasts.values(expected=expected))
            return _read(connection, outage)

        return await self._journal.within(work)

    async def one(self, outage: str) -> Outage | None:
        return await self._journal.within(lambda connection: _read(connection, outage))

    async def concerning(self, opened_at: int, ids: Sequence[str] = ()) -> Sequence[Outage]:
        lasts_or_later = sa.or_(OUTAGES.c.ended_at == 0, OUTAGES.c.ended_at > opened_at, OUTAGES.c.id.in_(ids))
        query = OUTAGES.select().where(lasts_or_later)
        query = query.where(OUTAGES.c.since > 0).order_by(OUTAGES.c.since, OUTAGES.c.id)
        return await self._all(query)

    async def known(self, limit: int) -> Sequence[Outage]:
        return await self._all(OUTAGES.select().order_by(OUTAGES.c.since.desc(), OUTAGES.c.id).limit(limit))

    async def _all(self, query: sa.Select[Any]) -> Sequence[Outage]:
        return await self._journal.within(
            lambda connection: [_outage(row._mapping) for row in connection.execute(query)]
        )


def _kept(connection: Connection, outage: Outage) -> sqlite.Insert | postgresql.Insert:
    new = insert(connection, OUTAGES)
    scope = {name: list(values) for name, values in vars(outage.scope).items()}
    new = new.values({**asdict(outage), "scope": scope, "stakeholders": list(outage.stakeholders)})
    said = new.excluded
    first = {name: sa.case((OUTAGES.c.since > 0, OUTAGES.c[name]), else_=said[name]) for name in _OF_THE_DECLARATION}
    end = {name: sa.case((OUTAGES.c.ended_at > 0, OUTAGES.c[name]), else_=said[name]) for name in _OF_THE_END}
    return new.on_conflict_do_update(index_elements=["id"], set_=first | end)


def _read(connection: Connection, outage: str) -> Outage | None:
    row = connection.execute(OUTAGES.select().where(OUTAGES.c.id == outage)).first()
    return None if row is None else _outage(row._mapping)


def _outage(row: sa.RowMapping) -> Outage:
    scope = Scope(**{part.name: tuple(row["scope"].get(part.name, ())) for part in fields(Scope)})
    return Outage(**{**row, "scope": scope, "stakeholders": tuple(row["stakeholders"])})
