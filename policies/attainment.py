"""Attainment: how well the targets of a policy fit the recorded work, and which targets would (Q4).

Of each cell (tier x urgency) and clock the business time that promises took, in whole minutes rounded up. A target that
p % attain is the p-quantile of it; the interval around it is distribution-free, from order statistics and the binomial
distribution (David, Nagaraja: Order Statistics, 3rd ed., 7.1). Promises that were still running when the log ended
count as longer than all that ended: a target is never made too short by them. Must never advise on few tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, lgamma, log

from policies.replay import MET, UNDECIDED, Promise, Replay

GOALS = (80, 90, 95)
CONFIDENCE = 95
FEWEST = 30
RELAX_ABOVE, TIGHTEN_BELOW = 120, 80
"""Percent of the target that the predicted mean must pass for an advice (Q4: 1.2 and 0.8)."""
RELAX, TIGHTEN, KEEP, TOO_FEW = "relax", "tighten", "keep", "too few"
Key = tuple[str, str, str, int]
"""(clock, tier, urgency, target in seconds)."""


@dataclass
class Sample:
    """The promises of one cell and clock, as sums."""

    minutes: Counter[int] = field(default_factory=Counter)
    """Of those that ended."""
    running: int = 0
    running_minutes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        return self.minutes.total() + self.running

    def add(self, promise: Promise) -> None:
        used = -(-promise.consumed // 60)
        self.outcomes[promise.outcome] += 1
        if promise.stopped:
            self.minutes[used] += 1
        else:
            self.running += 1
            self.running_minutes += used

    def merge(self, other: Sample) -> None:
        self.minutes.update(other.minutes)
        self.outcomes.update(other.outcomes)
        self.running += other.running
        self.running_minutes += other.running_minutes


@dataclass
class Attainments:
    """All cells of a log, or of a piece of it."""

    samples: dict[Key, Sample] = field(default_factory=dict)

    def add(self, replay: Replay) -> None:
        for promise in replay.promises:
            key = (promise.clock, replay.tier, replay.urgency, promise.target)
            self.samples.setdefault(key, Sample()).add(promise)

    def merge(self, other: Attainments) -> None:
        for key, sample in other.samples.items():
            self.samples.setdefault(key, Sample()).merge(sample)


@dataclass(frozen=True)
class Goal:
    """The target that `percent` would attain, in minutes, between `low` and `high` with 95 % confidence.

    None: it cannot be said from this sample, being longer than what was seen.
    """

    percent: int
    minutes: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Advice:
    """One cell and clock. `mean` (minutes) is the prediction: it counts running promises with what they used so far."""

    clock: str
    tier: str
    urgency: str
    target: int
    size: int
    running: int
    met: int
    broken: int
    mean: int
    verdict: str
    goals: tuple[Goal, ...]

    @property
    def attained(self) -> int | None:
        """Hundredths of a percent of the promises that are decided; None of none."""
        decided = self.met + self.broken
        return (self.met * 10_000 + decided // 2) // decided if decided else None


def advise(found: Attainments, fewest: int = FEWEST) -> Iterator[Advice]:
    """An advice for each cell, sorted; `too few` and no targets below `fewest` promises."""
    for (clock, tier, urgency, target), sample in sorted(found.samples.items()):
        enough = sample.size >= fewest
        total = sum(value * count for value, count in sample.minutes.items()) + sample.running_minutes
        mean = (total + sample.size // 2) // sample.size
        yield Advice(
            clock, tier, urgency, target, sample.size, sample.running, sample.outcomes[MET],
            sample.size - sample.outcomes[MET] - sample.outcomes[UNDECIDED], mean,
            _verdict(total * 60, sample.size * target) if enough else TOO_FEW,
            tuple(goal(sample, percent) for percent in GOALS) if enough else (),
        )  # fmt: skip


def _verdict(used: int, promised: int) -> str:
    """Compared as whole numbers: seconds used by all against seconds promised to all."""
    if used * 100 > promised * RELAX_ABOVE:
        return RELAX
    return TIGHTEN if used * 100 < promised * TIGHTEN_BELOW else KEEP


def goal(sample: Sample, percent: int) -> Goal:
    """The quantile by nearest rank, and the order statistics that enclose it."""
    wanted = -(-sample.size * percent // 100)
    low, high = enclosing(sample.size, percent)
    values = sorted(sample.minutes)
    ends = list(accumulate(sample.minutes[value] for value in values))
    minutes, least, most = (_at_rank(values, ends, rank) for rank in (wanted, low, high))
    return Goal(percent, minutes, least, most)


def _at_rank(values: Sequence[int], ends: Sequence[int], rank: int) -> int | None:
    """The `rank`-th smallest, counted from 1; None past the end and for rank 0."""
    if rank < 1:
        return None
    return next((value for value, end in zip(values, ends, strict=True) if end >= rank), None)


def enclosing(size: int, percent: int, confidence: int = CONFIDENCE) -> tuple[int, int]:
    """Ranks (low, high) of the order statistics around a quantile, with at least that confidence.

    At most half the error on each side. Low 0 or high size + 1: the sample is too small to bound that side.
    """
    allowed = (100 - confidence) / 200
    share = percent / 100
    below = list(accumulate(_binomial(size, hits, share) for hits in range(size + 1)))
    low = next(hits for hits, mass in enumerate(below) if mass > allowed)
    high = next((hits for hits, mass in enumerate(below) if mass >= 1 - allowed), size) + 1
    return low, high


def _binomial(size: int, hits: int, share: float) -> float:
    """The chance of exactly `hits` of `size`. By logarithms: the factors alone leave the range of floats."""
    ways = lgamma(size + 1) - lgamma(hits + 1) - lgamma(size - hits + 1)
    return exp(ways + hits * log(share) + (size - hits) * log(1 - share))
