"""A world in memory: every effect that arrives is kept with its key, and may be told to fail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from activities.action_items import Desk, Following
from activities.acts import Acts, World
from activities.budgets import Budgets
from activities.clearance import Clearance
from activities.journal import Journaling
from activities.notifications import Notifications
from activities.planning import Planning
from activities.ports import (
    ActionItems,
    Card,
    Contact,
    Credit,
    Ended,
    Line,
    Message,
    Receipt,
    Recognition,
    Refused,
    Review,
)
from activities.replanning import Replanning
from activities.requests import ItemOpening
from activities.wording import Wording
from policies.catalog import PUBLISHED, Catalog
from policies.people import Person, Roster, Team
from tests.support.fakes import FakeOutages

TEST_POLICIES = Path(__file__).parent.parent / "policies_for_scenarios"
LIBRARY_ROLES = (
    "dedicated-team", "reserve-team", "outside-experts", "press-team", "announcement-system",
    "maintenance-team", "line-manager", "plant-manager", "seoul-desk", "europe-desk", "america-desk",
    "tokyo-desk", "london-desk", "san-francisco-desk", "incident-manager", "first-line", "level-2",
    "senior-engineer", "it-management", "network-engineer", "network-architect", "network-vendor",
    "application-engineer", "application-owner", "security-team", "expert", "soc-analyst", "incident-responder",
    "ciso", "privacy-officer", "legal", "change-manager", "change-board",
)  # fmt: skip
"""Whom the published policies call beside those of `standard`."""
CHANNELS = ("email", "sms", "phone", "slack", "teams", "webhook")


@dataclass(frozen=True)
class Arrived:
    """One effect at the sink."""

    kind: str
    key: str
    text: str


def everybody() -> Roster:
    """One person a role; team `night` has nobody, team `solo` one person for everything."""
    roles = (
        "department-head", "executives", "customer-relations", "duty-manager", "cto", "ceo", "press",
        "vendor-manager", "expert", "security", "seoul-lead", "europe-lead", "america-lead",
    )  # fmt: skip
    people = {role: Person(role) for role in roles}
    away = ((0, 1 << 40),)
    library = {role: Person(role) for role in LIBRARY_ROLES}
    pat = Person("pat", channels=("sms", "phone", "email"))
    return Roster(
        people={
            **people, **library, "lee": Person("lee"), "gone": Person("gone", away=away), "solo": Person("solo"),
            "pat": pat,
        },
        teams={
            "seoul": Team(lead="lee", members=("kim",), on_call=("kim",), channel_id="team:seoul"),
            "night": Team(lead="gone", members=("gone",), on_call=("gone",)),
            "solo": Team(lead="solo", members=("solo",), on_call=("solo",), channel_id="team:solo"),
        },
        roles={role: (role,) for role in (*roles, *library)},
    )  # fmt: skip


@dataclass
class MemoryWorld:
    """All ports at once."""

    roster_now: Roster = field(default_factory=everybody)
    arrived: list[Arrived] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    cards: dict[tuple[str, str], Card] = field(default_factory=dict)
    fault: Callable[[str, str], Exception | None] = lambda kind, key: None
    ended: dict[str, datetime] = field(default_factory=dict)
    """Tickets that the helpdesk has closed, and when."""
    items: ActionItems | None = None
    """Where action items begin; None = they are kept as arrived."""
    recognition: Recognition | None = None
    """Who counts tickets for major incidents; None = nobody."""
    drafts: dict[str, str] = field(default_factory=dict)
    """Of reviews, by key."""
    attempts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    outages: FakeOutages = field(default_factory=FakeOutages)
    worded: Callable[[str], object] = lambda body: None
    """Is given the body of every message that is sent."""
    pages_had: dict[str, int] = field(default_factory=dict)
    """What the store counts of the last seven days."""

    def take(self, kind: str, key: str, text: str = "") -> Receipt:
        self.attempts[key] += 1
        error = self.fault(kind, key)
        if error is not None:
            raise error
        self.arrived.append(Arrived(kind, key, text))
        return Receipt("memory", key)

    def of(self, ticket: str) -> list[Arrived]:
        """What arrived for `tenant/id`."""
        return [one for one in self.arrived if one.key.startswith(f"{ticket}/")]

    def activities(self) -> tuple[list[Callable[..., object]], list[Callable[..., object]]]:
        """(near, world): for the two workers."""
        directory = MemoryDirectory(self)
        catalog = Catalog(PUBLISHED, TEST_POLICIES)
        planning, journaling = (
            Planning(catalog, directory, Budgets(MemoryLoad(self), fresh=timedelta(0))),
            Journaling(MemoryJournal(self)),
        )
        notifiers = {channel: MemoryNotifier(self, channel) for channel in CHANNELS}
        wording = Wording()
        telling = Notifications(notifiers, directory, wording)
        desk = MemoryDesk(self)
        following = Following(Desk(self.items or desk, directory, notifiers, MemoryJournal(self)), wording)
        acts = Acts(World(desk, desk, desk, directory, notifiers["email"], lambda review: "BEGIN:VCALENDAR"), wording)
        return (
            [
                planning.compile_plan,
                planning.address_rung,
                planning.office_hours,
                journaling.write_journal,
                Replanning(planning, journaling).replan,
                Clearance(self.outages, planning, self.recognition).look_before_firing,
                following.address_owner,
                following.note,
            ],
            [
                telling.notify, telling.digest, telling.tell_stakeholder, acts.flag, acts.comment, acts.reassign,
                acts.priority, acts.credit, acts.revoke, acts.review,
                following.action, following.remind,
            ],
        )  # fmt: skip


class MemoryDirectory:
    def __init__(self, world: MemoryWorld) -> None:
        self.world = world

    async def roster(self) -> Roster:
        return self.world.roster_now

    async def contact(self, person: str) -> Contact:
        if person == "nobody":
            raise Refused("no such person")
        return Contact(
            person, person, f"{person.replace(':', '-')}@example.com", "+8210", "http://s", "http://t", "http://w"
        )


class MemoryLoad:
    def __init__(self, world: MemoryWorld) -> None:
        self.world = world

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        return {person: self.world.pages_had.get(person, 0) for person in people}


class MemoryNotifier:
    def __init__(self, world: MemoryWorld, channel: str) -> None:
        self.world, self.channel = world, channel

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.world.worded(message.body)
        return self.world.take(self.channel, message.key, message.subject)


class MemoryDesk:
    """Helpdesk, credits and reviews."""

    def __init__(self, world: MemoryWorld) -> None:
        self.world = world

    async def flag(self, ticket: str, text: str, key: str) -> Receipt:
        return self.world.take("flag", key, text)

    async def comment(self, ticket: str, text: str, key: str) -> Receipt:
        return self.world.take("comment", key, text)

    async def reassign(self, ticket: str, to: str, key: str) -> Receipt:
        return self.world.take("reassign", key, to)

    async def priority(self, ticket: str, value: str, key: str) -> Receipt:
        return self.world.take("priority", key, value)

    async def begin(self, opening: ItemOpening) -> Receipt:
        return self.world.take("action", f"{opening.ticket.key}/{opening.item.id}", opening.item.title)

    async def closed(self, tickets: Sequence[str]) -> Sequence[Ended] | None:
        """Those of `world.ended`."""
        return [Ended(ticket, self.world.ended[ticket]) for ticket in tickets if ticket in self.world.ended]

    async def grant(self, credit: Credit) -> Receipt:
        return self.world.take("credit", credit.key, credit.percent)

    async def revoke(self, key: str, reason: str) -> Receipt:
        return self.world.take("revoke", f"{key}/revoke", reason)

    async def schedule(self, review: Review) -> Receipt:
        self.world.drafts[review.key] = review.draft
        return self.world.take("review", review.key, review.starts_at.isoformat())


class MemoryJournal:
    def __init__(self, world: MemoryWorld) -> None:
        self.world = world

    async def append(self, lines: Sequence[Line], card: Card) -> None:
        error = self.world.fault("journal", card.ticket)
        if error is not None:
            raise error
        for line in lines:
            self.world.lines.setdefault(line.id, line)
        known = self.world.cards.get((card.tenant, card.ticket))
        if known is None or known.revision <= card.revision:
            self.world.cards[(card.tenant, card.ticket)] = card

    async def note(self, lines: Sequence[Line]) -> None:
        error = self.world.fault("journal", lines[0].ticket)
        if error is not None:
            raise error
        for line in lines:
            self.world.lines.setdefault(line.id, line)

    async def lines(self, ticket: str) -> Sequence[Line]:
        return [line for line in self.world.lines.values() if line.ticket == ticket]

    async def cards(self, tenant: str = "", state: str = "", limit: int = 200) -> Sequence[Card]:
        return [card for card in self.world.cards.values() if card.tenant == tenant or not tenant][:limit]

    async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
        cards = self.world.cards.values()
        late = [card for card in cards if card.next_rung_at is not None and card.next_rung_at < before]
        return late[:limit], len(late)

    async def unclosed(self, after: str, limit: int) -> Sequence[str]:
        keys = sorted("/".join(key) for key, card in self.world.cards.items() if card.state != "closed")
        return [key for key in keys if key > after][:limit]

    async def undelivered(self, since: datetime, limit: int) -> Sequence[Line]:
        found = [line for line in self.world.lines.values() if line.kind == "undelivered" and line.at >= since]
        return sorted(found, key=lambda line: line.at, reverse=True)[:limit]

    async def heard_of(self, event: str, since: datetime) -> Sequence[str]:
        lines = self.world.lines.values()
        return sorted({one.ticket for one in lines if one.kind == "event" and one.at >= since and one.text == event})

    async def not_sent(self, because: str, since: datetime) -> Mapping[str, int]:
        lines = [one for one in self.world.lines.values() if one.kind == "not_sent" and one.at >= since]
        return Counter(one.ticket for one in lines if one.text.endswith(f": {because}"))
