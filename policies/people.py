"""Who is there: turns the roles of a rung into people, at the instant the rung fires.

Pure: the directory activity brings the roster, this room only chooses (semantics 3.4). Must never drop a target
without saying why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policies.plan import Target
from policies.ticket import Ticket

CUSTOMER, ASSIGNEE, TEAM_LEAD, TEAM, TEAM_CHANNEL, ON_CALL = (
    "customer", "assignee", "team-lead", "team", "team-channel", "on-call",
)  # fmt: skip
TICKET_ROLES = (CUSTOMER, ASSIGNEE, TEAM_LEAD, TEAM, TEAM_CHANNEL, ON_CALL)
"""Roles that depend on the ticket; every other role is a name in the roster."""


@dataclass(frozen=True)
class Person:
    """`away` holds [from, to) in UTC seconds; `channels` what they can be reached by (empty = all)."""

    id: str
    away: tuple[tuple[int, int], ...] = ()
    channels: tuple[str, ...] = ()

    def there(self, at: int) -> bool:
        return not any(start <= at < end for start, end in self.away)


@dataclass(frozen=True)
class Team:
    """A team's people by id; `channel_id` is its shared chat channel as a pseudo person."""

    lead: str = ""
    members: tuple[str, ...] = ()
    on_call: tuple[str, ...] = ()
    channel_id: str = ""


@dataclass(frozen=True)
class Roster:
    """The directory as it stands now."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def holders(self, who: str, ticket: Ticket) -> tuple[str, ...]:
        """Ids of those who hold the role for this ticket, present or not."""
        team = self.teams.get(ticket.team, Team())
        by_role = {
            CUSTOMER: (CUSTOMER,) if ticket.contact else (),
            ASSIGNEE: (ticket.assignee,) if ticket.assignee else (),
            TEAM_LEAD: (team.lead,) if team.lead else (),
            TEAM: team.members,
            TEAM_CHANNEL: (team.channel_id,) if team.channel_id else (),
            ON_CALL: team.on_call,
        }
        return by_role[who] if who in by_role else self.roles.get(who, ())


@dataclass(frozen=True)
class Delivery:
    """One message to one person through one channel."""

    person: str
    channel: str
    role: str


@dataclass(frozen=True)
class NotSent:
    """A target nobody was paged for, and why: nothing is swallowed."""

    role: str
    reason: str


@dataclass(frozen=True)
class Addressed:
    """The outcome of a resolution: who is told, who is not, and whether the wanted targets had to be passed."""

    deliveries: tuple[Delivery, ...] = ()
    not_sent: tuple[NotSent, ...] = ()
    passed: bool = False


def address(
    roster: Roster, ticket: Ticket, targets: Sequence[Target], fallback: Sequence[Target], at: int,
    silenced: Mapping[str, int] | None = None,
) -> Addressed:  # fmt: skip
    """Resolve `targets`; when nobody of the staff is there go on with `fallback`, whose last is the catch-all.

    `silenced` maps people to the instant their snooze ends. The catch-all is never skipped: neither away nor
    snoozed counts for it. Without a fallback nobody is told instead. The same person at two targets gets one page.
    """
    quiet = silenced or {}
    not_sent: list[NotSent] = []
    found = _all_there(roster, ticket, targets, at, quiet, not_sent)
    if not fallback or any(delivery.role != CUSTOMER for delivery in found):
        return Addressed(_once(found), tuple(not_sent))
    for target in fallback[:-1]:
        instead = _all_there(roster, ticket, (target,), at, quiet, not_sent)
        if instead:
            return Addressed(_once([*instead, *found]), tuple(not_sent), passed=True)
    return Addressed(_once([*_catch_all(roster, ticket, fallback[-1:]), *found]), tuple(not_sent), passed=True)


def _all_there(
    roster: Roster, ticket: Ticket, targets: Sequence[Target], at: int, quiet: Mapping[str, int],
    not_sent: list[NotSent],
) -> list[Delivery]:  # fmt: skip
    found: list[Delivery] = []
    for target in targets:
        present: list[Delivery] = []
        reasons: list[str] = []
        for person in roster.holders(target.who, ticket):
            reason = _absence(roster, person, at, quiet)
            if reason:
                reasons.append(f"{person} {reason}")
            else:
                present += _reachable(roster, person, target)
        if not present:
            not_sent.append(NotSent(target.who, "; ".join(reasons) or f"nobody holds '{target.who}'"))
        found += present
    return found


def _absence(roster: Roster, person: str, at: int, quiet: Mapping[str, int]) -> str:
    if quiet.get(person, 0) > at:
        return "snoozed"
    known = roster.people.get(person)
    return "is away" if known and not known.there(at) else ""


def _reachable(roster: Roster, person: str, target: Target) -> list[Delivery]:
    known = roster.people.get(person)
    channels = [via for via in target.via if not known or not known.channels or via in known.channels]
    chosen = channels or list(known.channels[:1] if known and known.channels else target.via[:1])
    return [Delivery(person, via, target.who) for via in chosen]


def _catch_all(roster: Roster, ticket: Ticket, targets: Sequence[Target]) -> list[Delivery]:
    return [
        delivery
        for target in targets
        for person in roster.holders(target.who, ticket) or (target.who,)
        for delivery in _reachable(roster, person, target)
    ]


def _once(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """One page per person: the first role that named someone decides, later roles add nothing."""
    first_role: dict[str, str] = {}
    kept: list[Delivery] = []
    for delivery in deliveries:
        if first_role.setdefault(delivery.person, delivery.role) == delivery.role and delivery not in kept:
            kept.append(delivery)
    return tuple(kept)
