"""What a ticket costs in history events, counted in real histories (skipped time's own book-keeping left out)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.support.histories import events_of, names, open_ticket
from tests.support.stage import Stage, moment

PER_SIGNAL = 8
PER_RUNG_WITH_TWO_MESSAGES = 20
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul."""
HOUR, DAY = 3600, 86_400
NEWS: dict[str, dict[str, Any]] = {
    "pause": {"reason": "customer"}, "resume": {"reason": "customer"}, "replied": {"actor": "kim"}, "contacted": {},
    "assigned": {"to": "lee"}, "acknowledged": {"actor": "kim"}, "reprioritised": {"urgency": "critical"},
    "reopened": {}, "merge": {}, "poke": {}, "transferred": {"to": "network"}, "assessed": {"risk": 70, "predicted": "6h"},
}  # fmt: skip
"""Each on a ticket for which nothing is due; `merge` is a name nobody knows."""


async def opened(
    stage: Stage, id: str, policy: str = "standard.v1", at: int = MONDAY, team: str = "seoul"
) -> str:  # fmt: skip
    ticket = Ticket(
        id=id, tenant="counted", tier="gold", urgency="high", assignee="kim", team=team, contact="c@example.com"
    )
    workflow = await open_ticket(stage, ticket, policy, at)
    await settle(stage.client.get_workflow_handle(workflow))
    return workflow


async def forward(stage: Stage, workflow: str, at: int) -> None:
    await stage.time.to(workflow, moment(at - await stage.client.get_workflow_handle(workflow).query("clock")))


async def since(stage: Stage, workflow: str, before: int) -> list[HistoryEvent]:
    await settle(stage.client.get_workflow_handle(workflow))
    return (await events_of(stage.client, workflow))[before:]


async def told(stage: Stage, workflow: str, name: str, payload: dict[str, Any]) -> list[HistoryEvent]:
    """The events that one signal costs."""
    before = len(await events_of(stage.client, workflow))
    await stage.client.get_workflow_handle(workflow).signal(name, payload)
    return await since(stage, workflow, before)


@pytest.mark.parametrize("name", NEWS)
async def test_news_costs_at_most_eight_events(stage: Stage, name: str) -> None:
    workflow = await opened(stage, f"news-{name}")
    if name == "resume":
        await told(stage, workflow, "pause", {"reason": "customer"})
    events = await told(stage, workflow, name, NEWS[name])
    print(f"{name}: {len(events)} {', '.join(names(events))}")
    assert len(events) <= PER_SIGNAL, names(events)


async def test_a_rung_with_two_messages_costs_at_most_twenty_events(stage: Stage) -> None:
    """`pair` tells the assignee by SMS and the department head by phone; a lead there is none."""
    workflow = await opened(stage, "rung", "people.v1", team="")
    before = len(await events_of(stage.client, workflow))
    await forward(stage, workflow, MONDAY + 4 * HOUR)
    events = await since(stage, workflow, before)
    print(f"rung: {len(events)} {', '.join(names(events))}")
    assert names(events).count("ACTIVITY_TASK_SCHEDULED") == 2
    assert len(events) <= PER_RUNG_WITH_TWO_MESSAGES, names(events)


async def test_the_costliest_rung_of_the_standard_policy(stage: Stage) -> None:
    """The breach: four messages and actions each cost their three events, and a task while they come back."""
    workflow = await opened(stage, "breach")
    await forward(stage, workflow, MONDAY + 8 * HOUR - 60)
    before = len(await events_of(stage.client, workflow))
    await forward(stage, workflow, MONDAY + 8 * HOUR)
    events = await since(stage, workflow, before)
    activities = names(events).count("ACTIVITY_TASK_SCHEDULED")
    print(f"breach: {len(events)} with {activities} activities")
    assert activities >= 9
    assert len(events) <= 8 + 6 * activities, names(events)


async def test_a_ticket_paused_for_thirty_days_costs_nothing_and_has_no_timer(stage: Stage) -> None:
    workflow = await opened(stage, "paused", "plain.v1")
    await told(stage, workflow, "pause", {"reason": "customer"})
    before = await events_of(stage.client, workflow)
    assert standing_timers(before) == set()
    await forward(stage, workflow, MONDAY + 30 * DAY)
    assert names((await events_of(stage.client, workflow))[len(before) :]) == []


async def test_a_ticket_that_waits_costs_nothing(stage: Stage) -> None:
    """From Friday evening to Monday morning nothing is due."""
    friday_evening = MONDAY + 4 * DAY + 9 * HOUR + 60
    workflow = await opened(stage, "waiting", "plain.v1", friday_evening)
    before = await events_of(stage.client, workflow)
    assert len(standing_timers(before)) == 1
    await forward(stage, workflow, MONDAY + 7 * DAY + HOUR)
    assert names((await events_of(stage.client, workflow))[len(before) :]) == []


async def test_fifty_signals_at_once_cost_little_more_than_themselves(stage: Stage) -> None:
    workflow = await opened(stage, "burst")
    before = len(await events_of(stage.client, workflow))
    handle = stage.client.get_workflow_handle(workflow)
    for number in range(50):
        await handle.signal("replied", {"event_id": f"e{number}"})
    events = await since(stage, workflow, before)
    print(f"50 signals: {len(events)}")
    assert len(events) <= 50 * PER_SIGNAL


def standing_timers(events: list[HistoryEvent]) -> set[str]:
    """Ids of timers that were started and neither fired nor cancelled."""
    standing: set[str] = set()
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            standing.add(event.timer_started_event_attributes.timer_id)
        standing.discard(event.timer_fired_event_attributes.timer_id)
        standing.discard(event.timer_canceled_event_attributes.timer_id)
    return standing
