"""The audit on a real server: what was dropped or wedged is found in one round, and silence is the alarm."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.adapters.dead_man import HttpDeadMan
from activities.adapters.http import Http
from activities.auditing import BATCH, BATCHES, Auditing, Mailroom, Operator
from activities.outbox import Outbox, Unsettled
from activities.ports import Card, Unreachable
from activities.requests import Look
from policies.audit import CLOSED_ELSEWHERE, LOST, OVERDUE, STUCK, WEDGED, Round, Seen, Sending, findings
from policies.explanation import Standing
from policies.ticket import Ticket
from starter.audit_schedule import keep_schedule
from starter.gateway import Gateway, settled
from starter.http_sink import HttpSink
from starter.server import DevServer
from starter.watching import Engine
from tests.support.scenarios import CATALOG
from tests.support.world import CHANNELS, MemoryDesk, MemoryDirectory, MemoryJournal, MemoryNotifier, MemoryWorld
from workflows.audit import AuditWorkflow
from workflows.contract import AUDIT, AUDIT_SCHEDULE, BUILD, DEPLOYMENT, TICKETS, WORKFLOW
from workflows.crew import crew

WITHIN = 60.0
SHORT = Look(overdue_after=0)
"""A rung may not be late at all: the tests do not wait ten minutes."""


class Server(DevServer):
    """Reports a problem at the first failed task instead of the fifth, half a minute later."""

    def command(self) -> list[str]:
        name = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute"
        return [*super().command(), "--dynamic-config-value", f"{name}=1"]


@workflow.defn(name=WORKFLOW, sandboxed=False, versioning_behavior=VersioningBehavior.PINNED)
class Double:
    """Stands in for a ticket whose timer the engine lost, and for one whose task fails: neither happens by itself."""

    @workflow.init
    def __init__(self, fate: str) -> None:
        self.next_due: int | None = int(workflow.now().timestamp()) - 3_600
        self.over = False

    @workflow.run
    async def run(self, fate: str) -> None:
        workflow.upsert_search_attributes([SearchAttributeKey.for_keyword("RungPolicy").value_set("plain.v1")])
        if fate == "wedged":
            await workflow.sleep(0.01)  # TRAP: it is pinned to the doubles' build only once its first task is done
            raise RuntimeError("a fault of the code")
        await workflow.wait_condition(lambda: self.over)

    @workflow.signal
    def poke(self) -> None:
        self.next_due = None

    @workflow.query
    def clock(self) -> int:
        return 0

    @workflow.query
    def status(self, _: Any = None) -> Standing:
        return Standing(Ticket(id="x"), "plain.v1", "UTC", 0, "open", "ok", 1, "", self.next_due, "rung", ())


class Hospital:
    """A server, a crew with the audit, a second build with doubles, an operator and a dead man's switch."""

    def __init__(self, server: DevServer, sink: HttpSink, http: Http) -> None:
        self.server, self.sink = server, sink
        self.world = MemoryWorld()
        operator = Operator("duty-manager", MemoryDirectory(self.world), {"email": MemoryNotifier(self.world, "email")})
        self.engine = Engine(server.client)
        dead_man = HttpDeadMan(http, f"{sink.url}/ping")
        journal, desk = MemoryJournal(self.world), MemoryDesk(self.world)
        self.audit = Auditing(journal, self.engine, operator, dead_man, helpdesk=desk)
        self._crew = AsyncExitStack()

    @property
    def client(self) -> Client:
        return self.server.client

    @property
    def calls(self) -> list[str]:
        """The dead man's switch: a line a call."""
        return [request.method for request in self.sink.requests if request.path == "/ping"]

    @property
    def pages(self) -> list[str]:
        return [one.text for one in self.world.arrived if one.kind == "email"]

    async def call_crew(self) -> None:
        near, world = self.world.activities()
        audit = self.audit
        for one in crew(self.client, [*near, audit.look, audit.poke, audit.forget], [*world, audit.alarm, audit.alive]):
            await self._crew.enter_async_context(one)
        await Gateway(self.client, CATALOG).make_current(BUILD)

    async def send_crew_away(self) -> None:
        await self._crew.aclose()
        self._crew = AsyncExitStack()

    def doubles(self) -> Worker:
        """They start on the build that is current, so they take the ticket's place on a build of their own."""
        version = WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id="doubles")
        config = WorkerDeploymentConfig(version=version, use_worker_versioning=True)
        return Worker(self.client, task_queue=TICKETS, workflows=[Double], deployment_config=config)

    def card(self, ticket: str, late: int = 3_600, rung: str = "resolution-75") -> None:
        """The journal says that the ticket was to act `late` seconds ago."""
        at = datetime.now(UTC) - timedelta(seconds=late)
        card = Card(
            "acme", ticket, f"ticket/acme/{ticket}", "", 1, "ok", "", "gold", "high", "", "", "", "", "plain.v1", 1,
            at, at, at, next_rung_at=at, next_rung=rung,
        )  # fmt: skip
        self.world.cards["acme", ticket] = card

    async def round(self) -> Round:
        """One round, by the schedule and at once."""
        handle = self.client.get_schedule_handle(AUDIT_SCHEDULE)
        before = len((await handle.describe()).info.recent_actions)
        await handle.trigger()
        found: list[Any] = []

        async def started() -> bool:
            found[:] = (await handle.describe()).info.recent_actions[before:]
            return bool(found)

        assert await settled(started, WITHIN)
        result: Round = await self.client.get_workflow_handle_for(
            AuditWorkflow.run, found[0].action.workflow_id
        ).result()
        return result


