"""What activities need from the world, in our words; adapters speak the providers'.

An adapter raises one of three errors and nothing else: `Refused` (never try again), `Busy` (try again, not before a
given time) or `Unreachable` (try again with back-off; `Down` if it is certain that nothing was sent). Every call that
changes something carries its key, so that doing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from activities.requests import ItemOpening
from policies.audit import LateItem, Sight
from policies.explanation import Standing
from policies.outage import Outage
from policies.people import Roster
from policies.recognition import Arrival, Rule


class Refused(Exception):
    """The provider said no for good; trying again cannot help. The message goes to the time line."""


class Busy(Exception):
    """The provider asks for patience: `retry_after` seconds (0 = it did not say)."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(Exception):
    """No answer, or an answer that may pass: the outcome is unknown, the same key is sent again.

    `provider`: who may have taken it, where there are several.
    """

    provider = ""


class Down(Unreachable):
    """Nobody was there to be asked: it is certain that nothing was sent."""


@dataclass(frozen=True)
class Press:
    """A button of a message: `link` is its page, `token` the claim for channels with buttons of their own."""

    label: str = ""
    link: str = ""
    token: str = ""


@dataclass(frozen=True)
class Message:
    """One message to one person, already worded."""

    key: str
    subject: str
    body: str
    """Plain text, several lines, with action and facts."""
    facts: tuple[tuple[str, str], ...] = ()
    """Label and value pairs for channels that show a card."""
    short: str = ""
    """One line for SMS and voice."""
    severity: str = "info"
    """`info`, `warning` or `breach`: cards colour by it."""
    ticket: str = ""
    """`tenant/id`."""
    language: str = "en"
    invitation: str = ""
    """An iCalendar text to attach, if any."""
    text: str = ""
    """The body without action and facts, for channels that show these apart; empty = the body is all."""
    action: tuple[str, str] = ("", "")
    """Label and sentence: what the reader is asked to do; empty = nothing."""
    voice: str = ""
    """What a voice says: no signs, numbers spelt; empty = the short line."""
    press: Press = Press()
    """How the reader can acknowledge; without a link not at all."""
    presses: tuple[Press, ...] = ()
    """Those of a bundle, one a ticket."""
    via: str = ""
    """The provider that may have it already: it is asked again first."""

    @property
    def words(self) -> str:
        """What stands beside action and facts."""
        return self.text or self.body


@dataclass(frozen=True)
class Contact:
    """Where one person is reached; empty = not by this channel."""

    person: str
    name: str = ""
    email: str = ""
    phone: str = ""
    slack: str = ""
    """An incoming-webhook URL."""
    teams: str = ""
    """An incoming-webhook URL."""
    webhook: str = ""
    zone: str = "UTC"
    language: str = "en"


@dataclass(frozen=True)
class Receipt:
    """What the provider said when it accepted."""

    provider: str
    reference: str = ""
    awaited: bool = False
    """It will say later whether the message arrived."""


class Notifier(Protocol):
    """One channel: `email`, `sms`, `phone`, `slack`, `teams` or `webhook`."""

    channel: str

    async def send(self, message: Message, to: Contact) -> Receipt:
        """Deliver, or raise Refused, Busy or Unreachable. `message.key` is the idempotency key."""
        ...


CLOSED_AT_ONCE = 50
"""Tickets that a helpdesk is asked about in one question."""


@dataclass(frozen=True)
class Ended:
    """A ticket (`tenant/id`) that the helpdesk has closed, and when (aware)."""

    ticket: str
    at: datetime


class Helpdesk(Protocol):
    """Changes to the ticket in the helpdesk, all idempotent by key; and the one question that the audit has."""

    async def flag(self, ticket: str, text: str, key: str) -> Receipt: ...

    async def comment(self, ticket: str, text: str, key: str) -> Receipt: ...

    async def reassign(self, ticket: str, to: str, key: str) -> Receipt: ...

    async def priority(self, ticket: str, value: str, key: str) -> Receipt: ...

    async def closed(self, tickets: Sequence[str]) -> Sequence[Ended] | None:
        """Those of at most `CLOSED_AT_ONCE` tickets that are closed there; None = it cannot be asked that."""
        ...


@dataclass(frozen=True)
class Credit:
    """A service credit owed because a promise was broken; `percent` of the monthly fee as the policy says."""

    key: str
    ticket: str
    customer: str
    tier: str
    percent: str
    reason: str


class Credits(Protocol):
    """Grants, and takes back after a waiver, service credits."""

    async def grant(self, credit: Credit) -> Receipt: ...

    async def revoke(self, key: str, reason: str) -> Receipt: ...


@dataclass(frozen=True)
class Review:
    """A post-incident review: when (aware datetimes), about what, with whom (e-mail addresses)."""

    key: str
    ticket: str
    title: str
    starts_at: datetime
    minutes: int
    agenda: str
    invitees: tuple[str, ...] = ()
    draft: str = ""
    """The report as it stands when the review is planned, in Markdown; 'rung ticket report' writes it anew."""


class Reviews(Protocol):
    """Schedules reviews; the invitation itself goes out as an e-mail with `review_invitation`."""

    async def schedule(self, review: Review) -> Receipt: ...


class Directory(Protocol):
    """People, teams, roles. Read anew whenever a rung fires."""

    async def roster(self) -> Roster:
        """Raises Refused when the directory cannot be understood (all faults at once)."""
        ...

    async def contact(self, person: str) -> Contact:
        """Raises Refused for someone the directory does not know."""
        ...


class Load(Protocol):
    """What people had to bear."""

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        """Pages that each of them got since then, a bundle once; Unreachable when the store is away."""
        ...


