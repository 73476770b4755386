"""Maintenance by rule on a real server: each window is declared once, a day ahead, whatever is away meanwhile.

Rule, outages and tickets have clocks of their own here: each is moved to where the others stand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowFailureError
from temporalio.worker import Replayer

from activities.ports import Refused as RefusedByPort
from activities.ports import Unreachable
from policies.maintenance import Maintenance, ahead
from policies.outage import Outage, Scope
from starter.gateway import GatewayError, Refused, settled
from starter.maintenance import BadMaintenance, MaintenanceDesk, NoSuchMaintenance
from starter.virtual_time import settle
from tests.support.histories import runs_of
from tests.support.stage import Stage, moment
from tests.workflows.test_outage import Watched, pause, told
from workflows.contract import (
    MAINTENANCE,
    TICKETS,
    Maintaining,
    MaintenanceAnswer,
    maintenance_id,
    outage_workflow_id,
)
from workflows.conversion import DATA_CONVERTER
from workflows.maintenance import AHEAD, MaintenanceWorkflow

MINUTE, HOUR, DAY = 60, 3_600, 86_400
FIRST = (datetime.now(UTC) + timedelta(days=7)).replace(minute=0, second=0, microsecond=0, tzinfo=None)


def rule(id: str, every: str = "weekly", hours: int = 4, **more: Any) -> Maintenance:
    """Windows of the service of that name, from a week from now on."""
    what = Outage(id, Scope((id.lower(),)), owner="duty-manager", reason="new disks", declared_by="lee")
    ends = FIRST + timedelta(hours=hours)
    return Maintenance(what, "UTC", FIRST.isoformat(), ends.isoformat(), every, **more)


class Planned:
    """One rule on the stage."""

    def __init__(self, stage: Stage, said: Maintenance) -> None:
        self.stage, self.said = stage, said
        self.windows = ahead(said, 0, 10)
        self.desk = MaintenanceDesk(stage.desk)

    async def plan(self) -> Planned:
        await self.desk.plan(self.said, early=True)
        await self.settle()
        return self

    @property
    def handle(self) -> Any:
        return self.stage.client.get_workflow_handle(maintenance_id(self.said.id))

    async def settle(self) -> None:
        await settle(self.handle)

    async def forward(self, at: int) -> None:
        await self.stage.time.to(self.handle.id, moment(at))

    async def show(self) -> Maintaining:
        return await self.desk.one(self.said.id)

    @property
    def rows(self) -> dict[str, Outage]:
        """What the registry has of it."""
        return {id: row for id, row in self.stage.world.outages.rows.items() if id.startswith(f"{self.said.id}.")}

    async def asked(self, activity: str) -> int:
        """How often an activity was scheduled, in all runs."""
        return sum(
            event.activity_task_scheduled_event_attributes.activity_type.name == activity
            for history in await runs_of(self.stage.client, self.handle.id)
            for event in history.events
        )


# --- declared ----------------------------------------------------------------------------------------------


async def test_three_weekly_windows_are_each_declared_once_a_day_ahead_and_then_it_is_over(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-1", "FREQ=WEEKLY;COUNT=3")).plan()
    assert len(one.windows) == 3
    for number, window in enumerate(one.windows, 1):
        await one.forward(window.since - AHEAD - MINUTE)
        assert len(one.rows) == number - 1
        await one.forward(window.since - AHEAD)
        assert one.rows == {each.id: each for each in one.windows[:number]}
        known = await one.show()
        assert (known.declared, known.last, known.ahead) == (number, window, one.windows[number:])
    await one.forward(one.windows[-1].planned_end)
    found: Maintaining = await stage.client.get_workflow_handle_for(MaintenanceWorkflow.run, one.handle.id).result()
    assert (found.declared, found.missed, found.trouble, found.ahead) == (3, (), "", ())
    assert await one.asked("declare_window") == 3
    assert await one.show() == found


async def test_an_engineer_sees_the_rule_and_the_next_window_in_the_ui_and_no_name(stage: Stage) -> None:
    plan = await Planned(stage, rule("MW-UI")).plan()
    metadata = await plan.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    said = plan.said
    assert metadata.current_details == (
        "**goes on** - pause_clock: service mw-ui\n\n"
        f"- weekly, first {said.begins} to {said.ends} UTC\n- windows declared: 0\n"
        f"- next: {plan.windows[0].id}, {FIRST:%a %d %b %Y %H:%M} UTC"
    )
    await plan.desk.stop("MW-UI", "lee")
    metadata = await plan.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert metadata.current_details.startswith("**stopped** - ")
    assert "lee" not in metadata.current_details


async def test_the_next_one_waits_until_the_one_before_is_over(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-2", "daily", hours=20)).plan()
    first, second = one.windows[:2]
    await one.forward(first.planned_end - MINUTE)
    assert list(one.rows) == [first.id]
    await one.forward(first.planned_end)
    assert list(one.rows) == [first.id, second.id]


async def test_tickets_stand_still_in_each_window_and_only_there(stage: Stage) -> None:
    """One lives through all three, one through each, and one between two of them."""
    one = await Planned(stage, rule("MW-3", "FREQ=DAILY;COUNT=3")).plan()
    spans = [(window.since, window.planned_end) for window in one.windows]
    begun = spans[0][0] - 2 * HOUR
    long = await Watched(stage, "long", "mw-3", begun, policy="night-news.v1").open()
    other = await Watched(stage, "other", "mw-3-not", begun, policy="night-news.v1").open()
    shorts = []
    for number, (begin, end) in enumerate(spans):
        await one.forward(begin - AHEAD if not number else spans[number - 1][1])
        short = await Watched(stage, f"short-{number}", "mw-3", begin - HOUR, policy="answer.v1").open()
        assert (await short.standing())["paused_by"] == []
        shorts.append(short)
        workflow, id = outage_workflow_id(one.windows[number].id), one.windows[number].id
        for ticket in (long, other, short):
            await ticket.forward(begin)
        await stage.time.to(workflow, moment(begin))
        await told(stage, id, 2)
        for ticket in (long, short):
            await ticket.settle()
            assert (await ticket.standing())["paused_by"] == [f"outage:{id}"]
        for ticket in (long, other, short):
            await ticket.forward(end)
        await stage.time.to(workflow, moment(end))
        await told(stage, id, 2, "told_end")
        for ticket in (long, short):
            await ticket.settle()
            assert (await ticket.standing())["paused_by"] == []
        assert stage.world.outages.rows[id] == replace(one.windows[number], ended_at=end, ended_by="plan")
    between = await Watched(stage, "between", "mw-3", spans[0][1], policy="answer.v1").open()
    assert await between.dues() == between.by_the_core()
    assert await other.dues() == other.by_the_core()
    assert await long.dues() == long.by_the_core(*(event for begin, end in spans for event in pause(begin, end)))
    assert (await long.dues())["resolution"] == begun + 72 * HOUR + 3 * 4 * HOUR
    for short, (begin, end) in zip(shorts, spans, strict=True):
        assert await short.dues() == short.by_the_core(*pause(begin, end))
        assert (await short.dues())["resolution"] == begin - HOUR + 12 * HOUR


async def test_one_that_has_begun_when_it_is_planned_is_declared_at_once_and_earlier_ones_are_not(stage: Stage) -> None:
    begun = (datetime.now(UTC) - timedelta(days=7, hours=1)).replace(microsecond=0, tzinfo=None)
    said = replace(rule("MW-4"), begins=begun.isoformat(), ends=(begun + timedelta(hours=4)).isoformat())
    one = await Planned(stage, said).plan()
    window = one.windows[1]
    assert window.since < datetime.now(UTC).timestamp() < window.planned_end
    assert one.rows[window.id].since == window.since
    known = await one.show()
    assert (list(one.rows), known.missed, known.declared) == ([window.id], (), 1)
    await one.desk.stop("MW-4")


async def test_a_rule_for_every_ticket_there_is_declares_like_any_other(stage: Stage) -> None:
    said = rule("MW-22")
    one = Planned(stage, replace(said, outage=replace(said.outage, scope=Scope())))
    with pytest.raises(BadMaintenance, match="the scope names nothing"):
        await one.plan()
    await one.desk.plan(one.said, everything=True, early=True)
    await one.forward(one.windows[0].since - AHEAD)
    assert one.rows == {one.windows[0].id: one.windows[0]}
    await one.desk.stop("MW-22")
    await one.handle.result()


# --- said twice, stopped -----------------------------------------------------------------------------------


async def test_planned_twice_is_planned_once_and_another_rule_of_that_id_is_refused(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-5")).plan()
    again = await one.desk.plan(replace(one.said, outage=replace(one.said.outage, declared_by="kim")), early=True)
    assert again == MaintenanceAnswer(await one.show(), already=True)
    assert again.maintaining.rule == one.said
    with pytest.raises(
        Refused, match=r"MW-5 was planned otherwise before; that stands\. Plan the new one under another id"
    ):
        await one.desk.plan(replace(one.said, every="daily"), early=True)
    assert (await one.show()).rule == one.said


async def test_stopped_the_window_that_was_declared_and_has_not_begun_never_counts(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-6")).plan()
    first = one.windows[0]
    await one.forward(first.since - HOUR)
    answer = await one.desk.stop("MW-6", "kim")
    assert (answer.already, answer.maintaining.last) == (False, first)
    await stage.client.get_workflow_handle_for(MaintenanceWorkflow.run, one.handle.id).result()
    assert one.rows == {first.id: replace(first, ended_at=first.since, ended_by="kim")}
    ticket = await Watched(stage, "never", "mw-6", first.since - HOUR, policy="answer.v1").open()
    await ticket.forward(first.since + HOUR)
    await stage.time.to(outage_workflow_id(first.id), moment(first.since + HOUR))
    await ticket.send("poke")
    assert (await ticket.dues(), await ticket.lines("event")) == (ticket.by_the_core(), [])

    assert (await one.desk.stop("MW-6", "lee")).already
    assert (await one.show()).stopped_by == "kim"
    with pytest.raises(Refused, match=r"MW-6 was stopped or is over; plan the new one under another id"):
        await one.desk.plan(one.said, early=True)


async def test_stopped_while_a_window_lasts_it_goes_on_to_its_end(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-7")).plan()
    first = one.windows[0]
    await one.forward(first.since + HOUR)
    await one.desk.stop("MW-7")
    await stage.client.get_workflow_handle_for(MaintenanceWorkflow.run, one.handle.id).result()
    assert one.rows == {first.id: first}
    assert await one.asked("withdraw_window") == 0


async def test_stopped_before_anything_was_declared_nothing_ever_is(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-8")).plan()
    await one.desk.stop("MW-8")
    found: Maintaining = await stage.client.get_workflow_handle_for(MaintenanceWorkflow.run, one.handle.id).result()
    assert (one.rows, found.ahead, await one.asked("declare_window")) == ({}, (), 0)


# --- what is away ------------------------------------------------------------------------------------------


async def test_a_worker_that_was_away_declares_the_window_that_lasts_and_notes_those_that_are_over(
    stage: Stage,
) -> None:
    """It was away for as long as the workflow of a rule that began three windows ago, and was not heard since."""
    begun = (datetime.now(UTC) - timedelta(days=3, hours=1)).replace(microsecond=0, tzinfo=None)
    said = replace(rule("MW-9", "daily"), begins=begun.isoformat(), ends=(begun + timedelta(hours=4)).isoformat())
    one = Planned(stage, said)
    three, lasts = one.windows[:3], one.windows[3]
    await stage.send_crew_away()
    try:
        opening = Maintaining(said.id, said, after=three[0].since)
        await stage.client.start_workflow(MAINTENANCE, opening, id=one.handle.id, task_queue=TICKETS)
    finally:
        await stage.call_crew()
    await one.settle()
    known = await one.show()
    assert one.rows == {lasts.id: lasts}
    assert known.missed == tuple(f"{each.id}: over before it could be declared: no worker was there" for each in three)
    assert known.declared == 1
    await one.desk.stop("MW-9")


async def test_a_registry_that_is_away_is_asked_until_it_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await Planned(stage, rule("MW-10")).plan()
    first = one.windows[0]
    away = Away(stage, monkeypatch, Unreachable("journal (sqlite) cannot be reached"))
    await one.forward(first.since - AHEAD)
    await one.forward(first.since - AHEAD + HOUR)
    known = await one.show()
    assert (known.declared, known.trouble) == (0, f"{first.id}: journal (sqlite) cannot be reached")
    away.over()
    await one.forward(first.since + HOUR)
    known = await one.show()
    assert (one.rows, known.declared, known.trouble, known.missed) == ({first.id: first}, 1, "", ())


@pytest.mark.parametrize(
    "error", [Unreachable("it is away"), RefusedByPort("it is read only")], ids=["away", "refuses"]
)
async def test_a_window_that_could_not_be_declared_in_time_is_missed_and_the_next_one_is_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0, tzinfo=None)
    said = replace(
        rule(f"MW-11-{type(error).__name__}"), begins=soon.isoformat(), ends=(soon + timedelta(minutes=10)).isoformat()
    )
    one = Planned(stage, said)
    first, second = one.windows[:2]
    away = Away(stage, monkeypatch, error)
    await one.plan()
    await one.forward(first.planned_end + 10 * MINUTE)
    away.over()
    await one.forward(second.since - AHEAD)
    known = await one.show()
    assert one.rows == {second.id: second}
    assert known.missed == (f"{first.id}: over before it could be declared: {first.id}: {error}",)
    assert (known.declared, known.trouble) == (1, "")


async def test_a_stop_is_heard_while_the_registry_is_away_and_withdraws_once_it_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await Planned(stage, rule("MW-12")).plan()
    first = one.windows[0]
    await one.forward(first.since - AHEAD)
    away = Away(stage, monkeypatch, Unreachable("it is away"))
    await one.desk.stop("MW-12", "kim")
    await one.settle()
    assert one.rows == {first.id: first}
    away.over()
    await one.forward(first.since - HOUR)
    assert one.rows == {first.id: replace(first, ended_at=first.since, ended_by="kim")}


async def test_a_stop_is_heard_between_two_trials_and_what_may_still_arrive_is_withdrawn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await Planned(stage, rule("MW-21")).plan()
    first = one.windows[0]
    away = Away(stage, monkeypatch, Unreachable("it is away"))
    await one.forward(first.since - AHEAD + 7 * MINUTE)
    away.over()
    await one.desk.stop("MW-21", "kim")
    assert not await settle(one.handle), "it waits for its next trial"
    assert await one.asked("declare_window") == 1
    assert one.rows == {first.id: Outage(first.id, ended_at=first.since, ended_by="kim")}
    await stage.desk.declare(first, ahead=True)
    assert one.rows == {first.id: replace(first, ended_at=first.since, ended_by="kim")}


class Away:
    """A registry that answers nothing but with this error, until it is `over`."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.patches, self.error = monkeypatch, error
        for method in ("one", "keep"):
            monkeypatch.setattr(type(stage.world.outages), method, self.fail)

    async def fail(self, *_: object) -> Any:
        raise type(self.error)(str(self.error))

    def over(self) -> None:
        self.patches.undo()


