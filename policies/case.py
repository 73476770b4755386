"""The case: all that is remembered of one open ticket, and how news changes it.

Facts are kept sorted by when they happened, and everything else is derived from them: late, doubled and reordered
news therefore end in the same state (semantics 2.4). `evolve` is total: any event in any order gives a case, never
an exception. What we did ourselves stands in `records` and is never undone. Must never hold anything computed from
a calendar.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from policies import event as news
from policies.approval import Asked, rule
from policies.clock import OpenInterval
from policies.duration import say_duration
from policies.event import Event
from policies.people import CUSTOMER, Addressed
from policies.plan import Effect
from policies.suggestion import did_you_mean
from policies.ticket import GRADES, PRIORITY_OF_URGENCY, TIERS, URGENCIES, Ticket, Version

TIME_LINE_KEPT = 400
"""Entries carried in the case; older ones stand in the journal."""

SKEW = 300
"""Seconds that the clocks of two systems may differ: news may be that much older than the ticket."""

KNOWN_FACTS = {"urgency": URGENCIES, "tier": TIERS, "impact": GRADES, "value": GRADES}
NOTHING_GIVEN = {
    news.REPRIORITISED: "neither urgency nor tier is given",
    news.ASSESSED: "none of impact, value, risk, complexity and predicted is given",
}

LATE_AFTER = 60
"""A page this many seconds after its due instant says how late it is (semantics 3.5)."""

FIRED, SUPERSEDED, SKIPPED, UNNECESSARY = "fired", "superseded", "skipped", "unnecessary"


@dataclass(frozen=True)
class Record:
    """What became of one occurrence of a rung. `index` is its repeat, `at` the instant of the decision."""

    outcome: str
    due: int
    at: int
    index: int = 0
    level: int = 0
    place: int = -1
    """Of one that repeats: the consumed seconds at which it stood; -1 = not known."""
    since: int = 0
    """Of one that repeats: when it first fired; 0 = it has not."""

    @property
    def paged_at(self) -> int:
        """When it was heard of."""
        return paged_at(self.due, self.at)


def paged_at(due: int, at: int) -> int:
    """When a page of `at` counts as heard: one that does not say how late it is came in time."""
    return at if at - due >= LATE_AFTER else due


@dataclass(frozen=True)
class Breach:
    """A broken promise that no later event can mend (semantics 2.7)."""

    clock: str
    cycle: int
    due: int
    told: bool = False
    """Whether a rung has said so."""


@dataclass(frozen=True)
class Settled:
    """A cycle that had ended before the target changed: its verdict stands by the promise it was measured by."""

    clock: str
    cycle: int
    target: int
    consumed: int
    breached: bool


@dataclass(frozen=True)
class Entry:
    """One line of the time line. `kind`: `event`, `ignored`, `fired`, `superseded`, `skipped`, `unnecessary`, ..."""

    number: int
    at: int
    kind: str
    text: str
    rung: str = ""
    key: str = ""


@dataclass(frozen=True)
class Case:
    """`base` is the ticket as it was opened; `begun_at` when this workflow took it up. Instants are UTC seconds."""

    base: Ticket
    opened_at: int
    begun_at: int
    events: tuple[Event, ...] = ()
    seen: tuple[str, ...] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()
    settled: tuple[Settled, ...] = ()
    retargeted_at: int = 0
    level: int = 0
    undelivered: tuple[str, ...] = ()
    recalled: tuple[Effect, ...] = ()
    """Pages called back because the clock stood still or staff was not told: sent when that is over."""
    time_line: tuple[Entry, ...] = ()
    entries: int = 0
    """Entries ever made: the next one's number."""
    serials: int = 0
    """News ever taken."""
    journaled: int = 0
    """Number of the first entry that the journal does not have: none from there on is dropped."""
    asked: tuple[Asked, ...] = ()
    """Credits that were asked for (A4), also those that are decided."""
    silence_stays: bool = False
    """The run is older than the telling after a mute: levels that fired in silence are not told then."""

    @cached_property
    def ticket(self) -> Ticket:
        """The facts as they stand now: the latest by `at` wins, whatever order they arrived in."""
        return self.versions[-1].ticket

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """How the facts stood one after the other; the first from the opening on."""
        facts: dict[str, str | int] = {}
        found = [Version(self.opened_at, self.base)]
        for event in self.events:
            if event.kind in news.FACTS:
                facts.update(event.facts)
                found.append(Version(event.at, _with(self.base, facts)))
        return tuple(found)

    @cached_property
    def closed(self) -> bool:
        """Closed or merged: the workflow ends."""
        return any(event.kind in (news.CLOSED, news.MERGED) for event in self.events)

    def rests(self) -> tuple[OpenInterval, ...]:
        """Every stretch in which the ticket counted as solved, as [from, to) with None for one that lasts."""
        return self._rests

    @cached_property
    def _rests(self) -> tuple[OpenInterval, ...]:
        spans: list[OpenInterval] = []
        for event in self.events:
            standing = bool(spans) and spans[-1][1] is None
            if event.kind in (news.RESOLVED, news.CLOSED, news.MERGED) and not standing:
                spans.append((event.at, None))
            elif event.kind == news.REOPENED and standing:
                spans[-1] = (spans[-1][0], event.at)
        return tuple(spans)

    @property
    def resolved_at(self) -> int | None:
        """The instant of the standing resolution, None while work goes on."""
        spans = self.rests()
        return spans[-1][0] if spans and spans[-1][1] is None else None

    def pauses(self) -> Mapping[str, tuple[OpenInterval, ...]]:
        """Every named pause as [from, to) with None for one that lasts (semantics 2.2)."""
        return self._pauses

    @cached_property
    def _pauses(self) -> dict[str, tuple[OpenInterval, ...]]:
        return _spans(self.events, news.PAUSE, news.RESUME)

    @cached_property
    def _mutes(self) -> dict[str, tuple[OpenInterval, ...]]:
        return _spans(self.events, news.MUTED, news.UNMUTED) if news.MUTED in self.kinds else {}

    def muted_by(self, at: int) -> str:
        """The outages that keep staff from being told at `at`, or nothing: `outage INC-7` (semantics 4.1)."""
        names = (
            name.replace(":", " ", 1) for name, spans in sorted(self._mutes.items())
            if any(start <= at and (end is None or at < end) for start, end in spans)
        )  # fmt: skip
        return ", ".join(names)

    def unmuted_at(self, at: int) -> int:
        """When staff could last be told again, up to `at`; 0 = it always could."""
        ends = (end for spans in self._mutes.values() for _, end in spans if end is not None and end <= at)
        return max(ends, default=0)

    def waived(self, clock: str) -> bool:
        """Whether the credits of that clock have been taken back (semantics 2.7)."""
        return bool(self._waivers) and ("" in self._waivers or clock in self._waivers)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of all the news so far."""
        return frozenset(event.kind for event in self.events)

    @cached_property
    def _waivers(self) -> frozenset[str]:
        return frozenset(event.to for event in self.events if event.kind == news.WAIVED)

    def open_pauses(self) -> tuple[str, ...]:
        """Names of the pauses that last, sorted."""
        return tuple(sorted(name for name, spans in self.pauses().items() if spans[-1][1] is None))

    def snoozed(self) -> dict[str, int]:
        """Person -> instant their snooze ends: never later than the next rung above the snoozer (semantics 3.9)."""
        ends: dict[str, int] = {}
        for event in self.events:
            if event.kind == news.SNOOZED:
                above = [r.at for r in self.records.values() if r.level > event.level and r.at > event.at]
                ends[event.to] = min([event.until, *above])
        return ends


def _spans(events: Sequence[Event], begins: str, ends: str) -> dict[str, tuple[OpenInterval, ...]]:
    """Name -> its stretches, from events of the two kinds that bear the name as their reason."""
    spans: dict[str, list[OpenInterval]] = {}
    for event in events:
        if event.kind not in (begins, ends):
            continue
        mine = spans.setdefault(event.reason, [])
        standing = bool(mine) and mine[-1][1] is None
        if event.kind == begins and not standing:
            mine.append((event.at, None))
        elif event.kind == ends and standing:
            mine[-1] = (mine[-1][0], event.at)
    return {name: tuple(intervals) for name, intervals in spans.items() if intervals}


DERIVED = ("ticket", "versions", "closed", "kinds", "_rests", "_pauses", "_mutes", "_waivers")
"""What a case remembers of its news."""


def amended(case: Case, **changes: Any) -> Case:
    """As `dataclasses.replace`; what was derived from the news goes along until there is other news.

    TRAP: it writes past the frozen fields of the new case, which nobody has seen yet: a third of the time of `replace`.
    """
    heir = object.__new__(Case)
    state = heir.__dict__
    state.update(case.__dict__)
    if "events" in changes:
        for name in DERIVED:
            state.pop(name, None)
    state.update(changes)
    return heir


def settled_in(case: Case, clock: str, cycle: int) -> Settled | None:
    """The verdict of a cycle that ended under an earlier plan, if it did."""
    return next((one for one in case.settled if (one.clock, one.cycle) == (clock, cycle)), None)


def _with(base: Ticket, facts: Mapping[str, str | int]) -> Ticket:
    given: dict[str, Any] = dict(facts)  # an assessment may take a score back to 0
    if priority := PRIORITY_OF_URGENCY.get(str(facts.get("urgency", "")), ""):
        given["priority"] = priority
    return replace(base, **given)


def evolve(case: Case, event: Event) -> Case:
    """The case with one more piece of news. A known `event_id` changes nothing; what cannot apply is noted."""
    if event.event_id and event.event_id in case.seen:
        return case
    seen = (*case.seen, event.event_id)[-2000:] if event.event_id else case.seen
    if case.closed and event.at > max(e.at for e in case.events if e.kind in (news.CLOSED, news.MERGED)):
        return noted(amended(case, seen=seen), event.at, "ignored", f"{say(event)}: the ticket is closed")
    if event.kind == news.MERGED and event.to == case.base.id:
        return noted(amended(case, seen=seen), event.at, "ignored", f"{say(event)}: that is this ticket itself")
    if event.kind in (news.REPRIORITISED, news.ASSESSED) and (wrong := _unknown(event)):
        return noted(amended(case, seen=seen), event.at, "ignored", f"{say(event)}: {wrong}")
    if event.at < case.opened_at - SKEW and event.kind not in (news.PAUSE, news.RESUME):
        return noted(amended(case, seen=seen), event.at, "ignored", f"{say(event)}: before the ticket was opened")
    if event.kind in news.RULINGS:
        ruling = rule(case, event.to, event.level, event.kind == news.APPROVED, event.at)
        if ruling.asked is None:
            wrong = ruling.fault or "decided already"
            return noted(amended(case, seen=seen), event.at, "ignored", f"{say(event)}: {wrong}")
        event = replace(event, to=ruling.asked.name)
    if event.kind == news.SNOOZED and not event.level:
        event = replace(event, level=case.level)
    event = replace(event, serial=case.serials + 1)
    at = bisect_right(case.events, event.at, key=lambda known: known.at)
    events = (*case.events[:at], event, *case.events[at:])
    if event.kind in (news.CLOSED, news.MERGED):
        events = tuple(known for known in events if known.at <= event.at)  # nothing happens to a ticket after its end
    grown = amended(case, seen=seen, events=events, serials=event.serial)
    reason = _idle(case, grown, event)
    if reason:
        grown = amended(grown, events=tuple(replace(e, idle=True) if e is event else e for e in grown.events))
    if reason:
        return noted(grown, event.at, "ignored", f"{say(event)}: {reason}")
    return noted(grown, event.at, "event", say(event))


def _unknown(event: Event) -> str:
    """What is wrong with a new fact, or nothing."""
    wrong = [
        f"{name} '{value}' is unknown{did_you_mean(str(value), KNOWN_FACTS[name])}"
        for name, value in event.facts.items()
        if name in KNOWN_FACTS and value not in KNOWN_FACTS[name]
    ]
    return "; ".join(wrong) or ("" if event.facts else NOTHING_GIVEN[event.kind])


def _idle(before: Case, after: Case, event: Event) -> str:
    """Why the event changes nothing as things stand, or nothing at all. It is kept: its counterpart may be late."""
    if event.kind in (news.PAUSE, news.RESUME) and before.pauses() == after.pauses():
        standing = ", ".join(before.open_pauses()) or "none"
        return (
            "already paused for it" if event.kind == news.PAUSE else f"no pause of that name stands (open: {standing})"
        )
    if event.kind in (news.RESOLVED, news.REOPENED) and before.rests() == after.rests():
        return "already resolved" if event.kind == news.RESOLVED else "the ticket is not resolved"
    if event.kind == news.ASSESSED and before.ticket == after.ticket:
        return "nothing new"
    if event.kind == news.TRANSFERRED and before.ticket == after.ticket:
        return f"it is with {event.to} already" if event.to else "no team is given"
    if event.kind == news.ACKNOWLEDGED and before.resolved_at is not None and event.at >= before.resolved_at:
        return "already resolved"
    return ""


def say(event: Event) -> str:
    """The event in the words of a time line: `pause customer by lee`, `assigned kim`."""
    facts = [event.kind]
    if event.kind == news.REPRIORITISED:
        facts += [f"urgency={event.urgency}" if event.urgency else "", f"tier={event.tier}" if event.tier else ""]
    elif event.kind == news.ASSESSED:
        facts += [f"{name}={_said(name, value)}" for name, value in event.facts.items()]
    elif event.kind == news.ESCALATED:
        facts.append(f"L{event.level}")
    else:
        facts += [event.to, event.reason]
    facts.append(f"by {event.actor}" if event.actor else "")
    return " ".join(fact for fact in facts if fact)


def _said(name: str, value: str | int) -> str:
    return say_duration(int(value)).replace(" ", "") if name == "predicted" else str(value)


def noted(case: Case, at: int, kind: str, text: str, rung: str = "", key: str = "", **changes: Any) -> Case:
    """The case with one more entry on its time line (and other changes); old ones go once the journal has them."""
    line = (*case.time_line, Entry(case.entries, at, kind, text, rung, key))
    surplus = min(len(line) - TIME_LINE_KEPT, case.journaled - line[0].number)
    return amended(case, time_line=line[max(surplus, 0) :], entries=case.entries + 1, **changes)


def refused(case: Case, at: int, text: str) -> Case:
    """News that could not be understood: kept as a line, so that nothing vanishes."""
    return noted(case, at, "ignored", text)


def note_addressed(case: Case, effect: Effect, addressed: Addressed, at: int) -> Case:
    """What became of a rung's targets: who was not told and why, who although they rest, who was taken instead."""
    for missing in addressed.not_sent:
        case = noted(case, at, "not_sent", f"not sent to {missing.role}: {missing.reason}", effect.rung, effect.key)
    for one in addressed.disturbed:
        case = noted(case, at, "disturbed", f"sent to {one.role} all the same: {one.reason}", effect.rung, effect.key)
    if addressed.passed:
        staff = (delivery.role for delivery in addressed.deliveries if delivery.role != CUSTOMER)
        instead = ", ".join(dict.fromkeys(staff)) or "nobody"
        case = noted(case, at, "passed_on", f"passed on to {instead}", effect.rung, effect.key)
    return case


def note_done(case: Case, at: int, key: str, rung: str, text: str) -> Case:
    """An effect reached the world."""
    return noted(amended(case, undelivered=_without(case.undelivered, key)), at, "done", text, rung, key)


def note_failed(case: Case, at: int, key: str, rung: str, text: str) -> Case:
    """An effect failed for good: visible until it is delivered (semantics 3.11)."""
    return noted(amended(case, undelivered=(*case.undelivered, key)), at, "undelivered", text, rung, key)


def note_unreached(case: Case, keys: Sequence[str]) -> Case:
    """Messages that reached nobody by any way; their lines are written already."""
    return amended(case, undelivered=(*case.undelivered, *(key for key in keys if key not in case.undelivered)))


def note_reached(case: Case, keys: Sequence[str]) -> Case:
    """Somebody was reached after all: these messages of the same page are missed by nobody."""
    return amended(case, undelivered=tuple(key for key in case.undelivered if key not in keys))


def _without(keys: Sequence[str], key: str) -> tuple[str, ...]:
    return tuple(other for other in keys if other != key)
