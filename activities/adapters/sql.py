"""The journal in a database: SQLite by default, PostgreSQL in production, the same statements for both.

Lines are only ever added (triggers see to it, even against other programs); a card only gives way to a newer
one. Must never be asked by a workflow, and never be needed for a ticket to go on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from activities.fitting import one_line
from activities.ports import Card, Line, Refused, Unreachable

_BUSY_MILLISECONDS = 30_000
_CONNECT_SECONDS = 10
_MIGRATION_LOCK = 0x52554E47  # "RUNG", an advisory lock nobody else takes
_ONE_MIGRATION = threading.Lock()
"""Alembic keeps its context in a module: one at a time per process."""

T = TypeVar("T")
_LISTS = ("breached", "paused_by", "tags")


class Instant(sa.TypeDecorator[datetime]):
    """An aware datetime; SQLite, which knows no zones, keeps it in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a datetime without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no zone; the journal keeps instants")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, whatever the session's zone is."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Words(sa.TypeDecorator[str]):
    """Text that both databases take: PostgreSQL knows no NUL, and neither encodes half a surrogate pair."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """One odd character in a ticket must not cost it its time line."""
        return None if value is None else value.replace("\x00", "�").encode(errors="replace").decode()


_TABLES = sa.MetaData()
LINES = sa.Table(
    "lines", _TABLES,
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("id", Words), sa.Column("ticket", Words), sa.Column("at", Instant), sa.Column("kind", Words),
    sa.Column("text", Words), sa.Column("rung", Words), sa.Column("key", Words),
)  # fmt: skip
CARDS = sa.Table(
    "cards", _TABLES,
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
        self._engine = _engine(url)

    async def append(self, lines: Sequence[Line], card: Card) -> None:
        """All or nothing, in one transaction. A known line and an older card change nothing."""
        await self._run(lambda connection: _append(connection, lines, card))

    async def lines(self, ticket: str) -> Sequence[Line]:
        """The time line in the order of events; lines of the same instant as they were appended."""
        query = sa.select(*_columns(LINES, Line)).where(LINES.c.ticket == ticket)
        query = query.order_by(LINES.c.at, LINES.c.seq)
        return await self._run(lambda connection: [Line(*row) for row in connection.execute(query)])

    async def cards(self, tenant: str = "", state: str = "", limit: int = 200) -> Sequence[Card]:
        """The cards whose next instant comes first; those without one at the end."""
        query = sa.select(*_columns(CARDS, Card)).limit(limit)
        query = query.where(CARDS.c.tenant == tenant) if tenant else query
        query = query.where(CARDS.c.state == state) if state else query
        query = query.order_by(CARDS.c.next_due.asc().nulls_last(), CARDS.c.tenant, CARDS.c.ticket)
        return await self._run(lambda connection: [_card(row._mapping) for row in connection.execute(query)])

    async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
        """(cards whose next rung was due before, the longest first; how many there are in all)."""
        late = CARDS.c.next_rung_at < before
        query = sa.select(*_columns(CARDS, Card)).where(late).order_by(CARDS.c.next_rung_at).limit(limit)
        count = sa.select(sa.func.count()).select_from(CARDS).where(late)
        return await self._run(
            lambda connection: (
                [_card(row._mapping) for row in connection.execute(query)], int(connection.execute(count).scalar_one())
            )
        )  # fmt: skip

    async def undelivered(self, since: datetime, limit: int) -> Sequence[Line]:
        """Lines that say so, the newest first."""
        query = sa.select(*_columns(LINES, Line)).where(LINES.c.kind == "undelivered", LINES.c.at >= since)
        query = query.order_by(LINES.c.at.desc(), LINES.c.seq.desc()).limit(limit)
        return await self._run(lambda connection: [Line(*row) for row in connection.execute(query)])

    async def heard_of(self, event: str, since: datetime) -> Sequence[str]:
        """`tenant/id` of the tickets whose time lines tell that event in these words, at that instant or later."""
        query = sa.select(LINES.c.ticket).where(LINES.c.kind == "event", LINES.c.at >= since, LINES.c.text == event)
        return await self._run(lambda connection: sorted(connection.execute(query.distinct()).scalars()))

    async def within(self, work: Callable[[Connection], T]) -> T:
        """One transaction on other tables of the same database."""
        return await self._run(work)

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
            raise _classified(self._engine.dialect.name, error) from None


def migrate(url: str) -> None:
    """Bring the schema up to date; blocks. Of several workers that start at once one works."""
    engine = _engine(url, immediate=True)
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
        raise _classified(engine.dialect.name, error) from None
    finally:
        engine.dispose()


def _append(connection: Connection, lines: Sequence[Line], card: Card) -> None:
    if lines:
        new = _insert(connection, LINES).on_conflict_do_nothing(index_elements=["id"])
        connection.execute(new, [asdict(line) for line in lines])
    row = asdict(card) | {name: list(getattr(card, name)) for name in _LISTS}
    insert = _insert(connection, CARDS).values(row)
    newer = {name: insert.excluded[name] for name in row if name not in {"tenant", "ticket"}}
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["tenant", "ticket"], set_=newer, where=CARDS.c.revision < insert.excluded.revision
        )
    )


def _insert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Both databases have the same ON CONFLICT, each by its own name."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _columns(table: sa.Table, model: type[Any]) -> list[sa.Column[Any]]:
    return [table.c[part.name] for part in fields(model)]


def _card(row: sa.RowMapping) -> Card:
    return Card(**{**row, **{name: tuple(row[name]) for name in _LISTS}})


def _engine(url: str, immediate: bool = False) -> Engine:
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        patience = {"connect_timeout": _CONNECT_SECONDS}
        return sa.create_engine(address, pool_pre_ping=True, pool_recycle=1800, connect_args=patience)
    engine = sa.create_engine(address, connect_args={"timeout": _BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate if immediate else _begin)
    return engine


def _address(url: str) -> URL:
    address = make_url(url)
    if address.drivername in {"postgres", "postgresql"}:
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite" and address.database in {None, "", ":memory:"}:
        raise ValueError("the journal needs a file that outlives a connection, like sqlite:///rung.db")
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(f"no journal in '{address.get_backend_name()}'; use sqlite or postgresql")
    return address


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL lets views read while activities write; the driver's own BEGIN is replaced, as it forgets DDL."""
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Takes the write lock at once: whoever comes second waits here and then finds the schema ready."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _classified(database: str, error: SQLAlchemyError) -> Exception:
    """Without the statement and its values, which SQLAlchemy appends: they hold the ticket's text."""
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    said = one_line(str(cause))[:200]
    passing = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
    if passing or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unreachable(f"journal ({database}) cannot be reached: {said}")
    return Refused(f"journal ({database}) refused: {said}")
