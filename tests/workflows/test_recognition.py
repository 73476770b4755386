"""Many tickets on a real server: counted as they open, told once, declared where the rule says so, else silence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Replayer

from activities.ports import Refused, Unreachable
from activities.requests import Recognising
from policies.major_incident import rules_of
from policies.outage import PAUSE_CLOCK, RAISE, Scope
from policies.recognition import Arrival
from policies.ticket import Ticket
from starter.gateway import settled
from starter.recognition import Reports
from starter.virtual_time import settle
from tests.support.scenarios import CATALOG
from tests.support.stage import Stage
from tests.support.world import Arrived
from workflows.contract import RECOGNITION, TICKETS, recognition_id, workflow_id
from workflows.conversion import DATA_CONVERTER
from workflows.recognition import RecognitionWorkflow

POLICY = "incidents.v1"
RULES = rules_of(CATALOG.policy(POLICY))


def ticket(tenant: str, number: int, service: str = "mail", **facts: Any) -> Ticket:
    return Ticket(
        f"T-{number}",
        tenant,
        service=service,
        tier="gold",
        assignee="kim",
        **{"urgency": "medium", "team": "seoul", **facts},
    )


async def opened(stage: Stage, *tickets: Ticket) -> None:
    for one in tickets:
        await stage.gateway.open(one, POLICY)
        await settle(stage.client.get_workflow_handle(workflow_id(one.tenant, one.id)))


async def counted(stage: Stage, *tickets: Ticket) -> Recognising:
    """What is remembered once these have all been counted and everything that follows is done."""
    handle: WorkflowHandle[Any, Any] = stage.client.get_workflow_handle(recognition_id(POLICY))
    found = Recognising()

    async def all_of_them() -> bool:
        nonlocal found
        try:
            found = await handle.query("remembered", result_type=Recognising)
        except RPCError:
            return False
        return found.state is not None and all(one.key in found.state.known for one in tickets) and not found.at_work

    assert await settled(all_of_them, 20)
    return found


def heard(stage: Stage, tenant: str) -> list[Arrived]:
    return [one for one in stage.world.arrived if one.key.startswith("recognised/") and f"/{tenant}/" in one.key]


def lines(stage: Stage, one: Ticket, kind: str = "recognised") -> list[str]:
    return [line.text for line in stage.world.lines.values() if line.ticket == one.key and line.kind == kind]


async def test_five_tickets_on_one_service_are_proposed_once_to_who_the_rule_names(stage: Stage) -> None:
    five = [ticket("five", number) for number in range(1, 6)]
    await opened(stage, *five)
    await counted(stage, *five)
    said = "5 tickets in less than 15m share tenant five, service mail: one major incident?"
    key = "recognised/any/five/mail/five/T-1/duty-manager"
    assert sorted(heard(stage, "five"), key=lambda one: one.key) == [
        Arrived("email", f"{key}/email", said), Arrived("sms", f"{key}/sms", said),
    ]  # fmt: skip
    text = "one of the tickets of what may be one major incident: any/five/mail/five/T-1"
    assert [lines(stage, one) for one in five] == [[text]] * 5
    assert not [row for row in stage.world.outages.rows.values() if "five" in row.scope.tenants]

    sixth = ticket("five", 6)
    await opened(stage, sixth)
    await counted(stage, sixth)
    assert len(heard(stage, "five")) == 2
    assert lines(stage, sixth) == [text]


async def test_four_tickets_and_five_on_two_services_are_silence(stage: Stage) -> None:
    few = [*(ticket("few", number) for number in range(1, 5)), *(ticket("few", 10 + n, "chat") for n in range(1, 4))]
    await opened(stage, *few)
    found = await counted(stage, *few)
    assert found.state is not None
    assert not [name for name in found.state.incidents if "/few/" in name]
    assert heard(stage, "few") == []
    assert [lines(stage, one) for one in few] == [[]] * 7


async def test_declared_it_stops_the_clocks_of_its_tickets_and_of_those_opened_meanwhile(stage: Stage) -> None:
    three = [ticket("stop", number, "pay", region="kr") for number in range(1, 4)]
    elsewhere = ticket("stop", 9, "pay", region="jp")
    await opened(stage, elsewhere, *three)
    await counted(stage, elsewhere, *three)
    (outage,) = [row for row in stage.world.outages.rows.values() if "stop" in row.scope.tenants]
    assert (outage.scope, outage.effect) == (Scope(("pay",), ("kr",), ("stop",)), PAUSE_CLOCK)
    assert (outage.owner, outage.expected - outage.since >= 3600, outage.ended_at) == ("duty-manager", True, 0)
    fourth = ticket("stop", 4, "pay", region="kr")
    await opened(stage, fourth)
    await counted(stage, fourth)
    for one in (*three, fourth):
        assert await paused_by(stage, one) == [outage.name]
    assert await paused_by(stage, elsewhere) == []
    assert [(one.kind, one.text.rpartition(": ")[2]) for one in heard(stage, "stop")] == [
        ("email", "declared a major incident")
    ]
    assert lines(stage, fourth) == [
        f"one of the tickets of a major incident: pay/stop/pay/kr/stop/T-1 (outage {outage.id})"
    ]
    assert lines(stage, elsewhere) == []


async def paused_by(stage: Stage, one: Ticket) -> list[str]:
    handle = stage.client.get_workflow_handle(workflow_id(one.tenant, one.id))
    found: list[str] = []

    async def paused() -> bool:
        nonlocal found
        found = (await handle.query("status"))["paused_by"]
        return bool(found)

    await settled(paused, 5 if one.region == "kr" else 0.2)
    return found


async def test_declared_it_raises_the_urgency_and_lowers_none(stage: Stage) -> None:
    three = [
        ticket("up", 1, "till", urgency="low"),
        ticket("up", 2, "till", urgency="critical"),
        ticket("up", 3, "till"),
    ]
    await opened(stage, *three)
    await counted(stage, *three)
    (outage,) = [row for row in stage.world.outages.rows.values() if "up" in row.scope.tenants]
    assert (outage.effect, outage.urgency, outage.expected) == (RAISE, "high", 0)

    async def urgencies() -> list[str]:
        handles = [stage.client.get_workflow_handle(workflow_id("up", one.id)) for one in three]
        return [(await handle.query("status"))["ticket"]["urgency"] for handle in handles]

    async def raised() -> bool:
        return await urgencies() == ["high", "critical", "high"]

    assert await settled(raised, 20), await urgencies()


async def test_what_no_scope_can_name_is_asked_and_not_declared(stage: Stage) -> None:
    three = [ticket("team", number, "desk") for number in range(1, 4)]
    await opened(stage, *three)
    await counted(stage, *three)
    assert [one.text.rpartition(": ")[2] for one in heard(stage, "team")] == ["one major incident?"]
    assert not [row for row in stage.world.outages.rows.values() if "team" in row.scope.tenants]


async def test_a_worker_that_goes_away_in_between_tells_nobody_twice(stage: Stage) -> None:
    five = [ticket("away", number) for number in range(1, 6)]
    await opened(stage, *five[:4])
    await stage.send_crew_away()
    await stage.gateway.open(five[4], POLICY)
    assert heard(stage, "away") == []
    await stage.call_crew()
    await counted(stage, *five)
    await stage.send_crew_away()
    await stage.call_crew()
    last = ticket("away", 6)
    await opened(stage, last)
    await counted(stage, last)
    assert sorted(one.kind for one in heard(stage, "away")) == ["email", "sms"]


async def test_provider_that_refuses_is_a_line_at_the_first_ticket_and_the_others_are_told(stage: Stage) -> None:
    fault = stage.world.fault
    stage.world.fault = lambda kind, key: Refused("no such number") if kind == "sms" and "/refusing/" in key else None
    five = [ticket("refusing", number) for number in range(1, 6)]
    try:
        await opened(stage, *five)
        await counted(stage, *five)
    finally:
        stage.world.fault = fault
    assert [one.kind for one in heard(stage, "refusing")] == ["email"]
    assert lines(stage, five[0], "undelivered") == ["sms to duty-manager undelivered: no such number"]


async def test_continued_as_new_it_remembers_what_it_told_and_the_rest_replays(stage: Stage) -> None:
    id, now = "recognition/again", int(datetime.now(UTC).timestamp())
    handle = await stage.client.start_workflow(
        RECOGNITION, Recognising("again", RULES, history_limit=12), id=id, task_queue=TICKETS
    )
    for number in range(1, 9):
        await handle.signal("opened", Arrival(ticket("again", number), now + number, now + number))
        await settle(stage.client.get_workflow_handle(id))
    found: Recognising = await stage.client.get_workflow_handle(id).query("remembered", result_type=Recognising)
    assert found.state is not None
    assert [one.tickets for one in found.state.incidents.values()] == [8]
    assert sorted(one.kind for one in heard(stage, "again")) == ["email", "sms"]
    latest = await stage.client.get_workflow_handle(id).fetch_history()
    assert latest.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    replayer = Replayer(workflows=[RecognitionWorkflow], data_converter=DATA_CONVERTER)
    first = await stage.client.get_workflow_handle(id, run_id=handle.first_execution_run_id).fetch_history()
    for history in (first, latest):
        await replayer.replay_workflow(history)


async def test_a_signal_that_makes_no_sense_is_kept_as_trouble(stage: Stage) -> None:
    id = "recognition/nonsense"
    handle = await stage.client.start_workflow(RECOGNITION, Recognising("nonsense", RULES), id=id, task_queue=TICKETS)
    await handle.signal("opened", {"at": "yesterday"})
    found: Recognising = await handle.query("remembered", result_type=Recognising)
    assert len(found.trouble) == 1
    assert found.trouble[0].startswith("opened: ")


async def test_when_nothing_can_matter_any_more_it_is_over_and_the_next_ticket_starts_it_anew(stage: Stage) -> None:
    now = int(datetime.now(UTC).timestamp())
    reports = Reports(stage.client)
    await reports.report("over", RULES, Arrival(ticket("over", 1), now, now))
    handle = stage.client.get_workflow_handle(recognition_id("over"))
    await settle(handle)
    await stage.time.to(recognition_id("over"), datetime.fromtimestamp(now + 2 * 3600 + 60, UTC))
    found: Recognising = await stage.client.get_workflow_handle_for(
        RecognitionWorkflow.run, recognition_id("over")
    ).result()
    assert found.state is not None
    assert found.outages == {}
    await reports.report("over", RULES, Arrival(ticket("over", 2), now, now))
    again: Recognising = await handle.query("remembered", result_type=Recognising)
    assert again.state is not None
    assert list(again.state.known) == ["over/T-2"]


async def test_a_recognition_that_is_away_holds_no_ticket_up_and_is_a_line(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unreachable("the recognition is away")

    monkeypatch.setattr(Reports, "report", away)
    one = ticket("uncounted", 1)
    await opened(stage, one)
    handle = stage.client.get_workflow_handle(workflow_id(one.tenant, one.id))
    found = [line["text"] for line in await handle.query("time_line") if line["kind"] == "unasked"]
    assert found == ["not counted for major incidents (the recognition is away)"]
    assert (await handle.query("status"))["state"] == "open"
