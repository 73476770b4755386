"""Tickets whose lives are drawn by dice, and what the pure core says will come of each.

A life is drawn again until nothing in it depends on who is faster: whatever happens, and whatever is due, stands `CLEAR`
seconds apart. The same seed, number and roster give the same life. Must never know what a server made of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise

from policies import event as news
from policies.case import FIRED
from policies.cycles import RESOLUTION
from policies.event import Event
from policies.people import CUSTOMER, Roster
from policies.plan import Plan
from policies.rehearsal import Happening, Rehearsal, rehearse
from policies.ticket import Ticket
from starter.demo_verdict import keys_of
from tests.support.scenarios import make_plan
from workflows.contract import workflow_id

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul; on the Sunday that ends this week Europe changes to summer time."""
CLEAR = 150
"""Seconds. TRAP: while a page is under way the ticket's clock runs as real time does, and a killed worker's attempt is
only given up after half a minute: what is due closer together than that may be decided in one go."""
REST = 30 * MINUTE
"""Nothing is due so soon after the end: the clock goes on while the others are still played."""
EFFECTS = (3, 24)
"""How many a life may have."""
TRIES = 2_000
REASONS = ("customer", "vendor", "approval", "outage:INC-7", "manual:lee")
AGENTS = ("kim", "lee", "noh")
HISTORY_LIMITS = (2_000, 2_000, 120)
"""One in three continues as new on its way."""


@dataclass(frozen=True)
class Kind:
    """A policy, whom its ticket is for, and about how many hours its life lasts."""

    policy: str
    tier: str
    urgency: str
    hours: int
    type: str = "support"
    service: str = ""


KINDS = (
    Kind("standard.v1", "diamond", "critical", 20),
    Kind("standard.v1", "gold", "high", 60),
    Kind("standard.v1", "silver", "high", 60),
    Kind("bank.v1", "gold", "critical", 2),
    Kind("bank.v1", "diamond", "high", 3),
    Kind("it-support.v1", "diamond", "high", 24, "incident", "network"),
    Kind("it-support.v1", "gold", "medium", 72),
    Kind("factory.v1", "silver", "high", 10),
    Kind("global-shop.v2", "gold", "high", 24),
    Kind("security-incident.v2", "gold", "high", 24),
    Kind("pager.v1", "gold", "critical", 3),
    Kind("watch.v1", "silver", "high", 4),
    Kind("answer.v1", "gold", "high", 8, service="core"),
    Kind("people.v1", "gold", "high", 48),
    Kind("plain.v1", "diamond", "critical", 24),
)
"""Published policies; below them those of the scenarios, with ladders that wait for acknowledgements."""


@dataclass(frozen=True)
class Pause:
    """One stretch of the script in which that reason stands, as it truly was: [start, end), None = to the end."""

    reason: str
    start: int
    end: int | None = None

    def covers(self, at: int, paused_by: Sequence[str]) -> bool:
        return self.reason.split(":")[0] in paused_by and self.start < at and (self.end is None or at < self.end)


@dataclass(frozen=True)
class Script:
    """What happens, in the order in which we hear of it, and the pauses that it makes."""

    happenings: tuple[Happening, ...]
    pauses: tuple[Pause, ...]


@dataclass(frozen=True)
class Life:
    """What a ticket is, and all that happens to it until `until`. `history_limit` makes some continue as new."""

    ticket: Ticket
    policy: str
    opened_at: int
    script: Script
    until: int
    history_limit: int

    def on_paper(self, happenings: Sequence[Happening], roster: Roster) -> Rehearsal:
        return rehearse(make_plan, self.policy, self.ticket, self.opened_at, happenings, self.until, roster=roster)


@dataclass(frozen=True)
class Story:
    """One life with what the pure core makes of it. `wanted` holds every key that must arrive."""

    life: Life
    paper: Rehearsal
    wanted: tuple[str, ...]

    @classmethod
    def of(cls, life: Life, roster: Roster) -> Story:
        paper = life.on_paper(life.script.happenings, roster)
        return cls(life, paper, tuple(keys_of(paper, roster)))

    def elsewhere(self, tenant: str, roster: Roster) -> Story:
        """The same life with keys of its own."""
        return Story.of(replace(self.life, ticket=replace(self.life.ticket, tenant=tenant)), roster)

    @property
    def name(self) -> str:
        return workflow_id(self.life.ticket.tenant, self.life.ticket.id)

    @cached_property
    def masks(self) -> Mapping[str, tuple[str, ...]]:
        """Rung -> reasons that stop it, of every rung that stands on a clock."""
        plans = {id(plan): plan for plan in (*(known for known, _ in self.paper.known), self.paper.plan)}
        return {rung: mask for plan in plans.values() for rung, mask in masks_of(plan).items()}

    def paused(self, rung: str, at: int) -> bool:
        """Whether the rung's own clock stood still at that instant, as the script has it."""
        mask = self.masks.get(rung, ())
        return any(pause.covers(at, mask) for pause in self.life.script.pauses)

    def first_channels(self) -> Iterator[str]:
        """Keys of pages to one of ours who has other channels, too: where a refusal is borne."""
        for sent in self.paper.sent:
            for one in sent.deliveries if sent.effect.kind == "page" else ():
                if one.spare and one.person != CUSTOMER:
                    yield f"{sent.effect.key}/{one.person}/{one.channel}"

    def held(self, roster: Roster) -> int:
        """How many rungs the pauses kept from firing when they would have."""
        others = [h for h in self.life.script.happenings if h.event and h.event.kind not in (news.PAUSE, news.RESUME)]
        awake = self.life.on_paper(others, roster)
        return sum(self.paused(entry.rung, entry.at) for entry in awake.ours if entry.kind == FIRED)

    def is_certain(self) -> bool:
        """Whether a slow machine, too, must give the same time line."""
        if not EFFECTS[0] <= len(self.wanted) <= EFFECTS[1]:
            return False
        if self.paper.wake_at is not None and self.paper.wake_at < self.life.until + REST:
            return False
        moments = {self.life.opened_at, self.life.until, *(happening.at for happening in self.life.script.happenings)}
        moments |= {entry.at for entry in self.paper.ours} | {sent.at for sent in self.paper.sent}
        return all(later - earlier >= CLEAR for earlier, later in pairwise(sorted(moments)))


