"""Who is told of an outage, and of which tickets: one digest a person instead of a page a ticket (semantics 4.2).

A ticket belongs to its assignee and to the lead of its team. A pure view of what the cards say at that moment: fine for
a courtesy, too weak for a promise. Must never decide whether a clock stands still.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from policies.outage import Outage
from policies.people import ASSIGNEE, TEAM_LEAD, Addressed, Roster, address
from policies.plan import Target
from policies.ticket import Ticket

OWNERS = (ASSIGNEE, TEAM_LEAD)
VIA = ("email", "slack", "teams", "webhook", "sms")
"""Ways to tell them, in this order, of which a person has some; one is enough. Nobody is called for a courtesy."""
LONGEST = 120
"""Characters of a summary."""


@dataclass(frozen=True)
class Concerned:
    """One open ticket within the scope. `due` is its next promise, None where that is not known for certain."""

    ticket: Ticket
    due: int | None = None
    unsent: int = 0
    """Messages to staff that were not sent while it was muted."""


@dataclass(frozen=True)
class Digest:
    """What one person is told: the first ways to reach them, then their tickets, the most urgent first."""

    person: str
    ways: tuple[str, ...]
    tickets: tuple[Concerned, ...] = ()


@dataclass
class _Owners:
    """Who tickets belong to, asked of the roster once for each pair of assignee and team."""

    roster: Roster
    at: int
    found: dict[tuple[str, str], Addressed] = field(default_factory=dict)

    def of(self, ticket: Ticket) -> Addressed:
        pair = (ticket.assignee, ticket.team)
        if pair not in self.found:
            targets = tuple(Target(who, VIA) for who in OWNERS)
            self.found[pair] = address(self.roster, Ticket("", assignee=pair[0], team=pair[1]), targets, (), self.at)
        return self.found[pair]


def covered(outage: Outage, ticket: Ticket, opened_at: int) -> bool:
    """Whether it belongs into the digest: within the scope, and opened before the end."""
    return outage.scope.covers(ticket) and (outage.over_at is None or opened_at < outage.over_at)


def digests(roster: Roster, tickets: Iterable[Concerned], at: int) -> tuple[tuple[Digest, ...], int]:
    """(one digest a person, by name; how many tickets belong to nobody who is there). Deputies stand in."""
    owners, nobodys = _Owners(roster, at), 0
    ways: dict[str, tuple[str, ...]] = {}
    theirs: dict[str, list[Concerned]] = {}
    for one in tickets:
        addressed = owners.of(one.ticket)
        nobodys += not addressed.deliveries
        for person, found in ways_of(addressed).items():
            ways[person] = found
            theirs.setdefault(person, []).append(one)
    made = (Digest(person, ways[person], tuple(sorted(theirs[person], key=_first))) for person in sorted(theirs))
    return tuple(made), nobodys


def ways_of(addressed: Addressed) -> Mapping[str, tuple[str, ...]]:
    """Person -> channels in the order to try them; none for somebody who has a phone and nothing else."""
    found: dict[str, tuple[str, ...]] = {}
    for one in addressed.deliveries:
        more = [via for via in (one.channel, *one.spare) if via in VIA]
        found[one.person] = tuple(dict.fromkeys([*found.get(one.person, ()), *more]))
    return found


def still_to_tell(roster: Roster, told: Collection[str], found: Iterable[Digest], at: int) -> tuple[Digest, ...]:
    """Those who heard of the beginning and have no ticket of it any more: they hear of the end all the same."""
    have = {one.person for one in found}
    targets = tuple(Target(person, VIA) for person in sorted(told) if person not in have)
    people = Roster(roster.people, roles={one.who: (one.who,) for one in targets})
    return tuple(Digest(*pair) for pair in sorted(ways_of(address(people, Ticket(""), targets, (), at)).items()))


def _first(one: Concerned) -> tuple[bool, int, str]:
    return one.due is None, one.due or 0, one.ticket.key
