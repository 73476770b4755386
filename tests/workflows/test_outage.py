"""Outages on a real server: whatever is late, lost, doubled or in the wrong order, dues equal the core's to the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.ports import Unreachable
from policies import event as news
from policies.case import Case, evolve
from policies.event import Event
from policies.explanation import readings
from policies.outage import MUTE, REPRIORITISE, Outage, Scope
from policies.ticket import Ticket
from starter.gateway import settled
from starter.virtual_time import settle
from tests.support.histories import events_of, names, open_ticket
from tests.support.scenarios import make_plan
from tests.support.stage import Stage, moment
from workflows.contract import outage_workflow_id


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}:00+09:00").astimezone(UTC).timestamp())


FRIDAY, MONDAY = at("2026-03-27T16:00"), at("2026-03-30T10:00")
HOUR = 3_600
POLICY = "standard.v1"


class Watched:
    """One ticket of its own service, opened as of an instant."""

    def __init__(self, stage: Stage, id: str, opened_at: int, **facts: Any) -> None:
        given = {"tier": "gold", "urgency": "high", "assignee": "kim", "team": "seoul", **facts}
        self.stage, self.opened_at = stage, opened_at
        self.ticket = Ticket(
            id=id,
            tenant="outages",
            service=facts.pop("service", id),
            **{k: v for k, v in given.items() if k != "service"},
        )

    async def open(self) -> Watched:
        self.workflow = await open_ticket(self.stage, self.ticket, POLICY, self.opened_at)
        await self.settle()
        return self

    @property
    def handle(self) -> Any:
        return self.stage.client.get_workflow_handle(self.workflow)

    async def settle(self) -> None:
        await settle(self.handle)

    async def forward(self, instant: int) -> None:
        await self.stage.time.to(self.workflow, moment(instant - await self.handle.query("clock")))

    async def standing(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.handle.query("status")
        return found

    async def dues(self) -> dict[str, int | None]:
        return {one["clock"]: one["due"] for one in (await self.standing())["readings"]}

    async def lines(self, *kinds: str) -> list[str]:
        return [line["text"] for line in await self.handle.query("time_line") if line["kind"] in kinds]

    def by_the_core(self, events: Sequence[Event], now: int) -> dict[str, int | None]:
        """What the dues must be if each of these events had been told in time."""
        case = Case(self.ticket, self.opened_at, self.opened_at)
        for event in sorted(events, key=lambda one: one.at):
            case = evolve(case, event)
        plan = make_plan(POLICY, case.ticket, self.opened_at, self.opened_at)
        return {one.clock: one.due for one in readings(plan, case, now)}

    def arrived(self) -> list[str]:
        return [one.key for one in self.stage.world.of(self.ticket.key)]


def outage(id: str, service: str, since: int, **more: Any) -> Outage:
    return Outage(id, Scope(services=(service,)), since=since, **more)


def paused(one: Outage, ends: int = 0) -> list[Event]:
    found = [Event(news.PAUSE, one.since, "core/p", reason=one.name)]
    return [*found, Event(news.RESUME, ends, "core/r", reason=one.name)] if ends else found


async def told(stage: Stage, id: str, count: int, of: str = "told") -> None:
    """Until its workflow has told so many."""
    handle = stage.client.get_workflow_handle(outage_workflow_id(id))

    async def done() -> bool:
        found = await handle.query("show")
        return bool(found[of] >= count and not found["telling"])

    assert await settled(done, 20)


async def test_declared_and_ended_it_stops_and_starts_the_clocks_of_what_it_covers(stage: Stage) -> None:
    inside = await Watched(stage, "in", FRIDAY, service="pay").open()
    outside = await Watched(stage, "out", FRIDAY, service="mail").open()
    declared = outage("INC-1", "pay", FRIDAY + 600, declared_by="lee")
    for ticket in (inside, outside):
        await ticket.forward(FRIDAY + 900)

    answer = await stage.desk.declare(declared)
    assert (answer.already, answer.outage) == (False, declared)
    await told(stage, "INC-1", 1)
    await inside.settle()
    standing = await inside.standing()
    assert (standing["state"], standing["paused_by"]) == ("paused", ["outage:INC-1"])
    assert (await outside.standing())["state"] == "open"

    await inside.forward(MONDAY)
    assert inside.arrived() == []
    await stage.desk.end("INC-1", MONDAY - HOUR, "lee")
    await told(stage, "INC-1", 1, "told_end")
    await inside.settle()
    assert await inside.dues() == inside.by_the_core(paused(declared, MONDAY - HOUR), MONDAY)
    assert await outside.dues() == outside.by_the_core([], MONDAY)
    assert await inside.lines("event") == ["pause outage:INC-1 by lee", "resume outage:INC-1 by lee"]
