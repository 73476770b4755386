"""Action items on a real server: they outlive their ticket, remind the owner, then the lead, and end when done (T4)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.ports import Refused, Unreachable
from activities.requests import ItemOpening
from policies.action_item import Item
from policies.plan import Target
from policies.ticket import Ticket
from starter.action_items import Items
from starter.gateway import NoSuchTicket, settled
from starter.virtual_time import settle
from starter.watching import Engine
from tests.support.histories import open_ticket
from tests.support.stage import Stage, moment
from tests.support.world import Arrived
from workflows.contract import ACTION, TICKETS, item_id, workflow_id

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul; gold is broken at 17:00 under items.v1."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400
TENANT = "followed"
DUE = MONDAY + 2 * DAY + 3 * HOUR
"""Wednesday 12:00; the first reminder is on Tuesday 12:00."""


class Followed:
    """One action item and its own clock."""

    def __init__(self, stage: Stage, ticket: str, item: str) -> None:
        self.stage, self.ticket, self.item = stage, ticket, item
        self.shift = 0

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.stage.client.get_workflow_handle(item_id(TENANT, self.ticket, self.item))

    @property
    def items(self) -> Items:
        return Items(self.stage.client)

    async def forward(self, at: int) -> None:
        await self.stage.time.to(self.handle.id, moment(at - self.shift))

    @property
    def arrived(self) -> list[Arrived]:
        head = f"{TENANT}/{self.ticket}/action/{self.item}/"
        return [one for one in self.stage.world.arrived if one.key.startswith(head)]

    @property
    def told(self) -> list[str]:
        """`1/kim/email`: which reminder reached whom."""
        return [one.key.split("/reminder.")[1] for one in self.arrived]

    @property
    def lines(self) -> list[str]:
        ours = (
            line for line in self.stage.world.lines.values() if line.id.startswith(f"{TENANT}/{self.ticket}/action/")
        )
        return [line.text for line in ours]

    async def refused(self, command: str, *payload: Any) -> str:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await self.handle.execute_update(command, args=payload)
        assert isinstance(refused.value.cause, ApplicationError)
        return str(refused.value.cause.message)


def a_ticket(id: str, team: str = "seoul") -> Ticket:
    return Ticket(id=id, tenant=TENANT, tier="gold", urgency="high", assignee="kim", team=team)


async def followed(stage: Stage, ticket: str, owner: str = "kim", team: str = "seoul") -> Followed:
    """An item that was made on Monday morning."""
    one = Followed(stage, ticket, "i-1")
    one.shift = MONDAY - int(datetime.now(UTC).timestamp())
    item = Item("i-1", "Alarm on the queue", owner, DUE, made_by="choi")
    await one.items.add(
        ItemOpening(
            a_ticket(ticket, team),
            item,
            ("email",),
            Target("duty-manager", ("email",)),
            "items.v1",
            MONDAY,
            9 * HOUR,
            one.shift,
        )
    )
    await settle(one.handle)
    return one


async def test_the_owner_is_reminded_before_at_and_after_the_due_and_then_the_lead_too(stage: Stage) -> None:
    one = await followed(stage, "reminded")
    assert one.arrived == []
    await one.forward(DUE - DAY + MINUTE)
    assert one.told == ["1/kim/email"]
    assert one.arrived[0].text == "[Action item] #reminded - internal - Alarm on the queue"
    await one.forward(DUE + MINUTE)
    assert one.told == ["1/kim/email", "2/kim/email"]
    await one.forward(DUE + DAY + MINUTE)
    assert sorted(one.told[2:]) == ["3/kim/email", "3/lee/email"]
    await one.forward(DUE + DAY + HOUR)
    assert len(one.told) == 4  # silence in between
    await one.handle.execute_update("done", {"actor": "kim"})
    result: dict[str, Any] = await one.handle.result()
    assert (result["done_by"], result["done_at"] > DUE) == ("kim", True)
    assert one.lines[0] == "action item i-1 for kim: Alarm on the queue"
    assert one.lines[-1] == "action item i-1 done by kim"


async def test_the_audit_finds_out_when_it_was_due_and_when_somebody_was_reminded(stage: Stage) -> None:
    """Its memo says the one without waking it, it says the other itself; a clock that is ahead is said, too."""
    one = await followed(stage, "audited")
    engine, soon = Engine(stage.client), datetime.now(UTC) + timedelta(minutes=1)

    async def listed() -> bool:
        return "audited" in [late.ticket.partition("/")[2] for late in await engine.late_items(soon, 100)]

    assert await settled(listed, 20)
    [late] = [late for late in await engine.late_items(soon, 100) if late.ticket == f"{TENANT}/audited"]
    assert (late.item, late.due, late.owner, late.answered) == ("i-1", DUE, "kim", False)
    assert await engine.item(late) == replace(late, answered=True, reminded_at=0, ahead=one.shift)
    await one.forward(DUE + MINUTE)
    assert DUE <= (await engine.item(late)).reminded_at <= DUE + MINUTE
    assert await engine.late_items(moment(DUE), 100) == []
    await one.handle.execute_update("done", {"actor": "kim"})


async def test_a_rung_makes_them_once_and_they_outlive_the_ticket(stage: Stage) -> None:
    await open_ticket(stage, a_ticket("broken"), "items.v1", MONDAY)
    ticket = stage.client.get_workflow_handle(workflow_id(TENANT, "broken"))
    await settle(ticket)
    await stage.time.to(ticket.id, moment(MONDAY + 8 * HOUR + MINUTE - await ticket.query("clock")))
    await ticket.signal("closed", {"event_id": "c"})
    await ticket.result()
    items = Items(stage.client)

    async def both() -> bool:
        return len(await items.of(TENANT, "broken")) == 2

    assert await settled(both, 30)
    first, second = await items.of(TENANT, "broken")
    assert (first.id, first.title, first.owner, first.open) == (
        "resolution.1-breach", "Find the root cause", "assignee", True
    )  # fmt: skip
    assert (second.id, second.owner) == ("resolution.1-breach.2", "department-head")
    assert first.due == MONDAY + 8 * HOUR + 3 * DAY
    assert second.due == MONDAY + 8 * HOUR + 7 * DAY  # five business days, over the weekend
    answer = await items.command(TENANT, "broken", "resolution.1-breach", "done", actor="kim", request_id="d-1")
    assert answer.text == "action item resolution.1-breach is done"

    async def one_is_done() -> bool:
        return [item.open for item in await items.of(TENANT, "broken")] == [True, False]

    assert await settled(one_is_done, 30)
    assert (await items.of(TENANT, "broken"))[1].done_by == "kim"
    again = await items.command(TENANT, "broken", "resolution.1-breach", "done", actor="lee")
    assert again.text == "done already; nothing was repeated"
    with pytest.raises(NoSuchTicket, match="no open action item 'i-9'"):
        await items.command(TENANT, "broken", "i-9", "done")


async def test_one_that_begins_twice_is_one(stage: Stage) -> None:
    one = await followed(stage, "twice")
    for _ in range(2):
        receipt = await one.items.begin(ItemOpening(a_ticket("twice"), Item("i-1", "another", "lee", DUE)))
        assert receipt.reference == "i-1"
    assert (await one.handle.query("shown"))["title"] == "Alarm on the queue"


async def test_a_new_date_needs_a_reason_and_moves_the_reminders(stage: Stage) -> None:
    one = await followed(stage, "moved")
    later = DUE + DAY
    until = moment(later).isoformat()
    assert await one.refused("move", {"until": until}) == "say why with 'reason'"
    assert await one.refused("move", {"reason": "x"}) == "say until when with 'until', in the future"
    assert await one.refused("move", {"until": "soon", "reason": "x"}) == (
        "'until' is 'soon'; write an instant like 2026-03-27T16:00:00+09:00"
    )
    for _ in range(2):
        await one.handle.execute_update(
            "move", {"until": until, "reason": "the vendor delivers then", "actor": "kim", "request_id": "m-1"}
        )
    await one.forward(DUE - DAY + MINUTE)
    assert one.told == []
    await one.forward(later - DAY + MINUTE)
    assert one.told == ["1/kim/email"]
    assert one.lines.count("action item i-1 moved by kim: the vendor delivers then") == 1

    async def shown() -> bool:
        return [item.due for item in await one.items.of(TENANT, "moved")] == [later]

    assert await settled(shown, 30)


async def test_whoever_is_away_is_stood_in_for_by_the_lead_and_that_is_told(stage: Stage) -> None:
    one = await followed(stage, "away", owner="gone")
    await one.forward(DUE - DAY + MINUTE)
    assert one.told == ["1/lee/email"]
    assert "reminder not sent to gone: gone is away" in one.lines


async def test_nobody_is_there_and_the_catch_all_hears(stage: Stage) -> None:
    one = await followed(stage, "nobody", owner="gone", team="night")
    await one.forward(DUE - DAY + MINUTE)
    assert one.told == ["1/duty-manager/email"]


async def test_a_provider_that_refuses_is_a_line_and_the_next_reminder_comes(stage: Stage) -> None:
    one = await followed(stage, "refused")
    before, mine = stage.world.fault, f"{TENANT}/refused/action/"
    stage.world.fault = lambda kind, key: Refused("no such mailbox") if key.startswith(mine) else None
    await one.forward(DUE - DAY + MINUTE)
    stage.world.fault = before
    assert one.told == []
    await one.forward(DUE + MINUTE)
    assert one.told == ["2/kim/email"]
    assert "email to kim (kim) undelivered: no such mailbox" in one.lines


async def test_a_journal_that_is_away_holds_no_reminder_up_and_gets_its_lines_later(stage: Stage) -> None:
    before, mine = stage.world.fault, f"{TENANT}/unwritten"
    stage.world.fault = lambda kind, key: Unreachable("away") if (kind, key) == ("journal", mine) else None
    one = await followed(stage, "unwritten")
    await one.forward(DUE - DAY + MINUTE)
    assert (one.told, one.lines) == (["1/kim/email"], [])
    stage.world.fault = before
    await one.handle.execute_update("done", {"actor": "kim"})
    await one.handle.result()
    assert one.lines == [
        "action item i-1 for kim: Alarm on the queue", "email to kim (kim) via memory: action item i-1",
        "action item i-1 done by kim",
    ]  # fmt: skip


async def test_an_owner_whom_nobody_knows_is_the_leads_business(stage: Stage) -> None:
    one = await followed(stage, "slip", owner="kmi")
    await one.forward(DUE - DAY + MINUTE)
    assert one.told == ["1/lee/email"]
    assert "reminder not sent to kmi: nobody holds 'kmi'" in one.lines


async def test_what_makes_no_sense_is_refused_in_words(stage: Stage) -> None:
    one = await followed(stage, "nonsense")
    assert await one.refused("done", []) == 'done takes an object like {"reason": "customer"}, not list'
    assert await one.refused("done", {"actor": 1}) == "'actor' must be a text of at most 500 characters"
    assert (await one.handle.query("shown"))["done_at"] == 0


async def test_an_opening_that_makes_no_sense_ends_with_a_message(stage: Stage) -> None:
    for payload in ({"item": 1}, {"item": {"id": "", "title": "", "owner": "", "due": 0}}, None):
        name = item_id(TENANT, "unreadable", str(abs(hash(str(payload)))))
        handle = await stage.client.start_workflow(ACTION, payload, id=name, task_queue=TICKETS)
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(handle.result(), 30)
        assert "'rung ticket action add'" in str(failed.value.cause)
