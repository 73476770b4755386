"""A real Temporal server with skipped time, real workers, a world in memory: where scenarios and tickets are played."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.dispatching import Dispatch
from activities.maintaining import MaintenanceWindows
from activities.outage_customers import OutageCustomers
from activities.outage_digests import OutageDigests
from activities.outage_notices import OutageNotices
from activities.outage_reviews import OutageReviews
from activities.outaging import Outaging
from activities.outbox import Outbox
from activities.ports import Notifier
from activities.recognising import RecognitionDesk, Recognitions
from activities.reviewing import Reviewing
from activities.wording import Wording
from policies import event as news
from policies.case import Entry, say
from policies.event import Event
from policies.outage import Outage
from policies.rehearsal import OURS
from policies.scenario import Scenario
from starter.action_items import Items
from starter.crowd import ListedCrowd
from starter.gateway import Gateway
from starter.outages import Desk
from starter.recognition import Declared, Reports
from starter.server import DevServer
from starter.virtual_time import MARGIN, VirtualTime, settle
from tests.support.scenarios import CATALOG
from tests.support.world import MemoryDesk, MemoryDirectory, MemoryJournal, MemoryNotifier, MemoryWorld
from workflows.contract import BUILD
from workflows.crew import crew

UPDATES = {news.ESCALATED: "escalate", news.SNOOZED: "snooze", news.WAIVED: "waive", news.MIGRATED: "migrate_policy",
           news.APPROVED: "approve_credit", news.DENIED: "approve_credit"}  # fmt: skip


class Stage:
    """`async with Stage() as stage`: a server and a crew that may be sent away and called back."""

    def __init__(self, server: DevServer | None = None) -> None:
        self.server = server or DevServer(skip_time=True)
        self.world = MemoryWorld()
        self._crew: AsyncExitStack | None = None
        self.mail: Notifier | None = None
        """Takes mails to customers of outages from the next crew on; None = the world in memory."""
        self.outbox: Outbox | None = None
        """What that crew's mails to customers go through."""

    async def __aenter__(self) -> Stage:
        await self.server.start()
        await self.call_crew()
        await self.gateway.make_current(BUILD)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.send_crew_away()
        await self.server.stop()
        await asyncio.sleep(0.05)

    @property
    def client(self) -> Client:
        return self.server.client

    @property
    def gateway(self) -> Gateway:
        return Gateway(self.client, CATALOG)

    @property
    def desk(self) -> Desk:
        async def connected() -> Client:
            return self.client

        return Desk(self.world.outages, MemoryJournal(self.world), connected)

    @property
    def recognition_desk(self) -> RecognitionDesk:
        journal, directory = MemoryJournal(self.world), MemoryDirectory(self.world)
        channels = {channel: MemoryNotifier(self.world, channel) for channel in ("email", "sms", "phone")}
        return RecognitionDesk(Declared(self.client, self.world.outages, journal), directory, channels, journal)

    @property
    def time(self) -> VirtualTime:
        return VirtualTime(self.client)

    async def call_crew(self) -> None:
        self.world.items, self.world.recognition = Items(self.client), Reports(self.client)
        near, world = self.world.activities()
        outaging = Outaging(self.world.outages, ListedCrowd(self.client))
        near += [outaging.keep_outage, outaging.extend_outage, outaging.push_outage]
        digests = OutageDigests(MemoryJournal(self.world), MemoryDirectory(self.world))
        near += [digests.plan_digests, digests.plan_update]
        channels = {channel: MemoryNotifier(self.world, channel) for channel in ("email", "sms")}
        notices = OutageNotices(MemoryDirectory(self.world), channels)
        mail = self.mail or MemoryNotifier(self.world, "email")
        customers = OutageCustomers(ListedCrowd(self.client), mail, Wording(), Dispatch(self.outbox))
        world += [notices.remind_owner, customers.tell_customers]
        reviewing = Reviewing(MemoryDesk(self.world), channels["email"], lambda review: "BEGIN:VCALENDAR")
        reviews = OutageReviews(reviewing, MemoryDirectory(self.world), MemoryJournal(self.world))
        world.append(reviews.review_outage)
        recognitions = Recognitions(self.recognition_desk)
        near += [recognitions.declare_recognised, recognitions.end_recognised, recognitions.link_recognised]
        near.append(recognitions.address_recognised)
        world.append(recognitions.tell_recognised)
        windows = MaintenanceWindows(self.recognition_desk.declarations)
        near += [windows.next_windows, windows.declare_window, windows.withdraw_window]
        stack = AsyncExitStack()
        for worker in crew(self.client, near, world):
            await stack.enter_async_context(worker)
        self._crew = stack

    async def send_crew_away(self) -> None:
        if self._crew is not None:
            await self._crew.aclose()
            self._crew = None


