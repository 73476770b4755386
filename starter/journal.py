"""The journal as views read it: opened for one question, with messages for people.

Views read it instead of asking tickets (design 6). Must never make or change a database: the worker does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Sent
from activities.ports import Refused, Unreachable
from starter.answering import Unable, Unfit
from starter.settings import Settings

_SQLITE = "sqlite:///"
_NO_TABLES = ("no such table", "does not exist", "no such column")
_NEXT = "'rung up' or 'rung worker' makes it; if yours is elsewhere, set RUNG_JOURNAL_URL to the worker's"


@asynccontextmanager
async def journal(settings: Settings) -> AsyncIterator[SqlJournal]:
    """Raises Unable with the next step when there is none, or one that cannot be read; Unfit for an address of none."""
    opened = _open(settings.journal_url)
    try:
        yield opened
    except (Refused, Unreachable) as error:
        raise Unable([_advised(str(error))]) from error
    finally:
        await opened.close()


async def messages(settings: Settings, tenant: str, ticket: str) -> Sequence[Sent]:
    """What became of a ticket's messages; nothing where the outbox cannot be read: the ticket is shown all the same."""
    try:
        _check(settings.journal_url)
        outbox = SqlOutbox(settings.journal_url, reading=True)
    except Exception:  # no journal, or an address of none; who asks for the journal itself is told
        return ()
    try:
        return await outbox.sent(tenant, ticket)
    except (Refused, Unreachable):
        return ()
    finally:
        await outbox.close()


def _open(url: str) -> SqlJournal:
    _check(url)
    try:
        return SqlJournal(url)
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
