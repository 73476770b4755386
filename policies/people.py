"""Who is there: turns the roles of a rung into people, at the instant the rung fires.

Pure: the directory activity brings the roster, this room only chooses (semantics 3.4). A schedule is asked for that
very instant, and who is away is stood in for by the deputy. Must never drop a target without saying why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policies.business_time import Calendar
from policies.on_call import Schedule
from policies.plan import Target
from policies.rest import Rest, urgent
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

    `deputy` stands in while they are away or rest; `quiet` are the hours in which they rest, `quiet_channels` what may
    reach them then (empty = all the same as always). After `pages_per_week` pages they rest, too (0 = never).
    """

    id: str
    away: tuple[tuple[int, int], ...] = ()
    channels: tuple[str, ...] = ()
    deputy: str = ""
    quiet: Calendar | None = None
    quiet_channels: tuple[str, ...] = ()
    pages_per_week: int = 0

    def there(self, at: int) -> bool:
        return not any(start <= at < end for start, end in self.away)

    def in_quiet(self, at: int) -> bool:
        """Whether `at` lies in their quiet hours."""
        return self.quiet is not None and bool(self.quiet.intervals(at, at + 1))

    def awake(self, start: int, end: int) -> bool:
        """Whether they are there and out of their quiet hours through all of [start, end)."""
        gone = any(start < until and since < end for since, until in self.away)
        return not gone and not (self.quiet is not None and self.quiet.intervals(start, end))


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
        for one in self.line(person):
            known = self.people.get(one)
            if known is None or known.there(at):
                return one, "; ".join([*said, f"{one} stands in"] if said else ())
            said.append(f"{one} is away")
        return "", "; ".join(said)

    def line(self, person: str) -> tuple[str, ...]:
        """The person, their deputy, and theirs, each once."""
        asked: list[str] = []
        while person and person not in asked:
            asked.append(person)
            known = self.people.get(person)
            person = known.deputy if known else ""
        return tuple(asked)

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
class Disturbed:
    """Somebody who rests and is told all the same, and why: nobody is swallowed for another's sake."""

    role: str
    reason: str


@dataclass(frozen=True)
class Addressed:
    """The outcome of a resolution: who is told, who is not, and whether the wanted targets had to be passed."""

    deliveries: tuple[Delivery, ...] = ()
    not_sent: tuple[NotSent, ...] = ()
    passed: bool = False
    disturbed: tuple[Disturbed, ...] = ()


def address(
    roster: Roster, ticket: Ticket, targets: Sequence[Target], fallback: Sequence[Target], at: int,
    silenced: Mapping[str, int] | None = None, failed: Collection[str] = (), *,
    tired: Mapping[str, str] | None = None, kind: str = "", breach: bool = False,
) -> Addressed:  # fmt: skip
    """Resolve `targets`; when nobody of the staff is there go on with `fallback`, whose last is the catch-all.

    `silenced` maps people to the instant their snooze ends. The catch-all is never skipped: neither away nor
    snoozed counts for it. Without a fallback nobody is told instead. The same person at two targets gets one page.
    Whoever has `failed` to be reached by any channel is passed over, the catch-all too (semantics 3.11).
    `kind` and `breach` are the effect's: a `page` that is not urgent goes to the deputy of whoever is in their quiet
    hours or `tired` (person -> why), and to them all the same when nobody stands in (E8).
    """
    resolving = _Resolving(roster, ticket, Rest(at, silenced or {}, failed, tired or {}, kind, urgent(ticket, breach)))
    found = resolving.all_there(targets)
    if not fallback or any(delivery.role != CUSTOMER for delivery in found):
        return resolving.addressed(found)
    for target in fallback[:-1]:
        instead = resolving.all_there((target,))
        if instead:
            return resolving.addressed([*instead, *found], passed=True)
    last = [delivery for delivery in resolving.catch_all(fallback[-1:]) if delivery.person not in failed]
    return resolving.addressed([*last, *found], passed=True)