class OnlyOurs(Engine):
    """As if the doubles' worker had been gone for two minutes."""

    async def builds(self) -> set[str]:
        return {BUILD}


@pytest_asyncio.fixture
async def hospital() -> AsyncIterator[Hospital]:
    async with Server() as server, HttpSink() as sink:
        http = Http(proxies_from_environment=False)
        one = Hospital(server, sink, http)
        await one.call_crew()
        await keep_schedule(one.client, 1_440, SHORT)
        yield one
        await one.send_crew_away()
        await http.close()
        await asyncio.sleep(0.05)


async def start_double(hospital: Hospital, ticket: str, fate: str) -> None:
    await hospital.client.start_workflow(Double.run, fate, id=f"ticket/acme/{ticket}", task_queue=TICKETS)


async def test_the_dead_man_is_called_after_a_clean_round_and_never_again_when_the_workers_are_gone(
    hospital: Hospital,
) -> None:
    done = await hospital.round()
    assert (done.findings, done.alive, done.trouble) == ((), True, ())
    assert hospital.calls == ["GET"]

    await hospital.send_crew_away()
    await hospital.client.get_schedule_handle(AUDIT_SCHEDULE).trigger()

    async def waiting() -> bool:
        running = f"WorkflowType='{AUDIT}' AND ExecutionStatus='Running'"
        return (await hospital.client.count_workflows(running)).count == 1

    assert await settled(waiting, WITHIN)
    assert hospital.calls == ["GET"]
    await hospital.call_crew()

    async def called() -> bool:
        return hospital.calls == ["GET", "GET"]

    assert await settled(called, WITHIN)


class OldMessages(Outbox):
    """Two rounds' worth of them."""

    def __init__(self) -> None:
        self.old, self.asked = BATCH * BATCHES + 1, 0

    async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
        return ()

    async def forget(self, before: datetime, most: int) -> int:
        self.asked += 1
        gone = min(most, self.old)
        self.old -= gone
        return gone


async def test_old_messages_are_forgotten_round_by_round_and_then_once_a_day(hospital: Hospital) -> None:
    outbox = OldMessages()  # type: ignore[abstract]
    hospital.audit.mailroom = Mailroom(outbox, 90)
    rounds = [await hospital.round() for _ in range(3)]
    assert [one.forgot_at for one in rounds] == [0, rounds[1].at, rounds[1].at]
    assert (outbox.old, outbox.asked, [one.trouble for one in rounds]) == (0, BATCHES + 1, [()] * 3)


async def test_one_round_finds_the_dropped_the_wedged_and_the_lost_and_tells_the_operator_once(
    hospital: Hospital,
) -> None:
    gateway = Gateway(hospital.client, CATALOG)
    await hospital.send_crew_away()
    async with hospital.doubles():
        await gateway.make_current("doubles")
        await start_double(hospital, "W-1", "wedged")
        await start_double(hospital, "D-1", "dropped")
        await start_double(hospital, "L-1", "lost")
        for ticket in ("D-1", "L-1"):
            hospital.card(ticket)
            handle = hospital.client.get_workflow_handle(f"ticket/acme/{ticket}")
            assert (await handle.query("clock")) == 0
        await handle.terminate("by hand")

        async def reported() -> bool:
            return await Engine(hospital.client).wedged(10) == ["acme/W-1"]

        assert await settled(reported, WITHIN)
        assert "doubles" in await hospital.engine.builds()
        (left,) = await OnlyOurs(hospital.client).left_behind()
        assert left[:2] == ("doubles", 2)
        await hospital.call_crew()
        done = await hospital.round()

        kinds = {(one.kind, one.ticket) for one in done.findings}
        assert kinds == {(WEDGED, "acme/W-1"), (LOST, "acme/L-1")}
        assert done.repaired == (f"{OVERDUE}:acme/D-1",)
        assert (done.alive, hospital.calls, done.trouble) == (False, [], ())
        assert hospital.pages == ["Rung's audit: 1 wedged, 1 lost"]

        again = await hospital.round()
        assert {(one.kind, one.ticket) for one in again.findings} == kinds
        assert (again.paged, len(hospital.pages)) == (done.paged, 1)


