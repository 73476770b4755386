"""Whatever is sent to a ticket, by whatever program: it goes on, answers, and keeps its promises."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import WorkflowFailureError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from policies.event import SIGNALS
from policies.ticket import Ticket
from starter.server import temporal_binary
from starter.virtual_time import settle
from tests.support.histories import open_ticket, runs_of
from tests.support.stage import Stage, moment
from workflows.contract import TICKETS

TICKETS_AT_ONCE = 10
MESSAGES = 2_000
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul."""
COMMANDS = ("escalate", "snooze", "waive", "migrate_policy")
FIELDS = ("event_id", "request_id", "occurred_at", "actor", "reason", "to", "urgency", "tier", "level", "as_level",
          "until", "dry_run", "payload", "", "__class__")  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 10**30, 0.5, 1e308, "", " ", "kim", "customer", "customer:x", "outage:", "outage:INC-7",
    "manual:lee", "critical", "diamond", "wood", "resolution", "standard.v1", "plain.v2", "가" * 499, "가" * 600, "x" * 3_000,
    "a\u0000b", "\u2028\u202e", "../../etc/passwd", "'; drop table lines; --", "{{ 7 * 7 }}", "2026-03-23T09:30:00+09:00",
    "2026-03-23T09:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", "NaN", [], [1, [2]],
    {}, {"reason": {"reason": "customer"}},
)  # fmt: skip
UNREADABLE: tuple[Payload, ...] = (
    Payload(metadata={"encoding": b"json/plain"}, data=b'{"reason": "cust'),
    Payload(metadata={"encoding": b"json/plain"}, data=b"\xff\xfe"),
    Payload(metadata={"encoding": b"json/plain"}, data=b'"\\ud800"'),
    Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": b"lost"}, data=b"\x00\x01\x02"),
    Payload(metadata={"encoding": b"json/protobuf", "messageType": b"no.such.Type"}, data=b"{}"),
    Payload(metadata={"encoding": b"\xff\xfe"}, data=b"?"),
    Payload(metadata={}, data=b"{}"),
    Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 5_000),
    Payload(),
)


@dataclass(frozen=True)
class Message:
    """One message: `how` is signal, update or query."""

    how: str
    name: str
    payloads: tuple[Payload, ...]


def written(value: Any) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def nonsense(dice: random.Random) -> Message:
    """Never one that closes the ticket for good reasons: that would end it rightly."""
    how = dice.choices(("signal", "update", "query"), (7, 2, 1))[0]
    known = {"signal": SIGNALS, "update": COMMANDS, "query": ("status", "explain", "ahead", "time_line")}[how]
    name = dice.choice(known) if dice.random() < 0.8 else odd_name(dice)
    payloads = odd_payloads(dice)
    if name in ("closed", "merged"):
        payloads = (dice.choice(UNREADABLE[:-1]),)
    return Message(how, name, payloads)


def odd_name(dice: random.Random) -> str:
    return dice.choice(("Pause", "paused", "note", "__init__", "unknown", "run", "승인", "x" * 900, " ", "pause\n"))


def odd_payloads(dice: random.Random) -> tuple[Payload, ...]:
    kind = dice.random()
    if kind < 0.1:
        return ()
    if kind < 0.25:
        return (dice.choice(UNREADABLE),)
    if kind < 0.35:
        return (written(dice.choice(ODD)), *(written(dice.choice(ODD)) for _ in range(dice.randint(1, 3))))
    if kind < 0.5:
        return (written(dice.choice(ODD)),)
    return (written({dice.choice(FIELDS): dice.choice(ODD) for _ in range(dice.randint(1, 5))}),)


async def send(stage: Stage, workflow: str, message: Message) -> str:
    """What became of it: `sent`, `answered` or `refused`; everything else is a fault."""
    handle = stage.client.get_workflow_handle(workflow)
    raw = [RawValue(payload) for payload in message.payloads]
    if message.how == "signal":
        await stage.client.workflow_service.signal_workflow_execution(
            SignalWorkflowExecutionRequest(
                namespace=stage.client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow),
                signal_name=message.name, input=Payloads(payloads=message.payloads), identity="nonsense",
            ),
            retry=True,  # the server turns news away for a moment while a run continues as new
        )  # fmt: skip
        return "sent"
    try:
        if message.how == "update":
            await handle.execute_update(message.name, args=raw)
        else:
            await handle.query(message.name, args=raw)
    except (WorkflowUpdateFailedError, WorkflowQueryFailedError):
        return "refused"
    return "answered"