def rest_of(roster: Roster, person: str, at: int) -> str:
    """What becomes of pages to somebody who is there, while their quiet hours last; nothing outside of them."""
    _, instead, all_the_same = _Resolving(roster, Ticket(""), Rest(at, kind="page")).there(person)
    return f"{instead} unless it is urgent" if instead else all_the_same and f"{all_the_same}; told all the same"


class _Resolving:
    """One resolution, with what is to be said of it."""

    def __init__(self, roster: Roster, ticket: Ticket, rest: Rest) -> None:
        self.roster, self.ticket, self.rest = roster, ticket, rest
        self.not_sent: list[NotSent] = []
        self.disturbed: list[Disturbed] = []

    def addressed(self, found: Sequence[Delivery], passed: bool = False) -> Addressed:
        return Addressed(_once(found), tuple(self.not_sent), passed, tuple(self.disturbed))

    def all_there(self, targets: Sequence[Target]) -> list[Delivery]:
        return [delivery for target in targets for delivery in self._present(target)]

    def _present(self, target: Target) -> list[Delivery]:
        present: list[Delivery] = []
        duties = self.roster.duties(target.who, self.ticket, self.rest.at)
        reasons = [why for people, why in duties if not people]
        for person in dict.fromkeys(person for people, _ in duties for person in people):
            there, reason, all_the_same = self.there(person)
            present += self._reachable(there, target) if there else []
            if all_the_same:
                self.disturbed.append(Disturbed(target.who, all_the_same))
            if reason and there:
                self.not_sent.append(NotSent(target.who, reason))
            elif reason:
                reasons.append(reason)
        if not present:
            self.not_sent.append(NotSent(target.who, "; ".join(reasons) or f"nobody holds '{target.who}'"))
        return present

    def there(self, person: str) -> tuple[str, str, str]:
        """(who is told, why that is somebody else or nobody, why they are told though they rest)."""
        if reason := self.rest.not_told(person):
            return "", reason, ""
        said: list[str] = []
        woken: list[int] = []
        asked = self.roster.line(person)
        for number, one in enumerate(asked):
            known = self.roster.people.get(one)
            if known is not None and not known.there(self.rest.at):
                said.append(f"{one} is away")
            elif reason := self.rest.not_told(one):
                said.append(reason)  # neither is passed on
                break
            elif reason := self.rest.wanted(known):
                said.append(reason)
                woken.append(number)
                if not self.rest.passes_on:
                    break
            else:
                return one, "; ".join([*said, f"{one} stands in"] if said else ()), ""
        if not woken:
            return "", "; ".join(said), ""
        first = woken[0]
        before = [*said[:first], f"{asked[first]} stands in"] if first else []
        return asked[first], "; ".join(before), "; ".join(said[first:])

    def _reachable(self, person: str, target: Target) -> list[Delivery]:
        known = self.roster.people.get(person)
        usual = known.channels if known else ()
        night = self.rest.by_night(known) if known else ()
        allowed = usual if self.rest.urgent else night or usual
        channels = [via for via in target.via if not allowed or via in allowed]
        chosen = channels or list(allowed[:1] or target.via[:1])
        chosen += [via for via in night if self.rest.urgent and via not in chosen]
        spare = tuple(via for via in dict.fromkeys([*night, *usual]) if via not in chosen)
        return [Delivery(person, via, target.who, spare) for via in chosen]

    def catch_all(self, targets: Sequence[Target]) -> list[Delivery]:
        """Whoever holds it, away or not, and the deputies of those who are away.

        Where its schedule has a gap all of the schedule are told: never nobody.
        """
        found: list[Delivery] = []
        roster, ticket, at = self.roster, self.ticket, self.rest.at
        for target in targets:
            holders = roster.holders(target.who, ticket, at) or roster.everybody(target.who, ticket) or (target.who,)
            deputies = (roster.stand_in(person, at)[0] for person in holders)
            for person in dict.fromkeys([*holders, *deputies]):
                found += self._reachable(person, target) if person else []
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
