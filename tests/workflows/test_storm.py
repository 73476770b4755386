"""A storm: many tickets breach at the same instant for twelve people, in real time and with the settings as they are.

Real server, a worker process, providers on loopback that note when a message came. Everybody gets the first page at once
and the rest as bundles; a critical ticket and another tenant's page do not wait for them. Nothing is lost, nothing twice.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from activities.adapters.messages_table import BUNDLE, MESSAGES, M
from activities.values import MOST_ROWS
from policies.catalog import PUBLISHED, Catalog
from policies.dispatch import ACCEPTED, PLANNED
from policies.event import RESOLVED
from policies.ticket import Ticket
from starter.embedded import child_worker
from starter.gateway import Gateway, settled
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.reception import tell
from starter.server import DevServer
from starter.sink import Received
from tests.support.world import TEST_POLICIES
from workflows.contract import BUILD

PEOPLE = tuple(f"p{number:02}" for number in range(12))
BY_MAIL = PEOPLE[8:]
"""They have no phone: the page takes what they have."""
HOUR = timedelta(hours=1)
AT_ONCE = 20
"""Tickets that are opened side by side."""


@dataclass
class Storm:
    """What runs while it lasts, and what came of it."""

    gateway: Gateway
    http: HttpSink
    mail: MailSink
    database: str
    window: int
    breach: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    opened: dict[str, datetime] = field(default_factory=dict)
    solved: str = ""
    """A ticket that was solved while its page waited."""

    @property
    def arrived(self) -> list[Received]:
        return sorted([*self.http.received, *self.mail.received], key=lambda one: one.at)

    async def open(self, ticket: Ticket, breach: datetime) -> None:
        self.opened[ticket.key] = datetime.now(UTC)
        await self.gateway.open(ticket, "pages.v1", breach - HOUR)

    async def rows(self) -> list[Mapping[str, Any]]:
        """Every message and bundle as the outbox has it."""

        def read() -> list[Mapping[str, Any]]:
            engine = sa.create_engine(self.database)
            with engine.connect() as connection:
                found: list[Mapping[str, Any]] = [
                    dict(row._mapping) for row in connection.execute(sa.select(MESSAGES).order_by(M.created))
                ]
            engine.dispose()
            return found

        return await asyncio.to_thread(read)


@asynccontextmanager
async def town(folder: Path, window: int) -> AsyncIterator[Storm]:
    database = f"sqlite:///{folder / 'rung.db'}"
    server = DevServer(log=folder / "temporal.log")
    async with MailSink() as mail, HttpSink() as http, server:
        people = folder / "people.yaml"
        people.write_text(people_file(), encoding="utf-8")
        variables = {
            "RUNG_DATA_DIR": str(folder), "RUNG_JOURNAL_URL": database, "RUNG_PEOPLE": str(people),
            "RUNG_POLICIES": str(TEST_POLICIES), "RUNG_SMTP_HOST": "127.0.0.1", "RUNG_SMTP_PORT": str(mail.port),
            "RUNG_SMTP_TLS": "none", "RUNG_TWILIO_URL": http.url, "RUNG_TWILIO_ACCOUNT": "AC0",
            "RUNG_TWILIO_TOKEN": "t0ken", "RUNG_TWILIO_FROM": "+15550100", "RUNG_AUDIT_MINUTES": "0",
            "RUNG_BUNDLE_SECONDS": str(window), "RUNG_LOG_LEVEL": "warning", "RUNG_GRACE_SECONDS": "1",
            "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        async with child_worker(server, variables):
            gateway = Gateway(server.client, Catalog(PUBLISHED, TEST_POLICIES))
            await gateway.make_current(BUILD, 30)
            yield Storm(gateway, http, mail, database, window)


def people_file() -> str:
    lines = ["people:"]
    for number, person in enumerate(PEOPLE):
        channels = "[email]" if person in BY_MAIL else "[sms]"
        lines.append(
            f'  {person}: {{name: {person}, channels: {channels}, email: {person}@example.com, phone: "+155501{number:02}"}}'
        )
    return "\n".join([*lines, "roles:", f"  duty-manager: [{PEOPLE[0]}]", ""])


def a_ticket(id: str, person: str, tenant: str = "stormy", urgency: str = "high") -> Ticket:
    return Ticket(id=id, tenant=tenant, tier="gold", urgency=urgency, summary=f"Down {id}", assignee=person)


async def all_open(storm: Storm, number: int, lead: float) -> None:
    """All tickets are open before the instant comes that they wait for."""
    storm.breach = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=lead)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(ticket: Ticket) -> None:
        async with slots:
            await storm.open(ticket, storm.breach)

    await asyncio.gather(*(one(a_ticket(f"T{n}", PEOPLE[n % len(PEOPLE)])) for n in range(number)))

    ahead = (storm.breach - datetime.now(UTC)).total_seconds()
    assert ahead > 0, f"this machine needs more than {lead} s to open {number} tickets"


async def the_middle(storm: Storm, person: str) -> None:
    """Somebody has the first page, and others wait: now come a critical ticket, and one of another tenant."""

    async def waiting() -> bool:
        mine = [row for row in await storm.rows() if row["person"] == person]
        return any(row["held"] for row in mine) and any(row["state"] == ACCEPTED for row in mine)

    assert await settled(waiting, (storm.breach - datetime.now(UTC)).total_seconds() + 120)
    soon = datetime.now(UTC)
    await storm.open(a_ticket("CRITICAL", person, urgency="critical"), soon)
    await storm.open(a_ticket("OTHER", person, tenant="calm"), soon)


async def solved_meanwhile(storm: Storm, person: str) -> None:
    """One ticket whose page waits for the bundle is solved: it must not be in it."""

    async def waiting() -> bool:
        soon = datetime.now(UTC) + timedelta(seconds=5)
        mine = [row for row in await storm.rows() if row["person"] == person and row["held"] and row["due"] > soon]
        storm.solved = mine[0]["ticket"] if mine else ""
        return bool(storm.solved)

    assert await settled(waiting, 60)
    await tell(storm.gateway, "stormy", storm.solved, RESOLVED, event_id="solved", actor=person)


async def over(storm: Storm, number: int, within: float) -> list[Mapping[str, Any]]:
    """The outbox when every message is out."""

    async def out() -> bool:
        rows = await storm.rows()
        accepted = {row["key"] for row in rows if row["state"] == ACCEPTED}
        told = [row for row in rows if row["kind"] != BUNDLE and accepted & {row["key"], row["bundle"]}]
        return len(told) >= number + 2 - 1

    assert await settled(out, within), json.dumps(Counter(row["state"] for row in await storm.rows()))
    return await storm.rows()


async def play(folder: Path, number: int, window: int, lead: float, within: float) -> None:
    """The whole of it, with the figures printed and the claims checked."""
    person = PEOPLE[0]
    async with asyncio.timeout(lead + within + 60), town(folder, window) as storm:
        await all_open(storm, number, lead)
        await the_middle(storm, person)
        await solved_meanwhile(storm, PEOPLE[1])
        rows = await over(storm, number, within)
        arrived = storm.arrived
    report(storm, rows, arrived)
    nothing_lost_nothing_twice(storm, rows, arrived)
    first_then_bundles(storm, rows, arrived)
    nobody_waits_for_the_storm(storm, rows, arrived, person)


def report(storm: Storm, rows: Sequence[Mapping[str, Any]], arrived: Sequence[Received]) -> None:
    sizes = Counter(row["bundle"] for row in rows if row["bundle"])
    at = {one.key: (one.at - storm.breach).total_seconds() for one in arrived}
    print(f"\n{'person':8}{'tickets':>8}{'messages':>9}{'first':>8}  bundles (size at seconds after the breach)")
    for name in PEOPLE:
        mine = [row for row in rows if row["person"] == name and row["kind"] != BUNDLE and row["tenant"] == "stormy"]
        mine = [row for row in mine if row["ticket"] != storm.solved]
        keys = sorted({row["bundle"] or row["key"] for row in mine}, key=lambda key: at[key])
        said = ", ".join(f"{sizes[key] or 1} at {at[key]:.1f}" for key in keys[1:])
        print(f"{name:8}{len(mine):8}{len(keys):9}{at[keys[0]]:8.1f}  {said}")
    for key in ("stormy/CRITICAL", "calm/OTHER"):
        [came] = [one.at for one in arrived if one.key.startswith(f"{key}/")]
        took = (came - storm.opened[key]).total_seconds()
        print(f"{key} opened at {(storm.opened[key] - storm.breach).total_seconds():.1f}, came after {took:.1f} s")
    print(json.dumps({"tickets": len(storm.opened), "messages": len(arrived), "window": storm.window}))


def nothing_lost_nothing_twice(storm: Storm, rows: Sequence[Mapping[str, Any]], arrived: Sequence[Received]) -> None:
    """Every ticket stands in exactly one message, the one that was solved in none, and no other message was sent."""
    [solved] = [row for row in rows if row["ticket"] == storm.solved]
    assert (solved["state"], solved["bundle"]) == (PLANNED, "")
    told = [row for row in rows if row["kind"] != BUNDLE and row is not solved]
    del storm.opened[f"stormy/{storm.solved}"]
    assert Counter(f"{row['tenant']}/{row['ticket']}" for row in told) == dict.fromkeys(storm.opened, 1)
    sent = {row["bundle"] or row["key"] for row in told}
    assert Counter(one.key for one in arrived) == dict.fromkeys(sent, 1)
    assert storm.http.attempts + storm.mail.attempts == len(sent)
    assert all(row["content"] == "" for row in rows)
    for mail in storm.mail.received:
        mine = [row["ticket"] for row in told if mail.key in (row["key"], row["bundle"])]
        assert len(mine) > MOST_ROWS or all(f"#{ticket} " in f"{mail.subject}\n{mail.body}" for ticket in mine)


def first_then_bundles(storm: Storm, rows: Sequence[Mapping[str, Any]], arrived: Sequence[Received]) -> None:
    """For each person: one page at once, then nothing for a window, then all who waited as one."""
    at = {one.key: one.at for one in arrived}
    for name in PEOPLE:
        mine = [row for row in rows if row["person"] == name and row["tenant"] == "stormy" and row["kind"] != BUNDLE]
        usual = [row for row in mine if row["ticket"] not in ("CRITICAL", storm.solved)]
        first = min(usual, key=lambda row: at[row["bundle"] or row["key"]])
        waited = [row for row in usual if row["due"] == first["due"] + timedelta(seconds=storm.window)]
        assert (first["bundle"], first["held"]) == ("", False)
        assert all(row["held"] for row in usual if row is not first)
        in_time = [row for row in usual if row["held"] and row["created"] < waited[0]["due"]]
        assert len(waited) > len(in_time) / 2
        assert len({row["bundle"] for row in waited}) == 1
        assert at[waited[0]["bundle"] or waited[0]["key"]] >= first["due"] + timedelta(seconds=storm.window)


def nobody_waits_for_the_storm(
    storm: Storm, rows: Sequence[Mapping[str, Any]], arrived: Sequence[Received], person: str
) -> None:
    """The critical page and the other tenant's come before the bundle that was waiting when they were opened."""
    at = {one.key: one.at for one in arrived}
    bundles = [row for row in rows if row["kind"] == BUNDLE and row["person"] == person and row["tenant"] == "stormy"]
    [critical] = [row for row in rows if row["ticket"] == "CRITICAL"]
    [other] = [row for row in rows if row["ticket"] == "OTHER"]
    assert not critical["held"]
    assert not other["held"]
    assert at[critical["key"]] < at[bundles[0]["key"]]
    assert at[other["key"]] < at[bundles[0]["key"]]


async def test_forty_tickets_for_twelve_people_are_a_page_and_a_bundle_each(tmp_path: Path) -> None:
    await play(tmp_path, 40, window=15, lead=15, within=90)


@pytest.mark.storm
async def test_a_thousand_tickets_for_twelve_people(tmp_path: Path) -> None:
    await play(tmp_path, 1_000, window=60, lead=120, within=300)