def masks_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """TRAP: levels that are passed are no rungs of the plan; the resolution's pauses hold them."""
    on_clocks = {rung.name: plan.clock(rung.clock).paused_by for rung in plan.rungs if not rung.event}
    resolution = plan.clock(RESOLUTION).paused_by
    return {**on_clocks, **{f"unanswered-L{level.level}": resolution for level in plan.levels}}


def draw(seed: str, number: int, tenant: str, roster: Roster) -> Story:
    """The life of ticket `number`. Raises AssertionError when none is found that can be told for certain."""
    dice = random.Random(f"{seed}:life:{number}")
    kind = KINDS[number % len(KINDS)]
    for _ in range(TRIES):
        story = Story.of(a_life(dice, kind, number, tenant), roster)
        if story.is_certain():
            return story
    raise AssertionError(f"no life of ticket {number} ({kind.policy}) in {TRIES} tries")


# --- the dice ----------------------------------------------------------------------------------------------


def a_life(dice: random.Random, kind: Kind, number: int, tenant: str) -> Life:
    """Opened in the office hours of some weekday."""
    opened_at = MONDAY + dice.randrange(5) * DAY + dice.randrange(9 * HOUR)
    ticket = Ticket(
        id=f"K-{number}", tenant=tenant, tier=kind.tier, urgency=kind.urgency, assignee=dice.choice(AGENTS),
        team=dice.choice(("platform", "games")), customer="Hanbit", contact="ops@hanbit.example",
        summary="Nothing works", type=kind.type, service=kind.service,
    )  # fmt: skip
    script = drawn(dice, opened_at, kind.hours)
    until = script.happenings[-1].at + 2 * CLEAR
    return Life(ticket, kind.policy, opened_at, script, until, dice.choice(HISTORY_LIMITS))


LIKELY: Mapping[str, int] = {
    news.PAUSE: 5, news.RESUME: 14, news.REPLIED: 3, news.CONTACTED: 3, news.ACKNOWLEDGED: 4, news.ASSIGNED: 2,
    news.REPRIORITISED: 1, news.RESOLVED: 1, news.REOPENED: 2,
}  # fmt: skip
"""How often each kind of news is drawn while it makes sense."""
ENDINGS = (news.RESOLVED, news.RESOLVED, news.RESOLVED, news.CLOSED, news.PAUSE)


def drawn(dice: random.Random, opened_at: int, hours: int) -> Script:
    """Four to nine pieces of news, then an end, or a pause that stays."""
    minutes = sorted(dice.sample(range(3, hours * 60), dice.randint(4, 9)))
    writer = _Writer(dice)
    for minute in minutes[:-1]:
        writer.write(opened_at + minute * MINUTE + dice.randrange(MINUTE), writer.next_kind())
    writer.write(opened_at + minutes[-1] * MINUTE, dice.choice(ENDINGS))
    return Script(tuple(writer.happenings), tuple(writer.pauses))


class _Writer:
    """Writes a script that makes sense: what is resumed was paused, what is reopened was resolved."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.happenings: list[Happening] = []
        self.pauses: list[Pause] = []
        self.resolved = False

    @property
    def standing(self) -> list[Pause]:
        return [pause for pause in self.pauses if pause.end is None]

    def next_kind(self) -> str:
        can = {**LIKELY}
        if not self.standing:
            del can[news.RESUME]
        if len(self.standing) > 2:
            del can[news.PAUSE]
        del can[news.RESOLVED if self.resolved else news.REOPENED]
        return self.dice.choices(list(can), list(can.values()))[0]

    def write(self, at: int, kind: str) -> None:
        happened, reason, facts = at, "", {}
        if kind == news.PAUSE:
            reason = self.dice.choice([one for one in REASONS if one not in {pause.reason for pause in self.standing}])
            self.pauses.append(Pause(reason, at))
        elif kind == news.RESUME:
            pause = self.dice.choice(self.standing)
            reason, happened = pause.reason, self.happened(pause.start, at)
            self.pauses[self.pauses.index(pause)] = replace(pause, end=happened)
        elif kind == news.ASSIGNED:
            facts = {"to": self.dice.choice(AGENTS)}
        elif kind == news.REPRIORITISED:
            facts = {"urgency": self.dice.choice(("critical", "high", "medium"))}
        self.resolved = kind == news.RESOLVED or (self.resolved and kind != news.REOPENED)
        actor = self.dice.choice(AGENTS)
        event = Event(kind, happened, f"{len(self.happenings)}-{kind}", actor, reason, **facts)  # type: ignore[arg-type]
        self.happenings.append(Happening(at, event))

    def happened(self, since: int, at: int) -> int:
        """Two in five resumes are heard of late."""
        if self.dice.random() < 0.6:
            return at
        return max(at - self.dice.randrange(5, 90) * MINUTE, since + MINUTE)
