"""Rehearsal: plays a policy and a ticket's events on paper and gives the time line.

The same core as at run time, with a list of happenings instead of a server: tests, golden files, the command line and
forecasts use it. Must never contain a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies.case import Case, Entry, evolve, note_addressed
from policies.change import extended, retire, stale, wanted_policy
from policies.event import Event
from policies.lifecycle import decide, still_wanted
from policies.people import Delivery, Roster, address
from policies.plan import Effect, Plan
from policies.ticket import Ticket

Compile = Callable[[str, Ticket, int, int], Plan]
"""(policy name, ticket, opened_at, now) -> Plan."""
OURS = ("fired", "superseded", "skipped", "unnecessary", "ignored", "not_sent", "passed_on", "disturbed")
"""Kinds of entries that Rung makes; the others are news from outside."""
MOST_STEPS = 5_000


@dataclass(frozen=True)
class Happening:
    """News that arrives at `at`, or the worker going `down` or coming `up`. `event.at` may be earlier: late news."""

    at: int
    event: Event | None = None
    worker: str = ""


@dataclass(frozen=True)
class Sent:
    """One page or notice that goes out at `at`; to people where the roster is known, else to the effect's roles."""

    at: int
    effect: Effect
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """What would happen: the case and plan at the end, every effect, the whole time line, and what comes next."""

    plan: Plan
    case: Case
    effects: tuple[Effect, ...]
    entries: tuple[Entry, ...]
    wake_at: int | None = None
    messages: tuple[str, ...] = ()
    """Keys of the messages that would be sent, where the roster is known."""
    known: tuple[tuple[Plan, Case], ...] = ()
    """The plan and the case behind each of `entries`: what was known when it was made."""
    sent: tuple[Sent, ...] = ()

    @property
    def ours(self) -> tuple[Entry, ...]:
        """What we do, without what happens to us."""
        return tuple(entry for entry in self.entries if entry.kind in OURS)


def rehearse(
    make_plan: Compile, policy: str, ticket: Ticket, opened_at: int, happenings: Sequence[Happening] = (),
    until: int = 0, begun_at: int = 0, roster: Roster | None = None,
) -> Rehearsal:  # fmt: skip
    """Play until `until` (default: the last happening, or for ever while something is due).

    At one instant what is due comes before the news that arrives (a timer fires at its second).
    """
    begun = max(begun_at, opened_at)
    end = until or max((h.at for h in happenings), default=begun)
    stage = _Stage(make_plan, make_plan(policy, ticket, opened_at, begun), Case(ticket, opened_at, begun), roster)
    stage.play(sorted(happenings, key=lambda h: h.at), begun, end)
    return stage.outcome()


class _Stage:
    """The mutable half of a rehearsal."""

    def __init__(self, make_plan: Compile, plan: Plan, case: Case, roster: Roster | None) -> None:
        self.make_plan, self.plan, self.case, self.roster = make_plan, plan, case, roster
        self.effects: list[Effect] = []
        self.entries: list[Entry] = []
        self.wake_at: int | None = None
        self.messages: list[str] = []
        self.known: list[tuple[Plan, Case]] = []
        self.sent: list[Sent] = []

    def outcome(self) -> Rehearsal:
        return Rehearsal(
            self.plan, self.case, tuple(self.effects), tuple(self.entries), self.wake_at, tuple(self.messages),
            tuple(self.known),
            tuple(self.sent),
        )  # fmt: skip

    def play(self, happenings: Sequence[Happening], begun: int, end: int) -> None:
        early = [happening for happening in happenings if happening.at < begun]
        for happening in early:
            if happening.event is not None:
                self.keep(evolve(self.case, happening.event))
        self.step(begun)
        down = False
        for happening in happenings[len(early) :]:
            if not down:
                self.run_until(min(happening.at, end))
            if happening.at > end:
                return
            down = (happening.worker == "down") if happening.worker else down
            if happening.event is not None:
                self.keep(evolve(self.case, happening.event))
            if not down:
                self.step(happening.at)
        if not down:
            self.run_until(end)

    def run_until(self, end: int) -> None:
        """Everything that is due up to and including `end`."""
        for _ in range(MOST_STEPS):
            if self.wake_at is None or self.wake_at > end or self.case.closed:
                return
            self.step(self.wake_at)

    def step(self, now: int) -> None:
        """What the workflow does each time it wakes."""
        reason = stale(self.plan, self.case, now)
        effects: list[Effect] = []
        if reason:
            fresh = self.make_plan(wanted_policy(self.plan, self.case), self.case.ticket, self.plan.opened_at, now)
            if reason == "horizon":
                self.plan = extended(self.plan, fresh)
            else:
                last = retire(self.plan, self.case, now)
                self.keep(last.case)
                effects += last.effects
                self.plan = fresh
        decision = decide(self.plan, self.case, now)
        self.keep(decision.case)
        self.wake_at = decision.wake_at
        for effect in (*effects, *decision.effects):
            self.carry_out(effect, now)

    def carry_out(self, effect: Effect, now: int) -> None:
        self.effects.append(effect)
        if not effect.targets or still_wanted(self.plan, self.case, effect, now):
            return
        if self.roster is None:
            self.sent.append(Sent(now, effect))
            return
        found = address(
            self.roster, self.case.ticket, effect.targets, effect.fallback, now, self.case.snoozed(), kind=effect.kind,
            breach=effect.breach,
        )  # fmt: skip
        self.keep(note_addressed(self.case, effect, found, now))
        self.sent.append(Sent(now, effect, found.deliveries))
        self.messages += [f"{effect.key}/{told.person}/{told.channel}" for told in found.deliveries]

    def keep(self, case: Case) -> None:
        """Take the case over, with the entries it gained."""
        gained = case.entries - self.case.entries
        if gained:
            self.entries += case.time_line[-gained:]
            self.known += [(self.plan, case)] * len(case.time_line[-gained:])
        self.case = case
