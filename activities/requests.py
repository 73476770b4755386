"""What workflows ask of activities: one small typed message in, one out.

Recorded in histories, so a field is never removed or retyped, and a new one has a default. No addresses of people:
those are looked up when a message is sent.
"""

from dataclasses import dataclass, field

from policies.case import Entry
from policies.people import Delivery
from policies.plan import Effect, Target
from policies.ticket import Ticket


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


@dataclass(frozen=True)
class NotifyRequest:
    """One message to one person through one channel. `key` makes it harmless to repeat."""

    key: str
    effect: Effect
    delivery: Delivery
    ticket: Ticket
    situation: Situation


@dataclass(frozen=True)
class ActRequest:
    """One silent action. `at` is the instant of a review."""

    key: str
    effect: Effect
    ticket: Ticket
    situation: Situation
    at: int = 0


@dataclass(frozen=True)
class Done:
    """What the world answered."""

    text: str = ""
    provider: str = ""
    reference: str = ""


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


@dataclass(frozen=True)
class JournalRequest:
    """New lines of the time line and the card that lists show."""

    ticket: Ticket
    workflow_id: str
    run_id: str
    entries: tuple[Entry, ...]
    card: CardView
