"""Who is there: turns the roles of a rung into people, at the instant the rung fires.

Pure: the directory activity brings the roster, this room only chooses (semantics 3.4). A schedule is asked for that
very instant, and who is away is stood in for by the deputy. Must never drop a target without saying why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policies.business_time import Calendar
from policies.on_call import Schedule
from policies.plan import Target
from policies.ticket import Ticket

CUSTOMER, ASSIGNEE, TEAM_LEAD, TEAM, TEAM_CHANNEL, ON_CALL = (
    "customer", "assignee", "team-lead", "team", "team-channel", "on-call",
)  # fmt: skip
TICKET_ROLES = (CUSTOMER, ASSIGNEE, TEAM_LEAD, TEAM, TEAM_CHANNEL, ON_CALL)
"""Roles that depend on the ticket; every other role is a name in the roster."""
SCHEDULE = "schedule:"
"""Begins the name of a schedule where people are named."""


@dataclass(frozen=True)
class Person:
    """`away` holds [from, to) in UTC seconds; `channels` what they can be reached by (empty = all).

    `deputy` stands in while they are away; `quiet` are the hours in which they would rather be left alone.
    """

    id: str
    away: tuple[tuple[int, int], ...] = ()
    channels: tuple[str, ...] = ()
    deputy: str = ""
    quiet: Calendar | None = None

    def there(self, at: int) -> bool:
        return not any(start <= at < end for start, end in self.away)

    def in_quiet(self, at: int) -> bool:
        """Whether `at` lies in their quiet hours."""
        return self.quiet is not None and bool(self.quiet.intervals(at, at + 1))


@dataclass(frozen=True)
class Team:
    """A team's people by id; `channel_id` is its shared chat channel as a pseudo person."""

    lead: str = ""
    members: tuple[str, ...] = ()
    on_call: tuple[str, ...] = ()
    channel_id: str = ""


@dataclass(frozen=True)
class Post:
    """Who holds a role for some services and some regions; an empty one means all of them."""

    who: tuple[str, ...]
    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def fits(self, ticket: Ticket) -> bool:
        services, regions = self.services, self.regions
        return (not services or ticket.service in services) and (not regions or ticket.region in regions)


@dataclass(frozen=True)
class Roster:
    """The directory as it stands now. Names in `on_call` and of roles may be schedules (`schedule:<name>`)."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    posts: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    """Roles that depend on the service or the region: the first that fits decides, before `roles`."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    def holders(self, who: str, ticket: Ticket, at: int) -> tuple[str, ...]:
        """Ids of those who hold the role for this ticket at that second, present or not."""
        return tuple(dict.fromkeys(person for people, _ in self.duties(who, ticket, at) for person in people))

    def duties(self, who: str, ticket: Ticket, at: int) -> list[tuple[tuple[str, ...], str]]:
        """(people, why there are none) for every name that holds the role."""
        return [self.on_duty(name, at) for name in self.named(who, ticket)]

    def on_duty(self, name: str, at: int) -> tuple[tuple[str, ...], str]:
        """(people, why there are none): a person is on duty always, a schedule knows who is."""
        if not name.startswith(SCHEDULE):
            return (name,), ""
        schedule = self.schedules.get(name.removeprefix(SCHEDULE))
        if schedule is None:
            return (), f"there is no {name}"
        shift = schedule.who(at)
        return shift.people, "" if shift.people else f"nobody is on call by {name} ({shift.why})"

    def everybody(self, who: str, ticket: Ticket) -> tuple[str, ...]:
        """All who may ever hold the role for this ticket: for a page that must not be missed."""
        found: list[str] = []
        for name in self.named(who, ticket):
            schedule = self.schedules.get(name.removeprefix(SCHEDULE)) if name.startswith(SCHEDULE) else None
            found += schedule.everybody() if schedule else () if name.startswith(SCHEDULE) else (name,)
        return tuple(dict.fromkeys(found))

    def stand_in(self, person: str, at: int) -> tuple[str, str]:
        """(who is there for them, "kim is away; lee stands in"); nobody when no deputy is there either."""
        said: list[str] = []
        asked: list[str] = []
        while person and person not in asked:
            known = self.people.get(person)
            if known is None or known.there(at):
                return person, "; ".join([*said, f"{person} stands in"] if said else ())
            asked.append(person)
            said.append(f"{person} is away")
            person = known.deputy
        return "", "; ".join(said)

    def named(self, who: str, ticket: Ticket) -> tuple[str, ...]:
        """Those who hold the role for this ticket as they are written: people and schedules."""
        team = self.teams.get(ticket.team, Team())
        by_role = {
            CUSTOMER: (CUSTOMER,) if ticket.contact else (),
            ASSIGNEE: (ticket.assignee,) if ticket.assignee else (),
            TEAM_LEAD: (team.lead,) if team.lead else (),
            TEAM: team.members,
            TEAM_CHANNEL: (team.channel_id,) if team.channel_id else (),
            ON_CALL: team.on_call,
        }
        if who in by_role:
            return by_role[who]
        post = next((post for post in self.posts.get(who, ()) if post.fits(ticket)), None)
        return post.who if post else self.roles.get(who, ())


