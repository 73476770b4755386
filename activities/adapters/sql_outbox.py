"""The outbox in the journal's database: who is told what and when, and what became of it.

Every question is one short transaction under a lock on the contact, so that of several workers one sends. It waits for
nobody longer than seconds: a page must not hang on it. Must never hold an address, nor a text once it is out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from activities.adapters.database import Instant, classified, engine_of
from activities.adapters.desk import Desk
from activities.adapters.messages_kept import forget, unsettled
from activities.adapters.messages_table import MESSAGES, PAGE, M, noted, outcome_of
from activities.outbox import Outbox, Planned, Sent, Turn, Unsettled
from policies.dispatch import REACHED, Outcome, after, given_up

PATIENCE = 1
"""Seconds for a lock or a connection."""
_THREADS = 8

T = TypeVar("T")


class SqlOutbox(Outbox):
    """The port `Outbox`. `migrate(url)` of the journal makes its table; `close()` at the end."""

    def __init__(self, url: str, window: int = 0, reading: bool = False) -> None:
        """`window`: seconds within which messages to one contact become one; 0 = none does."""
        self._engine = engine_of(url, immediate=not reading, patience=PATIENCE)
        self._window = window
        single = self._engine.dialect.name == "sqlite"  # TRAP: SQLite has one writer; more threads would only wait
        self._threads = ThreadPoolExecutor(1 if single else _THREADS, "outbox")

    async def turn(self, message: Planned, now: datetime, patience: int | None = None) -> Turn:
        """What is to be done with it now."""
        return await self._run(lambda connection: Desk(connection, message, now, self._window, patience).turn())

    async def note(
        self, key: str, news: Outcome, now: datetime, settled: bool = False, again_at: datetime | None = None
    ) -> Outcome | None:
        """Add what became known. Texts of a bundle that is out are forgotten."""
        more = {"again_at": again_at} if again_at else {}
        return await self._run(
            lambda connection: noted(connection, key, lambda old: after(old, news), now, settled, more)
        )

    async def give_up(self, key: str, reason: str, now: datetime) -> Outcome | None:
        """No receipt came in time."""
        return await self._run(
            lambda connection: noted(connection, key, lambda old: given_up(old, reason), now, True, {})
        )

    async def sent(self, tenant: str, ticket: str) -> Sequence[Sent]:
        """A ticket's messages, the oldest first; one in a bundle shares its fate."""
        whole = MESSAGES.alias("whole")
        size = sa.select(sa.func.count()).select_from(whole).where(whole.c.bundle == M.bundle, M.bundle != "")
        bundle = MESSAGES.alias("bundle")
        query = (
            sa.select(*MESSAGES.columns, size.scalar_subquery().label("size"), *_named(bundle))
            .select_from(MESSAGES.outerjoin(bundle, bundle.c.key == M.bundle))
            .where(M.tenant == tenant, M.ticket == ticket)
            .order_by(M.created, M.key)
        )
        return await self._run(lambda connection: [_sent(dict(row._mapping)) for row in connection.execute(query)])

    async def outcomes(self, page: str) -> Mapping[str, Outcome]:
        """Key -> what is known of it; those in bundles are not looked for, as their `page` tells of one ticket."""
        query = sa.select(MESSAGES).where(M.page == page, M.bundle == "")

        def work(connection: Connection) -> dict[str, Outcome]:
            return {row.key: outcome_of(dict(row._mapping)) for row in connection.execute(query)}

        return await self._run(work)

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        """How many pages each of them got since then; everybody who is asked for is in the answer."""
        bundle = MESSAGES.alias("bundle")
        one = sa.case((M.bundle != "", M.bundle), else_=M.page)
        query = (
            sa.select(M.person, sa.func.count(sa.distinct(one)))
            .select_from(MESSAGES.outerjoin(bundle, bundle.c.key == M.bundle))
            .where(M.kind == PAGE, M.person.in_(list(people)))
            .where(sa.func.coalesce(bundle.c.state, M.state).in_(REACHED))
            .where(
                sa.func.coalesce(bundle.c.sent, M.sent, type_=Instant) >= sa.bindparam("since", since, type_=Instant)
            )
            .group_by(M.person)
        )
        found = await self._run(lambda connection: {row[0]: int(row[1]) for row in connection.execute(query)})
        return {person: found.get(person, 0) for person in people}

    async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
        """Messages of which nobody knows what became of them, though their sending began before."""
        return await self._run(lambda connection: unsettled(connection, since, before, most))

    async def forget(self, before: datetime, most: int) -> int:
        """Delete rows of messages that are over; how many."""
        return await self._run(lambda connection: forget(connection, before, most))

    async def close(self) -> None:
        """Give the connections back."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise classified(self._engine.dialect.name, error) from None


def _named(bundle: sa.FromClause) -> list[sa.Label[Any]]:
    names = ("state", "provider", "reference", "reason", "sent", "settled")
    return [bundle.c[name].label(f"bundle_{name}") for name in names]


def _sent(row: Mapping[str, Any]) -> Sent:
    prefix = "bundle_" if row["bundle"] else ""
    return Sent(
        row["key"], row["person"], row["channel"], outcome_of(row, prefix), row["created"], row["due"],
        row[f"{prefix}sent"], row[f"{prefix}settled"], row["bundle"], max(int(row["size"]), 1),
    )  # fmt: skip
