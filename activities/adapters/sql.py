"""The journal in a database: SQLite by default, PostgreSQL in production, the same statements for both.

Lines are only ever added (triggers see to it, even against other programs); a card only gives way to a newer
one. Must never be asked by a workflow, and never be needed for a ticket to go on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from activities.adapters.database import TABLES, Instant, Words, classified, columns, engine_of, insert
from activities.ports import Card, Line

_MIGRATION_LOCK = 0x52554E47  # "RUNG", an advisory lock nobody else takes
_ONE_MIGRATION = threading.Lock()
"""Alembic keeps its context in a module: one at a time per process."""

T = TypeVar("T")
_LISTS = ("breached", "paused_by", "tags")

LINES = sa.Table(
    "lines", TABLES,
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("id", Words), sa.Column("ticket", Words), sa.Column("at", Instant), sa.Column("kind", Words),
    sa.Column("text", Words), sa.Column("rung", Words), sa.Column("key", Words),
)  # fmt: skip
CARDS = sa.Table(
    "cards", TABLES,
    sa.Column("tenant", Words, primary_key=True), sa.Column("ticket", Words, primary_key=True),
    sa.Column("workflow_id", Words), sa.Column("run_id", Words), sa.Column("revision", sa.BigInteger),
    sa.Column("state", Words), sa.Column("summary", Words), sa.Column("tier", Words),
    sa.Column("urgency", Words), sa.Column("priority", Words), sa.Column("service", Words),
    sa.Column("team", Words), sa.Column("assignee", Words), sa.Column("policy", Words),
    sa.Column("level", sa.Integer),
    sa.Column("opened_at", Instant), sa.Column("next_due", Instant), sa.Column("resolution_due", Instant),
    sa.Column("breached", sa.JSON), sa.Column("paused_by", sa.JSON),
    sa.Column("next_rung_at", Instant), sa.Column("next_rung", Words),
    sa.Column("region", Words), sa.Column("tags", sa.JSON),
)  # fmt: skip


class SqlJournal:
    """The port `Journal`. Run `migrate(url)` before the first use and `close()` at the end."""

    def __init__(self, url: str) -> None:
        """`sqlite:///rung.db`, `postgresql+psycopg://user:password@host/name`."""
        self._engine = engine_of(url)

    async def append(self, lines: Sequence[Line], card: Card) -> None:
        """All or nothing, in one transaction. A known line and an older card change nothing."""
        await self._run(lambda connection: _append(connection, lines, card))

    async def lines(self, ticket: str) -> Sequence[Line]:
        """The time line in the order of events; lines of the same instant as they were appended."""
        query = sa.select(*columns(LINES, Line)).where(LINES.c.ticket == ticket)
        query = query.order_by(LINES.c.at, LINES.c.seq)
        return await self._run(lambda connection: [Line(*row) for row in connection.execute(query)])

    async def cards(self, tenant: str = "", state: str = "", limit: int = 200) -> Sequence[Card]:
        """The cards whose next instant comes first; those without one at the end."""
        query = sa.select(*columns(CARDS, Card)).limit(limit)
        query = query.where(CARDS.c.tenant == tenant) if tenant else query
        query = query.where(CARDS.c.state == state) if state else query
        query = query.order_by(CARDS.c.next_due.asc().nulls_last(), CARDS.c.tenant, CARDS.c.ticket)
        return await self._run(lambda connection: [_card(row._mapping) for row in connection.execute(query)])

    async def card(self, tenant: str, ticket: str) -> Card | None:
        """One ticket's card, None when it is not known."""
        query = sa.select(*columns(CARDS, Card)).where(CARDS.c.tenant == tenant, CARDS.c.ticket == ticket)
        rows = await self._run(lambda connection: [_card(row._mapping) for row in connection.execute(query)])
        return rows[0] if rows else None

    async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
        """(cards whose next rung was due before, the longest first; how many there are in all)."""
        late = CARDS.c.next_rung_at < before
        query = sa.select(*columns(CARDS, Card)).where(late).order_by(CARDS.c.next_rung_at).limit(limit)
        count = sa.select(sa.func.count()).select_from(CARDS).where(late)
        return await self._run(
            lambda connection: (
                [_card(row._mapping) for row in connection.execute(query)], int(connection.execute(count).scalar_one())
            )
        )  # fmt: skip

    async def undelivered(self, since: datetime, limit: int) -> Sequence[Line]:
        """Lines that say so, the newest first."""
        query = sa.select(*columns(LINES, Line)).where(LINES.c.kind == "undelivered", LINES.c.at >= since)
        query = query.order_by(LINES.c.at.desc(), LINES.c.seq.desc()).limit(limit)
        return await self._run(lambda connection: [Line(*row) for row in connection.execute(query)])

    async def heard_of(self, event: str, since: datetime) -> Sequence[str]:
        """`tenant/id` of the tickets whose time lines tell that event in these words, at that instant or later."""
        query = sa.select(LINES.c.ticket).where(LINES.c.kind == "event", LINES.c.at >= since, LINES.c.text == event)
        return await self._run(lambda connection: sorted(connection.execute(query.distinct()).scalars()))

    async def not_sent(self, because: str, since: datetime) -> Mapping[str, int]:
        """How many messages were not sent for that reason, by ticket."""
        said = LINES.c.text.endswith(f": {because}", autoescape=True)
        query = sa.select(LINES.c.ticket, sa.func.count()).where(LINES.c.kind == "not_sent", LINES.c.at >= since, said)
        counted = query.group_by(LINES.c.ticket)
        return await self._run(lambda connection: {row[0]: int(row[1]) for row in connection.execute(counted)})

    async def within(self, work: Callable[[Connection], T]) -> T:
        """One transaction on other tables of the same database."""
        return await self._run(work)

    async def note(self, lines: Sequence[Line]) -> None:
        """Lines without a card; a known one changes nothing."""
        await self._run(lambda connection: _append_lines(connection, lines))

    async def unclosed(self, after: str, limit: int) -> Sequence[str]:
        """Tickets that are not closed, by tenant and id; `limit` of those behind `after` (`tenant/id`, "" = all)."""
        place = sa.tuple_(CARDS.c.tenant, CARDS.c.ticket)
        query = sa.select(CARDS.c.tenant, CARDS.c.ticket).where(CARDS.c.state != "closed")
        query = query.order_by(CARDS.c.tenant, CARDS.c.ticket).limit(limit)
        if after:
            query = query.where(place > sa.tuple_(*after.split("/", 1)))
        return await self._run(lambda connection: [f"{row[0]}/{row[1]}" for row in connection.execute(query)])

    async def close(self) -> None:
        """Give the connections back."""
        await asyncio.to_thread(self._engine.dispose)

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise classified(self._engine.dialect.name, error) from None


def migrate(url: str) -> None:
    """Bring the schema up to date; blocks. Of several workers that start at once one works."""
    engine = engine_of(url, immediate=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with _ONE_MIGRATION, engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise classified(engine.dialect.name, error) from None
    finally:
        engine.dispose()


def _append(connection: Connection, lines: Sequence[Line], card: Card) -> None:
    _append_lines(connection, lines)
    row = asdict(card) | {name: list(getattr(card, name)) for name in _LISTS}
    new_card = insert(connection, CARDS).values(row)
    newer = {name: new_card.excluded[name] for name in row if name not in {"tenant", "ticket"}}
    connection.execute(
        new_card.on_conflict_do_update(
            index_elements=["tenant", "ticket"], set_=newer, where=CARDS.c.revision < new_card.excluded.revision
        )
    )


def _append_lines(connection: Connection, lines: Sequence[Line]) -> None:
    if lines:
        new = insert(connection, LINES).on_conflict_do_nothing(index_elements=["id"])
        connection.execute(new, [asdict(line) for line in lines])


def _card(row: sa.RowMapping) -> Card:
    return Card(**{**row, **{name: tuple(row[name]) for name in _LISTS}})
