"""Mails to the customers of an outage's tickets, on a real server and a real mail server: once each, and no address stays."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity

from activities.adapters.smtp import MailServer, SmtpNotifier
from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.ports import Contact, Message, Notifier, Receipt
from policies.outage import Outage, Scope
from policies.ticket import Ticket
from starter.gateway import settled
from starter.mail_sink import MailSink
from starter.sink import Fault
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_outage import FRIDAY
from workflows import options
from workflows.contract import OutageProgress, outage_workflow_id

HOUR = timedelta(hours=1)
CUSTOMERS = (
    ("acme", "ana@customer.example", "es", "Europe/Madrid"), ("acme", "bo@customer.example", "en", "Europe/London"),
    ("acme", "chae@customer.example", "ko", "Asia/Seoul"), ("acme", "desk@shared.example", "ko", "Asia/Seoul"),
    ("zoo", "desk@shared.example", "en", "UTC"), ("zoo", "eva@customer.example", "es", "Europe/Madrid"),
    ("zoo", "fred@customer.example", "en", "UTC"),
)  # fmt: skip
"""Seven, one address with two of them."""
SUBJECTS = {
    "declared": {"es": "Interrupción de {}", "en": "Disruption of {}", "ko": "{} 장애 안내"},
    "ended": {
        "es": "La interrupción de {} ha terminado",
        "en": "The disruption of {} is over",
        "ko": "{} 장애 복구 안내",
    },
}


class Town:
    """Tickets of customers on one service, which bears the name of the outage; a mail server that they share."""

    def __init__(self, stage: Stage, sink: MailSink, outbox: SqlOutbox) -> None:
        self.stage, self.sink, self.outbox = stage, sink, outbox
        self.tickets: list[Ticket] = []

    def begin(self, id: str, **more: Any) -> None:
        self.id = id
        self.outage = Outage(id, Scope(services=(id,)), since=FRIDAY, tell_customers=True, **more)

    async def open(self, *places: int) -> None:
        """A ticket of each of these customers."""
        for place in places:
            tenant, address, language, zone = CUSTOMERS[place]
            number = len(self.tickets) + 1
            written = address.upper() if number % 2 else f" {address} "
            ticket = Ticket(
                f"{self.id}-{number}", tenant, "it is down", tier="gold", urgency="high", service=self.id,
                assignee="kim", customer=f"Customer {place}", contact=written, language=language, zone=zone,
            )  # fmt: skip
            self.tickets.append(ticket)
            await settle(
                self.stage.client.get_workflow_handle(await open_ticket(self.stage, ticket, "plain.v1", FRIDAY))
            )

    async def close(self, *numbers: int) -> None:
        for number in numbers:
            ticket = self.tickets[number - 1]
            handle = self.stage.client.get_workflow_handle(f"ticket/{ticket.key}")
            await handle.signal("closed", {})
            await handle.result()

    @property
    def workflow(self) -> str:
        return outage_workflow_id(self.id)

    async def progress(self) -> OutageProgress:
        handle = self.stage.client.get_workflow_handle(self.workflow)
        found: OutageProgress = await handle.query("show", result_type=OutageProgress)
        return found

    async def shown(self, count: int) -> None:
        """Until so many tickets are seen to show it."""

        async def done() -> bool:
            found = await self.stage.client.count_workflows(f"RungOutage = '{self.id}' AND ExecutionStatus='Running'")
            return found.count == count and not (await self.progress()).telling

        assert await settled(done, 30)

    async def pass_by(self, time: timedelta) -> None:
        await settle(self.stage.client.get_workflow_handle(self.workflow))
        await self.stage.time.to(self.workflow, await self.stage.time.now(self.workflow) + time)

    async def until(self, customers: int, of: str = "customers") -> OutageProgress:
        async def done() -> bool:
            return bool(getattr(await self.progress(), of) >= customers)

        assert await settled(done, 30)
        return await self.progress()

    async def declare(self, customers: int = 7, shown: int = 30) -> OutageProgress:
        await self.stage.desk.declare(self.outage)
        await self.shown(shown)
        await self.pass_by(options.JOURNALED + timedelta(seconds=1))
        return await self.until(customers)

    async def end(self, customers: int) -> OutageProgress:
        await self.stage.desk.end(self.id, FRIDAY + 1)
        return await self.until(customers, "customers_end")

    def mails(self, what: str) -> list[tuple[str, str, str]]:
        """(tenant's digest is not known here: address, subject, language), of one half of its life."""
        found = [mail for mail in self.sink.mails if f"/{what}/customer/" in mail["X-Rung-Key"]]
        return sorted(
            (mail["To"].addresses[0].addr_spec.lower(), mail["Subject"], mail["Content-Language"]) for mail in found
        )

    def expected(self, what: str, *places: int) -> list[tuple[str, str, str]]:
        them = (CUSTOMERS[place] for place in places)
        return sorted((one[1], SUBJECTS[what][one[2]].format(self.id), one[2]) for one in them)

    async def kept(self) -> str:
        """Whatever lasts: the history, lines and cards of the journal, the outbox."""
        history = (await self.stage.client.get_workflow_handle(self.workflow).fetch_history()).to_json()
        world = self.stage.world
        sent = [await self.outbox.sent(tenant, "") for tenant in ("acme", "zoo")]
        assert any(sent)
        return json.dumps(json.loads(history)) + repr((world.lines, world.cards, sent))


@pytest.fixture
async def town(stage: Stage, tmp_path: Path) -> AsyncIterator[Town]:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    outbox = SqlOutbox(url, window=60)
    async with MailSink() as sink:
        mail = SmtpNotifier(MailServer("127.0.0.1", sink.port, "desk@rung.example", tls="none"))
        await crew(stage, mail, outbox)
        yield Town(stage, sink, outbox)
        await crew(stage, None, None)
    await outbox.close()


async def crew(stage: Stage, mail: Notifier | None, outbox: SqlOutbox | None) -> None:
    """New workers, with this mail server and that outbox."""
    await stage.send_crew_away()
    stage.mail, stage.outbox = mail, outbox
    await stage.call_crew()


async def test_seven_customers_of_thirty_tickets_get_one_mail_each_and_nothing_keeps_their_addresses(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.begin("MAIL-1", reason="a vendor of ours")
    await town.open(*(number % 7 for number in range(32)))
    await town.close(31)
    await town.stage.client.get_workflow_handle(f"ticket/{town.tickets[31].key}").signal("resolved", {})
    progress = await town.declare(shown=31)
    assert town.mails("declared") == town.expected("declared", *range(7))
    assert (progress.customers, progress.customers_untold, progress.unasked) == (7, 0, 0)
    assert (await town.stage.desk.declare(town.outage)).already
    ana = next(one.body for one in town.sink.received if "ana" in one.to.lower())
    assert "desde el vie 27 mar 2026 01:00 CET" in ana
    assert "#MAIL-1-1, #MAIL-1-8, #MAIL-1-15, #MAIL-1-22, #MAIL-1-29" in ana
    assert "vendor" not in ana

    await town.close(2, 9, 16, 23, 30)  # all of bo's
    progress = await town.end(6)
    assert town.mails("ended") == town.expected("ended", 0, 2, 3, 4, 5, 6)
    assert (progress.customers, progress.customers_end, progress.unreached) == (7, 6, ())
    assert len(town.sink.mails) == 13
    kept = await town.kept() + caplog.text
    assert "customer.example" not in kept.lower()
    assert "shared.example" not in kept.lower()


class Gated:
    """A mail server before which every mail but the first three waits until its worker is told to stop, at first."""

    channel = "email"

    def __init__(self, mail: Notifier, through: int) -> None:
        self.mail, self.through, self.came = mail, through, 0
        self.full = asyncio.Event()
        self.opens: asyncio.Event | None = None
        """What they wait for instead."""

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.came += 1
        if self.came > self.through and activity.info().attempt == 1:
            self.full.set()
            await (self.opens.wait() if self.opens else activity.wait_for_worker_shutdown())
        return await self.mail.send(message, to)


async def test_workers_that_are_replaced_in_the_middle_mail_nobody_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.outage_customers.MAILED_AT_ONCE", 2)
    town.begin("MAIL-2")
    await town.open(*range(7))
    mail = town.stage.mail
    assert mail is not None
    gate = Gated(mail, 2)
    await crew(town.stage, gate, town.outbox)
    declared = asyncio.create_task(town.declare(shown=7))
    await asyncio.wait_for(gate.full.wait(), 60)
    await crew(town.stage, mail, town.outbox)
    assert len(town.sink.mails) < 7
    assert (await declared).customers == 7
    assert town.mails("declared") == town.expected("declared", *range(7))
    assert set(Counter(mail["X-Rung-Key"] for mail in town.sink.mails).values()) == {1}


async def test_an_end_that_comes_while_mails_are_under_way_lets_them_go_and_then_tells_the_same_people(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.outage_customers.MAILED_AT_ONCE", 2)
    town.begin("MAIL-6")
    await town.open(*range(7))
    mail = town.stage.mail
    assert mail is not None
    gate = Gated(mail, 2)
    gate.opens = asyncio.Event()
    await crew(town.stage, gate, town.outbox)
    declared = asyncio.create_task(town.declare(customers=0, shown=7))
    await asyncio.wait_for(gate.full.wait(), 60)
    await town.stage.desk.end(town.id, FRIDAY + 1)
    gate.opens.set()
    await declared
    begun = await town.until(1, "customers_end")
    told = [address for address, _, _ in town.mails("declared")]
    assert [address for address, _, _ in town.mails("ended")] == told
    assert begun.customers_end == len(told) >= 4


async def test_an_address_that_is_refused_is_counted_and_hears_nothing_of_the_end(town: Town) -> None:
    town.begin("MAIL-3")
    await town.open(0)
    town.sink.fail_next(Fault(status=550, body="<ana@customer.example>: no such user"))
    await town.stage.desk.declare(town.outage)
    await town.shown(1)
    await town.pass_by(options.JOURNALED + timedelta(seconds=1))
    progress = await town.until(1, "customers_untold")
    assert progress.unreached == ("1 customer not mailed that it has begun: the address is refused",)
    await town.stage.desk.end(town.id, FRIDAY + 1)
    await town.pass_by(timedelta(hours=4))
    await town.stage.client.get_workflow_handle(town.workflow).result()
    assert town.sink.mails == []
    assert "ana@" not in (await town.kept()).lower()


async def test_customers_of_tickets_that_are_opened_while_it_lasts_are_mailed_within_the_hour(town: Town) -> None:
    town.begin("MAIL-4")
    await town.open(0)
    await town.declare(1, shown=1)
    await town.open(0, 1)
    await town.shown(3)
    await town.pass_by(HOUR + options.JOURNALED)
    await town.until(2)
    assert town.mails("declared") == town.expected("declared", 0, 1)
    await town.end(2)
    assert town.mails("ended") == town.expected("ended", 0, 1)


async def test_without_being_asked_for_no_customer_is_mailed(town: Town) -> None:
    town.begin("MAIL-5")
    await town.open(0)
    town.outage = replace(town.outage, tell_customers=False)
    await town.stage.desk.declare(town.outage)
    await town.shown(1)
    await town.stage.desk.end(town.id, FRIDAY + 1)
    await town.pass_by(timedelta(hours=4))
    await town.stage.client.get_workflow_handle(town.workflow).result()
    assert town.sink.mails == []
