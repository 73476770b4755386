"""`rung ticket action`: what is typed is checked before an item begins, and answers are readable (T4)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.adapters.sql import SqlJournal, migrate
from activities.ports import Card
from activities.requests import ItemOpening
from policies.action_item import Item
from starter.gateway import NoSuchTicket
from tests.starter.on_paper import RESUMED, PaperGateway, refused, rung, unfit
from workflows.contract import Answer

NOW = int(datetime(2026, 4, 1, 1, 0, tzinfo=UTC).timestamp())
"""Wednesday 10:00 in Seoul."""


@dataclass
class PaperItems:
    """What would be started, and what there is."""

    begun: list[ItemOpening] = field(default_factory=list)
    known: tuple[Item, ...] = ()
    sent: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    async def add(self, opening: ItemOpening) -> None:
        self.begun.append(opening)

    async def of(self, tenant: str, ticket: str) -> tuple[Item, ...]:
        return self.known

    async def command(self, tenant: str, ticket: str, item: str, name: str, **fields: Any) -> Answer:
        if item == "nothing":
            raise NoSuchTicket("no open action item 'nothing'")
        self.sent.append((item, name, {key: value for key, value in fields.items() if value}))
        return Answer(True, f"action item {item} is {name}")


@pytest.fixture
def paper(alone: Path, monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    one = PaperGateway.of(RESUMED)

    async def reached(settings: object) -> PaperGateway:
        return one

    monkeypatch.setattr("starter.connection.gateway", reached)
    return one


@pytest.fixture(autouse=True)
def items(paper: PaperGateway, monkeypatch: pytest.MonkeyPatch) -> PaperItems:
    one = PaperItems()

    async def connected(settings: object) -> None:
        return None

    monkeypatch.setattr("starter.connection.connect", connected)
    monkeypatch.setattr("starter.action_items.Items", lambda client: one)
    monkeypatch.setattr("starter.commands.action._now", lambda: NOW)
    return one


ADD = ("ticket", "action", "add", "4711", "Alarm on the queue")


def test_an_item_is_due_by_the_tickets_calendar(items: PaperItems) -> None:
    result = rung(*ADD, "--owner", "assignee", "--due", "2bd", "--by", "choi", "--event-id", "alarm")
    assert result.stdout == "default/4711 action item alarm for assignee, due Fri 03 Apr 2026 10:00 Asia/Seoul\n"
    (opening,) = items.begun
    assert (opening.ticket.id, opening.policy, opening.via) == ("4711", "standard.v1", ("email",))
    assert (opening.item.title, opening.item.owner, opening.item.made_by) == ("Alarm on the queue", "assignee", "choi")
    assert opening.every > 0


def test_an_instant_will_do_and_the_channels_are_said(items: PaperItems) -> None:
    due = "2026-04-03T18:00:00+09:00"
    told = json.loads(
        rung(*ADD, "--owner", "team-lead", "--due", due, "--via", "slack", "--via", "email", "--json").stdout
    )
    assert (told["due"], told["owner"], told["state"]) == (due, "team-lead", "open")
    assert told["id"].startswith("by-hand-")
    assert items.begun[0].via == ("slack", "email")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--owner", "kim", "--due", "3d"), "a day of what? write '3bd' (business days) or '72h', or an instant like"),
        (("--owner", "kim", "--due", "2026-03-01T18:00:00+09:00"), "is in the past; write an instant to come"),
        (("--owner", "kim", "--due", "900bd"), "lies past the next three months, or is nothing"),
        (("--owner", "kim", "--due", "0h"), "lies past the next three months, or is nothing"),
        (("--owner", " ", "--due", "3bd"), "--owner is empty; say whose it is"),
        (("--owner", "kim", "--due", "3bd", "--via", "pigeon"), "channel 'pigeon' is unknown; write one of email"),
    ],
)
def test_nothing_begins_that_nobody_could_be_reminded_of(items: PaperItems, words: tuple[str, ...], why: str) -> None:
    assert why in unfit(*ADD, *words)
    assert items.begun == []


def test_a_ticket_that_only_the_journal_knows_can_have_one(paper: PaperGateway, items: PaperItems) -> None:
    paper.answers = False
    assert "ticket default/4711 does not answer, and no journal" in refused(*ADD, "--owner", "kim", "--due", "1bd")
    opened = datetime(2026, 3, 27, 7, 0, tzinfo=UTC)
    card = Card(
        "default", "4711", "ticket/default/4711", "", 9, "closed", "VPN is down", "gold", "high", "P2", "vpn",
        "support", "kim", "standard.v1", 2, opened, None, None,
    )  # fmt: skip

    async def keep() -> None:
        journal = SqlJournal("sqlite:///.rung/rung.db")
        await journal.append([], card)
        await journal.close()

    Path(".rung").mkdir(exist_ok=True)
    migrate("sqlite:///.rung/rung.db")
    asyncio.run(keep())
    assert rung(*ADD, "--owner", "kim", "--due", "1bd").exit_code == 0
    assert (items.begun[0].ticket.assignee, items.begun[0].opened_at) == ("kim", int(opened.timestamp()))
    assert "nobody knows a ticket default/4712" in refused(
        "ticket", "action", "add", "4712", "x", "--owner", "kim", "--due", "1bd"
    )


def test_the_list_says_what_is_overdue_and_who_did_what(items: PaperItems) -> None:
    items.known = (
        Item("a", "Root cause", "kim", NOW - 60), Item("b", "Alarm", "lee", NOW + 3_600),
        Item("c", "Text", "kim", NOW, done_at=NOW - 120, done_by="choi"),
    )  # fmt: skip
    text = rung("ticket", "action", "list", "4711").stdout
    assert [line.split()[0] for line in text.splitlines()] == ["Item", "a", "b", "c"]
    assert "overdue" in text.splitlines()[1]
    assert "done Wed 01 Apr 09:58 by choi" in text
    states = [one["state"] for one in json.loads(rung("ticket", "action", "list", "4711", "--json").stdout)["items"]]
    assert states == ["overdue", "open", "done"]


def test_no_items_say_how_to_make_one() -> None:
    assert "'rung ticket action add' makes one" in rung("ticket", "action", "list", "4711").stdout


def test_done_and_moved_reach_the_item(items: PaperItems) -> None:
    assert rung("ticket", "action", "done", "4711", "a", "--by", "kim").stdout == "default/4711 action item a is done\n"
    due = "2026-04-03T18:00:00+09:00"
    rung("ticket", "action", "move", "4711", "a", "--due", due, "--reason", "the vendor delivers then")
    assert items.sent == [
        ("a", "done", {"actor": "kim"}),
        ("a", "move", {"reason": "the vendor delivers then", "until": "2026-04-03T09:00:00+00:00"}),
    ]
    assert "say why with --reason" in unfit("ticket", "action", "move", "4711", "a", "--due", due)
    assert "no open action item 'nothing'" in refused("ticket", "action", "done", "4711", "nothing")
