"""Back-test: what replays of many past tickets add up to, for one policy or for two side by side.

Everything is a sum, so that pieces of a log may be counted anywhere and added in order: the result does not depend on
how the log was cut. Memory grows with the days and people of a log, never with its tickets. Must never claim what an
escalation would have changed: a replay cannot know it (`CANNOT`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from policies.attainment import Attainments
from policies.business_time import zone_of
from policies.cycles import RESOLUTION
from policies.replay import SHARES, Alarm, Replay, Told

NIGHT_FROM, NIGHT_TO = 22, 7
"""Hours of the local clock between which a message counts as one at night."""
EXAMPLES = 10
"""Tickets named where two policies differ, and bad lines that are shown."""
CANNOT = (
    "A replay shows when rungs would have fired and which promises the recorded work kept.",
    "It cannot show the effect an escalation would have had: the recorded times stay as they were.",
    "What was not recorded is not there: acknowledgements, snoozes, outages, who was really on duty.",
)
Counts = Counter[Any]


@dataclass
class Tally:
    """Sums over replays under one policy. Keys are tuples of names; leads are whole minutes, rounded down."""

    tickets: Counts = field(default_factory=Counter)
    """By priority."""
    running: int = 0
    """Tickets that were not resolved when the log ended."""
    crossed: Counts = field(default_factory=Counter)
    """(share, priority) -> tickets whose resolution took more than that share of its target."""
    broken: Counts = field(default_factory=Counter)
    """(clock, priority) -> tickets with at least one broken promise of that clock."""
    promises: Counts = field(default_factory=Counter)
    """(clock, outcome) -> promises; next response makes several a ticket."""
    rungs: Counts = field(default_factory=Counter)
    """(rung, level, outcome)."""
    alarms: Counts = field(default_factory=Counter)
    """(rung, level, outcome of the promise) for rungs of the ladder that warn."""
    leads: dict[tuple[str, int], Counts] = field(default_factory=dict)
    """(rung, level) -> minutes before the breach."""
    told: Counts = field(default_factory=Counter)
    """(who, kind, number of the local week)."""
    nights: Counts = field(default_factory=Counter)
    """(who, kind)."""
    acts: Counts = field(default_factory=Counter)
    unfit: int = 0
    """Tickets to which the policy promises nothing."""
    attainments: Attainments = field(default_factory=Attainments)

    def add(self, replay: Replay, zone: str) -> None:
        """One more ticket; the zone says what is night and what is a week."""
        self.tickets[replay.priority] += 1
        self.running += not replay.resolved
        self.crossed.update((share, replay.priority) for share in SHARES if replay.crossed(share))
        clocks = dict.fromkeys(promise.clock for promise in replay.promises)
        self.broken.update((clock, replay.priority) for clock in clocks if replay.broke(clock))
        self.promises.update((promise.clock, promise.outcome) for promise in replay.promises)
        self.rungs.update(replay.rungs)
        self.acts.update(replay.acts)
        self.attainments.add(replay)
        for alarm in replay.alarms:
            self._warned(alarm)
        for told in replay.told:
            self._told(told, zone)

    def _warned(self, alarm: Alarm) -> None:
        if alarm.ladder and alarm.outcome:
            self.alarms[alarm.rung, alarm.level, alarm.outcome] += 1
        if alarm.lead is not None:
            self.leads.setdefault((alarm.rung, alarm.level), Counter())[alarm.lead // 60] += 1

    def _told(self, told: Told, zone: str) -> None:
        moment = datetime.fromtimestamp(told.at, UTC).astimezone(zone_of(zone))
        self.told[told.who, told.kind, week_of(moment)] += 1
        self.nights[told.who, told.kind] += moment.hour >= NIGHT_FROM or moment.hour < NIGHT_TO

    def merge(self, other: Tally) -> None:
        """The sums of another piece of the log."""
        for name in ("tickets", "crossed", "broken", "promises", "rungs", "alarms", "told", "nights", "acts"):
            getattr(self, name).update(getattr(other, name))
        for rung, minutes in other.leads.items():
            self.leads.setdefault(rung, Counter()).update(minutes)
        self.attainments.merge(other.attainments)
        self.running += other.running
        self.unfit += other.unfit

    def breaches(self, clock: str = RESOLUTION) -> int:
        """Tickets that broke a promise of the clock."""
        return sum(count for (name, _), count in self.broken.items() if name == clock)

    def past(self, share: int) -> int:
        """Tickets whose resolution took more than the share of its target."""
        return sum(count for (crossed, _), count in self.crossed.items() if crossed == share)


def week_of(moment: datetime) -> int:
    """Weeks from Monday to Sunday, counted from one long ago."""
    return (moment.toordinal() - 1) // 7


@dataclass
class Difference:
    """Two policies on the same tickets: by clock how often (first, second) broke it, and some tickets by name."""

    broken: Counts = field(default_factory=Counter)
    """(clock, broken under the first, broken under the second) -> tickets."""
    only: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    """(clock, 0 or 1) -> the first tickets of the log that only this policy's promise was broken for."""

    def add(self, first: Replay, second: Replay) -> None:
        clocks = dict.fromkeys(promise.clock for replay in (first, second) for promise in replay.promises)
        for clock in clocks:
            pair = (first.broke(clock), second.broke(clock))
            self.broken[clock, *pair] += 1
            if pair[0] != pair[1]:
                self._name(clock, pair.index(True), [first.id])

    def merge(self, later: Difference) -> None:
        """TRAP: in the order of the log, or the named tickets would depend on how it was cut."""
        self.broken.update(later.broken)
        for (clock, which), names in later.only.items():
            self._name(clock, which, names)

    def _name(self, clock: str, which: int, names: Iterable[str]) -> None:
        known = self.only.setdefault((clock, which), [])
        known += list(names)[: EXAMPLES - len(known)]


