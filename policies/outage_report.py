"""What an outage meant for one ticket: clock time that stood still, promises it saved, promises broken all the same.

Two readings by the core that decides: the ticket as it is, and as it would be had nobody declared anything. "Saved" is
so by definition of the pause. Must never guess what people would have done without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.case import Case, amended
from policies.explanation import Reading, readings
from policies.outage import DECLARED, ENDED, Outage
from policies.plan import Plan


@dataclass(frozen=True)
class Touched:
    """One ticket. `stopped` are open seconds of the clock that stood still longest; names are clocks."""

    ticket: str
    since: int
    until: int | None
    """None = it stands still yet."""
    stopped: int = 0
    saved: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unsent: int = 0
    """Messages to staff that were not sent."""


@dataclass(frozen=True)
class Account:
    """All of them together; seconds are open seconds."""

    tickets: int = 0
    stopped: int = 0
    saved: int = 0
    broken: int = 0
    unsent: int = 0


def touched(plan: Plan, case: Case, outage: Outage, at: int) -> Touched | None:
    """As of `at`; None for a ticket that never heard of it."""
    first, last = f"{outage.name}{DECLARED}", f"{outage.name}{ENDED}"
    begun = next((event.at for event in case.events if event.event_id == first), None)
    if begun is None:
        return None
    spared = amended(case, events=tuple(e for e in case.events if e.event_id not in (first, last)))
    pairs = _pairs(readings(plan, case, at), readings(plan, spared, at))
    muted = f": muted by {outage.name.replace(':', ' ')}"
    return Touched(
        case.base.key, begun, next((event.at for event in case.events if event.event_id == last), None),
        max((without.consumed - with_it.consumed for with_it, without in pairs), default=0),
        tuple(one.clock for one, without in pairs if without.breached and not one.breached),
        tuple(one.clock for one, _ in pairs if one.breached and _after(one, begun)),
        sum(line.kind == "not_sent" and line.text.endswith(muted) for line in case.time_line),
    )  # fmt: skip


def loss(outage: Outage, cost: int, now: int) -> int | None:
    """What it cost until its end or until `now`, at `cost` a minute of it; begun minutes count, nights too.

    None when nobody says what a minute costs. By the length of the outage, not by its tickets: those who did not
    write lost as much.
    """
    lasted = max((outage.over_at or now) - outage.since, 0)
    return -(-lasted // 60) * cost if cost else None


def cost_of(services: Iterable[str], costs: Mapping[str, int]) -> int:
    """What a minute without all of them costs; of a service that has no figure nothing is known. 0 = nothing at all."""
    return sum(costs.get(name, 0) for name in dict.fromkeys(services))


def account(found: Iterable[Touched]) -> Account:
    """The sums."""
    all_of_them = list(found)
    return Account(
        len(all_of_them), sum(one.stopped for one in all_of_them), sum(len(one.saved) for one in all_of_them),
        sum(len(one.broken) for one in all_of_them), sum(one.unsent for one in all_of_them),
    )  # fmt: skip


def _pairs(with_it: tuple[Reading, ...], without: tuple[Reading, ...]) -> list[tuple[Reading, Reading]]:
    """The same cycle of the same clock, seen twice."""
    other = {(one.clock, one.start): one for one in without}
    return [(one, other[one.clock, one.start]) for one in with_it if (one.clock, one.start) in other]


def _after(reading: Reading, begun: int) -> bool:
    """A promise that was broken before it began is none of its business."""
    return reading.due is None or reading.due >= begun