async def test_a_window_that_somebody_declared_otherwise_stands_and_is_noted(stage: Stage) -> None:
    one = await Planned(stage, rule("MW-13")).plan()
    first = one.windows[0]
    await stage.desk.declare(replace(first, since=first.since + HOUR), ahead=True)
    await one.forward(first.since - AHEAD)
    known = await one.show()
    assert known.missed == (f"{first.id}: declared otherwise by somebody else; that stands",)
    assert one.rows[first.id].since == first.since + HOUR


# --- nonsense, and long ones -------------------------------------------------------------------------------


async def test_a_rule_that_makes_no_sense_is_refused_before_and_by_its_workflow(stage: Stage) -> None:
    one = Planned(stage, rule("MW-14"))
    with pytest.raises(BadMaintenance, match="FREQ=HOURLY is not one of"):
        await one.desk.plan(replace(one.said, every="FREQ=HOURLY"), early=True)
    with pytest.raises(NoSuchMaintenance):
        await one.show()
    await stage.client.start_workflow(MAINTENANCE, Maintaining("MW-14"), id=one.handle.id, task_queue=TICKETS)
    for said, text in (
        (replace(one.said, every="FREQ=HOURLY"), "the rule makes no sense"),
        (rule("MW-15"), "this is maintenance MW-14"),
    ):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - the engine's own
            await one.handle.execute_update("plan", said)
        assert text in str(refused.value.__cause__)
    await one.plan()
    assert (await one.show()).rule == one.said


