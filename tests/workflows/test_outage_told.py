"""Who is told of an outage, on a real server: one message a person at the beginning and one at the end, and no page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from activities.ports import Refused, Unreachable
from policies.outage import MUTE, REPRIORITISE, Outage, Scope
from policies.ticket import Ticket
from starter.gateway import settled
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage, moment
from tests.support.world import Arrived
from tests.workflows.test_outage import FRIDAY, HALF, HOUR, MINUTE, NOON
from workflows import options
from workflows.contract import OutageProgress, outage_workflow_id

PEOPLE = ("kim", "pat", "solo")


class Crowd:
    """Open tickets of one service, which bears the name of the outage."""

    def __init__(self, stage: Stage, outage: str, **more: Any) -> None:
        self.stage, self.id = stage, outage
        self.outage = Outage(outage, Scope(services=(outage,)), since=NOON, declared_by="lee", **more)
        self.workflows: list[str] = []

    async def open(self, *assignees: str, team: str = "") -> Crowd:
        for number, assignee in enumerate(assignees, len(self.workflows) + 1):
            ticket = Ticket(
                f"{self.id}-{number}", "told", "it is down", tier="gold", urgency="high", service=self.id,
                assignee=assignee, team=team,
            )  # fmt: skip
            self.workflows.append(await open_ticket(self.stage, ticket, "plain.v1", FRIDAY))
            await settle(self.stage.client.get_workflow_handle(self.workflows[-1]))
        await self.forward(NOON + MINUTE)
        return self

    async def forward(self, instant: int) -> None:
        for workflow in self.workflows:
            handle = self.stage.client.get_workflow_handle(workflow)
            await self.stage.time.to(workflow, moment(instant - await handle.query("clock")))
            await settle(handle)

    async def progress(self) -> OutageProgress:
        handle = self.stage.client.get_workflow_handle(outage_workflow_id(self.id))
        found: OutageProgress = await handle.query("show", result_type=OutageProgress)
        return found

    async def told(self, people: int, of: str = "people", unreached: int = 0) -> OutageProgress:
        """Until the tickets are told, what the cards get is over, and so many people are told."""
        await self.pushed("told_end" if of == "people_end" else "told")
        await self.pass_by(options.JOURNALED + timedelta(seconds=1))

        async def done() -> bool:
            found = await self.progress()
            return getattr(found, of) >= people and len(found.unreached) >= unreached

        assert await settled(done, 20)
        return await self.progress()

    async def pushed(self, of: str) -> None:
        async def done() -> bool:
            found = await self.progress()
            over = of == "told_end" and found.outage.effect == REPRIORITISE
            return bool(getattr(found, of) or over) and not found.telling

        assert await settled(done, 20)

    async def pass_by(self, time: timedelta) -> None:
        workflow = outage_workflow_id(self.id)
        await settle(self.stage.client.get_workflow_handle(workflow))
        await self.stage.time.to(workflow, await self.stage.time.now(workflow) + time)

    @property
    def digests(self) -> list[Arrived]:
        """By key."""
        return sorted(self.stage.world.of(f"outage/{self.id}"), key=lambda one: one.key)

    @property
    def keys(self) -> list[str]:
        return [one.key.removeprefix(f"outage/{self.id}/") for one in self.digests]

    @property
    def pages(self) -> list[str]:
        found = [one.key for one in self.stage.world.arrived if one.key.startswith(f"told/{self.id}-")]
        return [key for key in found if any(person in key for person in (*PEOPLE, "lee"))]


async def test_three_people_of_six_tickets_get_one_message_each_when_it_begins_and_when_it_ends(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-1", reason="card network is down").open("kim", "pat", "kim", "solo", "kim", "pat")
    await stage.desk.declare(crowd.outage)
    await crowd.told(3)
    declared = ["declared/kim/email", "declared/pat/email", "declared/solo/email"]
    assert crowd.keys == declared
    said = "outage TOLD-1: the clocks of your tickets have stopped"
    assert crowd.digests[0].text == f"[SLA] {said} - #TOLD-1-1, #TOLD-1-3, #TOLD-1-5"
    await crowd.forward(HALF + HOUR)
    assert (await stage.desk.declare(crowd.outage)).already

    await stage.desk.end("TOLD-1", HALF + HOUR, "lee")
    progress = await crowd.told(3, "people_end")
    assert crowd.keys == [*declared, "ended/kim/email", "ended/pat/email", "ended/solo/email"]
    assert "is over: the clocks of your tickets run again" in crowd.digests[3].text
    assert (await stage.desk.end("TOLD-1", HALF + HOUR)).already
    assert (progress.people, progress.people_end, progress.unreached) == (3, 3, ())
    assert (crowd.pages, len(crowd.keys)) == ([], 6)


async def test_the_lead_of_a_team_hears_of_all_its_tickets_once(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-2").open("kim", "pat", "", team="seoul")
    await stage.desk.declare(crowd.outage)
    await crowd.told(3)
    assert crowd.keys == ["declared/kim/email", "declared/lee/email", "declared/pat/email"]
    assert crowd.digests[1].text.endswith("#TOLD-2-1, #TOLD-2-2, #TOLD-2-3")


async def test_one_that_ended_before_anybody_was_told_is_not_told_of(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-3").open("kim")
    await stage.desk.end("TOLD-3", NOON + 30, ahead=True)
    await stage.desk.declare(crowd.outage)
    await crowd.pushed("told_end")
    await crowd.pass_by(timedelta(hours=4))
    await stage.client.get_workflow_handle(outage_workflow_id(crowd.id)).result()
    assert crowd.keys == []


async def test_one_that_ends_while_the_cards_are_awaited_is_nobodys_news(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-9").open("kim")
    await stage.desk.declare(crowd.outage)
    await crowd.pushed("told")
    await stage.desk.end("TOLD-9", NOON + 30)
    await crowd.pushed("told_end")
    await crowd.pass_by(timedelta(hours=4))
    await stage.client.get_workflow_handle(outage_workflow_id(crowd.id)).result()
    assert crowd.keys == []


@pytest.mark.parametrize("times", [1, 3])
async def test_a_mail_server_that_falters_sends_one_and_one_that_refuses_makes_it_a_text_message(
    stage: Stage, times: int
) -> None:
    crowd = await Crowd(stage, f"TOLD-4-{times}").open("kim", "solo")
    attempts = {"kim": 0}

    def fault(kind: str, key: str) -> Exception | None:
        if key == f"outage/{crowd.id}/declared/kim/email" and attempts["kim"] < times:
            attempts["kim"] += 1
            return Unreachable("no route") if times == 1 else Refused("no such mailbox")
        return None

    stage.world.fault = fault
    await stage.desk.declare(crowd.outage)
    progress = await crowd.told(2)
    stage.world.fault = lambda kind, key: None
    assert crowd.keys == [f"declared/kim/{'email' if times == 1 else 'slack'}", "declared/solo/email"]
    assert progress.unreached == ()


async def test_whom_nobody_can_tell_is_said_and_the_outage_goes_on(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-5").open("kim", "", "gone")
    stage.world.fault = lambda kind, key: Refused("barred") if "TOLD-5/declared/kim" in key else None
    await stage.desk.declare(crowd.outage)
    progress = await crowd.told(0, unreached=2)
    stage.world.fault = lambda kind, key: None
    assert progress.unreached == (
        "2 of its tickets belong to nobody who is there",
        "kim: not told that it has begun (email, slack, teams, webhook, sms)",
    )
    await stage.desk.end("TOLD-5", NOON + HOUR)
    await crowd.told(1, "people_end")
    assert crowd.keys == ["ended/kim/email"]


async def test_after_a_muted_one_people_hear_what_was_not_sent(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-6", effect=MUTE).open("kim", "solo")
    await stage.desk.declare(crowd.outage)
    await crowd.told(2)
    assert "nobody is paged" in crowd.digests[0].text
    await crowd.forward(HALF + HOUR)
    bodies: list[str] = []
    stage.world.worded = bodies.append
    await stage.desk.end("TOLD-6", HALF + HOUR)
    await crowd.told(2, "people_end")
    assert crowd.keys[2:] == ["ended/kim/email", "ended/solo/email"]
    assert all("Messages not sent to staff meanwhile: 1." in body for body in bodies)
    assert (len(bodies), crowd.pages) == (2, [])


async def test_whoever_heard_of_its_beginning_hears_of_its_end_whatever_became_of_the_tickets(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-7", effect=REPRIORITISE, urgency="critical").open("solo")
    await stage.desk.declare(crowd.outage)
    await crowd.told(1)
    assert "the urgency of your tickets has changed" in crowd.digests[0].text
    handle = stage.client.get_workflow_handle(crowd.workflows[0])
    await handle.signal("closed", {})
    await handle.result()
    await stage.desk.end("TOLD-7", NOON + HOUR)
    await crowd.told(1, "people_end")
    assert [one.text for one in crowd.digests][1].startswith("[SLA] outage TOLD-7 is over")


async def test_neither_a_crash_of_the_workers_nor_a_second_run_tells_anybody_twice(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-8").open("kim", "solo")
    stage.world.fault = lambda kind, key: Unreachable("no route") if "TOLD-8/declared/kim" in key else None
    await stage.desk.declare(crowd.outage)
    await crowd.told(1)
    await stage.send_crew_away()
    stage.world.fault = lambda kind, key: None
    await stage.call_crew()
    assert (await stage.desk.declare(replace(crowd.outage, reason="again"))).already
    await crowd.told(2)
    assert crowd.keys == ["declared/kim/email", "declared/solo/email"]


async def test_stakeholders_hear_of_it_hourly_while_it_lasts_and_once_that_it_is_over(stage: Stage) -> None:
    crowd = await Crowd(stage, "TOLD-10", priority="P1", stakeholders=("executives", "nobody-at-all")).open("kim")
    await stage.desk.declare(crowd.outage)
    await crowd.told(1, unreached=1)
    for _ in range(2):
        await crowd.pass_by(timedelta(hours=1))
    await settle(stage.client.get_workflow_handle(outage_workflow_id(crowd.id)))
    hourly = [f"update/{number}/executives/email" for number in (1, 2, 3)]
    assert [key for key in crowd.keys if "update" in key] == hourly
    await stage.desk.end("TOLD-10", NOON + HOUR)
    await crowd.pass_by(timedelta(hours=9))
    progress = await crowd.progress()
    assert crowd.keys == ["declared/kim/email", "ended/kim/email", *hourly, "update/over/executives/email"]
    assert crowd.digests[-1].text == "Outage TOLD-10 is over after 1h"
    assert progress.unreached[0] == "update 1: nobody-at-all: nobody holds 'nobody-at-all'"