FAR = timedelta(seconds=30)


class Overshot(Exception):
    """TRAP: on a starved machine the server (time skipping is experimental) now and then skips to the next timer, too.

    What comes later is then another story than the scenario's; it has to be played anew.
    """


class Play:
    """One ticket on the stage, moved along its own clock."""

    def __init__(
        self, stage: Stage, scenario: Scenario, history_limit: int = 2_000, told: Sequence[Outage] = ()
    ) -> None:  # fmt: skip
        self.stage, self.scenario, self.history_limit, self.told = stage, scenario, history_limit, told
        self.shift = 0
        self.refused: list[tuple[int, str]] = []
        real = any(happening.worker for happening in scenario.happenings)
        self.margin = timedelta(milliseconds=200) if real else MARGIN
        """Where the worker is sent away real seconds count, and none may be spent."""
        self.at = scenario.begun_at

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        ticket = self.scenario.ticket
        return self.stage.client.get_workflow_handle(f"ticket/{ticket.tenant}/{ticket.id}")

    async def open(self) -> None:
        scenario = self.scenario
        early = [h.event for h in scenario.happenings if h.event is not None and h.at < scenario.begun_at]
        await self.stage.gateway.open(
            scenario.ticket, scenario.policy, moment(scenario.opened_at), events=early,
            as_of=moment(scenario.begun_at), history_limit=self.history_limit,
        )  # fmt: skip
        await settle(self.handle)
        self.shift = await self.handle.query("clock")
        for outage in self.told:
            await self.handle.signal("outage", outage)
            await settle(self.handle)

    async def play(self) -> list[tuple[int, str]]:
        """Our lines of the time line."""
        await self.open()
        down = False
        for happening in sorted(self.scenario.happenings, key=lambda h: h.at):
            if happening.at < self.scenario.begun_at:
                continue
            await (self.wait_for_real(happening.at) if down else self.forward(happening.at))
            if happening.worker:
                down = happening.worker == "down"
                await (self.stage.send_crew_away() if down else self.stage.call_crew())
            if happening.event is not None:
                await self.send(happening.event)
            if not down:
                await settle(self.handle)
        await self.forward(self.scenario.until)
        entries = [Entry(**line) for line in await self.handle.query("time_line")]
        return sorted([*((e.at, e.text) for e in entries if e.kind in OURS), *self.refused])

    async def forward(self, at: int) -> None:
        await self.stage.time.to(self.handle.id, moment(at - self.shift), self.margin)
        if await settle(self.handle) and await self.stage.time.now(self.handle.id) > moment(at - self.shift) + FAR:
            raise Overshot(f"{self.handle.id} was to stand at {moment(at)}")
        self.at = at

    async def wait_for_real(self, at: int) -> None:
        """While nobody works, virtual time passes like real time."""
        remaining = moment(at - self.shift) - await self.stage.time.now(self.handle.id)
        assert remaining < timedelta(seconds=15), "a scenario with the worker down must last seconds"
        await asyncio.sleep(max(remaining.total_seconds(), 0) + 0.2)

    async def send(self, event: Event) -> None:
        try:
            if event.kind in UPDATES:
                await self.handle.execute_update(UPDATES[event.kind], payload_of(event))
            else:
                await self.handle.signal(event.kind, payload_of(event))
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            self.refused.append((event.at, f"{say(event)}: the ticket is closed"))


def payload_of(event: Event) -> dict[str, Any]:
    """As the gateway would send it."""
    payload: dict[str, Any] = {
        "event_id": event.event_id, "request_id": event.event_id, "occurred_at": moment(event.at).isoformat(),
        "actor": event.actor, "reason": event.reason or ("why" if event.kind in UPDATES else ""), "to": event.to,
        "urgency": event.urgency, "tier": event.tier, "level": event.level, "as_level": (event.level if event.kind in news.RULINGS else 0) or 4,
        "approve": event.kind != news.DENIED,
        "until": moment(event.until).isoformat() if event.until else "", "impact": event.impact, "value": event.value,
        "predicted": f"{event.predicted}s" if event.predicted >= 0 else "",
    }  # fmt: skip
    scores = {name: score for name, score in (("risk", event.risk), ("complexity", event.complexity)) if score >= 0}
    return {name: value for name, value in payload.items() if value or name == "approve"} | scores


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