async def test_a_rung_that_no_worker_takes_up_is_found_without_asking_the_ticket(hospital: Hospital) -> None:
    gateway = Gateway(hospital.client, CATALOG)
    ticket = Ticket(
        id="T-1", tenant="acme", tier="gold", urgency="high", team="seoul", assignee="kim", contact="a@b.example"
    )
    await gateway.open(ticket, "standard.v1")
    await gateway.standing("acme", "T-1")
    await hospital.send_crew_away()
    handle = hospital.client.get_workflow_handle("ticket/acme/T-1")
    await handle.signal("poke")
    hospital.card("T-1")

    async def waiting() -> bool:
        return (await handle.describe()).raw_description.HasField("pending_workflow_task")

    assert await settled(waiting, WITHIN)
    hospital.engine.unheard = 0

    async def late() -> bool:
        return bool((await hospital.audit.look(SHORT)).findings)

    assert await settled(late, WITHIN)
    found = (await hospital.audit.look(SHORT)).findings
    assert [(one.kind, one.ticket, one.repairable) for one in found] == [(OVERDUE, "acme/T-1", False)]
    assert f"no worker (build {BUILD}) takes it up" in found[0].said


async def test_a_message_that_no_provider_takes_is_seen_with_its_age_and_its_reason(hospital: Hospital) -> None:
    hospital.world.fault = lambda kind, key: Unreachable(f"{kind} is down") if kind in CHANNELS else None
    ticket = Ticket(id="T-3", tenant="acme", tier="gold", urgency="high", team="seoul", assignee="kim")
    gateway = Gateway(hospital.client, CATALOG)
    await gateway.open(ticket, "standard.v1")
    await gateway.command("acme", "T-3", "escalate", level=2, as_level=1, actor="lee")
    attempts: dict[str, dict[int, Sending]] = defaultdict(dict)

    async def tried_again() -> bool:
        for one in (await hospital.engine.sight("acme/T-3")).sending:
            if one.failure:
                attempts[one.what][one.attempts] = one
        return any(len(found) > 1 for found in attempts.values())

    assert await settled(tried_again, WITHIN)
    found = next(found for found in attempts.values() if len(found) > 1)
    assert {(one.kind, one.failure.rpartition(" is ")[2]) for one in found.values()} == {("notify", "down")}
    (since,) = {one.since for one in found.values()}  # trying again does not make it younger
    assert since is not None
    sight = await hospital.engine.sight("acme/T-3")
    eldest = min(one.since for one in sight.sending if one.since is not None)
    assert findings(Seen((sight,)), eldest + 600) == ()
    assert [one.kind for one in findings(Seen((sight,)), eldest + 601)] == [STUCK]


async def test_a_ticket_that_the_helpdesk_has_closed_is_told_and_left_open(hospital: Hospital) -> None:
    ticket = Ticket(id="T-4", tenant="acme", tier="gold", urgency="high", team="seoul", assignee="kim")
    gateway = Gateway(hospital.client, CATALOG)
    await gateway.open(ticket, "standard.v1")
    await gateway.standing("acme", "T-4")
    hospital.card("T-4", late=-3_600)
    hospital.world.ended["acme/T-4"] = datetime.now(UTC) - timedelta(minutes=1)
    done = await hospital.round()
    assert [(one.kind, one.ticket) for one in done.findings] == [(CLOSED_ELSEWHERE, "acme/T-4")]
    assert (done.alive, done.repaired, hospital.pages) == (False, (), ["Rung's audit: 1 closed-elsewhere"])
    assert (await gateway.standing("acme", "T-4")).state == "open"
    await gateway.tell("acme", "T-4", "closed")
    await hospital.client.get_workflow_handle("ticket/acme/T-4").result()
    assert (await hospital.round()).findings == ()


async def test_a_card_that_lags_is_no_finding(hospital: Hospital) -> None:
    ticket = Ticket(
        id="T-2", tenant="acme", tier="gold", urgency="high", team="seoul", assignee="kim", contact="a@b.example"
    )
    await Gateway(hospital.client, CATALOG).open(ticket, "standard.v1")
    await Gateway(hospital.client, CATALOG).standing("acme", "T-2")
    hospital.card("T-2")
    looked = await hospital.audit.look()
    assert (looked.findings, looked.looked_at) == ((), 1)


async def test_the_schedule_is_kept_corrected_and_taken_away(hospital: Hospital) -> None:
    handle = hospital.client.get_schedule_handle(AUDIT_SCHEDULE)
    await handle.pause(note="maintenance")
    await keep_schedule(hospital.client, 5)
    known = (await handle.describe()).schedule
    assert [one.every for one in known.spec.intervals] == [timedelta(minutes=5)]
    assert (known.state.paused, known.state.note) == (True, "maintenance")
    await keep_schedule(hospital.client, 0)
    await keep_schedule(hospital.client, 0)

    async def gone() -> bool:
        return [one async for one in await hospital.client.list_schedules()] == []

    assert await settled(gone, WITHIN)
