"""Mails to an outage's customers: asked of the tickets, remembered by the outbox, ended with the mail at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.dispatching import Dispatch
from activities.outage_customers import LAST, MAILED_AT_ONCE, MOST_LATE, Discreet, OutageCustomers
from activities.ports import Busy, Contact, Down, Message, Receipt, Refused, Unreachable
from activities.requests import CustomerRound, CustomersTold
from activities.wording import Wording
from policies.dispatch import Outcome
from policies.explanation import Standing
from policies.outage import Outage, Scope
from policies.outage_customers import customers
from policies.ticket import Ticket
from tests.activities.test_dispatching import Away

LASTS = Outage("INC-7", Scope(services=("pay",)), since=1_000, tell_customers=True)
OVER = replace(LASTS, ended_at=5_000)
BEGUN, ENDED = CustomerRound(LASTS), CustomerRound(OVER, "ended")


@dataclass
class Tickets:
    """The port `Crowd`, in pages of seven. `silent` do not answer, `late` not at first."""

    standings: dict[str, Standing] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    parts: list[tuple[str, int]] = field(default_factory=list)

    def add(self, id: str, contact: str, tenant: str = "acme", **more: Any) -> None:
        ticket = Ticket(id, tenant, service="pay", contact=contact, language=more.pop("language", "en"))
        paused = {"state": "paused", "paused_by": ("outage:INC-7",), **more}
        self.standings[ticket.key] = Standing(
            ticket, "plain.v1", "UTC", 500, sla="paused", level=1, level_title="", next_due=None, next_why="",
            readings=(), **paused,
        )  # fmt: skip

    def over(self) -> None:
        """It has ended: they go on."""
        waiting = {key: one for key, one in self.standings.items() if one.state == "paused"}
        self.standings |= {key: replace(one, state="open", paused_by=()) for key, one in waiting.items()}

    async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
        self.parts.append((part, begun))
        start, names = int(position or 0), list(self.standings)
        return names[start : start + 7], str(start + 7) if start + 7 < len(names) else ""

    async def tell(self, ticket: str, outage: Outage) -> bool:
        raise AssertionError("nobody is told anything")

    async def caught_up(self, ticket: str) -> None:
        raise AssertionError("nobody was told anything")

    async def standing(self, ticket: str) -> Standing | None:
        self.asked.append(ticket)
        if ticket in self.late:
            self.late.discard(ticket)
            return None
        return None if ticket in self.silent else self.standings[ticket]


class Mail:
    """A mail server; `fault` says what goes wrong with an address."""

    channel = "email"

    def __init__(self) -> None:
        self.sent: list[tuple[Message, Contact]] = []
        self.tried: list[str] = []
        self.fault: Callable[[str], Exception | None] = lambda address: None
        self.at_hand, self.goes = asyncio.Event(), asyncio.Event()
        self.goes.set()

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.tried.append(to.email)
        self.at_hand.set()
        await self.goes.wait()
        if error := self.fault(to.email):
            raise error
        self.sent.append((message, to))
        return Receipt("memory", message.key)

    @property
    def addresses(self) -> list[str]:
        return sorted(to.email for _, to in self.sent)


class Rig:
    def __init__(self, outbox: SqlOutbox | Away | None) -> None:
        self.tickets, self.mail, self.outbox = Tickets(), Mail(), outbox
        self.beats: list[tuple[object, ...]] = []
        self.work = OutageCustomers(self.tickets, self.mail, Wording(), Dispatch(outbox))

    def environment(self, left: int = 21_600) -> ActivityEnvironment:
        found = ActivityEnvironment()
        found.on_heartbeat = lambda *details: self.beats.append(details)
        found.info = replace(found.info, schedule_to_close_timeout=timedelta(seconds=left))
        return found

    async def run(self, round: CustomerRound = BEGUN, left: int = 21_600) -> CustomersTold:
        done: CustomersTold = await self.environment(left).run(self.work.tell_customers, round)
        return done

    async def fails(self, round: CustomerRound = BEGUN) -> ApplicationError:
        with pytest.raises(ApplicationError) as failed:
            await self.run(round)
        return failed.value


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    outbox = SqlOutbox(url, 60)
    yield Rig(outbox)
    await outbox.close()


async def test_one_mail_an_address_however_many_tickets_pages_and_rounds(rig: Rig) -> None:
    for number in range(20):
        rig.tickets.add(str(number), ("ana@x.example", "BO@x.example ", "bo@X.example")[number % 3])
    rig.tickets.add("20", "ana@x.example", tenant="zoo", language="ko")
    assert await rig.run() == CustomersTold(told=3)
    assert rig.mail.addresses == ["BO@x.example", "ana@x.example", "ana@x.example"]
    [korean] = [message for message, to in rig.mail.sent if to.language == "ko"]
    assert (korean.language, korean.subject) == ("ko", "pay 장애 안내")
    assert "#20" in korean.body
    assert "#19" not in korean.body
    digests = {one.digest for one in customers(rig.tickets.standings.values())[0]}
    assert {message.key for message, _ in rig.mail.sent} == {f"outage/INC-7/declared/customer/{one}" for one in digests}

    rig.tickets.add("21", "chae@x.example")
    assert await rig.run(replace(BEGUN, since=3_000)) == CustomersTold(told=4)
    assert rig.mail.addresses[-1] == "chae@x.example"
    assert len(rig.mail.sent) == 4
    assert set(rig.tickets.parts) == {("shown", 0), ("joined", 3_000)}


async def test_of_the_end_those_hear_who_heard_of_the_beginning_and_whose_tickets_are_open(rig: Rig) -> None:
    for name in ("ana", "bo", "chae"):
        rig.tickets.add(name, f"{name}@x.example")
    await rig.run()
    rig.tickets.over()
    rig.tickets.add("bo", "bo@x.example", state="closed")
    rig.tickets.add("new", "dan@x.example", state="open", paused_by=())
    rig.mail.sent.clear()
    assert await rig.run(ENDED) == CustomersTold(told=2)
    assert rig.mail.addresses == ["ana@x.example", "chae@x.example"]
    assert {message.subject for message, _ in rig.mail.sent} == {"The disruption of pay is over"}
    assert await rig.run(ENDED) == CustomersTold(told=2)
    assert len(rig.mail.sent) == 2


async def test_where_nobody_heard_of_the_beginning_no_ticket_is_asked_at_the_end(rig: Rig) -> None:
    rig.tickets.add("1", "ana@x.example", state="open")
    assert await rig.run(ENDED) == CustomersTold()
    assert (rig.tickets.asked, rig.mail.tried) == ([], [])


async def test_who_does_not_answer_is_asked_once_more_and_counted(rig: Rig) -> None:
    for name in ("ana", "bo", "chae"):
        rig.tickets.add(name, f"{name}@x.example")
    rig.tickets.add("nobody", "")
    rig.tickets.silent, rig.tickets.late = {"acme/ana"}, {"acme/bo"}
    assert await rig.run() == CustomersTold(told=2, nameless=1, unasked=1)
    assert (rig.tickets.asked.count("acme/ana"), rig.tickets.asked.count("acme/chae")) == (2, 1)
    assert rig.mail.addresses == ["bo@x.example", "chae@x.example"]


async def test_an_address_that_is_refused_is_counted_once_and_kept_nowhere(rig: Rig) -> None:
    assert isinstance(rig.outbox, SqlOutbox)
    rig.tickets.add("1", "ana@x.example")
    rig.tickets.add("2", "bo@x.example")
    said = Refused("smtp (mail.example:25) answered 550: <ana@x.example> no such user")
    rig.mail.fault = lambda address: said if "ana" in address else None
    assert await rig.run() == CustomersTold(told=1, refused=1)
    assert await rig.run() == CustomersTold(told=1, refused=1)
    assert rig.mail.tried.count("ana@x.example") == 1
    kept = await rig.outbox.outcomes("outage/INC-7/declared/customer")
    assert sorted(one.reason for one in kept.values()) == ["", "smtp (mail.example:25) answered 550"]
    assert "x.example" not in repr((kept, rig.beats, await rig.outbox.sent("acme", "")))


async def test_who_is_late_is_mailed_by_the_next_attempt_and_nobody_else(rig: Rig) -> None:
    for number in range(8):
        rig.tickets.add(str(number), f"c{number}@x.example")
    rig.mail.fault = lambda address: Busy("450 <c3@x.example> later", 40.0) if "c3" in address else None
    error = await rig.fails()
    assert (error.message, error.next_retry_delay) == (
        "1 of 8 mails are not out: the mail server is busy", timedelta(seconds=40),
    )  # fmt: skip
    rig.mail.fault = lambda address: None
    assert await rig.run() == CustomersTold(told=8)
    assert (len(rig.mail.sent), len(rig.mail.tried)) == (8, 9)


async def test_a_mail_server_that_is_away_is_not_asked_for_all_of_them(rig: Rig) -> None:
    for number in range(100):
        rig.tickets.add(str(number), f"c{number}@x.example")
    rig.mail.fault = lambda address: Down(f"no route for {address}")
    error = await rig.fails()
    assert error.message == "100 of 100 mails are not out: the mail server cannot be reached"
    assert MOST_LATE <= len(rig.mail.tried) < MOST_LATE + MAILED_AT_ONCE


async def test_addresses_that_falter_here_and_there_keep_nobody_else_waiting(rig: Rig) -> None:
    for number in range(4 * MOST_LATE):
        rig.tickets.add(str(number), f"c{number}@x.example")
    found, _ = customers(rig.tickets.standings.values())
    faltering = {one.ticket.contact for one in found[::2]}
    rig.mail.fault = lambda address: Busy("450 later") if address in faltering else None
    assert (await rig.fails()).message.startswith(f"{2 * MOST_LATE} of {4 * MOST_LATE} mails are not out")
    assert rig.mail.addresses == sorted(one.ticket.contact for one in found[1::2])


async def test_the_last_attempt_says_how_many_were_given_up(rig: Rig) -> None:
    rig.tickets.add("1", "ana@x.example")
    rig.mail.fault = lambda address: Unreachable("no answer")
    with pytest.raises(ApplicationError):
        await rig.run(left=LAST + 1)
    assert await rig.run(left=LAST - 1) == CustomersTold(late=1)


@pytest.mark.parametrize("outbox", [None, Away(Unreachable("no database"))])
async def test_without_its_memory_nobody_is_mailed(outbox: Away | None) -> None:
    rig = Rig(outbox)
    rig.tickets.add("1", "ana@x.example")
    error = await rig.fails()
    assert error.message == "the outbox is away, and customers are mailed through nothing else"
    assert not error.non_retryable
    assert rig.mail.tried == []


class Forgetful(Away):
    """Goes away once it has been asked who was mailed."""

    async def outcomes(self, page: str) -> Mapping[str, Outcome]:
        return {}


async def test_an_outbox_that_goes_away_meanwhile_stops_the_mails() -> None:
    rig = Rig(Forgetful(Unreachable("no database")))
    rig.tickets.add("1", "ana@x.example")
    assert "1 of 1 mails are not out: the outbox is away" in (await rig.fails()).message
    assert rig.mail.tried == []


async def test_without_a_mail_server_it_says_what_to_set() -> None:
    work = OutageCustomers(Tickets(), None, Wording(), Dispatch())
    with pytest.raises(ApplicationError, match="set RUNG_SMTP_HOST") as error:
        await ActivityEnvironment().run(work.tell_customers, BEGUN)
    assert error.value.non_retryable


async def test_it_beats_while_mails_take_their_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.outage_customers.BEATS", 0.001)
    rig.tickets.add("1", "ana@x.example")
    rig.mail.goes.clear()
    environment = rig.environment()

    def beat(*details: object) -> None:
        rig.beats.append(details)
        if rig.mail.at_hand.is_set() and rig.beats[-3:] == [(1, 0)] * 3:
            rig.mail.goes.set()

    environment.on_heartbeat = beat
    async with asyncio.timeout(30):
        assert await environment.run(rig.work.tell_customers, BEGUN) == CustomersTold(told=1)


@pytest.mark.parametrize("how", ["cancelled", "worker stops"])
async def test_whoever_cuts_it_off_waits_for_the_mails_at_hand_and_no_other_begins(rig: Rig, how: str) -> None:
    assert isinstance(rig.outbox, SqlOutbox)
    for number in range(50):
        rig.tickets.add(str(number), f"c{number}@x.example")
    rig.mail.goes.clear()
    environment = rig.environment()
    work = asyncio.create_task(environment.run(rig.work.tell_customers, BEGUN))
    await rig.mail.at_hand.wait()
    environment.cancel() if how == "cancelled" else environment.worker_shutdown()
    await asyncio.sleep(0)
    rig.mail.goes.set()
    with pytest.raises(asyncio.CancelledError if how == "cancelled" else ApplicationError):
        await work
    assert 0 < len(rig.mail.sent) <= MAILED_AT_ONCE
    kept = await rig.outbox.outcomes("outage/INC-7/declared/customer")
    assert [one.state for one in kept.values()] == ["accepted"] * len(rig.mail.sent)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("'ana@x.example' is no e-mail address; correct it"), "the address is refused"),
        (Refused("smtp (h:25) answered 550: ana"), "smtp (h:25) answered 550"),
        (Busy("smtp (h:25) answered 450: ana"), "smtp (h:25) answered 450"),
        (Down("smtp (h:25) cannot be reached (X: ana)"), "the mail server cannot be reached"),
    ],
)
async def test_what_the_mail_server_says_of_an_address_stays_with_it(error: Exception, said: str) -> None:
    mail = Mail()
    mail.fault = lambda address: error
    with pytest.raises(type(error)) as raised:
        await Discreet(mail).send(Message("k", "s", "b"), Contact("customer", email="ana@x.example"))
    assert (str(raised.value), raised.value.__cause__) == (said, None)