@dataclass
class Backtest:
    """A log, or a piece of it, under one policy or two."""

    tallies: list[Tally]
    difference: Difference = field(default_factory=Difference)
    lines: int = 0
    bad: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    """The first bad lines by number."""
    unused: Counts = field(default_factory=Counter)
    first: int = 0
    """The first opening, UTC seconds; 0 = no ticket yet."""

    def take(self, replays: list[Replay | None], zone: str) -> None:
        """One ticket under each policy; None where a policy promises nothing to it."""
        for tally, replay in zip(self.tallies, replays, strict=True):
            if replay is None:
                tally.unfit += 1
            else:
                tally.add(replay, zone)
        if len(replays) == 2 and replays[0] is not None and replays[1] is not None:
            self.difference.add(replays[0], replays[1])

    def fault(self, line: int, message: str) -> None:
        """A line that cannot be read is counted and, if among the first, shown."""
        self.bad += 1
        if len(self.faults) < EXAMPLES:
            self.faults.append((line, message))

    def merge(self, later: Backtest) -> None:
        for mine, theirs in zip(self.tallies, later.tallies, strict=True):
            mine.merge(theirs)
        self.difference.merge(later.difference)
        self.lines += later.lines
        self.bad += later.bad
        self.faults += later.faults[: EXAMPLES - len(self.faults)]
        self.unused.update(later.unused)
        self.first = min((at for at in (self.first, later.first) if at), default=0)


def rank(counts: Mapping[int, int], percent: int) -> int | None:
    """The smallest value that at least `percent` of all do not exceed (nearest rank); None of nothing."""
    total = sum(counts.values())
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen * 100 >= total * percent:
            return value
    return None


@dataclass(frozen=True)
class Load:
    """What one person or role hears. `mean` is per week over all weeks of the log, in hundredths."""

    who: str
    kind: str
    total: int
    weekly: int
    busiest: int
    night: int


def loads(tally: Tally, weeks: int) -> Iterator[Load]:
    """Pages and notices by person or role, the most told first."""
    totals: Counts = Counter()
    busiest: dict[tuple[str, str], int] = {}
    for (who, kind, _), count in tally.told.items():
        totals[who, kind] += count
        busiest[who, kind] = max(busiest.get((who, kind), 0), count)
    for (who, kind), total in sorted(totals.items(), key=lambda item: (item[0][1] != "page", -item[1], item[0])):
        mean = (total * 100 + weeks // 2) // max(weeks, 1)
        yield Load(who, kind, total, mean, busiest[who, kind], tally.nights[who, kind])


def weeks_between(first: int, last: int, zone: str) -> int:
    """Local weeks that the log touches."""
    start, end = (week_of(datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))) for at in (first, last))
    return end - start + 1
