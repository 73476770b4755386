"""Ten-line fakes of every port. They keep the same promises as the adapters: one contract test runs against both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from activities.ports import Card, Contact, Credit, Ended, Line, Message, Receipt, Refused, Review
from policies.outage import Outage, merged
from policies.people import CUSTOMER, Roster


class Faults:
    """Errors to be raised, one per call; `taken_first` is one whose work was done before the answer was lost."""

    def __init__(self) -> None:
        self._next: list[tuple[Exception, bool]] = []

    def fail_next(self, error: Exception, taken_first: bool = False) -> None:
        self._next.append((error, taken_first))

    def before(self) -> Exception | None:
        """Raises a refusal; returns what is to be raised after the work."""
        if not self._next:
            return None
        error, taken_first = self._next.pop(0)
        if not taken_first:
            raise error
        return error


class FakeNotifier(Faults):
    """`sent` holds each key once, in order."""

    def __init__(self, channel: str) -> None:
        super().__init__()
        self.channel = channel
        self.sent: dict[str, tuple[Message, Contact]] = {}

    async def send(self, message: Message, to: Contact) -> Receipt:
        if not getattr(to, {"sms": "phone"}.get(self.channel, self.channel)):
            raise Refused(f"{to.person} has no address for {self.channel}; set it in the directory")
        lost = self.before()
        self.sent.setdefault(message.key, (message, to))
        if lost:
            raise lost
        return Receipt("fake", message.key)


class FakeHelpdesk(Faults):
    """`done` maps a key to (what, ticket, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.done: dict[str, tuple[str, str, str]] = {}
        self.ended: dict[str, datetime] | None = {}
        self.asked: list[tuple[str, ...]] = []

    async def flag(self, ticket: str, text: str, key: str) -> Receipt:
        return self._do("flags", ticket, text, key)

    async def comment(self, ticket: str, text: str, key: str) -> Receipt:
        return self._do("comments", ticket, text, key)

    async def reassign(self, ticket: str, to: str, key: str) -> Receipt:
        return self._do("assignee", ticket, to, key)

    async def priority(self, ticket: str, value: str, key: str) -> Receipt:
        return self._do("priority", ticket, value, key)

    async def closed(self, tickets: Sequence[str]) -> Sequence[Ended] | None:
        """`ended` by ticket; None when that is None."""
        self.asked.append(tuple(tickets))
        return None if self.ended is None else [Ended(one, self.ended[one]) for one in tickets if one in self.ended]

    def _do(self, what: str, ticket: str, value: str, key: str) -> Receipt:
        if "/" not in ticket:
            raise Refused(f"'{ticket}' is no ticket key; it must read tenant/id")
        lost = self.before()
        self.done.setdefault(key, (what, ticket, value))
        if lost:
            raise lost
        return Receipt("fake", key)


class FakeCredits(Faults):
    """`granted` by key; `revoked` maps a key to the reason."""

    def __init__(self) -> None:
        super().__init__()
        self.granted: dict[str, Credit] = {}
        self.revoked: dict[str, str] = {}

    async def grant(self, credit: Credit) -> Receipt:
        lost = self.before()
        self.granted.setdefault(credit.key, credit)
        if lost:
            raise lost
        return Receipt("fake", credit.key)

    async def revoke(self, key: str, reason: str) -> Receipt:
        lost = self.before()
        self.revoked.setdefault(key, reason)
        if lost:
            raise lost
        return Receipt("fake", key)


class FakeReviews(Faults):
    """`scheduled` by key."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduled: dict[str, Review] = {}

    async def schedule(self, review: Review) -> Receipt:
        if review.starts_at.tzinfo is None:
            raise Refused(f"review '{review.title}' starts at {review.starts_at} without a zone; give one")
        lost = self.before()
        self.scheduled.setdefault(review.key, review)
        if lost:
            raise lost
        return Receipt("fake", review.key)


class FakeDirectory:
    """A roster and contacts as given."""

    def __init__(self, roster: Roster, contacts: Mapping[str, Contact]) -> None:
        self._roster = roster
        self._contacts = contacts

    async def roster(self) -> Roster:
        return self._roster

    async def contact(self, person: str) -> Contact:
        if person == CUSTOMER or person not in self._contacts:
            raise Refused(f"the directory knows no '{person}'; add them")
        return self._contacts[person]


class FakeJournal:
    """Lines and cards in memory."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._cards: dict[tuple[str, str], Card] = {}

    async def append(self, lines: Sequence[Line], card: Card) -> None:
        for line in lines:
            self._lines.setdefault(line.id, line)
        known = self._cards.get((card.tenant, card.ticket))
        if known is None or known.revision < card.revision:
            self._cards[card.tenant, card.ticket] = replace(card)

    async def note(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._lines.setdefault(line.id, line)

    async def lines(self, ticket: str) -> Sequence[Line]:
        return sorted((line for line in self._lines.values() if line.ticket == ticket), key=lambda line: line.at)

    async def cards(self, tenant: str = "", state: str = "", limit: int = 200) -> Sequence[Card]:
        found = [card for card in self._cards.values() if tenant in ("", card.tenant) and state in ("", card.state)]
        found.sort(key=lambda card: (card.next_due is None, card.next_due, card.tenant, card.ticket))
        return found[:limit]

    async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
        late = [(card.next_rung_at, card) for card in self._cards.values()]
        found = sorted(((at, card) for at, card in late if at is not None and at < before), key=lambda one: one[0])
        return [card for _, card in found][:limit], len(found)

    async def unclosed(self, after: str, limit: int) -> Sequence[str]:
        keys = sorted(key for key, card in self._cards.items() if card.state != "closed")
        return [found for key in keys if (found := "/".join(key)) and key > tuple(after.split("/", 1))][:limit]

    async def undelivered(self, since: datetime, limit: int) -> Sequence[Line]:
        found = [line for line in self._lines.values() if line.kind == "undelivered" and line.at >= since]
        return sorted(found, key=lambda line: line.at, reverse=True)[:limit]

    async def heard_of(self, event: str, since: datetime) -> Sequence[str]:
        lines = self._lines.values()
        return sorted({one.ticket for one in lines if one.kind == "event" and one.at >= since and one.text == event})

    async def not_sent(self, because: str, since: datetime) -> Mapping[str, int]:
        lines = [one for one in self._lines.values() if one.kind == "not_sent" and one.at >= since]
        return Counter(one.ticket for one in lines if one.text.endswith(f": {because}"))


class FakeOutages(Faults):
    """Rows by id; `asked` counts the tickets that looked."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Outage] = {}
        self.asked = 0
        self.fault: Callable[[str, str], Exception | None] = lambda kind, key: None

    async def keep(self, outage: Outage) -> Outage:
        lost = self.before()
        self.rows[outage.id] = merged(self.rows.get(outage.id), outage)
        if lost:
            raise lost
        return self.rows[outage.id]

    async def extend(self, outage: str, expected: int) -> Outage | None:
        known = self.rows.get(outage)
        if known is not None and not known.ended_at:
            self.rows[outage] = replace(known, expected=expected)
        return self.rows.get(outage)

    async def one(self, outage: str) -> Outage | None:
        return self.rows.get(outage)

    async def concerning(self, opened_at: int, ids: Sequence[str] = ()) -> Sequence[Outage]:
        self.asked += 1
        self.before()
        if error := self.fault("outages", ""):
            raise error
        found = [
            row for row in self.rows.values()
            if row.declared and (not row.ended_at or row.ended_at > opened_at or row.id in ids)
        ]  # fmt: skip
        return sorted(found, key=lambda row: (row.since, row.id))

    async def known(self, limit: int) -> Sequence[Outage]:
        return sorted(self.rows.values(), key=lambda row: (-row.since, row.id))[:limit]