@dataclass(frozen=True)
class Delivery:
    """One message to one person through one channel."""

    person: str
    channel: str
    role: str
    spare: tuple[str, ...] = ()
    """Other channels that reach the person, in the order to try them when this one fails (semantics 3.11)."""


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
    silenced: Mapping[str, int] | None = None, failed: Collection[str] = (),
) -> Addressed:  # fmt: skip
    """Resolve `targets`; when nobody of the staff is there go on with `fallback`, whose last is the catch-all.

    `silenced` maps people to the instant their snooze ends. The catch-all is never skipped: neither away nor
    snoozed counts for it. Without a fallback nobody is told instead. The same person at two targets gets one page.
    Whoever has `failed` to be reached by any channel is passed over, the catch-all too (semantics 3.11).
    """
    quiet = _Quiet(silenced or {}, failed)
    not_sent: list[NotSent] = []
    found = _all_there(roster, ticket, targets, at, quiet, not_sent)
    if not fallback or any(delivery.role != CUSTOMER for delivery in found):
        return Addressed(_once(found), tuple(not_sent))
    for target in fallback[:-1]:
        instead = _all_there(roster, ticket, (target,), at, quiet, not_sent)
        if instead:
            return Addressed(_once([*instead, *found]), tuple(not_sent), passed=True)
    last = [d for d in _catch_all(roster, ticket, fallback[-1:], at) if d.person not in failed]
    return Addressed(_once([*last, *found]), tuple(not_sent), passed=True)


@dataclass(frozen=True)
class _Quiet:
    """Who is not to be told: until when they snoozed, and who could not be reached."""

    silenced: Mapping[str, int]
    failed: Collection[str]

    def of(self, person: str, at: int) -> str:
        """Why, or nothing."""
        if person in self.failed:
            return f"{person} could not be reached"
        return f"{person} snoozed" if self.silenced.get(person, 0) > at else ""


def _all_there(
    roster: Roster, ticket: Ticket, targets: Sequence[Target], at: int, quiet: _Quiet, not_sent: list[NotSent],
) -> list[Delivery]:  # fmt: skip
    found: list[Delivery] = []
    for target in targets:
        present: list[Delivery] = []
        duties = roster.duties(target.who, ticket, at)
        reasons = [why for people, why in duties if not people]
        for person in dict.fromkeys(person for people, _ in duties for person in people):
            there, reason = _there(roster, person, at, quiet)
            if there:
                present += _reachable(roster, there, target)
            if reason and there:
                not_sent.append(NotSent(target.who, reason))
            elif reason:
                reasons.append(reason)
        if not present:
            not_sent.append(NotSent(target.who, "; ".join(reasons) or f"nobody holds '{target.who}'"))
        found += present
    return found


def _there(roster: Roster, person: str, at: int, quiet: _Quiet) -> tuple[str, str]:
    """(who is told, what is to be said of it): the person, a deputy, or nobody."""
    if reason := quiet.of(person, at):
        return "", reason
    there, said = roster.stand_in(person, at)
    if there != person and (reason := quiet.of(there, at)):
        return "", f"{said.rpartition('; ')[0]}; {reason}"
    return there, said


def _reachable(roster: Roster, person: str, target: Target) -> list[Delivery]:
    known = roster.people.get(person)
    channels = [via for via in target.via if not known or not known.channels or via in known.channels]
    chosen = channels or list(known.channels[:1] if known and known.channels else target.via[:1])
    spare = tuple(via for via in known.channels if via not in chosen) if known else ()
    return [Delivery(person, via, target.who, spare) for via in chosen]


def _catch_all(roster: Roster, ticket: Ticket, targets: Sequence[Target], at: int) -> list[Delivery]:
    """Whoever holds it, away or not, and the deputies of those who are away.

    Where its schedule has a gap all of the schedule are told: never nobody.
    """
    found: list[Delivery] = []
    for target in targets:
        holders = roster.holders(target.who, ticket, at) or roster.everybody(target.who, ticket) or (target.who,)
        deputies = (roster.stand_in(person, at)[0] for person in holders)
        for person in dict.fromkeys([*holders, *deputies]):
            found += _reachable(roster, person, target) if person else []
    return found


def _once(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """One page per person: the first role that named someone decides, later roles add nothing.

    A person's channels stand together, each once, and none of them is a spare one: no message can go out twice.
    """
    first_role: dict[str, str] = {}
    by_person: dict[str, dict[str, Delivery]] = {}
    for delivery in deliveries:
        if first_role.setdefault(delivery.person, delivery.role) == delivery.role:
            by_person.setdefault(delivery.person, {}).setdefault(delivery.channel, delivery)
    return tuple(
        replace(one, spare=tuple(via for via in one.spare if via not in channels))
        for channels in by_person.values()
        for one in channels.values()
    )
