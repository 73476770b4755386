"""What the journal and the outbox share: connections, columns that both databases take, errors without their texts.

Must never know a table.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from activities.fitting import one_line
from activities.ports import Refused, Unreachable

PATIENCE = 30
"""Seconds for a lock or a connection."""
_CONNECT_SECONDS = 10
TABLES = sa.MetaData()


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


def insert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Both databases have the same ON CONFLICT, each by its own name."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def columns(table: sa.Table, model: type[Any]) -> list[sa.Column[Any]]:
    return [table.c[part.name] for part in fields(model)]


def engine_of(url: str, immediate: bool = False, patience: int = PATIENCE) -> Engine:
    """`immediate`: an SQLite transaction takes the write lock at once. `patience`: seconds to wait for others."""
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        return _postgresql(address, patience)
    engine = sa.create_engine(address, connect_args={"timeout": patience})
    event.listen(engine, "connect", partial(_prepare_sqlite, patience))
    event.listen(engine, "begin", _begin_immediate if immediate else _begin)
    return engine


def _postgresql(address: URL, patience: int) -> Engine:
    """TRAP: a pool waits 30 s for a connection, and a statement for ever for a lock, if they are not told otherwise."""
    wait: dict[str, Any] = {"connect_timeout": min(patience, _CONNECT_SECONDS)}
    if patience < PATIENCE:
        given = address.query.get("options", "")
        limits = f"-c lock_timeout={patience}s -c statement_timeout={patience}s"
        wait["options"] = f"{given} {limits}".strip()
    return sa.create_engine(
        address, pool_pre_ping=True, pool_recycle=1800, connect_args=wait, pool_timeout=patience
    )  # fmt: skip


def _address(url: str) -> URL:
    address = make_url(url)
    if address.drivername in {"postgres", "postgresql"}:
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite" and address.database in {None, "", ":memory:"}:
        raise ValueError("the journal needs a file that outlives a connection, like sqlite:///rung.db")
    if address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(f"no journal in '{address.get_backend_name()}'; use sqlite or postgresql")
    return address


def _prepare_sqlite(patience: int, connection: Any, _record: object) -> None:
    """WAL lets views read while activities write; the driver's own BEGIN is replaced, as it forgets DDL."""
    connection.isolation_level = None
    for pragma in (f"busy_timeout={patience * 1000}", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Takes the write lock at once: whoever comes second waits here and then finds the schema ready."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def classified(database: str, error: SQLAlchemyError) -> Exception:
    """Without the statement and its values, which SQLAlchemy appends: they hold the ticket's text."""
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    said = one_line(str(cause))[:200]
    passing = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
    if passing or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unreachable(f"journal ({database}) cannot be reached: {said}")
    return Refused(f"journal ({database}) refused: {said}")