async def pester(stage: Stage, workflow: str, messages: Sequence[Message]) -> Counter[str]:
    """One after the other, signals in bursts."""
    became: Counter[str] = Counter()
    for message in messages:
        became[f"{message.how} {await send(stage, workflow, message)}"] += 1
    return became


async def assert_alive(stage: Stage, workflow: str) -> None:
    """It answers, and no task of it ever failed (but for those that news overtook while a run continued as new)."""
    handle = stage.client.get_workflow_handle(workflow)
    assert await settle(handle), f"{workflow} has ended"
    description = (await handle.describe()).raw_description
    assert description.pending_workflow_task.attempt <= 1
    standing = await handle.query("status")
    assert standing["state"] in ("open", "paused", "resolved")
    for history in await runs_of(stage.client, workflow):
        for event in history.events:
            failed = event.workflow_task_failed_event_attributes
            overtaken = failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
            assert event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED or overtaken, failed.failure.message


async def test_two_thousand_nonsense_messages_neither_wedge_nor_end_a_ticket(stage: Stage) -> None:
    dice = random.Random(20_260_323)
    opened = [
        await open_ticket(stage, a_ticket(f"pestered-{n}"), ("plain.v1", "standard.v1")[n % 2], MONDAY, 400)
        for n in range(TICKETS_AT_ONCE)
    ]
    shares = [[nonsense(dice) for _ in range(MESSAGES // TICKETS_AT_ONCE)] for _ in opened]
    became = await asyncio.gather(*(pester(stage, one, share) for one, share in zip(opened, shares, strict=True)))
    total = sum(became, Counter[str]())
    assert sum(total.values()) == MESSAGES
    assert {"signal sent", "update refused", "update answered", "query answered", "query refused"} == set(total)
    await asyncio.gather(*(assert_alive(stage, one) for one in opened))
    # and what they were told must not bring them down later, when rungs fire with it
    for one in opened:
        await stage.client.get_workflow_handle(one).signal("reopened")
        await asyncio.gather(*(stage.client.get_workflow_handle(one).signal("resume", {"reason": r}) for r in
                               ("customer", "customer:x", "outage:", "outage:INC-7", "manual:lee", "manual")))  # fmt: skip
    for one in opened:  # one after the other: ten busy tickets at once starve each other's tasks on two cores
        await forward(stage, one, MONDAY + 3 * 86_400)
    await asyncio.gather(*(assert_alive(stage, one) for one in opened))
    assert not set(await stage.gateway.wedged()) & set(opened)


async def forward(stage: Stage, workflow: str, at: int) -> None:
    """Until the ticket's own clock shows `at`."""
    await stage.time.to(workflow, moment(at - await stage.client.get_workflow_handle(workflow).query("clock")))


def a_ticket(id: str, **facts: Any) -> Ticket:
    return Ticket(id=id, tenant="nonsense", tier="gold", urgency="high", assignee="kim", team="seoul", **facts)


async def test_what_nobody_understands_is_a_line_of_the_time_line(stage: Stage) -> None:
    workflow = await open_ticket(stage, a_ticket("lines"), "plain.v1", MONDAY)
    handle = stage.client.get_workflow_handle(workflow)
    for message in (
        Message("signal", "pause", (written({"reason": "coffee"}),)),
        Message("signal", "resume", (written({"reason": "customer"}), written(2))),
        Message("signal", "replied", (UNREADABLE[3],)),
        Message("signal", "paused", ()),
        Message("signal", "contacted", (written({"occurred_at": "2026-03-23T09:30:00"}),)),
    ):
        await send(stage, workflow, message)
    await settle(handle)
    ignored = [line["text"] for line in await handle.query("time_line") if line["kind"] == "ignored"]
    assert ignored == [
        "pause: reason 'coffee' (known: approval, customer, manual, outage, vendor); also outage:<id>, manual:<who>",
        "resume: resume takes one object, 2 values were sent",
        'replied: replied takes an object like {"reason": "customer"}, not Undecodable',
        "signal 'paused' is unknown (did you mean 'pause'?)",
        "contacted: 'occurred_at' is '2026-03-23T09:30:00', which has no time zone; write one like "
        "2026-03-27T16:00:00+09:00",
    ]


@pytest.mark.parametrize("person", ["김철수", "가" * 166, "x" * 500], ids=["korean", "long-korean", "long"])
async def test_an_assignee_of_any_name_is_paged(stage: Stage, person: str) -> None:
    """TRAP: an activity id of more than 1000 bytes, or a summary of more than 400, wedged the ticket."""
    workflow = await open_ticket(stage, a_ticket(f"named-{len(person)}"), "plain.v1", MONDAY)
    await stage.client.get_workflow_handle(workflow).signal("assigned", {"to": person})
    await forward(stage, workflow, MONDAY + 4 * 3600)
    await assert_alive(stage, workflow)
    paged = [one.key for one in stage.world.of(f"nonsense/named-{len(person)}") if one.kind == "sms"]
    assert [key.split("/")[-2:] for key in paged] == [[person, "sms"]]


async def test_a_tenant_of_any_script_gets_its_effects(stage: Stage) -> None:
    """TRAP: a fairness key of more than 64 bytes wedged the ticket."""
    opening = {
        "ticket": {"id": "T-1", "tenant": "가" * 60, "tier": "gold", "urgency": "high", "assignee": "kim", "team": "seoul"},
        "policy": "plain.v1", "opened_at": MONDAY, "as_of": MONDAY,
    }  # fmt: skip
    await stage.client.start_workflow("Ticket", opening, id="nonsense/tenant", task_queue=TICKETS)
    await settle(stage.client.get_workflow_handle("nonsense/tenant"))
    await forward(stage, "nonsense/tenant", MONDAY + 4 * 3600)
    await assert_alive(stage, "nonsense/tenant")
    assert {one.kind for one in stage.world.of("가" * 60 + "/T-1")} == {"sms", "flag"}


# --- the program that people have at hand ------------------------------------------------------------------


async def temporal(stage: Stage, *words: str) -> tuple[int, str]:
    """(exit code, output) of the real CLI."""
    process = await asyncio.create_subprocess_exec(
        temporal_binary(), *words, "--address", stage.server.address, "--namespace", stage.server.namespace,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, output.decode()


async def test_a_plain_signal_of_the_temporal_cli_pauses_a_ticket(stage: Stage) -> None:
    workflow = await open_ticket(stage, a_ticket("cli"), "plain.v1", MONDAY)
    code, output = await temporal(
        stage, "workflow", "signal", "--workflow-id", workflow, "--name", "pause", "--input", '{"reason":"customer"}'
    )
    assert code == 0, output
    handle = stage.client.get_workflow_handle(workflow)
    await settle(handle)
    standing = await handle.query("status")
    assert (standing["state"], standing["paused_by"], standing["next_due"]) == ("paused", ["customer"], None)


GOOD = {"id": "T-1", "tier": "gold", "urgency": "high"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "a ticket starts with one object; use 'rung ticket open'"),
        (["--input", '"nonsense"'], "a ticket starts with one object; use 'rung ticket open'"),
        (["--input", "{}", "--input", "2"], "a ticket starts with one object; use 'rung ticket open'"),
        (["--input", "{}"], "ticket: Field required"),
        (["--input", '{"ticket": {"id": 5}}'], "ticket.id: Input should be a valid string"),
        (["--input", json.dumps({"ticket": {"id": "T-1"}})], "tier '' is unknown"),
        (["--input", json.dumps({"ticket": GOOD, "opened_at": 10**14})], "before 1970 or after 2100"),
        (["--input", json.dumps({"ticket": GOOD, "as_of": -5})], "before 1970 or after 2100"),
    ],
)
async def test_a_nonsense_start_by_the_cli_fails_with_a_message(stage: Stage, given: list[str], said: str) -> None:
    workflow = f"nonsense/start-{abs(hash((tuple(given), said)))}"
    code, output = await temporal(
        stage, "workflow", "start", "--type", "Ticket", "--task-queue", TICKETS, "--workflow-id", workflow, *given
    )
    assert code == 0, output
    with pytest.raises(WorkflowFailureError) as failed:
        await asyncio.wait_for(stage.client.get_workflow_handle(workflow).result(), 20)
    assert isinstance(failed.value.cause, ApplicationError)
    assert said in str(failed.value.cause)


async def test_a_history_limit_of_nothing_does_not_run_in_circles(stage: Stage) -> None:
    opening = {"ticket": {**GOOD, "tenant": "nonsense"}, "opened_at": MONDAY, "as_of": MONDAY, "history_limit": 0}
    await stage.client.start_workflow("Ticket", opening, id="nonsense/limit", task_queue=TICKETS)
    handle = stage.client.get_workflow_handle("nonsense/limit")
    await settle(handle)
    run = (await handle.describe()).run_id
    await asyncio.sleep(0.5)  # nothing to wait for: nothing must happen
    await settle(handle)
    assert (await handle.describe()).run_id == run
