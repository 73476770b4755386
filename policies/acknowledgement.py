"""Acknowledgement: for how long a ladder waits because somebody has taken the ticket.

It belongs to (ticket, round), human activity moves its expiry, and on expiry the ladder goes on from the current rung
(semantics 3.3). Measured on the axis of a clock, so a pause or a closed office never lets it expire. Must never stop
a rung that does not wait for acknowledgement.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies import event as news
from policies.case import Case
from policies.clock import Clock

FOREVER = 1 << 62


@dataclass(frozen=True)
class Hold:
    """Consumed seconds [start, end) of a clock during which the ticket counts as acknowledged, in one round."""

    start: int
    end: int
    since: int
    """Serial of the acknowledgement that began it: the round's name."""
    by: str


def holds(clock: Clock, case: Case, timeout: int) -> tuple[Hold, ...]:
    """All holds so far on the axis of `clock`; `timeout` 0 never expires."""
    found: list[Hold] = []
    for event in case.events:
        if event.kind not in news.HUMAN_ACTIVITY or event.at < clock.start:
            continue
        if not found and event.kind != news.ACKNOWLEDGED:
            continue
        used = clock.consumed(event.at)
        standing = bool(found) and used < found[-1].end
        end = used + timeout if timeout else FOREVER
        if standing:
            last = found[-1]
            found[-1] = Hold(last.start, max(end, last.end), last.since, last.by)
        elif event.kind == news.ACKNOWLEDGED:
            found.append(Hold(used, end, event.serial, event.actor))
    return tuple(found)


def held_until(standing: tuple[Hold, ...], offset: int) -> int:
    """Where a rung at `offset` really stands: at the end of the hold that covers it, or where it was."""
    for hold in standing:
        if hold.start <= offset < hold.end:
            return hold.end
    return offset
