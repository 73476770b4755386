"""Commands, failing providers and a database that is away, on real tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from activities.ports import Busy, Refused, Unreachable
from policies.ticket import Ticket
from starter.gateway import Refused as GatewayRefused
from starter.virtual_time import settle
from tests.support.histories import open_ticket, runs_of
from tests.support.stage import Stage, moment
from tests.support.world import Arrived
from workflows.contract import TICKETS, Opening, workflow_id

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul; gold x high under plain.v1: 50 % at 13:00, 75 % at 15:00, 90 % at 16:12, breach at 17:00."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
TENANT = "commanded"


class Told:
    """One ticket that is told things."""

    def __init__(self, stage: Stage, id: str) -> None:
        self.stage, self.id = stage, id
        self.name = workflow_id(TENANT, id)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.stage.client.get_workflow_handle(self.name)

    @property
    def arrived(self) -> list[Arrived]:
        return self.stage.world.of(f"{TENANT}/{self.id}")

    @property
    def kinds(self) -> list[str]:
        return sorted(one.kind for one in self.arrived)

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.handle.execute_update(command, fields)
        await settle(self.handle)
        return answer

    async def refused(self, command: str, *payload: Any) -> str:
        """Why it said no."""
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await self.handle.execute_update(command, args=payload)
        assert isinstance(refused.value.cause, ApplicationError)
        return str(refused.value.cause.message)

    async def tell(self, news: str, **fields: Any) -> None:
        await self.handle.signal(news, fields)
        await settle(self.handle)

    async def forward(self, at: int) -> None:
        await self.stage.time.to(self.name, moment(at - await self.handle.query("clock")))

    async def lines(self, *kinds: str) -> list[str]:
        return [line["text"] for line in await self.handle.query("time_line") if line["kind"] in kinds]

    async def status(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.handle.query("status")
        return found


async def told(stage: Stage, id: str, policy: str = "plain.v1", history_limit: int = 2_000) -> Told:
    one = Told(stage, id)
    await open_ticket(stage, a_ticket(id), policy, MONDAY, history_limit)
    await settle(one.handle)
    return one


def a_ticket(id: str) -> Ticket:
    return Ticket(id=id, tenant=TENANT, tier="gold", urgency="high", assignee="kim", team="seoul")


@contextmanager
def broken(stage: Stage, told: Told, fault: Callable[[str], Exception | None]) -> Iterator[None]:
    """The world fails for this ticket, by kind; and is whole again afterwards."""
    before = stage.world.fault
    mine = f"{TENANT}/{told.id}/"
    stage.world.fault = lambda kind, key: fault(kind) if f"{key}/".startswith(mine) or key == told.id else None
    try:
        yield
    finally:
        stage.world.fault = before


# --- commands ----------------------------------------------------------------------------------------------


async def test_escalation_pages_the_level_and_informs_those_passed_over(stage: Stage) -> None:
    one = await told(stage, "up")
    answer = await one.ask("escalate", level=3, as_level=2, actor="lee", reason="the customer called the board")
    assert (answer["ok"], answer["text"]) == (True, "level 3 is paged; informed: L1, L2")
    assert sorted(a.key.rsplit("/", 3)[-3:] for a in one.arrived) == [
        ["escalate-L3", "department-head", "phone"], ["escalate-L3.L1", "kim", "sms"], ["escalate-L3.L2", "lee", "sms"],
    ]  # fmt: skip
    assert (await one.status())["level"] == 3


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"level": 7}, "no level 7; plain.v1 has 1, 2, 3, 4"),
        ({}, "no level 0; plain.v1 has 1, 2, 3, 4"),
        (
            {"level": 2, "as_level": 9},
            "level 9 may escalate up to level 0; "
            "if yours is another say so with as_level (--as-level), else ask someone above",
        ),
        ({"level": "2"}, "'level' must be a whole number"),
        ([], 'escalate takes an object like {"reason": "customer"}, not list'),
    ],
)
async def test_an_escalation_out_of_reach_is_refused_in_words(stage: Stage, fields: Any, why: str) -> None:
    one = await told(stage, f"reach-{abs(hash(why))}")
    assert await one.refused("escalate", fields) == why
    assert one.arrived == []


async def test_escalation_only_goes_up(stage: Stage) -> None:
    one = await told(stage, "only-up")
    await one.ask("escalate", level=3, as_level=4)
    assert await one.refused("escalate", {"level": 2}) == (
        "the ticket is at level 3 already; escalation only goes up"
    )  # fmt: skip
    assert await one.refused("escalate", {"level": 3}) == (
        "the ticket is at level 3 already; escalation only goes up"
    )  # fmt: skip


async def test_a_snooze_ends_at_the_next_rung_above(stage: Stage) -> None:
    one = await told(stage, "snoozed")
    await one.forward(MONDAY + 4 * HOUR)
    answer = await one.ask("snooze", to="lee", until="2026-03-24T09:00:00+09:00")
    assert answer["until"] == MONDAY + 6 * HOUR
    assert await one.refused("snooze", {"until": "2026-03-24T09:00:00+09:00"}) == "say who with 'to'"
    assert await one.refused("snooze", {"to": "lee"}) == "say until when with 'until', in the future"
    assert await one.refused("snooze", {"to": "lee", "until": "2026-03-23T09:00:00+09:00"}) == (
        "say until when with 'until', in the future"
    )


async def test_a_waiver_takes_the_credit_back_and_keeps_the_breach(stage: Stage) -> None:
    one = await told(stage, "waived")
    await one.forward(MONDAY + 8 * HOUR)
    assert await one.refused("waive", {"to": "resolution"}) == "say why with 'reason'"
    assert "no clock 'resolutoin' (did you mean 'resolution'?)" in await one.refused(
        "waive", {"to": "resolutoin", "reason": "x"}
    )
    await one.ask("waive", to="resolution", reason="our own monitoring was wrong", actor="park")
    credits = [a.key for a in one.arrived if a.kind == "credit"]
    assert [a.key for a in one.arrived if a.kind == "revoke"] == [f"{credits[0]}/revoke"]
    (reading,) = (await one.status())["readings"]
    assert (reading["breached"], reading["waived"]) == (True, True)


async def test_a_credit_waits_until_somebody_entitled_grants_it(stage: Stage) -> None:
    one = await told(stage, "asked-for", "approvals.v1", history_limit=10)
    assert await one.refused("approve_credit", {}) == "no credit waits for approval"
    await one.forward(MONDAY + 8 * HOUR)
    assert [a.kind for a in one.arrived if a.kind in ("credit", "phone")] == ["phone"]
    (waits,) = (await one.status())["waiting"]
    assert (waits["name"], waits["level"], waits["otherwise"]) == ("resolution.1/breach", 3, "grant")
    assert "level 2 may not decide" in await one.refused("approve_credit", {"as_level": 2})
    assert "no level 7 in approvals.v1" in await one.refused("approve_credit", {"as_level": 7})
    assert await one.refused("approve_credit", {"approve": False, "as_level": 3}) == "say why with 'reason'"
    assert await one.refused("approve_credit", {"approve": "yes"}) == "'approve' must be true or false"
    assert [a.kind for a in one.arrived if a.kind == "credit"] == []
    answer = await one.ask("approve_credit", as_level=3, actor="choi", request_id="a-1")
    assert answer["text"] == "the credit 10% of resolution.1/breach is granted"
    again = [await one.ask("approve_credit", as_level=level, actor="choi", request_id=id) for level, id in
             ((3, "a-1"), (4, "a-2"))]  # fmt: skip
    assert [one["text"] for one in again] == ["done already; nothing was repeated"] * 2
    assert "granted already" in await one.refused("approve_credit", {"approve": False, "as_level": 3, "reason": "no"})
    key = f"{TENANT}/asked-for/resolution.1/breach/credit"
    assert [a.key for a in one.arrived if a.kind == "credit"] == [key]
    assert (await one.status())["waiting"] == []


async def test_a_credit_asked_for_under_one_plan_is_decided_under_another(stage: Stage) -> None:
    """The new policy has two levels: who was entitled when the credit was asked for still is."""
    one = await told(stage, "asked-and-moved", "approvals.v1")
    await one.forward(MONDAY + 10 * HOUR + 15 * HOUR)
    (name,) = [w["name"] for w in (await one.status())["waiting"] if w["level"] == 4]
    await one.ask("migrate_policy", to="answer-seconds.v1", reason="another contract")
    assert "no level 5 in answer-seconds.v1" in await one.refused("approve_credit", {"as_level": 5, "to": name})
    answer = await one.ask("approve_credit", as_level=4, actor="park", to=name)
    assert answer["text"] == f"the credit 50% of {name} is granted"


async def test_a_review_carries_the_report_as_it_stands(stage: Stage) -> None:
    one = await told(stage, "reviewed", "standard.v1")
    await one.forward(MONDAY + 9 * HOUR)
    (review,) = [a for a in one.arrived if a.kind == "review"]
    draft = stage.world.drafts[review.key]
    assert draft.startswith("# Review of ticket reviewed\n\nDraft of Mon 23 Mar 2026 17:00, times in Asia/Seoul.")
    assert "- **resolution** to the customer: broken: 8h used of 8h" in draft
    assert "- 13:00 -> resolution-50 L1: sms assignee" in draft


async def test_a_migration_shows_what_it_would_do_before_it_does_it(stage: Stage) -> None:
    one = await told(stage, "migrated")
    dues = f"resolution: {MONDAY + 8 * HOUR} -> {MONDAY + 6 * HOUR}"
    shown = await one.ask("migrate_policy", to="plain.v2", dry_run=True)
    assert (await one.status())["policy"] == "plain.v1"
    assert await one.refused("migrate_policy", {"to": "plain.v2"}) == "say why with 'reason'"
    assert await one.refused("migrate_policy", {"reason": "x"}) == "say where with 'to', like standard.v2"
    assert "no policy 'plane.v2' (did you mean 'plain.v2'?" in await one.refused(
        "migrate_policy", {"to": "plane.v2", "reason": "x"}
    )
    done = await one.ask("migrate_policy", to="plain.v2", reason="new contract", actor="park")
    standing = await one.status()
    assert (standing["policy"], standing["readings"][0]["due"]) == ("plain.v2", MONDAY + 6 * HOUR)
    assert shown["text"] == done["text"]
    assert dues in shown["text"] or "resolution" in shown["text"]
    assert "migrated plain.v2 new contract by park" in await one.lines("event")


async def test_an_unknown_command_is_refused_with_a_suggestion(stage: Stage) -> None:
    one = await told(stage, "unknown")
    assert await one.refused("esclate", {}) == "no command 'esclate' (did you mean 'escalate'?)"


async def test_a_repeated_request_is_answered_and_done_once_even_in_the_next_run(stage: Stage) -> None:
    one = await told(stage, "repeated", history_limit=10)
    await one.ask("waive", to="resolution", reason="why", request_id="w-1")
    for number in range(3):
        await one.tell("replied", event_id=f"e{number}")
    assert len(await runs_of(stage.client, one.name)) > 1
    assert (await one.ask("waive", to="resolution", reason="why", request_id="w-1"))["ok"]
    assert (await one.lines("event")).count("waived resolution why") == 1


async def test_a_repeated_escalation_is_answered_as_the_first_time(stage: Stage) -> None:
    one = await told(stage, "escalated-twice", history_limit=10)
    first = await one.ask("escalate", level=2, request_id="e-1")
    for number in range(3):
        await one.tell("replied", event_id=f"e{number}")
    again = await one.ask("escalate", level=2, request_id="e-1")
    assert (first["ok"], again["ok"]) == (True, True)
    assert len([a for a in one.arrived if a.key.endswith("lee/sms")]) == 1


async def test_a_command_right_at_the_start_waits_for_the_plan(stage: Stage) -> None:
    one = Told(stage, "at-once")
    opening = Opening(a_ticket("at-once"), MONDAY, "plain.v1", as_of=MONDAY)
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "Ticket", opening, id=one.name, task_queue=TICKETS, id_conflict_policy=WorkflowIDConflictPolicy.FAIL
    )
    answer = await stage.client.execute_update_with_start_workflow(
        "escalate", {"level": 2}, start_workflow_operation=start
    )
    await settle(one.handle)
    assert answer["text"] == "level 2 is paged; informed: L1"
    assert one.kinds == ["sms", "sms"]


async def test_news_that_comes_before_the_plan_counts(stage: Stage) -> None:
    one = Told(stage, "early")
    opening = Opening(a_ticket("early"), MONDAY, "plain.v1", as_of=MONDAY)
    await stage.client.start_workflow(
        "Ticket",
        opening,
        id=one.name,
        task_queue=TICKETS,
        start_signal="pause",
        start_signal_args=[{"reason": "vendor"}],
    )
    await settle(one.handle)
    standing = await one.status()
    assert (standing["paused_by"], standing["next_due"]) == (["vendor"], None)


async def test_a_new_urgency_that_the_policy_does_not_know_ends_nothing(stage: Stage) -> None:
    one = await told(stage, "unknown-urgency")
    await one.tell("reprioritised", urgency="urgent")
    assert (await one.status())["state"] == "open"
    assert any("urgency 'urgent' is unknown" in line for line in await one.lines("ignored"))


# --- providers that fail -----------------------------------------------------------------------------------


async def test_a_provider_that_is_down_for_a_while_gets_the_message_later(stage: Stage) -> None:
    one = await told(stage, "down")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        assert one.kinds == ["flag"]
    await one.forward(MONDAY + 4 * HOUR + 10 * MINUTE)
    assert one.kinds == ["flag", "sms"]
    assert (await one.status())["undelivered"] == []
    assert "sms to kim (assignee) via memory" in await one.lines("done")


async def test_a_provider_that_stays_down_is_gone_around_and_the_ticket_is_well(stage: Stage) -> None:
    one = await told(stage, "stays-down")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(MONDAY + 8 * HOUR + 10 * MINUTE)
    assert one.kinds == ["comment", "credit", "flag", "phone", "phone", "phone", "phone"]
    assert sorted("/".join(a.key.split("/")[-3:-1]) for a in one.arrived if a.kind == "phone") == [
        "breach/executives", "half/department-head", "ninety/department-head", "three-quarters/department-head",
    ]  # fmt: skip
    assert (await one.status())["undelivered"] == []
    assert await one.lines("undelivered") == [
        "sms to kim (assignee) undelivered: connection refused", "sms to lee (team-lead) undelivered: connection refused",
        "sms to lee (team-lead) undelivered: connection refused",
    ]  # fmt: skip


async def test_a_refusal_is_final_at_once(stage: Stage) -> None:
    one = await told(stage, "no")
    with broken(stage, one, lambda kind: Refused("number blocked") if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR)
    assert (await one.lines("undelivered"))[0] == "sms to kim (assignee) undelivered: number blocked"
    assert max(n for key, n in stage.world.attempts.items() if key.startswith(f"{TENANT}/no/")) == 1


async def test_a_busy_provider_is_left_alone_as_long_as_it_asked(stage: Stage) -> None:
    one = await told(stage, "busy")
    with broken(stage, one, lambda kind: Busy("slow down", 120) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + 110)
        assert [n for key, n in stage.world.attempts.items() if key.startswith(f"{TENANT}/busy/") and "sms" in key] == [
            1
        ]
    await one.forward(MONDAY + 4 * HOUR + 3 * MINUTE)
    assert one.kinds == ["flag", "sms"]


@pytest.mark.parametrize(
    ("news", "fields", "why"),
    [
        ("pause", {"reason": "customer"}, "paused: customer"),
        ("resolved", {}, "the ticket is resolved"),
        ("closed", {}, "the ticket is closed"),
    ],
)
async def test_a_page_that_is_still_on_its_way_is_withdrawn(stage: Stage, news: str, fields: Any, why: str) -> None:
    one = await told(stage, f"withdrawn-{news}")
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        await one.tell(news, **fields)
    lines = await one.lines("withdrawn")
    assert lines == [f"sms to kim (assignee) called back: {why}; an attempt under way may still arrive"]
    assert one.kinds == ["flag"]


async def test_a_page_is_withdrawn_when_somebody_has_taken_the_ticket(stage: Stage) -> None:
    """Under pager.v1 the CTO is called after five minutes unless somebody acknowledged."""
    one = await told(stage, "withdrawn-acknowledged", "pager.v1")
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "phone" else None):
        await one.forward(MONDAY + 6 * MINUTE)
        await one.tell("acknowledged", actor="kim")
    assert await one.lines("withdrawn") == [
        "phone to cto (cto) called back: acknowledged by kim; an attempt under way may still arrive"
    ]


# --- the end -----------------------------------------------------------------------------------------------


async def test_a_ticket_closed_with_effects_in_flight_ends_when_they_have_arrived(stage: Stage) -> None:
    one = await told(stage, "in-flight")
    with broken(stage, one, lambda kind: Unreachable("billing is down") if kind == "credit" else None):
        await one.forward(MONDAY + 8 * HOUR + MINUTE)
        await one.tell("closed")
        assert (await one.status())["state"] == "closed"
        assert "credit" not in one.kinds
    await one.forward(MONDAY + 9 * HOUR)
    verdict = await asyncio.wait_for(one.handle.result(), 10)
    assert "credit" in one.kinds
    assert one.kinds.count("credit") == 1
    assert (verdict["level"], verdict["undelivered"]) == (4, [])
    assert verdict["readings"][0]["breached"]


# --- the journal -------------------------------------------------------------------------------------------


async def test_a_journal_that_is_away_loses_no_line_and_holds_nothing_up(stage: Stage) -> None:
    """TRAP: a local activity fails with an ApplicationError, not an ActivityError; once it ended the ticket."""
    one = await told(stage, "journal")
    with broken(stage, one, lambda kind: Unreachable("database is away") if kind == "journal" else None):
        await one.tell("replied", event_id="a")
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        assert one.kinds == ["flag", "sms"]
        await one.tell("assigned", to="lee")
    await one.forward(MONDAY + 5 * HOUR)
    kept = [line.text for line in stage.world.lines.values() if line.ticket == f"{TENANT}/journal"]
    assert kept == [line["text"] for line in await one.handle.query("time_line")]
    assert "assigned lee" in kept
    assert stage.world.cards[TENANT, "journal"].level == 1


async def test_a_ticket_ends_only_when_its_last_line_is_in_the_journal(stage: Stage) -> None:
    one = await told(stage, "last-line")
    with broken(stage, one, lambda kind: Unreachable("database is away") if kind == "journal" else None):
        await one.handle.signal("closed", {"actor": "kim"})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one.handle.result(), 1)
    await asyncio.wait_for(one.handle.result(), 30)
    kept = [line.text for line in stage.world.lines.values() if line.ticket == f"{TENANT}/last-line"]
    assert kept[-1] == "closed by kim"
    assert stage.world.cards[TENANT, "last-line"].state == "closed"


async def test_a_flood_while_the_journal_is_away_loses_no_line(stage: Stage) -> None:
    one = await told(stage, "flood")
    with broken(stage, one, lambda kind: Unreachable("database is away") if kind == "journal" else None):
        for number in range(450):
            await one.handle.signal("replied", {"event_id": f"e{number}"})
        await settle(one.handle)
    await one.forward(MONDAY + HOUR)
    kept = [line for line in stage.world.lines.values() if line.ticket == f"{TENANT}/flood"]
    assert len(kept) == 450


async def test_a_ticket_that_no_policy_can_fit_fails_and_says_why(stage: Stage) -> None:
    wooden = Opening(Ticket(id="wood", tenant=TENANT, tier="wood", urgency="high"), MONDAY, "plain.v1")
    handle = await stage.client.start_workflow("Ticket", wooden, id="commanded/wood", task_queue=TICKETS)
    with pytest.raises(WorkflowFailureError) as failed:
        await asyncio.wait_for(handle.result(), 10)
    assert "tier 'wood' is unknown" in str(failed.value.cause)


async def test_a_policy_that_the_worker_does_not_have_is_waited_for_and_named(stage: Stage) -> None:
    opening = Opening(a_ticket("no-policy"), MONDAY, "standart")
    name = workflow_id(TENANT, "no-policy")
    handle = await stage.client.start_workflow("Ticket", opening, id=name, task_queue=TICKETS)
    with pytest.raises(
        GatewayRefused, match=r"no policy 'standart' \(did you mean 'standard\.v1'\?\); give the worker the policy"
    ):
        await stage.gateway.standing(TENANT, "no-policy")
    assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING
    await handle.terminate()


async def test_a_page_that_a_pause_called_back_goes_out_once_it_is_over(stage: Stage) -> None:
    """The rung has fired and never will again: without its page nobody would hear of it."""
    one = await told(stage, "comes-again")
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        await one.tell("pause", reason="customer")
        await one.tell("pause", reason="vendor")
    await one.tell("resume", reason="customer")
    await one.forward(MONDAY + 5 * HOUR)
    assert one.kinds == ["flag"]
    await one.tell("resume", reason="vendor")
    await one.forward(MONDAY + 5 * HOUR + MINUTE)
    assert one.kinds == ["flag", "sms"]
    assert await one.lines("done") == ['flag "half gone"', "sms to kim (assignee) via memory"]
    await one.forward(MONDAY + 6 * HOUR)
    assert one.kinds == ["flag", "sms"]


async def test_a_pause_that_is_over_before_the_page_is_called_back_loses_it_neither(stage: Stage) -> None:
    one = await told(stage, "at-once-again")
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        for kind in ("pause", "resume"):  # in this order, and before the ticket has called anything back
            await one.handle.signal(kind, {"reason": "customer"})
        await settle(one.handle)
    await one.forward(MONDAY + 4 * HOUR + 5 * MINUTE)
    assert one.kinds == ["flag", "sms"]


async def test_a_page_that_waits_for_the_end_of_a_pause_is_dropped_when_it_is_needed_no_more(stage: Stage) -> None:
    one = await told(stage, "not-again")
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        await one.tell("pause", reason="customer")
    await one.tell("resolved")
    await one.tell("resume", reason="customer")
    await one.forward(MONDAY + 5 * HOUR)
    assert one.kinds == ["flag"]


async def test_a_page_that_waits_for_the_end_of_a_pause_is_carried_into_the_next_run(stage: Stage) -> None:
    one = await told(stage, "carried-again", history_limit=10)
    with broken(stage, one, lambda kind: Busy("later", 150) if kind == "sms" else None):
        await one.forward(MONDAY + 4 * HOUR + MINUTE)
        await one.tell("pause", reason="customer")
    for number in range(8):
        await one.tell("contacted", event_id=f"meanwhile-{number}")
    await one.tell("resume", reason="customer")
    await one.forward(MONDAY + 4 * HOUR + 5 * MINUTE)
    assert one.kinds == ["flag", "sms"]
