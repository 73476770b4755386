"""`transferred` and `assessed` on a real ticket: what they change, and that nonsense in them changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_nonsense import UNREADABLE, Message, assert_alive, forward, send, written

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul."""
HOUR = 3_600
NONSENSE: tuple[tuple[str, Any, str], ...] = (
    ("transferred", {"to": 5}, "transferred: 'to' must be a text of at most 500 characters"),
    ("transferred", {"to": "x" * 501}, "transferred: 'to' must be a text of at most 500 characters"),
    ("transferred", {}, "transferred: no team is given"),
    ("transferred", {"to": "  "}, "transferred: no team is given"),
    ("transferred", {"to": "seoul"}, "transferred seoul: it is with seoul already"),
    ("transferred", "network", "transferred: transferred takes an object like {\"reason\": \"customer\"}, not str"),
    ("assessed", {}, "assessed: none of impact, value, risk, complexity and predicted is given"),
    ("assessed", {"impact": "huge"}, "assessed impact=huge: impact 'huge' is unknown (known: high, low, medium)"),
    ("assessed", {"risk": 101}, "assessed: 'risk' must be a whole number from 0 to 100"),
    ("assessed", {"risk": "70"}, "assessed: 'risk' must be a whole number"),
    ("assessed", {"risk": True}, "assessed: 'risk' must be a whole number"),
    ("assessed", {"complexity": -1}, "assessed: 'complexity' must be a whole number from 0 to 10"),
    ("assessed", {"complexity": 10**30}, "assessed: 'complexity' must be a whole number"),
    ("assessed", {"risk": None}, "assessed: 'risk' must be a whole number"),
    ("assessed", {"predicted": "3 days"}, "assessed: 'predicted': '3 days': a day of what? write '3bd' (business days) or '72h'"),
    ("assessed", {"predicted": "2bd"}, "assessed: 'predicted': '2bd': the calendar declares no business_day; add "
     "'business_day: 9h' to it"),
    ("assessed", {"predicted": 6}, "assessed: 'predicted' must be a text of at most 500 characters"),
)  # fmt: skip
"""Signal, payload, and the line that stays of it."""


async def opened(stage: Stage, id: str, policy: str) -> str:
    ticket = Ticket(id=id, tenant="language", tier="gold", urgency="high", assignee="kim", team="seoul")
    workflow = await open_ticket(stage, ticket, policy, MONDAY)
    await settle(stage.client.get_workflow_handle(workflow))
    return workflow


async def test_what_makes_no_sense_is_a_line_and_changes_neither_facts_nor_dues(stage: Stage) -> None:
    workflow = await opened(stage, "nonsense", "stays.v1")
    handle = stage.client.get_workflow_handle(workflow)
    before = await handle.query("status")
    for name, payload, _ in NONSENSE:
        await send(stage, workflow, Message("signal", name, (written(payload),)))
    await settle(handle)
    lines = [line["text"] for line in await handle.query("time_line") if line["kind"] == "ignored"]
    assert lines == [said for _, _, said in NONSENSE]
    after = await handle.query("status")
    for fact in ("ticket", "next_due", "next_why", "state", "sla"):
        assert after[fact] == before[fact]
    assert {(one["clock"], one["due"]) for one in after["readings"]} == {
        (one["clock"], one["due"]) for one in before["readings"]
    }


@pytest.mark.parametrize("name", ["transferred", "assessed"])
async def test_payloads_that_nobody_can_read_leave_the_ticket_alive(stage: Stage, name: str) -> None:
    workflow = await opened(stage, f"unreadable-{name}", "stays.v1")
    for payload in UNREADABLE:
        await send(stage, workflow, Message("signal", name, (payload,)))
    await send(stage, workflow, Message("signal", name, (written({"to": "a"}), written({"to": "b"}))))
    await forward(stage, workflow, MONDAY + 5 * HOUR)
    await assert_alive(stage, workflow)
    told = [line["text"] for line in await stage.client.get_workflow_handle(workflow).query("time_line")]
    assert "stay-over: email duty-manager" in told


async def test_a_transfer_begins_a_stay_and_moves_the_team(stage: Stage) -> None:
    workflow = await opened(stage, "transferred", "stays.v1")
    await forward(stage, workflow, MONDAY + HOUR)
    handle = stage.client.get_workflow_handle(workflow)
    await handle.signal("transferred", {"to": "network"})
    await settle(handle)
    standing = await handle.query("status")
    stays = [one for one in standing["readings"] if one["clock"] == "team_stay"]
    assert standing["ticket"]["team"] == "network"
    assert [(one["cycle"], one["stop"] is None) for one in stays] == [(1, False), (2, True)]
    assert stays[1]["due"] == MONDAY + 5 * HOUR


async def test_a_late_vendor_breaks_its_contract_and_not_the_customers_promise(stage: Stage) -> None:
    workflow = await opened(stage, "vendor", "stays.v1")
    handle = stage.client.get_workflow_handle(workflow)
    await handle.signal("pause", {"reason": "vendor"})
    await settle(handle)
    await forward(stage, workflow, MONDAY + 7 * HOUR)
    standing = await handle.query("status")
    broken = {one["clock"]: one["breached"] for one in standing["readings"]}
    assert broken == {"resolution": False, "team_stay": True, "vendor_contract": True}
    assert (standing["state"], standing["sla"]) == ("paused", "paused")
    called = [one.key for one in stage.world.of("language/vendor") if one.kind == "phone"]
    assert [key.split("/")[-2] for key in called] == ["vendor-manager"]


async def test_an_assessment_changes_priority_and_target_and_is_not_news_twice(stage: Stage) -> None:
    workflow = await opened(stage, "assessed", "priorities.v1")
    handle = stage.client.get_workflow_handle(workflow)
    assert (await handle.query("status"))["ticket"]["priority"] == "P4"
    for _ in range(2):
        await handle.signal("assessed", {"impact": "HIGH", "event_id": "E-1", "actor": "kim"})
    await settle(handle)
    standing = await handle.query("status")
    assert (standing["ticket"]["priority"], standing["ticket"]["impact"]) == ("P1", "high")
    assert [(one["target"], one["due"]) for one in standing["readings"]] == [(2 * HOUR, MONDAY + 2 * HOUR)]
    assert len([line for line in await handle.query("time_line") if line["text"].startswith("assessed")]) == 1