@dataclass(frozen=True)
class Line:
    """One line of a ticket's time line as the journal keeps it. `id` is unique for ever."""

    id: str
    ticket: str
    at: datetime
    kind: str
    text: str
    rung: str = ""
    key: str = ""


@dataclass(frozen=True)
class Card:
    """The ticket as lists show it: one row per ticket in the journal, the newest wins by `revision`."""

    tenant: str
    ticket: str
    workflow_id: str
    run_id: str
    revision: int
    state: str
    summary: str
    tier: str
    urgency: str
    priority: str
    service: str
    team: str
    assignee: str
    policy: str
    level: int
    opened_at: datetime
    next_due: datetime | None
    resolution_due: datetime | None
    breached: tuple[str, ...] = field(default=())
    paused_by: tuple[str, ...] = field(default=())
    next_rung_at: datetime | None = None
    next_rung: str = ""
    region: str = ""
    tags: tuple[str, ...] = field(default=())


class Journal(Protocol):
    """Our own projection: what views read instead of querying tickets. Appending a known line changes nothing."""

    async def append(self, lines: Sequence[Line], card: Card) -> None: ...

    async def lines(self, ticket: str) -> Sequence[Line]: ...

    async def cards(self, tenant: str = "", state: str = "", limit: int = 200) -> Sequence[Card]: ...

    async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
        """(cards whose next rung was due before, the longest first; how many there are in all)."""
        ...

    async def undelivered(self, since: datetime, limit: int) -> Sequence[Line]:
        """Lines that say so, the newest first."""
        ...

    async def heard_of(self, event: str, since: datetime) -> Sequence[str]:
        """`tenant/id` of the tickets whose time lines tell that event in these words, at that instant or later."""
        ...

    async def not_sent(self, because: str, since: datetime) -> Mapping[str, int]:
        """`tenant/id` -> messages that were not sent for that reason, word for word, at that instant or later."""
        ...

    async def note(self, lines: Sequence[Line]) -> None:
        """Append lines beside the ticket's own, whose card stays as it is."""
        ...

    async def unclosed(self, after: str, limit: int) -> Sequence[str]:
        """Tickets (`tenant/id`) that are not closed, in an order that stays, from the one behind `after` on."""
        ...


class ActionItems(Protocol):
    """Action items, each of which goes on by itself."""

    async def begin(self, opening: ItemOpening) -> Receipt:
        """Start it; one that was started before is answered with itself."""
        ...


class Watch(Protocol):
    """What the engine knows of tickets, for the audit. Tickets are `tenant/id`, lists at most `limit` long."""

    async def wedged(self, limit: int) -> Sequence[str]:
        """Those the engine reports problems of."""
        ...

    async def unplanned(self, before: datetime, limit: int) -> Sequence[str]:
        """Those begun before, without a plan."""
        ...

    async def left_behind(self) -> Sequence[tuple[str, int, str]]:
        """(build, tickets, the first of them) for builds that no worker runs."""
        ...

    async def late_items(self, before: datetime, limit: int) -> Sequence[LateItem]:
        """Open action items that were due before, the longest first."""
        ...

    async def item(self, late: LateItem) -> LateItem:
        """The same with its own word."""
        ...

    async def sight(self, ticket: str) -> Sight:
        """One ticket, looked at closely; it is asked only where a worker can answer."""
        ...

    async def poke(self, ticket: str) -> None:
        """Wake it: it decides anew, and does nothing that is not due."""
        ...


class DeadMan(Protocol):
    """Whoever raises the alarm when nobody calls any more."""

    async def alive(self, key: str) -> Receipt: ...


class Outages(Protocol):
    """The registry of outages. What was said first stands; saying it again changes nothing (policies/outage.py)."""

    async def keep(self, outage: Outage) -> Outage:
        """Write what was said, a declaration or an end; returns what stands."""
        ...

    async def extend(self, outage: str, expected: int) -> Outage | None:
        """Another expected end; None when nobody knows the outage."""
        ...

    async def one(self, outage: str) -> Outage | None: ...

    async def concerning(self, opened_at: int, ids: Sequence[str] = ()) -> Sequence[Outage]:
        """What a ticket opened then may have lived to see: those that last or ended later, and those of `ids`."""
        ...

    async def known(self, limit: int) -> Sequence[Outage]:
        """The newest first."""
        ...


class Recognition(Protocol):
    """Whoever counts the tickets of a policy as they arrive."""

    async def report(self, policy: str, rules: tuple[Rule, ...], arrival: Arrival) -> None:
        """It has been opened; told twice it counts once. Raises Unreachable."""
        ...


class Declarations(Protocol):
    """Outages that are declared and ended by a rule. Said twice is said once."""

    async def declare(self, outage: Outage) -> Outage:
        """Returns what stands. Raises Refused and Unreachable."""
        ...

    async def end(self, outage: str, at: int, by: str) -> Outage: ...


class Crowd(Protocol):
    """The open tickets, found in pages and told one by one."""

    async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
        """(ids of some tickets' workflows that the outage may cover, where the next page begins; "" = that was all).

        `part` is `soon` (due within an hour of `begun`), `rest`, `fresh` (opened about then or later), `shown` (they
        show the outage now), `joined` (they show it and were opened about then or later) or `all`. Must leave out none
        that it covers; one too many does no harm.
        """
        ...

    async def tell(self, ticket: str, outage: Outage) -> bool:
        """Tell one ticket of the outage as it stands; False when that ticket is not open any more.

        Raises Refused when this ticket cannot be told, however often it is tried; anything else may pass.
        """
        ...

    async def caught_up(self, ticket: str) -> None:
        """Waits until it has worked through what it was told, for some seconds at most; says nothing if it has not."""
        ...

    async def standing(self, ticket: str) -> Standing | None:
        """What one ticket says of itself, its customer's address among it; None when it does not answer."""
        ...
