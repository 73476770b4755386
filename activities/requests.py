"""What workflows ask of activities: one small typed message in, one out.

Recorded in histories, so a field is never removed or retyped, and a new one has a default. No addresses of people:
those are looked up when a message is sent.
"""

from dataclasses import dataclass, field

from policies.action_item import Item
from policies.audit import OVERDUE_AFTER, Finding
from policies.case import Case, Entry
from policies.cycles import RESOLUTION
from policies.event import Event
from policies.explanation import Reading, Standing
from policies.maintenance import NOTHING, Maintenance
from policies.outage import NONE as NO_OUTAGE
from policies.outage import Outage
from policies.people import Addressed, Delivery
from policies.plan import Effect, Plan, Target
from policies.recognition import Rule, State
from policies.ticket import Ticket, Version


@dataclass(frozen=True)
class PlanRequest:
    """For the activities that compile and extend plans."""

    policy: str
    ticket: Ticket
    opened_at: int
    now: int


@dataclass(frozen=True)
class AddressRequest:
    """Who is to be told of a rung, now."""

    ticket: Ticket
    targets: tuple[Target, ...]
    fallback: tuple[Target, ...]
    at: int
    silenced: dict[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    """Whom no channel reached."""
    kind: str = ""
    """The effect's; without one nobody's rest counts."""
    breach: bool = False


@dataclass(frozen=True)
class Situation:
    """What a message tells about the ticket: instants are UTC seconds, all in the ticket's own clock."""

    state: str = ""
    sla: str = ""
    clock: str = ""
    target: int = 0
    consumed: int = 0
    due: int | None = None
    level_title: str = ""
    zone: str = "UTC"
    now: int = 0
    paused_by: tuple[str, ...] = ()
    may_decide: str = ""
    """What the level that is told may decide, in the policy's words (E3)."""
    may_spend: int = 0
    eta: int | None = None
    """When it is expected to be solved, if anything predicts it: a new ETA once the promise is broken (A1)."""


@dataclass(frozen=True)
class NotifyRequest:
    """One message to one person through one channel. `key` makes it harmless to repeat."""

    key: str
    effect: Effect
    delivery: Delivery
    ticket: Ticket
    situation: Situation
    life: str = ""
    """The ticket's workflow: one that was closed and is opened again has the keys of its first life."""


@dataclass(frozen=True)
class DigestRow:
    """One ticket that a digest names. `due` is its next promise, None while no clock of it runs; `why` is its own."""

    id: str = ""
    customer: str = ""
    summary: str = ""
    due: int | None = None
    why: str = ""
    unsent: int = 0
    """Messages to staff that were not sent."""


PAUSED, RESUMED, MUTED, UNMUTED, REPRIORITISED, OVER = (
    "paused", "resumed", "muted", "unmuted", "reprioritised", "over",
)  # fmt: skip


@dataclass(frozen=True)
class DigestRequest:
    """What an outage has done to the tickets of one person, as one message. `key` makes it harmless to repeat.

    `kind` is one of the six above, `about` the outage, `reason` in the words of whoever declared it. `count` are the
    tickets in all, where `rows` are only the first of them.
    """

    key: str = ""
    person: str = ""
    channel: str = ""
    kind: str = PAUSED
    about: str = ""
    reason: str = ""
    rows: tuple[DigestRow, ...] = ()
    count: int = 0
    spare: tuple[str, ...] = ()
    """Other channels to try, in this order, when that one refuses."""


@dataclass(frozen=True)
class Past:
    """What has become of a ticket so far. Instants are UTC seconds."""

    policy: str = ""
    opened_at: int = 0
    resolved_at: int | None = None
    level: str = ""
    readings: tuple[Reading, ...] = ()
    lines: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class ActRequest:
    """One silent action. `at` is the instant of a review."""

    key: str
    effect: Effect
    ticket: Ticket
    situation: Situation
    at: int = 0
    past: Past | None = None
    """review: what its draft tells."""
    catch_all: Target | None = None
    """action: who is reminded when nobody else is there."""
    policy: str = ""
    """action: whose calendar its reminders follow."""
    opened_at: int = 0
    shift: int = 0
    """action: seconds that the ticket's clock is ahead (a rehearsal)."""


@dataclass(frozen=True)
class Done:
    """What the world answered."""

    text: str = ""
    provider: str = ""
    reference: str = ""
    how: str = ""
    """What is to be said of it beside the provider: in a bundle, delivered."""


@dataclass(frozen=True)
class CardView:
    """The ticket as lists show it. `revision` grows with every decision."""

    revision: int
    state: str
    sla: str
    policy: str
    level: int
    opened_at: int
    next_due: int | None
    resolution_due: int | None
    breached: tuple[str, ...] = ()
    paused_by: tuple[str, ...] = ()
    next_rung_at: int | None = None
    """When the ticket acts next, which `next_rung` names; `next_due` is the next promise."""
    next_rung: str = ""


def card_of(standing: Standing, revision: int) -> CardView:
    """The card of a ticket that stands like this."""
    resolution = [r for r in standing.readings if r.clock == RESOLUTION]
    promised = [r for r in standing.readings if r.promise == "sla"]
    return CardView(
        revision=revision, state=standing.state, sla=standing.sla, policy=standing.policy, level=standing.level,
        opened_at=standing.opened_at, next_due=next_promise(standing),
        resolution_due=resolution[-1].due if resolution and resolution[-1].stop is None else None,
        breached=tuple(r.clock for r in promised if r.breached), paused_by=standing.paused_by,
        next_rung_at=standing.next_due, next_rung=standing.next_why if standing.next_due is not None else "",
    )  # fmt: skip


def next_promise(standing: Standing) -> int | None:
    """The earliest due of the promised clocks that run; None when nothing runs towards one."""
    promised = (r for r in standing.readings if r.promise == "sla")
    return min((r.due for r in promised if r.stop is None and r.due is not None), default=None)


@dataclass(frozen=True)
class JournalRequest:
    """New lines of the time line and the card that lists show."""

    ticket: Ticket
    workflow_id: str
    run_id: str
    entries: tuple[Entry, ...]
    card: CardView


@dataclass(frozen=True)
class ReplanRequest:
    """A change of plan: the case under the old plan, and the policy that counts from now on."""

    policy: str
    plan: Plan
    case: Case
    now: int
    workflow_id: str = ""
    run_id: str = ""
    revision: int = 0
    """What a card's revision starts from: the entries ever made are added."""


@dataclass(frozen=True)
class Replanned:
    """The new plan, and how far the journal has the time line by now."""

    plan: Plan
    journaled: int = 0


# --- the audit ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """One look at everything: how many of a kind are looked at closely, and how late a rung may be (seconds)."""

    most: int = 100
    overdue_after: int = OVERDUE_AFTER
    after: str = ""
    """The helpdesk is asked about the tickets behind this one (`tenant/id`)."""
    asked_at_most: int = 500
    """About so many tickets."""


@dataclass(frozen=True)
class Looked:
    """What is not as promised, when that was, and how many tickets were looked at closely."""

    findings: tuple[Finding, ...] = ()
    at: int = 0
    looked_at: int = 0
    asked: str = ""
    """The last ticket that the helpdesk was asked about; empty = there is none behind it."""


@dataclass(frozen=True)
class Pokes:
    """Tickets to wake, `tenant/id`."""

    tickets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alarm:
    """What the operator is to hear of; `known` findings they have heard of already."""

    key: str = ""
    findings: tuple[Finding, ...] = ()
    known: int = 0


# --- outages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """One effect that would tell somebody: whom."""

    key: str = ""
    targets: tuple[Target, ...] = ()
    fallback: tuple[Target, ...] = ()
    kind: str = ""
    breach: bool = False


@dataclass(frozen=True)
class FiringRequest:
    """A ticket is about to fire: has it heard of every outage, and who is there? `known` are ids of news it has."""

    ticket: Ticket
    opened_at: int = 0
    now: int = 0
    known: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    silenced: dict[str, int] = field(default_factory=dict)
    policy: str = ""
    opens: bool = False
    """It has just been opened: it is counted for the major incidents of its policy, too."""
    versions: tuple[Version, ...] = ()
    """How its facts stood one after the other, where they have changed."""


@dataclass(frozen=True)
class Cleared:
    """What it has not heard of; else, by the effect's key, who is told. `unasked`: why the registry did not answer;
    `uncounted`: why the recognition of major incidents did not."""

    news: tuple[Event, ...] = ()
    addressed: dict[str, Addressed] = field(default_factory=dict)
    unasked: str = ""
    uncounted: str = ""


@dataclass(frozen=True)
class Push:
    """One part of the open tickets is to hear of the outage as it stands; `begun` when the telling began."""

    outage: Outage
    part: str = "rest"
    begun: int = 0


@dataclass(frozen=True)
class Pushed:
    """How many were told, how many were not open any more, and how many the server refuses to tell."""

    told: int = 0
    gone: int = 0
    failed: int = 0


@dataclass(frozen=True)
class OutageNotice:
    """A word to the owner of an outage. `key` makes it harmless to repeat."""

    key: str = ""
    outage: Outage = NO_OUTAGE
    now: int = 0


# --- major incidents ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recognising:
    """What the recognition of one policy starts with; after continue-as-new also what it remembers.

    `outages` are the ids of what it has declared, by incident; `heard_at` is when the latest ticket came.
    """

    policy: str = ""
    rules: tuple[Rule, ...] = ()
    state: State | None = None
    outages: dict[str, str] = field(default_factory=dict)
    heard_at: int = 0
    trouble: tuple[str, ...] = ()
    history_limit: int = 4_000
    at_work: int = 0
    """Findings that are still being carried out: 0 in what a run begins with."""


@dataclass(frozen=True)
class Links:
    """A line for each of these tickets (`tenant/id`): they belong to one incident. `head` begins the lines' ids."""

    head: str = ""
    tickets: tuple[str, ...] = ()
    at: int = 0
    text: str = ""
    kind: str = "recognised"


@dataclass(frozen=True)
class Recognised:
    """A major incident as people hear of it. `declared` = its outage stands already; `outage` NONE = none can be."""

    what: str = ""
    tickets: tuple[str, ...] = ()
    outage: Outage = NO_OUTAGE
    declared: bool = False
    targets: tuple[Target, ...] = ()
    at: int = 0


@dataclass(frozen=True)
class RecognisedNotice:
    """A word of it to one person by one way. `key` makes it harmless to repeat."""

    key: str = ""
    recognised: Recognised = field(default_factory=Recognised)
    delivery: Delivery = field(default_factory=lambda: Delivery("", "", ""))


@dataclass(frozen=True)
class DigestPlan:
    """Who is to hear of an outage, `declared` or `ended`: one page, those behind the person `after` by name.

    `announced`: its beginning was told to people, to those in `told`. Where it was not, only those hear of the end from
    whom something was kept.
    """

    outage: Outage = NO_OUTAGE
    what: str = "declared"
    now: int = 0
    after: str = ""
    announced: bool = True
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class DigestPage:
    """Their digests, where the next page begins ("" = that was all), and whom nobody can tell."""

    digests: tuple[DigestRequest, ...] = ()
    following: str = ""
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdatePlan:
    """Who of the stakeholders is there: the ways to each, and whom nobody stands for; open tickets by their cards."""

    ways: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unreached: tuple[str, ...] = ()
    tickets: int = 0


@dataclass(frozen=True)
class OutageUpdate:
    """One update to one stakeholder; `tickets` are open within the scope. `key` makes it harmless to repeat."""

    key: str = ""
    person: str = ""
    channel: str = ""
    outage: Outage = NO_OUTAGE
    now: int = 0
    tickets: int = 0


@dataclass(frozen=True)
class CustomerRound:
    """Customers of an outage's tickets are to hear that it has `declared` or `ended`.

    `since` > 0: only those of tickets that were opened about then or later (UTC seconds).
    """

    outage: Outage = NO_OUTAGE
    what: str = "declared"
    since: int = 0


@dataclass(frozen=True)
class CustomersTold:
    """What has become of it so far, all rounds together: mails that were taken, and addresses that were refused.

    Of this round: customers whose mail was given up (`late`), tickets without an address (`nameless`) and tickets
    that did not answer (`unasked`).
    """

    told: int = 0
    refused: int = 0
    late: int = 0
    nameless: int = 0
    unasked: int = 0


# --- maintenance -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WindowsRequest:
    """The next windows of a rule: at most so many, of those that end after that instant (UTC seconds)."""

    rule: Maintenance = NOTHING
    after: int = 0
    most: int = 5


@dataclass(frozen=True)
class Windows:
    """In order, as they are to be declared."""

    windows: tuple[Outage, ...] = ()


# --- action items ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemOpening:
    """What an action item starts with; after continue-as-new also how far its reminders are. Instants: UTC seconds."""

    ticket: Ticket = field(default_factory=lambda: Ticket(id=""))
    item: Item = field(default_factory=lambda: Item("", "", "", 0))
    via: tuple[str, ...] = ("email",)
    catch_all: Target | None = None
    """Who is reminded when neither owner nor lead is there."""
    policy: str = ""
    """Whose calendar its reminders follow, `every` open seconds."""
    opened_at: int = 0
    every: int = 0
    shift: int = 0
    reminded_at: int = 0
    reminders: int = 0
    lines: int = 0
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnerRequest:
    """Who is to be reminded of an item, now; a role, or a person by name."""

    ticket: Ticket
    targets: tuple[Target, ...]
    fallback: tuple[Target, ...]
    at: int


@dataclass(frozen=True)
class RemindRequest:
    """One reminder to one person through one channel."""

    key: str
    ticket: Ticket
    item: Item
    delivery: Delivery
    now: int


@dataclass(frozen=True)
class NoteRequest:
    """Lines about a ticket that may be closed; `number` is the first one's, `head` names them."""

    ticket: str
    head: str
    number: int
    entries: tuple[Entry, ...]
