"""Outages: whom one covers, and what a ticket of that scope hears of it.

The news is a function of the outage and the ticket, under names that never change: told twice, late, by both ways or in
the wrong order it is the same news once (semantics 4.1). What was said first stands, so a retry cannot rewrite it. Must
never know how a ticket is reached.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from policies import event as news
from policies.event import Event
from policies.suggestion import did_you_mean
from policies.ticket import PRIORITIES, TIERS, URGENCIES, Ticket, Version

PAUSE_CLOCK, MUTE, REPRIORITISE, RAISE = "pause_clock", "mute_keep_clock", "reprioritise", "raise_urgency"
EFFECTS = (PAUSE_CLOCK, MUTE, REPRIORITISE, RAISE)
"""Clocks whose policy names `outage` stop; clocks run and staff is not told; the urgency changes and stays; the same,
but no ticket's urgency is lowered."""
BEGINS = {PAUSE_CLOCK: news.PAUSE, MUTE: news.MUTED, REPRIORITISE: news.REPRIORITISED, RAISE: news.REPRIORITISED}
URGENT = (REPRIORITISE, RAISE)
"""Effects that carry an urgency."""
ENDS = {PAUSE_CLOCK: news.RESUME, MUTE: news.UNMUTED}
PREFIX, DECLARED, ENDED = "outage:", "/declared", "/ended"
"""Ids of news: `outage:INC-7/declared`, `outage:INC-7/ended`."""
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
MOST = 50
"""Values of one kind in a scope."""
LONGEST = 200
"""Characters of one value, of the owner's name and of the reason."""


