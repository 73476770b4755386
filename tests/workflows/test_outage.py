"""Outages on a real server: whatever is late, lost, doubled or in the wrong order, dues equal the core's to the second.

Where only the registry is written nobody pushes: what the ticket pulls must suffice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.testing import ActivityEnvironment

from activities.outage_notices import OutageNotices
from activities.ports import Busy, Refused, Unreachable
from activities.requests import OutageNotice
from policies import event as news
from policies.case import Case, evolve
from policies.event import Event
from policies.explanation import readings
from policies.outage import MUTE, REPRIORITISE, Outage, Scope
from policies.outage_report import Account
from policies.ticket import Ticket
from starter.gateway import settled
from starter.outage_rehearsing import rehearse
from starter.virtual_time import settle
from tests.support.histories import open_ticket, runs_of
from tests.support.scenarios import make_plan
from tests.support.stage import Stage, moment
from tests.support.world import MemoryDirectory, MemoryNotifier, MemoryWorld
from workflows.contract import OutageAnswer, OutageEnd, outage_workflow_id

MINUTE, HOUR = 60, 3_600


def at(text: str, zone: str = "+09:00") -> int:
    return int(datetime.fromisoformat(f"{text}:00{zone}").astimezone(UTC).timestamp())


FRIDAY, NOON, MONDAY = at("2026-03-27T09:00"), at("2026-03-27T12:00"), at("2026-03-30T09:00")
"""09:00 in Seoul; gold x high under plain.v1: 50 % at 13:00, 75 % at 15:00, 90 % at 16:12, breach at 17:00."""
HALF = FRIDAY + 4 * HOUR


class Watched:
    """One ticket, of a service of its own unless it is told otherwise."""

    def __init__(
        self, stage: Stage, id: str, service: str = "", opened_at: int = FRIDAY, policy: str = "plain.v1"
    ) -> None:
        self.stage, self.opened_at, self.policy = stage, opened_at, policy
        self.ticket = Ticket(
            id=id, tenant="outages", service=service or id, tier="gold", urgency="high", assignee="kim", team="seoul"
        )

    async def open(self, history_limit: int = 2_000) -> Watched:
        self.workflow = await open_ticket(self.stage, self.ticket, self.policy, self.opened_at, history_limit)
        await self.settle()
        return self

    @property
    def handle(self) -> Any:
        return self.stage.client.get_workflow_handle(self.workflow)

    async def settle(self) -> None:
        await settle(self.handle)

    async def send(self, signal: str, payload: Any = None) -> None:
        await self.handle.signal(signal, payload or {})
        await self.settle()

    async def forward(self, instant: int) -> None:
        await self.stage.time.to(self.workflow, moment(instant - await self.handle.query("clock")))

    async def standing(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.handle.query("status")
        return found

    async def dues(self) -> dict[str, int | None]:
        return {one["clock"]: one["due"] for one in (await self.standing())["readings"]}

    async def lines(self, *kinds: str) -> list[str]:
        return [line["text"] for line in await self.handle.query("time_line") if line["kind"] in kinds]

    def by_the_core(self, *events: Event) -> dict[str, int | None]:
        """What the dues must be if each of these events had been told in time."""
        case = Case(self.ticket, self.opened_at, self.opened_at)
        for event in sorted(events, key=lambda one: one.at):
            case = evolve(case, event)
        plan = make_plan(self.policy, case.ticket, self.opened_at, self.opened_at)
        return {one.clock: one.due for one in readings(plan, case, self.opened_at)}

    @property
    def arrived(self) -> list[str]:
        """`half/flag`, `half/kim/sms`, as they arrived."""
        return [
            one.key.removeprefix(f"{self.ticket.key}/resolution.1/") for one in self.stage.world.of(self.ticket.key)
        ]


def outage(id: str, service: str, since: int, **more: Any) -> Outage:
    return Outage(id, Scope(services=(service,)), since=since, **more)


def pause(since: int, until: int = 0, name: str = "outage:x") -> list[Event]:
    """As if it had been told in time."""
    found = [Event(news.PAUSE, since, reason=name)]
    return [*found, Event(news.RESUME, until, reason=name)] if until else found


def keys(one: Watched) -> list[str]:
    return [arrived.key for arrived in one.stage.world.of(one.ticket.key)]


@contextmanager
def busy(stage: Stage, one: Watched, channel: str) -> Iterator[None]:
    """That channel asks this ticket for more than two minutes, again and again."""
    before, mine = stage.world.fault, f"{one.ticket.key}/"
    stage.world.fault = lambda kind, key: Busy("later", 150) if kind == channel and key.startswith(mine) else None
    try:
        yield
    finally:
        stage.world.fault = before


async def told(stage: Stage, id: str, count: int, of: str = "told") -> None:
    """Until its workflow has told so many and is done with it."""
    handle = stage.client.get_workflow_handle(outage_workflow_id(id))

    async def done() -> bool:
        found = await handle.query("show")
        return bool(found[of] >= count and not found["telling"])

    assert await settled(done, 20)


# --- declared and ended ------------------------------------------------------------------------------------


async def test_declared_and_ended_it_stops_and_starts_the_clocks_of_what_it_covers(stage: Stage) -> None:
    inside = await Watched(stage, "in", "pay").open()
    outside = await Watched(stage, "out", "pay-not").open()
    for ticket in (inside, outside):
        await ticket.forward(NOON + MINUTE)
    declared = outage("INC-1", "pay", NOON, declared_by="lee")
    assert await stage.desk.declare(declared) == OutageAnswer(declared)
    await told(stage, "INC-1", 1)
    await inside.settle()
    standing = await inside.standing()
    assert (standing["state"], standing["paused_by"]) == ("paused", ["outage:INC-1"])

    for ticket in (inside, outside):
        await ticket.forward(MONDAY + HOUR)
    assert inside.arrived == []
    assert "half/kim/sms" in outside.arrived
    await stage.desk.end("INC-1", MONDAY, "lee")
    await told(stage, "INC-1", 1, "told_end")
    await inside.settle()
    assert await inside.dues() == inside.by_the_core(*pause(NOON, MONDAY))
    assert await outside.dues() == outside.by_the_core()
    assert await inside.lines("event") == ["pause outage:INC-1 by lee", "resume outage:INC-1 by lee"]
    assert (await outside.lines("event")) == []


async def test_one_opened_in_the_middle_starts_paused_and_one_opened_after_the_end_does_not(stage: Stage) -> None:
    early = await Watched(stage, "early", "mid").open()
    await early.forward(NOON)
    await stage.desk.declare(outage("INC-2", "mid", NOON))
    during = await Watched(stage, "during", "mid", NOON + HOUR).open()
    assert (await during.standing())["paused_by"] == ["outage:INC-2"]
    for ticket in (early, during):
        await ticket.forward(NOON + 3 * HOUR)
    await told(stage, "INC-2", 1)
    await stage.desk.end("INC-2", NOON + 2 * HOUR)
    after = await Watched(stage, "after", "mid", NOON + 2 * HOUR).open()
    await told(stage, "INC-2", 2, "told_end")
    for ticket in (early, during):
        await ticket.settle()
    assert await early.dues() == early.by_the_core(*pause(NOON, NOON + 2 * HOUR))
    assert await during.dues() == during.by_the_core(*pause(NOON + HOUR, NOON + 2 * HOUR))
    assert await after.dues() == after.by_the_core()
    assert await after.lines("event") == []


async def test_saying_everything_twice_changes_nothing(stage: Stage) -> None:
    one = await Watched(stage, "twice").open()
    await one.forward(NOON + HOUR - MINUTE)
    declared = outage("INC-3", "twice", NOON)
    for already in (False, True):
        assert await stage.desk.declare(declared) == OutageAnswer(declared, already)
    other = replace(declared, since=NOON - HOUR, effect=MUTE)
    assert await stage.desk.declare(other) == OutageAnswer(declared, True)
    await told(stage, "INC-3", 1)
    ended = replace(declared, ended_at=NOON + MINUTE, ended_by="lee")
    for said, already in ((NOON + MINUTE, False), (NOON + 2 * MINUTE, True)):
        assert await stage.desk.end("INC-3", said, "lee") == OutageAnswer(ended, already)
    await told(stage, "INC-3", 1, "told_end")
    for known in (declared, ended, declared, ended):
        await one.send("outage", known)
    assert await one.dues() == one.by_the_core(*pause(NOON, NOON + MINUTE))
    assert len(await one.lines("event", "ignored")) == 2


async def test_an_end_that_arrives_before_its_declaration(stage: Stage) -> None:
    one = await Watched(stage, "reversed").open()
    await one.forward(NOON + HOUR - MINUTE)
    await stage.desk.end("INC-4", NOON + MINUTE, ahead=True)
    answer = await stage.desk.declare(outage("INC-4", "reversed", NOON))
    assert answer.outage.ended_at == NOON + MINUTE
    await told(stage, "INC-4", 1, "told_end")
    await one.settle()
    assert await one.dues() == one.by_the_core(*pause(NOON, NOON + MINUTE))


async def test_two_outages_and_a_customer_overlap(stage: Stage) -> None:
    one = await Watched(stage, "overlap").open()
    await one.forward(NOON + HOUR - MINUTE)
    await one.send("pause", {"reason": "customer", "occurred_at": moment(NOON - HOUR).isoformat()})
    await stage.desk.declare(outage("INC-5", "overlap", NOON - 30 * MINUTE))
    await stage.desk.declare(outage("INC-6", "overlap", NOON))
    await told(stage, "INC-6", 1)
    await one.send("resume", {"reason": "customer", "occurred_at": moment(NOON + 5 * MINUTE).isoformat()})
    await stage.desk.end("INC-5", NOON + 10 * MINUTE)
    await told(stage, "INC-5", 1, "told_end")
    assert (await one.standing())["paused_by"] == ["outage:INC-6"]
    await stage.desk.end("INC-6", NOON + 20 * MINUTE)
    await told(stage, "INC-6", 1, "told_end")
    await one.settle()
    assert await one.dues() == one.by_the_core(*pause(NOON - HOUR, NOON + 20 * MINUTE))


# --- pulled ------------------------------------------------------------------------------------------------

BERLIN = at("2026-03-27T16:00", "+01:00")
SPANS = {
    "within a day": ("plain.v1", FRIDAY, HALF - HOUR, HALF + HOUR),
    "over the weekend": ("plain.v1", FRIDAY, HALF - HOUR, MONDAY + HOUR),
    "from before it was opened": ("plain.v1", FRIDAY + HOUR, FRIDAY, NOON),
    "wholly at night": ("plain.v1", FRIDAY, FRIDAY + 12 * HOUR, FRIDAY + 13 * HOUR),
    "over a change to summer time": ("office-berlin.v1", BERLIN, BERLIN + 30 * MINUTE, BERLIN + 66 * HOUR),
}  # fmt: skip


@pytest.mark.parametrize("name", SPANS)
async def test_nobody_pushes_and_nothing_fires_within_the_outage(stage: Stage, name: str) -> None:
    policy, opened_at, since, until = SPANS[name]
    id = name.replace(" ", "-")
    one, declared = Watched(stage, id, opened_at=opened_at, policy=policy), outage(id, id, since)
    if since < opened_at:
        stage.world.outages.rows[id] = declared
    await one.open()
    stage.world.outages.rows[id] = declared
    await one.forward(until - 1)
    before = len(one.arrived)
    stage.world.outages.rows[id] = outage(id, id, since, ended_at=until)
    await one.forward(until)
    await one.send("poke")
    assert await one.dues() == one.by_the_core(*pause(max(since, opened_at), until))
    fired = [line for line in await one.handle.query("time_line") if line["kind"] == "fired"]
    assert [line for line in fired if since <= line["at"] < until and line["rung"] != "customer-received"] == []
    assert len(one.arrived) >= before


async def test_beginning_and_end_are_heard_of_at_once_by_a_ticket_that_slept(stage: Stage) -> None:
    one = await Watched(stage, "slept").open()
    await one.forward(NOON)
    stage.world.outages.rows["S-1"] = outage("S-1", "slept", FRIDAY + HOUR, ended_at=FRIDAY + 2 * HOUR)
    await one.forward(HALF + MINUTE)
    assert one.arrived == []
    assert await one.dues() == one.by_the_core(*pause(FRIDAY + HOUR, FRIDAY + 2 * HOUR))
    await one.forward(HALF + HOUR)
    assert sorted(one.arrived) == ["half/flag", "half/kim/sms"]


async def test_what_has_fired_stays_a_fact_and_the_clock_stands_as_if_told_in_time(stage: Stage) -> None:
    one = await Watched(stage, "late").open()
    await one.forward(HALF + HOUR)
    assert sorted(one.arrived) == ["half/flag", "half/kim/sms"]
    await stage.desk.declare(outage("INC-8", "late", NOON))
    await told(stage, "INC-8", 1)
    await stage.desk.end("INC-8", HALF + 30 * MINUTE)
    await told(stage, "INC-8", 1, "told_end")
    await one.settle()
    assert await one.dues() == one.by_the_core(*pause(NOON, HALF + 30 * MINUTE))
    await one.forward(HALF + 3 * HOUR)
    assert sorted(one.arrived) == ["half/flag", "half/kim/sms"]


async def test_a_registry_that_is_away_holds_nothing_up_and_is_a_line(stage: Stage) -> None:
    one = await Watched(stage, "away").open()
    stage.world.outages.fail_next(Unreachable("journal (sqlite) cannot be reached"))
    await one.forward(HALF)
    assert sorted(one.arrived) == ["half/flag", "half/kim/sms"]
    said = "outages could not be asked (journal (sqlite) cannot be reached); the promise goes first"
    assert await one.lines("unasked") == [said]


async def test_an_end_that_no_list_told_of_is_heard_with_the_end_of_another(stage: Stage) -> None:
    one = await Watched(stage, "missed").open()
    await one.forward(NOON + MINUTE)
    for id in ("M-1", "M-2"):
        stage.world.outages.rows[id] = outage(id, "missed", NOON)
        await one.send("outage", stage.world.outages.rows[id])
    stage.world.outages.rows["M-1"] = replace(stage.world.outages.rows["M-1"], ended_at=FRIDAY)
    await one.send("outage", replace(stage.world.outages.rows["M-2"], ended_at=NOON + 30))
    assert (await one.standing())["paused_by"] == []
    assert await one.dues() == one.by_the_core(*pause(NOON, NOON + 30))


async def test_a_knock_that_makes_it_continue_as_new_makes_it_ask_all_the_same(stage: Stage) -> None:
    stage.world.outages.rows["K-1"] = outage("K-1", "knocked", FRIDAY)
    one = await Watched(stage, "knocked").open(history_limit=10)
    assert (await one.standing())["paused_by"] == ["outage:K-1"]
    await one.forward(FRIDAY + HOUR)
    stage.world.outages.rows["K-1"] = outage("K-1", "knocked", FRIDAY, ended_at=FRIDAY + HOUR)
    before = len(await runs_of(stage.client, one.workflow))
    await one.send("poke")
    assert len(await runs_of(stage.client, one.workflow)) > before
    assert (await one.standing())["paused_by"] == []
    assert await one.dues() == one.by_the_core(*pause(FRIDAY, FRIDAY + HOUR))


async def test_a_ticket_that_opened_while_the_registry_was_away_asks_it_again(stage: Stage) -> None:
    """Raised to critical its promise is broken at 11:00, two hours before the first rung of the plan it opened with."""
    stage.world.outages.rows["A-1"] = outage("A-1", "again", FRIDAY, effect=REPRIORITISE, urgency="critical")
    for _ in range(2):
        stage.world.outages.fail_next(Unreachable("journal (sqlite) cannot be reached"))
    one = await Watched(stage, "again").open()
    assert (await one.standing())["ticket"]["urgency"] == "high"
    await one.forward(FRIDAY + 10 * MINUTE)
    assert (await one.standing())["ticket"]["urgency"] == "high"
    await one.forward(FRIDAY + 20 * MINUTE)
    assert (await one.standing())["ticket"]["urgency"] == "critical"
    assert await one.dues() == {"resolution": FRIDAY + 2 * HOUR}
    assert len(await one.lines("unasked")) == 1


async def test_what_it_has_heard_is_carried_into_the_next_run(stage: Stage) -> None:
    one = await Watched(stage, "carried").open(history_limit=20)
    stage.world.outages.rows["C-1"] = outage("C-1", "carried", FRIDAY + HOUR, ended_at=FRIDAY + 2 * HOUR)
    for step in range(1, 9):
        await one.forward(FRIDAY + step * HOUR)
        await one.send("replied")
    assert len(await runs_of(stage.client, one.workflow)) > 1
    assert (await one.lines("event")).count("pause outage:C-1") == 1
    assert await one.dues() == one.by_the_core(*pause(FRIDAY + HOUR, FRIDAY + 2 * HOUR))
    assert sorted(one.arrived)[:2] == ["half/flag", "half/kim/sms"]


async def test_the_last_word_of_an_old_plan_is_not_spoken_in_an_outage(stage: Stage) -> None:
    """While nobody works a rung falls due, and then the priority changes: the old plan would fire the rung late."""
    one = await Watched(stage, "retarget").open()
    await one.forward(HALF - 2)
    stage.world.outages.rows["T-1"] = outage("T-1", "retarget", NOON)
    shift = await one.handle.query("clock")
    await stage.send_crew_away()

    async def past() -> bool:
        return await stage.time.now(one.workflow) > moment(HALF + 2 - shift)

    assert await settled(past, 20)
    news_of_then = {"urgency": "critical", "occurred_at": moment(HALF + 1).isoformat()}
    await one.handle.signal("reprioritised", news_of_then)
    await stage.call_crew()
    await one.settle()
    assert (await one.standing())["paused_by"] == ["outage:T-1"]
    assert (await one.lines("fired"), one.arrived) == ([], [])


# --- the other effects -------------------------------------------------------------------------------------


async def test_muted_tickets_act_in_silence_and_their_clocks_run(stage: Stage) -> None:
    one = await Watched(stage, "mute").open()
    await one.forward(NOON)
    await stage.desk.declare(outage("INC-9", "mute", NOON, effect=MUTE))
    await told(stage, "INC-9", 1)
    await one.forward(FRIDAY + 7 * HOUR)
    assert one.arrived == ["half/flag", "three-quarters/comment"]
    assert await one.lines("fired") == ['half L1: flag "half gone"', 'three-quarters L2: comment "get help"']
    said = [f"not sent to {who}: muted by outage INC-9" for who in ("assignee", "team-lead")]
    assert await one.lines("not_sent") == said
    standing = await one.standing()
    assert (standing["state"], standing["muted_by"], standing["level"]) == ("open", "outage INC-9", 0)
    assert await one.dues() == one.by_the_core()
    await stage.desk.end("INC-9", FRIDAY + 7 * HOUR)
    await told(stage, "INC-9", 1, "told_end")
    await one.forward(FRIDAY + 8 * HOUR)
    assert "breach/executives/phone" in one.arrived


async def test_a_level_whose_page_a_mute_called_back_has_its_time_from_when_it_is_told(stage: Stage) -> None:
    """Under answer.v1 the on-call has 15 minutes; the telephone is busy until the mute is over."""
    one = Watched(stage, "mute-back", policy="answer.v1")
    with busy(stage, one, "phone"):
        await one.open()
        await one.forward(FRIDAY + MINUTE)
        assert ((await one.standing())["level"], one.arrived) == (1, [])
        await stage.desk.declare(outage("INC-27", "mute-back", FRIDAY + MINUTE, effect=MUTE))
        await told(stage, "INC-27", 1)
        await one.settle()
        [line] = await one.lines("withdrawn")
        assert "called back: muted by outage INC-27" in line
        assert ((await one.standing())["level"], one.arrived) == (0, [])
        await one.forward(FRIDAY + 30 * MINUTE)
    assert one.arrived == []
    await stage.desk.end("INC-27", FRIDAY + 30 * MINUTE)
    await told(stage, "INC-27", 1, "told_end")
    await one.settle()
    assert [line.split("/")[-3:] for line in keys(one)] == [["team", "kim", "phone"]]
    assert (await one.standing())["level"] == 1
    await one.forward(FRIDAY + 44 * MINUTE)
    assert len(one.arrived) == 1
    await one.forward(FRIDAY + 46 * MINUTE)
    assert [line.split("/")[-3] for line in keys(one)] == ["team", "unanswered-L1"]


async def test_a_chain_that_opened_while_muted_begins_when_the_mute_is_over(stage: Stage) -> None:
    await stage.desk.declare(outage("INC-28", "mute-chain", FRIDAY, effect=MUTE), ahead=True)
    one = await Watched(stage, "mute-chain", policy="answer.v1").open()
    await one.forward(FRIDAY + 30 * MINUTE)
    assert one.arrived == []
    await stage.desk.end("INC-28", FRIDAY + 30 * MINUTE)
    await told(stage, "INC-28", 1, "told_end")
    await one.settle()
    assert [line.split("/")[-3:-2] for line in keys(one)] == [[f"team.u{FRIDAY + 30 * MINUTE}"]]
    await one.forward(FRIDAY + 46 * MINUTE)
    assert [line.split("/")[-3] for line in keys(one)][1:] == ["unanswered-L1"]


async def test_reprioritised_tickets_keep_their_urgency_after_the_end(stage: Stage) -> None:
    one = await Watched(stage, "raise").open()
    await one.forward(FRIDAY + HOUR)
    await stage.desk.declare(outage("INC-10", "raise", FRIDAY + 30 * MINUTE, effect=REPRIORITISE, urgency="critical"))
    await told(stage, "INC-10", 1)
    await stage.desk.end("INC-10", FRIDAY + HOUR)
    await one.settle()
    assert await one.dues() == {"resolution": FRIDAY + 2 * HOUR}
    assert (await one.standing())["ticket"]["urgency"] == "critical"


# --- its workflow ------------------------------------------------------------------------------------------


async def test_its_owner_is_reminded_once_of_each_expected_end_that_passes(stage: Stage) -> None:
    handle = stage.client.get_workflow_handle(outage_workflow_id("INC-11"))
    await stage.desk.declare(outage("INC-11", "owned", NOON, expected=NOON + HOUR, owner="lee"), ahead=True)

    async def reminders(count: int) -> list[str]:
        async def reached() -> bool:
            return len(stage.world.of("outage/INC-11/expected")) >= count

        assert await settled(reached, 20)
        await settle(handle)
        return sorted(one.key for one in stage.world.of("outage/INC-11/expected"))

    first = [f"outage/INC-11/expected/{NOON + HOUR}/lee/{channel}" for channel in ("email", "sms")]
    assert await reminders(2) == first
    await stage.desk.extend("INC-11", NOON + 2 * HOUR)
    assert await reminders(4) == [*first, *(key.replace(str(NOON + HOUR), str(NOON + 2 * HOUR)) for key in first)]
    await stage.desk.end("INC-11", NOON + 3 * HOUR)
    assert len(await reminders(4)) == 4


@pytest.mark.parametrize(("owner", "reminded"), [("lee", ["lee"]), ("nobody", ["pat"]), ("", ["pat"])])
async def test_whoever_stands_in_is_reminded_where_nobody_knows_the_owner(owner: str, reminded: list[str]) -> None:
    world = MemoryWorld()
    channels = {channel: MemoryNotifier(world, channel) for channel in ("email", "sms")}
    notices = OutageNotices(MemoryDirectory(world), channels, otherwise="pat")
    notice = OutageNotice("outage/I/expected/1", outage("I", "x", NOON, owner=owner, expected=NOON + 1), NOON + 2)
    await ActivityEnvironment().run(notices.remind_owner, notice)
    assert sorted({one.key.split("/")[4] for one in world.of("outage/I")}) == reminded


async def test_maintenance_that_is_declared_ahead_begins_and_ends_by_itself(stage: Stage) -> None:
    """Tickets and outage have clocks of their own here: each is moved to where the other stands."""
    soon = int(datetime.now(UTC).timestamp()) + 2 * 86_400
    one = await Watched(stage, "planned", policy="real-l.v1", opened_at=soon - 2 * HOUR).open()
    planned = outage("MW-1", "planned", soon, planned_end=soon + HOUR)
    await stage.desk.declare(planned)
    workflow = outage_workflow_id("MW-1")
    await settle(stage.client.get_workflow_handle(workflow))
    assert (await one.standing())["paused_by"] == []
    await one.forward(soon)
    await stage.time.to(workflow, moment(soon))
    await told(stage, "MW-1", 1)
    await one.settle()
    assert (await one.standing())["paused_by"] == ["outage:MW-1"]
    await one.forward(soon + HOUR)
    await stage.time.to(workflow, moment(soon + HOUR))
    await told(stage, "MW-1", 1, "told_end")
    await one.settle()
    assert stage.world.outages.rows["MW-1"] == replace(planned, ended_at=soon + HOUR, ended_by="plan")
    assert await one.dues() == one.by_the_core(*pause(soon, soon + HOUR))


async def test_one_that_could_not_be_told_of_the_end_is_looked_for_until_it_can(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await Watched(stage, "sealed").open()
    await one.forward(NOON + 3 * MINUTE)
    await stage.desk.declare(outage("INC-15", "sealed", NOON))
    await told(stage, "INC-15", 1)
    await one.settle()

    asked: list[object] = []

    async def sealed(*said: object) -> bool:
        asked.append(said)
        raise Refused("INVALID_ARGUMENT: no")

    async def still_looked_for() -> bool:
        return len(asked) > in_the_telling

    async def goes_on() -> bool:
        return (await one.standing())["paused_by"] == []

    with monkeypatch.context() as refusing:
        refusing.setattr("starter.crowd.ListedCrowd.tell", sealed)
        await stage.desk.end("INC-15", NOON + 2 * MINUTE)
        await told(stage, "INC-15", 1, "failed_end")
        in_the_telling = len(asked)
        await pass_by(stage, "INC-15", timedelta(seconds=70))
        assert await settled(still_looked_for, 20)
    assert not await goes_on()
    await pass_by(stage, "INC-15", timedelta(minutes=10))
    assert await settled(goes_on, 20)
    assert await one.dues() == one.by_the_core(*pause(NOON, NOON + 2 * MINUTE))


async def pass_by(stage: Stage, id: str, time: timedelta) -> None:
    workflow = outage_workflow_id(id)
    await settle(stage.client.get_workflow_handle(workflow))
    await stage.time.to(workflow, await stage.time.now(workflow) + time)


async def test_a_refused_update_leaves_an_outage_that_nobody_declared(stage: Stage) -> None:
    with pytest.raises(Exception, match="this is outage INC-12, not 'INC-13'"):
        await stage.desk._say("INC-12", "declare", outage("INC-13", "x", NOON))
    assert "INC-12" not in stage.world.outages.rows
    await stage.desk.declare(outage("INC-12", "x", NOON), ahead=True)
    assert stage.world.outages.rows["INC-12"].since == NOON


async def test_nonsense_told_to_a_ticket_is_a_line(stage: Stage) -> None:
    one = await Watched(stage, "nonsense").open()
    for payload in ({"id": "N", "since": -1}, {"id": "N", "effect": "explode"}, {"since": NOON}, "N", {"id": ["N"]}):
        await one.send("outage", payload)
    said = await one.lines("ignored")
    assert len(said) == 5
    assert all(text.startswith("outage: ") for text in said)
    assert await one.dues() == one.by_the_core()


# --- rehearsed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["pause_clock", MUTE, REPRIORITISE])
async def test_a_rehearsal_is_what_then_happens(stage: Stage, effect: str) -> None:
    service = f"rehearsed-{effect}"
    inside, outside = await Watched(stage, effect, service).open(), await Watched(stage, f"{effect}-out").open()
    await inside.forward(NOON)
    await inside.send("poke")  # a ticket's own clock stands at its last task
    urgency = "critical" if effect == REPRIORITISE else ""
    declared = outage(f"R-{effect}", service, NOON - MINUTE, effect=effect, expected=NOON + 2 * HOUR, urgency=urgency)
    before = await inside.handle.query("time_line")
    found = await rehearse(stage.gateway, declared, 10)
    assert (found.asked, found.unasked, found.faults) == (1, 0, ())
    assert await inside.handle.query("time_line") == before
    (foreseen,) = found.foreseen

    await stage.desk.declare(declared)
    await told(stage, declared.id, 1)
    await inside.settle()
    at_once = ("breach: phone executives", 'breach: credit "10%"') if effect == REPRIORITISE else ()
    assert (foreseen.spared, foreseen.at_once, len(inside.arrived)) == (
        ("half L1: sms assignee",),
        at_once,
        len(at_once),
    )
    await inside.forward(declared.expected)
    await stage.desk.end(declared.id, declared.expected)
    await settled_for(inside, stage, declared)
    assert {due.name: due.after for due in foreseen.dues} == await inside.dues()
    assert not any("kim" in key for key in inside.arrived)
    assert await outside.lines("event") == []


async def settled_for(one: Watched, stage: Stage, declared: Outage) -> None:
    if declared.effect != REPRIORITISE:
        await told(stage, declared.id, 1, "told_end")
    await one.settle()


# --- afterwards --------------------------------------------------------------------------------------------


async def test_the_report_asks_those_that_heard_of_it_closed_ones_too(stage: Stage) -> None:
    first, second = [await Watched(stage, id, "report").open() for id in ("rep-1", "rep-2")]
    for one in (first, second):
        await one.forward(NOON)
    await stage.desk.declare(outage("INC-14", "report", NOON - HOUR, declared_by="lee"))
    await told(stage, "INC-14", 2)
    await stage.desk.end("INC-14", NOON - 30 * MINUTE)
    await told(stage, "INC-14", 2, "told_end")
    await first.handle.signal("closed", {})
    await first.handle.result()
    await second.settle()
    await second.forward(FRIDAY + 8 * HOUR + MINUTE)
    await second.send("poke")
    found = await stage.desk.report("INC-14")
    assert found.faults == ()
    expected = [(f"outages/{id}", NOON - HOUR, NOON - 30 * MINUTE, 1_800) for id in ("rep-1", "rep-2")]
    assert [(one.ticket, one.since, one.until, one.stopped) for one in found.tickets] == expected
    assert [one.saved for one in found.tickets] == [(), ("resolution",)]
    assert found.account == Account(2, 3_600, 1, 0, 0)


# --- said at the same time ---------------------------------------------------------------------------------


async def at_once(stage: Stage, id: str, update: str, *said: Any) -> list[OutageAnswer]:
    """Past the desk, which would have looked for what stands: as several callers who see nothing yet."""
    return list(await asyncio.gather(*(stage.desk._say(id, update, one) for one in said)))


@pytest.mark.parametrize("lost", [False, True], ids=["in order", "crossed"])
async def test_of_two_declarations_at_once_only_the_one_that_stands_is_answered_with_news(
    stage: Stage, lost: bool
) -> None:
    """Also where the registry's answer to the first is lost, so that the other is answered before it."""
    id = f"INC-20-{lost}"
    if lost:
        stage.world.outages.fail_next(Unreachable("the connection broke"), taken_first=True)
    said = [outage(id, "race", NOON), outage(id, "race", NOON - HOUR, effect=MUTE, owner="lee")]
    answers = await at_once(stage, id, "declare", *said)
    stands = stage.world.outages.rows[id]
    assert [answer.outage for answer in answers] == [stands, stands]
    assert [answer.already for answer in answers] == [one != stands for one in said]
    assert stands in said


