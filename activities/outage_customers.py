"""Mails to the customers of an outage's tickets: one that it lasts and one that it is over, each once an address.

Whose a ticket is only the ticket knows, so each is asked. The outbox remembers by keys who was mailed: that is how far
this has come, and without it nobody is mailed. Must never return, raise or log an address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from temporalio import activity

from activities.dispatching import Clock, Dispatch
from activities.outbox import SEND, Planned
from activities.outcome import final, later, told
from activities.ports import Busy, Contact, Crowd, Down, Message, Notifier, Receipt, Refused, Unreachable
from activities.requests import CustomerRound, CustomersTold
from activities.wording import Wording
from policies.dispatch import FAILED, REACHED, UNKNOWN, Outcome
from policies.explanation import Standing
from policies.outage_customers import DECLARED, ENDED, Customer, concerned, customers, page_of
from policies.people import CUSTOMER

ASKED_AT_ONCE = 20
"""Tickets: to answer may wake one."""
MAILED_AT_ONCE = 10
MOST_LATE = 20
"""Mails in a row that nobody took: the mail server is away, and is not asked for all the others."""
BEATS = 5.0
"""Seconds between two heartbeats."""
LAST = 15 * 60
"""Seconds before its end in which an attempt is the last one: longer than the wait between two."""
MAYBE = (*REACHED, UNKNOWN)
"""Who may have read that it began hears that it is over."""


class OutageCustomers:
    """Its work runs long and beats; what was begun with a mail is ended when it is cut off."""

    def __init__(self, crowd: Crowd, mail: Notifier | None, wording: Wording, dispatch: Dispatch) -> None:
        self.crowd, self.wording, self.dispatch = crowd, wording, dispatch
        self.mail = Discreet(mail) if mail else None

    @activity.defn
    async def tell_customers(self, round: CustomerRound) -> CustomersTold:
        """Ask the tickets whose they are, and mail those who were not. What is late is for the next attempt."""
        if self.mail is None:
            raise final("no mail server is configured; set RUNG_SMTP_HOST")
        with told():
            began = await self._outcomes(round, DECLARED)
            if round.what == ENDED and not _any(began, MAYBE):
                return CustomersTold()
            standings, unasked = await self._asked(round)
            found, nameless = customers(one for one in standings if concerned(round.outage, round.what, one))
            if round.what == ENDED:
                found = tuple(one for one in found if _state(began, round, one) in MAYBE)
            late = await self._mailed(round, found)
            now = await self._outcomes(round, round.what)
        return CustomersTold(_any(now, REACHED), _any(now, (FAILED,)), late, nameless, unasked)

    # --- asking --------------------------------------------------------------------------------------------

    async def _asked(self, round: CustomerRound) -> tuple[list[Standing], int]:
        """(how each ticket stands, how many did not say); who did not answer at first is asked once more."""
        known: dict[str, Standing | None] = {}
        page: Sequence[str]
        position, more = "", True
        while more:
            page, position = await self.crowd.page(round.outage, part_of(round), round.since, position)
            await self._ask([ticket for ticket in page if ticket not in known], known)
            more = bool(position)
        await self._ask([ticket for ticket, standing in known.items() if standing is None], known)
        found = [standing for standing in known.values() if standing is not None]
        return found, len(known) - len(found)

    async def _ask(self, tickets: Sequence[str], known: dict[str, Standing | None]) -> None:
        async def one(ticket: str) -> None:
            known[ticket] = await self.crowd.standing(ticket)
            activity.heartbeat(len(known), 0)

        await _bounded(ASKED_AT_ONCE, [lambda ticket=ticket: one(ticket) for ticket in tickets])  # type: ignore[misc]

    # --- mailing -------------------------------------------------------------------------------------------

    async def _mailed(self, round: CustomerRound, found: Sequence[Customer]) -> int:
        """How many were given up. Raises ApplicationError when another attempt may do better.

        TRAP: whoever is cut off in the middle of a mail does not know whether it went; so mails under way are ended.
        """
        run = _Run(lambda customer: self._send(round, customer), len(found))
        work = asyncio.ensure_future(run.through(found))
        try:
            await _beating(work, run)
        except asyncio.CancelledError:
            run.cut_off = True
            await work
            raise
        left = Clock.of_activity().left
        if run.undone and (activity.is_worker_shutdown() or left is None or left > LAST):
            raise later(f"{run.undone} of {len(found)} mails are not out: {run.why}", run.wait)
        return run.undone

    async def _send(self, round: CustomerRound, customer: Customer) -> None:
        """Raises Busy and Unreachable; a refusal is in the outbox. Known keys are not sent again."""
        assert self.mail is not None
        ticket, page = customer.ticket, page_of(round.outage.id, round.what)
        key = f"{page}/{customer.digest}"
        message = Planned(key, ticket.tenant, "", page, "disruption", CUSTOMER, self.mail.channel, alone=True)
        turn = await self.dispatch.turn(message)
        if not turn.recorded:
            raise Unreachable(AWAY)
        if turn.what != SEND:
            return
        to = Contact(
            CUSTOMER, ticket.customer, ticket.contact.strip(), zone=ticket.zone or "UTC", language=ticket.language
        )  # fmt: skip
        worded = self.wording.disruption(turn.key, round.outage, customer.tickets, to)
        via = turn.outcome.provider if turn.outcome.state == UNKNOWN else ""
        await self.dispatch.sent(turn, self.mail.send(replace(worded, via=via), to))

    async def _outcomes(self, round: CustomerRound, what: str) -> Mapping[str, Outcome]:
        found = await self.dispatch.outcomes(page_of(round.outage.id, what))
        if found is None:
            raise Unreachable(AWAY)
        return found


AWAY = "the outbox is away, and customers are mailed through nothing else"


class _Run:
    """One attempt at all of them."""

    def __init__(self, send: Callable[[Customer], Awaitable[None]], count: int) -> None:
        self.send, self.count = send, count
        self.done = self.in_a_row = 0
        self.cut_off = False
        self.why, self.wait = "the worker stops", 1.0

    @property
    def undone(self) -> int:
        return self.count - self.done

    @property
    def stops(self) -> bool:
        return self.cut_off or self.in_a_row >= MOST_LATE or activity.is_worker_shutdown()

    async def through(self, found: Sequence[Customer]) -> None:
        await _bounded(MAILED_AT_ONCE, [lambda customer=customer: self._one(customer) for customer in found])  # type: ignore[misc]

    async def _one(self, customer: Customer) -> None:
        if self.stops:
            return
        try:
            await self.send(customer)
        except (Busy, Unreachable) as error:
            self.in_a_row += 1
            self.why, self.wait = str(error), getattr(error, "retry_after", 0.0)
        else:
            self.in_a_row = 0
            self.done += 1


async def _beating(work: asyncio.Future[None], run: _Run) -> None:
    """TRAP: ten mails may all take longer than the engine waits for a beat; then another worker sends them, too."""
    while not work.done():
        activity.heartbeat(run.count, run.done)
        await asyncio.wait((work,), timeout=BEATS)
    work.result()


class Discreet:
    """A mail server whose words stay here: they may quote the address."""

    def __init__(self, mail: Notifier) -> None:
        self.mail, self.channel = mail, mail.channel

    async def send(self, message: Message, to: Contact) -> Receipt:
        """Raises what the mail server does, with its code at most."""
        try:
            return await self.mail.send(message, to)
        except Refused as error:
            raise Refused(_code(error) or "the address is refused") from None
        except Busy as error:
            raise Busy(_code(error) or "the mail server is busy", error.retry_after) from None
        except Unreachable as error:
            kind = Down if isinstance(error, Down) else Unreachable
            quiet = kind("the mail server cannot be reached")
            quiet.provider = error.provider
            raise quiet from None


def part_of(round: CustomerRound) -> str:
    """Which list holds their tickets. At the end no ticket shows the outage any more."""
    if round.what == ENDED:
        return "all"
    return "joined" if round.since else "shown"


async def _bounded(most: int, work: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """All of it, so much at once; the first that fails ends it."""
    slots = asyncio.Semaphore(most)

    async def one(begin: Callable[[], Awaitable[None]]) -> None:
        async with slots:
            await begin()

    try:
        async with asyncio.TaskGroup() as group:
            for begin in work:
                group.create_task(one(begin))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _state(known: Mapping[str, Outcome], round: CustomerRound, customer: Customer) -> str:
    outcome = known.get(f"{page_of(round.outage.id, DECLARED)}/{customer.digest}")
    return outcome.state if outcome else ""


def _any(known: Mapping[str, Outcome], states: Sequence[str]) -> int:
    return sum(outcome.state in states for outcome in known.values())


def _code(error: Exception) -> str:
    """`smtp (mail.example:25) answered 550`."""
    found = re.match(r"smtp \(\S+\) answered \d{3}", str(error))
    return found[0] if found else ""