class Facts(Protocol):
    """What a scope looks at: a ticket has it, and so has its card."""

    @property
    def tenant(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Scope:
    """Each kind that is given must fit, by any of its values; of the tags one is enough. Nothing given = everything."""

    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def covers(self, facts: Facts) -> bool:
        """Whether these facts lie within it."""
        return (
            (not self.services or facts.service in self.services)
            and (not self.regions or facts.region in self.regions)
            and (not self.tenants or facts.tenant in self.tenants)
            and (not self.tiers or facts.tier in self.tiers)
            and (not self.tags or any(tag in self.tags for tag in facts.tags))
        )

    @property
    def everything(self) -> bool:
        """It names nothing."""
        return not any(vars(self).values())

    def said(self) -> str:
        """`service payments, region kr or jp`."""
        kinds = (("service", self.services), ("region", self.regions), ("tenant", self.tenants),
                 ("tier", self.tiers), ("tag", self.tags))  # fmt: skip
        return ", ".join(f"{name} {' or '.join(values)}" for name, values in kinds if values) or "every ticket"


@dataclass(frozen=True)
class Outage:
    """One declared outage. Instants are UTC seconds; `since` and `ended_at` are when it happened, not when it was said.

    `since` 0 = only its end has been heard of; `ended_at` 0 = it lasts; `expected` 0 = nobody knows.
    """

    id: str
    scope: Scope = Scope()
    effect: str = PAUSE_CLOCK
    since: int = 0
    expected: int = 0
    ended_at: int = 0
    owner: str = ""
    reason: str = ""
    urgency: str = ""
    """reprioritise, raise_urgency: the urgency that its tickets get."""
    declared_by: str = ""
    ended_by: str = ""
    planned_end: int = 0
    """Maintenance: it ends by itself then, if nobody ends it before; 0 = somebody has to."""
    approved_by: str = ""
    """Who is said to stand for it where it covers more tickets than one may declare alone."""
    priority: str = ""
    """How often stakeholders hear of it while it lasts: P1 to P4."""
    stakeholders: tuple[str, ...] = ()
    """Roles or people who hear of it; looked up whenever they are told."""
    tell_customers: bool = False
    """Customers of its tickets get a mail that it lasts, and one that it is over."""

    @property
    def name(self) -> str:
        """`outage:INC-7`: the name of its pause, and the head of the ids of its news."""
        return f"{PREFIX}{self.id}"

    @property
    def declared(self) -> bool:
        """Whether it has been declared at all."""
        return self.since > 0

    @property
    def over_at(self) -> int | None:
        """When it ended, never before it began; None while it lasts."""
        return max(self.ended_at, self.since) if self.ended_at else None


UNDECLARED, PLANNED, OPEN, OVER, CALLED_OFF = "undeclared", "planned", "open", "ended", "called_off"


def state(outage: Outage, now: int) -> str:
    """How it stands; called off is one that ended before it began, so that nothing was ever stopped by it."""
    if not outage.declared:
        return UNDECLARED
    if outage.ended_at:
        return CALLED_OFF if outage.ended_at < outage.since else OVER
    return PLANNED if outage.since > now else OPEN


NONE = Outage("")
"""No outage at all: the default of messages that carry one."""


def news_for(
    outage: Outage, ticket: Ticket, opened_at: int, known: Collection[str], now: int, versions: Sequence[Version] = ()
) -> tuple[Event, ...]:  # fmt: skip
    """What this ticket has not heard of that outage yet; `known` holds the ids of the news it has.

    An outage that it did not live to see is none of its business. What it has heard the beginning of it hears the end
    of, whatever has become of its facts: the same tickets go on that stopped.
    """
    first, last = f"{outage.name}{DECLARED}", f"{outage.name}{ENDED}"
    if not outage.declared:
        return ()
    begins, ends = max(outage.since, opened_at), outage.over_at
    found: list[Event] = []
    lived_to_see = begins <= now and (ends is None or ends > begins)
    if first not in known and lived_to_see and _covered(outage, ticket, begins, now, versions):
        found.append(beginning(outage, begins, ticket.urgency))
    heard = first in known or bool(found)
    if heard and last not in known and ends is not None and ends <= now and outage.effect in ENDS:
        found.append(Event(ENDS[outage.effect], max(ends, begins), last, outage.ended_by, reason=outage.name))
    return tuple(found)


def _covered(outage: Outage, ticket: Ticket, begins: int, now: int, versions: Sequence[Version]) -> bool:
    """By its facts at any time that it has lasted: whoever is told late must stand as if told in time."""
    until = now if outage.over_at is None else min(now, outage.over_at - 1)
    ends = [one.since for one in versions[1:]]
    stood = [
        one.ticket for one, gone in zip(versions, [*ends, None], strict=True)
        if one.since <= until and (gone is None or gone > begins)
    ] if versions else [ticket]  # fmt: skip
    return any(outage.scope.covers(one) for one in stood)


def beginning(outage: Outage, at: int, urgency: str = "") -> Event:
    """The first a ticket of that urgency hears of it. A new one comes from the outage: no pause's name would tell."""
    id, kind = f"{outage.name}{DECLARED}", BEGINS[outage.effect]
    if outage.effect in URGENT:
        wanted = urgency if outage.effect == RAISE and _higher(urgency, outage.urgency) else outage.urgency
        return Event(kind, at, id, f"outage {outage.id}", reason=outage.name, urgency=wanted)
    return Event(kind, at, id, outage.declared_by, reason=outage.name)


def _higher(urgency: str, than: str) -> bool:
    return urgency in URGENCIES and than in URGENCIES and URGENCIES.index(urgency) < URGENCIES.index(than)


def all_news(
    outages: Iterable[Outage], ticket: Ticket, opened_at: int, known: Collection[str], now: int,
    versions: Sequence[Version] = (),
) -> tuple[Event, ...]:  # fmt: skip
    """Of several outages, in the order in which they happened."""
    found = [event for outage in outages for event in news_for(outage, ticket, opened_at, known, now, versions)]
    return tuple(sorted(found, key=lambda event: event.at))


def heard(event_ids: Iterable[str]) -> tuple[str, ...]:
    """The ids among them that are news of outages."""
    return tuple(id for id in event_ids if id.startswith(PREFIX))


def lasting(known: Collection[str]) -> tuple[str, ...]:
    """Ids of the outages whose beginning has been heard of and whose end has not, from the ids of the news."""
    begun = [id.removeprefix(PREFIX).removesuffix(DECLARED) for id in known if id.endswith(DECLARED)]
    return tuple(id for id in begun if f"{PREFIX}{id}{ENDED}" not in known)


def merged(known: Outage | None, said: Outage) -> Outage:
    """What stands once both are known: the first declaration and the first end, whichever came first."""
    if known is None:
        return said
    stands = known if known.declared or not said.declared else replace(said, ended_at=0, ended_by="")
    end = known if known.ended_at else said
    return replace(stands, ended_at=end.ended_at, ended_by=end.ended_by)


def as_declared(known: Outage, said: Outage) -> bool:
    """Whether what stands is this very declaration. Its end, and an expected end that was moved since, are no part."""
    return replace(known, ended_at=said.ended_at, ended_by=said.ended_by, expected=said.expected) == said


def as_ended(known: Outage, said: Outage) -> bool:
    """Whether the end that stands is this very one."""
    return (known.ended_at, known.ended_by) == (said.ended_at, said.ended_by)


# --- faults ------------------------------------------------------------------------------------------------


def faults(outage: Outage, everything_is_meant: bool = False) -> list[str]:
    """What is wrong with a declaration as it is written, each with what to write."""
    found = [] if ID.fullmatch(outage.id) else [
        f"id '{outage.id[:80]}': write 1 to 60 letters, digits, dots, dashes or underscores, like INC-7"
    ]  # fmt: skip
    if outage.effect not in EFFECTS:
        found.append(f"effect '{outage.effect}' is unknown{did_you_mean(outage.effect, EFFECTS)}")
    found += _urgency_faults(outage)
    found += [
        f"tier '{tier}' is unknown{did_you_mean(tier, TIERS)}" for tier in outage.scope.tiers if tier not in TIERS
    ]
    for name, values in vars(outage.scope).items():
        if len(values) > MOST or any(not value or len(value) > LONGEST for value in values):
            found.append(f"{name}: at most {MOST}, each of 1 to {LONGEST} characters")
    found += _stakeholder_faults(outage)
    if outage.tell_customers and outage.effect in URGENT:
        found.append(
            f"customers are told that their tickets wait, and with the effect {outage.effect} none does; leave "
            "--tell-customers out, or take pause_clock or mute_keep_clock"
        )
    for name in ("owner", "reason", "declared_by", "ended_by", "approved_by"):
        text = getattr(outage, name)
        if len(text) > LONGEST:
            found.append(f"the {name} has {len(text)} characters; {LONGEST} are enough")
    for name, end in (("expected", outage.expected), ("planned", outage.planned_end)):
        if end and end <= outage.since:
            found.append(f"the {name} end is not after the beginning; correct one of them")
    if outage.scope.everything and not everything_is_meant:
        found.append("the scope names nothing, so it is every ticket there is; narrow it, or say so with --all")
    return found


def _urgency_faults(outage: Outage) -> list[str]:
    if outage.effect not in URGENT:
        return ["only the effects reprioritise and raise_urgency take an urgency"] if outage.urgency else []
    if not outage.urgency:
        return [f"{outage.effect} to what? give the urgency: {', '.join(URGENCIES)}"]
    known = outage.urgency in URGENCIES
    return [] if known else [f"urgency '{outage.urgency}' is unknown{did_you_mean(outage.urgency, URGENCIES)}"]


def _stakeholder_faults(outage: Outage) -> list[str]:
    if outage.priority and outage.priority not in PRIORITIES:
        return [f"priority '{outage.priority}' is unknown{did_you_mean(outage.priority, PRIORITIES)}"]
    who = outage.stakeholders
    if len(who) > MOST or any(not one or len(one) > LONGEST for one in who):
        return [f"stakeholders: at most {MOST}, each of 1 to {LONGEST} characters"]
    return (
        ["how often shall stakeholders hear of it? give the priority: P1 to P4"] if who and not outage.priority else []
    )


def beyond(limit: int, count: int, outage: Outage) -> str:
    """Why it may not be declared by one alone; `limit` 0 = one may declare whatever one likes."""
    if not limit or count <= limit or outage.approved_by:
        return ""
    return f"it covers {count} open tickets, and more than {limit} (RUNG_OUTAGE_LIMIT) need somebody who stands for it"


def strange(scope: Scope, open_tickets: Sequence[Facts], services: Collection[str] = ()) -> list[str]:
    """Services that nobody knows: neither one of these tickets has them nor are they among `services`."""
    known = {*services, *(one.service for one in open_tickets if one.service)}
    return [f"service '{name}' is unknown{did_you_mean(name, known)}" for name in scope.services if name not in known]


def unmatched(scope: Scope, open_tickets: Sequence[Facts]) -> str:
    """That the scope covers none of these tickets, or nothing."""
    covered = any(scope.covers(one) for one in open_tickets)
    return "" if covered else f"no open ticket is within the scope ({scope.said()})"
