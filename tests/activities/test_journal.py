"""The journal: the contract, kept by the fake, SQLite and PostgreSQL; and that nobody rewrites a line."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from activities.adapters.sql import SqlJournal, migrate
from activities.ports import Card, Journal, Line, Refused, Unreachable
from tests.support.fakes import FakeJournal

NOON = datetime(2026, 3, 27, 3, 0, 0, 123456, tzinfo=UTC)
CARD = Card(
    tenant="acme", ticket="4711", workflow_id="ticket/acme/4711", run_id="r1", revision=1, state="open",
    summary="결제 '안' 됨; DROP TABLE lines", tier="gold", urgency="high", priority="P2", service="pay", team="support",
    assignee="kim", policy="standard.v1", level=0, opened_at=NOON, next_due=NOON + timedelta(hours=4),
    resolution_due=None, breached=("first_response",), paused_by=("customer", "outage:INC-7"),
    next_rung_at=NOON + timedelta(hours=2), next_rung="resolution-50",
)  # fmt: skip


def line(id: str, minutes: int = 0, ticket: str = "acme/4711", text: str = "opened") -> Line:
    return Line(id, ticket, NOON + timedelta(minutes=minutes), "event", text, rung="L1", key=f"acme/4711/1/{id}")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/rung.db"
    return fresh_schema(request.getfixturevalue("postgres_url"), tmp_path.name)


def fresh_schema(server: str, name: str) -> str:
    """A schema of its own costs a hundredth of a database of its own."""
    schema = "t_" + "".join(c if c.isalnum() else "_" for c in name).lower()[:50]
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture
async def sql(url: str) -> AsyncIterator[SqlJournal]:
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    yield journal
    await journal.close()


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    if request.param == "fake":
        yield FakeJournal()
        return
    url = f"sqlite:///{tmp_path}/rung.db"
    if request.param == "postgresql":
        url = fresh_schema(request.getfixturevalue("postgres_url"), tmp_path.name)
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    yield journal
    await journal.close()


async def test_what_is_written_is_read_back_the_same(journal: Journal) -> None:
    await journal.append([line("a"), line("b", 1)], CARD)

    assert list(await journal.lines("acme/4711")) == [line("a"), line("b", 1)]
    assert list(await journal.cards()) == [CARD]
    assert list(await journal.lines("acme/4712")) == []


async def test_the_same_lines_again_change_nothing(journal: Journal) -> None:
    await journal.append([line("a"), line("b", 1)], CARD)
    await journal.append([line("a", text="rewritten"), line("b", 1), line("c", 2)], CARD)

    assert list(await journal.lines("acme/4711")) == [line("a"), line("b", 1), line("c", 2)]


async def test_a_batch_may_name_a_line_twice(journal: Journal) -> None:
    await journal.append([line("a"), line("a", text="again")], CARD)

    assert list(await journal.lines("acme/4711")) == [line("a")]


async def test_lines_stand_in_the_order_of_events_then_of_arrival(journal: Journal) -> None:
    await journal.append([line("z", 5), line("y", 5)], CARD)
    await journal.append([line("late", 1), line("x", 5)], CARD)

    assert [one.id for one in await journal.lines("acme/4711")] == ["late", "z", "y", "x"]


async def test_only_a_newer_card_replaces_the_card(journal: Journal) -> None:
    newer = replace(CARD, revision=3, state="resolved", next_due=None, breached=(), level=2)
    for card in (CARD, newer, replace(CARD, revision=2), replace(newer, state="of the same revision")):
        await journal.append([], card)

    assert list(await journal.cards()) == [newer]


async def test_cards_are_filtered_limited_and_sorted_by_what_is_due_first(journal: Journal) -> None:
    cards = [
        replace(CARD, ticket="none", next_due=None),
        replace(CARD, ticket="later", next_due=NOON + timedelta(hours=2)),
        replace(CARD, ticket="sooner", next_due=NOON + timedelta(hours=1)),
        replace(CARD, ticket="closed", state="closed", next_due=None),
        replace(CARD, tenant="zeta", ticket="sooner", next_due=NOON + timedelta(hours=1)),
    ]
    for card in cards:
        await journal.append([], card)

    def names(found: object) -> list[str]:
        return [f"{card.tenant}/{card.ticket}" for card in found]  # type: ignore[attr-defined]

    everything = ["acme/sooner", "zeta/sooner", "acme/later", "acme/closed", "acme/none"]
    assert names(await journal.cards()) == everything
    assert names(await journal.cards(limit=2)) == everything[:2]
    assert names(await journal.cards(tenant="zeta")) == ["zeta/sooner"]
    assert names(await journal.cards(tenant="acme", state="closed")) == ["acme/closed"]
    assert names(await journal.cards(state="merged")) == []


async def test_the_tickets_that_heard_of_an_event_are_found_by_its_words(journal: Journal) -> None:
    said = "pause outage:INC-7 by lee"
    await journal.append(
        [line("a", 1, "acme/2", said), line("b", 5, "acme/1", said), line("c", 6, "acme/1", said)], CARD
    )
    await journal.append([line("d", -1, "acme/3", said), line("e", 1, "acme/4", f"{said}a")], CARD)
    await journal.append([replace(line("f", 1, "acme/5", said), kind="ignored")], CARD)
    assert await journal.heard_of(said, NOON) == ["acme/1", "acme/2"]


async def test_an_instant_is_an_instant_in_any_zone(journal: Journal) -> None:
    seoul = replace(line("a"), at=NOON.astimezone(ZoneInfo("Asia/Seoul")))
    await journal.append([seoul], CARD)

    assert list(await journal.lines("acme/4711")) == [line("a")]


async def test_twenty_workers_at_once_write_every_line_once(journal: Journal) -> None:
    lines = [line(f"l{number}", number) for number in range(10)]
    cards = [replace(CARD, revision=number) for number in range(20)]
    await asyncio.gather(*(journal.append(lines, card) for card in cards))

    assert list(await journal.lines("acme/4711")) == lines
    assert list(await journal.cards()) == [cards[-1]]


async def test_odd_characters_cost_no_line_its_place(sql: SqlJournal) -> None:
    await sql.append([line("a", text="nul \x00, half a pair \ud83d, whole 😀")], CARD)

    assert [one.text for one in await sql.lines("acme/4711")] == ["nul �, half a pair ?, whole 😀"]


async def test_all_of_an_append_is_kept_or_nothing(sql: SqlJournal) -> None:
    naive = replace(CARD, opened_at=datetime(2026, 3, 27))  # noqa: DTZ001

    with pytest.raises(Refused, match="has no zone"):
        await sql.append([line("a")], naive)

    assert list(await sql.lines("acme/4711")) == []
    assert list(await sql.cards()) == []


REPLACE = (
    "INTO lines (seq, id, ticket, at, kind, text, rung, key) "
    "SELECT seq, id, ticket, at, kind, 'never happened', rung, key FROM lines"
)
REWRITES = {
    "sqlite": {
        "UPDATE lines SET text = 'never happened'": "refused",
        "DELETE FROM lines": "refused",
        f"INSERT OR REPLACE {REPLACE}": "passed over",
        f"REPLACE {REPLACE.replace('SELECT seq', 'SELECT NULL')}": "passed over",
        f"REPLACE {REPLACE.replace('SELECT seq, id', 'SELECT seq, id || 2')}": "refused",
        f"INSERT {REPLACE} WHERE true ON CONFLICT (id) DO UPDATE SET text = 'never happened'": "passed over",
    },
    "postgresql": {
        "UPDATE lines SET text = 'never happened'": "refused",
        "DELETE FROM lines": "refused",
        "TRUNCATE lines": "refused",
        f"INSERT {REPLACE} ON CONFLICT (id) DO UPDATE SET text = 'never happened'": "refused",
    },
}
"""What another program might try. A known id is passed over by SQLite before it can be replaced."""


async def test_no_program_can_rewrite_a_line(sql: SqlJournal, url: str) -> None:
    attempts = REWRITES[url.partition(":")[0].partition("+")[0]]
    await sql.append([line("a"), line("b", 1)], CARD)

    def rewrite(statement: str) -> str:
        engine = sa.create_engine(url)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(statement)
        except DBAPIError as error:
            return "refused" if "journal lines are never" in str(error.orig) else str(error.orig)
        finally:
            engine.dispose()
        return "passed over"

    assert {statement: await asyncio.to_thread(rewrite, statement) for statement in attempts} == attempts
    assert list(await sql.lines("acme/4711")) == [line("a"), line("b", 1)]


async def test_several_workers_may_start_at_once(url: str) -> None:
    script = f"from activities.adapters.sql import migrate; migrate({url!r})"
    command = [sys.executable, "-W", "error", "-c", script]
    starts = [await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(3)]
    said = await asyncio.gather(*(start.communicate() for start in starts))

    assert [start.returncode for start in starts] == [0, 0, 0], said
    journal = SqlJournal(url)
    await journal.append([line("a")], CARD)
    assert list(await journal.lines("acme/4711")) == [line("a")]
    await journal.close()


async def test_starting_again_or_in_two_threads_changes_nothing(sql: SqlJournal, url: str) -> None:
    await sql.append([line("a")], CARD)
    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(3)))

    assert list(await sql.lines("acme/4711")) == [line("a")]


async def test_cards_of_the_first_schema_stay_and_say_nothing_of_the_next_rung(sql: SqlJournal, url: str) -> None:
    await sql.append([], CARD)

    def back_to_the_first() -> None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for index in ("cards_by_rung", "lines_by_kind"):
                connection.execute(sa.text(f"DROP INDEX {index}"))
            connection.execute(sa.text("DROP TABLE outages"))
            for column in ("next_rung_at", "next_rung", "region", "tags"):
                connection.execute(sa.text(f"ALTER TABLE cards DROP COLUMN {column}"))
            connection.execute(sa.text("DROP TABLE messages"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        engine.dispose()

    await asyncio.to_thread(back_to_the_first)
    await asyncio.to_thread(migrate, url)
    assert list(await sql.cards()) == [replace(CARD, next_rung_at=None, next_rung="")]


async def test_the_schema_is_the_one_the_statements_expect(sql: SqlJournal, url: str) -> None:
    def columns() -> dict[str, set[str]]:
        engine = sa.create_engine(url)
        inspector = sa.inspect(engine)
        found = {name: {c["name"] for c in inspector.get_columns(name)} for name in ("lines", "cards", "messages")}
        engine.dispose()
        return found

    from activities.adapters.messages_table import MESSAGES
    from activities.adapters.sql import CARDS, LINES

    expected = {table.name: {column.name for column in table.columns} for table in (LINES, CARDS, MESSAGES)}
    assert await asyncio.to_thread(columns) == expected


async def test_a_database_that_was_never_migrated_is_told_without_the_tickets_text(tmp_path: Path) -> None:
    journal = SqlJournal(f"sqlite:///{tmp_path}/rung.db")
    with pytest.raises(Unreachable, match=r"no such table: lines") as error:
        await journal.append([line("a", text="private")], CARD)
    await journal.close()

    assert "private" not in str(error.value)


async def test_a_database_that_is_not_there_is_unreachable_and_shows_no_password() -> None:
    journal = SqlJournal("postgresql://rung:pass-word@127.0.0.1:1/rung")
    with pytest.raises(Unreachable) as error:
        await journal.cards()
    await journal.close()

    assert "pass-word" not in str(error.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_a_journal_that_cannot_last_is_not_built(url: str) -> None:
    with pytest.raises((ValueError, sa.exc.NoSuchModuleError)):
        SqlJournal(url)


async def test_what_was_not_sent_for_a_reason_is_counted_by_ticket_from_an_instant_on(journal: Journal) -> None:
    def unsent(id: str, minutes: int, ticket: str = "acme/1", text: str = "sms kim: muted by outage INC-7") -> Line:
        return replace(line(id, minutes, ticket, text), kind="not_sent")

    await journal.append(
        [
            unsent("a", 0), unsent("b", 5), unsent("c", 9, "zoo/1"), unsent("d", -1),
            unsent("e", 5, text="sms kim: muted by outage INC-77"), unsent("f", 5, text="sms kim: kim is away"),
            unsent("g", 5, text="sms 100%: muted by outage INC_7"), replace(unsent("h", 5), kind="event"),
        ],
        CARD,
    )  # fmt: skip
    assert await journal.not_sent("muted by outage INC-7", NOON) == {"acme/1": 2, "zoo/1": 1}
    assert await journal.not_sent("muted by outage INC_7", NOON) == {"acme/1": 1}
    assert await journal.not_sent("muted by outage INC-9", NOON) == {}


async def test_tickets_that_are_not_closed_are_named_in_turn(journal: Journal) -> None:
    keys = [("acme", "1"), ("acme", "a/b"), ("zoo", "1"), ("acme", "9"), ("zoo", "2")]
    for tenant, ticket in keys:
        state = "closed" if (tenant, ticket) == ("acme", "9") else "resolved"
        await journal.append([], replace(CARD, tenant=tenant, ticket=ticket, state=state))
    found: list[str] = []
    after = ""
    while batch := await journal.unclosed(after, 2):
        found += batch
        after = batch[-1]
    assert sorted(found) == ["acme/1", "acme/a/b", "zoo/1", "zoo/2"]
    assert len(found) == 4


async def test_one_card_is_found_by_its_name(sql: SqlJournal) -> None:
    await sql.append([], CARD)
    assert await sql.card(CARD.tenant, CARD.ticket) == CARD
    assert await sql.card(CARD.tenant, "nobody") is None