async def test_of_two_ends_at_once_only_the_one_that_stands_is_answered_with_news(stage: Stage) -> None:
    await stage.desk.declare(outage("INC-21", "race", NOON), ahead=True)
    answers = await at_once(stage, "INC-21", "end", OutageEnd(NOON + HOUR, "lee"), OutageEnd(NOON + MINUTE, "kim"))
    stands = stage.world.outages.rows["INC-21"]
    assert [answer.already for answer in answers] == [stands.ended_by != by for by in ("lee", "kim")]


async def test_of_five_that_say_the_same_at_once_one_is_answered_with_news(stage: Stage) -> None:
    answers = await at_once(stage, "INC-22", "declare", *[outage("INC-22", "race", NOON)] * 5)
    assert sorted(answer.already for answer in answers) == [False, True, True, True, True]


async def test_a_write_that_was_tried_again_is_no_second_declaration(stage: Stage) -> None:
    """The registry kept it, and its answer was lost."""
    stage.world.outages.fail_next(Unreachable("the connection broke"), taken_first=True)
    said = outage("INC-23", "retried", NOON)
    assert await stage.desk.declare(said, ahead=True) == OutageAnswer(said)


# --- in the Temporal UI ------------------------------------------------------------------------------------


async def details(stage: Stage, id: str) -> str:
    handle = stage.client.get_workflow_handle(outage_workflow_id(id))
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def test_an_engineer_sees_scope_and_telling_in_the_ui_and_no_name(stage: Stage) -> None:
    one = await Watched(stage, "seen").open()
    await one.forward(NOON + MINUTE)
    await stage.desk.declare(outage("INC-24", "seen", NOON, declared_by="lee", owner="kim", expected=NOON + HOUR))
    await told(stage, "INC-24", 1)
    assert await details(stage, "INC-24") == (
        "**open** - pause_clock: service seen\n\n"
        "- since Fri 27 Mar 2026 03:00 UTC\n- expected to end Fri 27 Mar 2026 04:00 UTC\n"
        "- told that it began: tickets 1; people 0"
    )
    await stage.desk.end("INC-24", NOON + 2 * MINUTE, "lee")
    await told(stage, "INC-24", 1, "told_end")
    assert "- told that it ended: tickets " in await details(stage, "INC-24")
    assert "lee" not in await details(stage, "INC-24")


async def test_what_the_ui_shows_costs_no_event(stage: Stage) -> None:
    await stage.desk.declare(outage("INC-25", "cheap", NOON), ahead=True)
    await settle(stage.client.get_workflow_handle(outage_workflow_id("INC-25")))
    history = await stage.client.get_workflow_handle(outage_workflow_id("INC-25")).fetch_history()
    kinds = {EventType.Name(event.event_type) for event in history.events}
    assert not {kind for kind in kinds if "UPSERT" in kind or "PROPERTIES" in kind}
