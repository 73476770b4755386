"""The audit's hands: looks at journal, engine and helpdesk, wakes tickets, tells the operator, calls the switch.

One look is bounded whatever is wrong: so many tickets are looked at closely, the rest is counted. Must never repair
anything but by a poke, which does nothing that is not due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.audit_wording import message_of
from activities.outbox import Outbox
from activities.outcome import EXPECTED, done
from activities.ports import (
    CLOSED_AT_ONCE,
    Busy,
    DeadMan,
    Directory,
    Ended,
    Helpdesk,
    Journal,
    Notifier,
    Refused,
    Unreachable,
    Watch,
)
from activities.requests import Alarm, Done, Look, Looked, Pokes
from policies.audit import (
    DAY,
    REMINDED_WITHIN,
    SETTLED_WITHIN,
    Astray,
    Expected,
    Failed,
    Forgotten,
    LateItem,
    Seen,
    Sight,
    findings,
)
from policies.dispatch import LEASE
from policies.people import Delivery, address
from policies.plan import Target
from policies.ticket import Ticket

AT_ONCE = 10
"""Tickets that are looked at side by side."""
VIA = ("email", "sms")
REMINDER = ("done", "undelivered", "not_sent")
"""Kinds of lines that an action item has of a reminder."""
BATCH, BATCHES = 500, 20
"""Messages that are forgotten in one transaction, and such transactions in one round."""


@dataclass(frozen=True)
class Operator:
    """Whom the audit tells (a role or a person; empty = nobody), and how."""

    who: str
    directory: Directory
    channels: Mapping[str, Notifier]


@dataclass(frozen=True)
class Mailroom:
    """The outbox, and for how many days it keeps what is over."""

    outbox: Outbox
    days: int


class Auditing:
    """One method a step of the audit; `look` and `poke` are what `rung audit` uses, too."""

    def __init__(
        self, journal: Journal, watch: Watch, operator: Operator, dead_man: DeadMan,
        now: Callable[[], datetime] = lambda: datetime.now(UTC), helpdesk: Helpdesk | None = None,
        mailroom: Mailroom | None = None,
    ) -> None:  # fmt: skip
        self.journal, self.watch, self.operator, self.dead_man, self.now = journal, watch, operator, dead_man, now
        self.helpdesk, self.mailroom = helpdesk, mailroom

    @activity.defn(name="audit_look")
    async def look(self, request: Look = Look()) -> Looked:  # noqa: B008  frozen
        """Everything that is not as promised. Raises what the engine's client raises."""
        now = self.now()
        seen, asked = await self._seen(request, now)
        return Looked(findings(seen, int(now.timestamp())), int(now.timestamp()), len(seen.sights), asked)

    @activity.defn(name="audit_poke")
    async def poke(self, request: Pokes) -> None:
        """Wake these tickets. One that has ended meanwhile needs it no more."""
        for ticket in request.tickets:
            with suppress(Refused):
                await self.watch.poke(ticket)

    @activity.defn(name="audit_forget")
    async def forget(self) -> Forgotten:
        """Old messages that are over, in small steps. Raises as the outbox does; what was forgotten stays so."""
        if self.mailroom is None:
            return Forgotten()
        before, gone = self.now() - timedelta(days=self.mailroom.days), 0
        for _ in range(BATCHES):
            made = await self.mailroom.outbox.forget(before, BATCH)
            gone += made
            if made < BATCH:
                return Forgotten(gone)
        return Forgotten(gone, more=True)

    @activity.defn(name="audit_alarm")
    async def alarm(self, request: Alarm) -> Done:
        """Tell the operator, each of them by every way that is set up; one message that arrives is enough."""
        deliveries = await self._deliveries()
        sent, faults = [], []
        for delivery in deliveries:
            try:
                sent.append(await self._send(delivery, request))
            except (Refused, Busy, Unreachable) as error:
                faults.append(error)
        if sent:
            return Done("; ".join(sent))
        final = all(isinstance(error, Refused) for error in faults)
        said = "; ".join(str(error) for error in faults) or "nobody holds RUNG_OPERATOR"
        raise ApplicationError(said, type="Refused" if final else "Unreachable", non_retryable=final, category=EXPECTED)

    @activity.defn(name="audit_alive")
    async def alive(self, key: str = "") -> Done:
        """Call the dead man's switch; `provider` stays empty when there is none."""
        return await done(self.dead_man.alive(key), "the dead man's switch knows that all is well")

    # --- looking -------------------------------------------------------------------------------------------

    async def _seen(self, request: Look, now: datetime) -> tuple[Seen, str]:
        """(all there is to see, the last ticket that the helpdesk was asked about)"""
        seen = await self._unsettled(await self._read(request, now), request, now)
        seen, asked = await self._ended(await self._items(seen, request, now), request)
        before = now - timedelta(seconds=request.overdue_after)
        wedged = await self.watch.wedged(request.most)
        unplanned = await self.watch.unplanned(before, request.most)
        named = [*(one.ticket for one in seen.expected), *(one.ticket for one in seen.failed)]
        named += [one.ticket for one in seen.astray if one.ticket]
        ended = [ticket for ticket, _ in seen.ended]
        sights = await self._sights(dict.fromkeys([*wedged, *unplanned, *named, *ended]))
        return replace(seen, sights=sights, left_behind=tuple(await self.watch.left_behind())), asked

    async def _unsettled(self, seen: Seen, request: Look, now: datetime) -> Seen:
        """Messages of the last day of which nobody knows what became of them."""
        if self.mailroom is None or seen.unread:
            return seen
        since, before = now - timedelta(seconds=DAY), now - timedelta(seconds=SETTLED_WITHIN + LEASE)
        try:
            found = await self.mailroom.outbox.unsettled(since, before, request.most)
        except (Refused, Unreachable) as error:
            return replace(seen, unread=(("outbox", str(error)),))
        return replace(seen, astray=tuple(
            Astray(one.ticket, one.key, int(one.at.timestamp()), f"{one.channel} to {one.person}", one.reason)
            for one in found
        ))  # fmt: skip

    async def _items(self, seen: Seen, request: Look, now: datetime) -> Seen:
        """Overdue action items: the journal accuses, the item is asked."""
        if seen.unread:
            return seen
        late = await self.watch.late_items(now - timedelta(seconds=REMINDED_WITHIN), request.most)
        try:
            suspects = [one for one in late if not await self._reminded(one)]
        except (Refused, Unreachable) as error:
            return replace(seen, unread=(("journal", str(error)),))
        slots = asyncio.Semaphore(AT_ONCE)

        async def asked(one: LateItem) -> LateItem:
            async with slots:
                return await self.watch.item(one)

        return replace(seen, items=tuple(await asyncio.gather(*(asked(one) for one in suspects))))

    async def _reminded(self, item: LateItem) -> bool:
        """Whether the journal has a line of a reminder, whatever became of it."""
        head = f"{item.ticket}/action/{item.item}/"
        return any(
            line.id.startswith(head) and line.kind in REMINDER and line.at.timestamp() >= item.due
            for line in await self.journal.lines(item.ticket)
        )

    async def _ended(self, seen: Seen, request: Look) -> tuple[Seen, str]:
        """What the helpdesk has closed of the tickets that are open here: some of them a round, all in turn."""
        if self.helpdesk is None or seen.unread:
            return seen, request.after
        found: list[Ended] = []
        try:
            tickets = list(await self.journal.unclosed(request.after, request.asked_at_most))
            for first in range(0, len(tickets), CLOSED_AT_ONCE):
                answer = await self.helpdesk.closed(tickets[first : first + CLOSED_AT_ONCE])
                if answer is None:
                    return seen, ""
                found += answer
        except (Refused, Busy, Unreachable) as error:
            return replace(seen, unread=(*seen.unread, ("helpdesk", str(error)))), request.after
        more = max(len(found) - request.most, 0)
        ended = tuple((one.ticket, int(one.at.timestamp())) for one in found[: request.most])
        seen = replace(seen, ended=ended, unseen=(*seen.unseen, ("closed in the helpdesk", more)))
        return seen, tickets[-1] if len(tickets) == request.asked_at_most else ""

    async def _read(self, request: Look, now: datetime) -> Seen:
        """What the journal has; that it cannot be read is a finding, and the rest is looked at all the same."""
        before, empty = now - timedelta(seconds=request.overdue_after), Seen(overdue_after=request.overdue_after)
        try:
            cards, late = await self.journal.overdue(before, request.most)
            lines = await self.journal.undelivered(now - timedelta(seconds=DAY), request.most)
        except (Refused, Unreachable) as error:
            return replace(empty, unread=(("journal", str(error)),))
        expected = tuple(
            Expected(f"{card.tenant}/{card.ticket}", int(card.next_rung_at.timestamp()), card.next_rung)
            for card in cards
            if card.next_rung_at is not None
        )
        failed = tuple(Failed(line.ticket, line.key, int(line.at.timestamp()), line.text) for line in lines)
        return replace(
            empty, expected=expected, failed=failed, unseen=(("overdue by the journal", late - len(expected)),)
        )

    async def _sights(self, tickets: Mapping[str, None]) -> tuple[Sight, ...]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(ticket: str) -> Sight:
            async with slots:
                return await self.watch.sight(ticket)

        return tuple(await asyncio.gather(*(one(ticket) for ticket in tickets)))

    # --- telling -------------------------------------------------------------------------------------------

    async def _deliveries(self) -> list[Delivery]:
        """The operator is a catch-all: told also when away, with the deputy (semantics 3.4)."""
        if not self.operator.who:
            raise ApplicationError("nobody is told: set RUNG_OPERATOR", type="Refused", non_retryable=True,
                                   category=EXPECTED)  # fmt: skip
        try:
            roster = await self.operator.directory.roster()
        except Refused as error:
            raise ApplicationError(str(error), type="Refused", category=EXPECTED) from error
        target, at = Target(self.operator.who, VIA), int(self.now().timestamp())
        return list(address(roster, Ticket(id=""), (), (target,), at).deliveries)

    async def _send(self, delivery: Delivery, request: Alarm) -> str:
        notifier = self.operator.channels.get(delivery.channel)
        if notifier is None:
            raise Refused(f"no channel '{delivery.channel}' is configured")
        to = await self.operator.directory.contact(delivery.person)
        key = f"{request.key}/{delivery.person}/{delivery.channel}"
        receipt = await notifier.send(message_of(request, key), to)
        return f"{delivery.channel} to {delivery.person} via {receipt.provider}"
