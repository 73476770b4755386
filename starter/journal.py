"""The journal and the outbox in its database as views read them: opened for one question, with messages for people.

Views read it instead of asking tickets (design 6). Must never make or change a database: the worker does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Sent
from activities.ports import Refused, Unreachable
from starter.answering import Unable, Unfit
from starter.settings import Settings

Store = TypeVar("Store", SqlJournal, SqlOutbox)
_SQLITE = "sqlite:///"
_NO_TABLES = ("no such table", "does not exist", "no such column")
_NEXT = "'rung up' or 'rung worker' makes it; if yours is elsewhere, set RUNG_JOURNAL_URL to the worker's"


@asynccontextmanager
async def journal(settings: Settings) -> AsyncIterator[SqlJournal]:
    """Raises Unable with the next step when there is none, or one that cannot be read; Unfit for an address of none."""
    async with _opened(SqlJournal, settings.journal_url) as found:
        yield found


@asynccontextmanager
async def outbox(settings: Settings) -> AsyncIterator[SqlOutbox]:
    """The same for messages on their way."""
    async with _opened(partial(SqlOutbox, reading=True), settings.journal_url) as found:
        yield found


@asynccontextmanager
async def _opened(store: Callable[[str], Store], url: str) -> AsyncIterator[Store]:
    found = _open(store, url)
    try:
        yield found
    except (Refused, Unreachable) as error:
        raise Unable([_advised(str(error))]) from error
    finally:
        await found.close()


async def messages(settings: Settings, tenant: str, ticket: str) -> Sequence[Sent]:
    """What became of a ticket's messages; nothing where the outbox cannot be read: the ticket is shown all the same."""
    try:
        async with outbox(settings) as found:
            return await found.sent(tenant, ticket)
    except (Unable, Unfit):  # who asks for the journal itself is told
        return ()


def _open(store: Callable[[str], Store], url: str) -> Store:
    _check(url)
    try:
        return store(url)
    except Exception as error:  # SQLAlchemy has many; all say that the address is wrong
        raise Unfit([f"RUNG_JOURNAL_URL cannot be used: {error}"]) from None


def _check(url: str) -> None:
    """TRAP: SQLite would make an empty file of a misspelt name."""
    file = url.partition("?")[0].removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and not Path(file).is_file():
        raise Unable([f"no journal at {file}; {_NEXT}"])


def _advised(message: str) -> str:
    if any(sign in message for sign in _NO_TABLES):
        return f"{message}; its tables are missing or old: start 'rung worker' once, or 'rung doctor --register'"
    return f"{message}; check RUNG_JOURNAL_URL and whether the database is up"