async def test_a_start_that_no_rule_follows_fails_and_its_id_is_free(stage: Stage) -> None:
    one = Planned(stage, rule("MW-16"))
    await stage.client.start_workflow(MAINTENANCE, Maintaining("MW-16"), id=one.handle.id, task_queue=TICKETS)
    await stage.time.forward(one.handle.id, timedelta(hours=1))
    with pytest.raises(WorkflowFailureError):
        await one.handle.result()
    await one.plan()
    assert (await one.show()).rule == one.said


async def test_one_whose_windows_are_all_over_is_refused(stage: Stage) -> None:
    with pytest.raises(BadMaintenance, match="all its windows are over"):
        await MaintenanceDesk(stage.desk).plan(
            replace(rule("MW-17"), begins="2026-03-01T02:00", ends="2026-03-01T04:00", until="2026-03-08"), early=True
        )


async def test_a_scope_that_meets_nobody_is_refused_unless_it_is_early(stage: Stage) -> None:
    with pytest.raises(GatewayError, match="unknown"):
        await MaintenanceDesk(stage.desk).plan(rule("MW-18"))


async def test_continued_as_new_it_declares_none_twice_and_replays(stage: Stage) -> None:
    said = rule("MW-19", "FREQ=DAILY;COUNT=4")
    one = Planned(stage, said)
    opening = Maintaining(said.id, history_limit=10)
    await stage.client.start_workflow(MAINTENANCE, opening, id=one.handle.id, task_queue=TICKETS)
    await one.plan()
    for window in one.windows:
        await one.forward(window.since - AHEAD)
        await one.forward(window.since)
    await one.forward(one.windows[-1].planned_end)
    runs = await runs_of(stage.client, one.handle.id)
    assert len(runs) > 2
    assert one.rows == {each.id: each for each in one.windows}
    assert await one.asked("declare_window") == 4
    replayer = Replayer(workflows=[MaintenanceWorkflow], data_converter=DATA_CONVERTER)
    for history in runs:
        await replayer.replay_workflow(history)


async def test_all_that_the_server_knows_are_listed(stage: Stage) -> None:
    await Planned(stage, rule("MW-20")).plan()
    desk = MaintenanceDesk(stage.desk)

    async def listed() -> bool:
        return "MW-20" in [one.id for one in await desk.known(100)]

    assert await settled(listed, 20)
    with pytest.raises(NoSuchMaintenance, match=r"no maintenance 'MW-2O' \(did you mean 'MW-2"):
        await desk.one("MW-2O")
