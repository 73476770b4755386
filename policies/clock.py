"""A clock: what one promise has used up, and when it is due.

It stores its working time, start, stop and the list of pauses; consumed time and due are derived, a deadline is
never moved by adding a duration (semantics 2.1). Must never read the time of day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.business_time import WorkingTime

OpenInterval = tuple[int, int | None]
"""A pause [from, to); `to` is None while it lasts."""


def merge_pauses(pauses: Iterable[OpenInterval]) -> tuple[OpenInterval, ...]:
    """Sorted and disjoint; an open pause swallows all that follow."""
    merged: list[OpenInterval] = []
    for start, end in sorted(pauses, key=lambda pause: pause[0]):
        if end is not None and end <= start:
            continue
        if not merged:
            merged.append((start, end))
            continue
        last_start, last_end = merged[-1]
        if last_end is None:
            break
        if start <= last_end:
            merged[-1] = (last_start, None if end is None else max(end, last_end))
        else:
            merged.append((start, end))
    return tuple(merged)


@dataclass(frozen=True)
class Clock:
    """One cycle of one promise. Instants are UTC epoch seconds, lengths are open seconds."""

    working: WorkingTime
    start: int
    stop: int | None = None
    pauses: Sequence[OpenInterval] = ()
    """Merged; only those that stop this clock."""

    def consumed(self, at: int) -> int:
        """Open, unpaused seconds between the start and `at` (or the stop, if that came first)."""
        end = at if self.stop is None else min(at, self.stop)
        used = self.working.elapsed(self.start, end)
        for paused_from, paused_to in self.pauses:
            until = end if paused_to is None else min(paused_to, end)
            used -= self.working.elapsed(max(paused_from, self.start), until)
        return used

    def due(self, target: int) -> int | None:
        """The earliest instant at which consumed == target, as if the clock never stopped.

        None while an open pause holds it, or when it lies past the working time's horizon.
        """
        cursor, left = self.start, target
        if left <= 0:
            return cursor
        for paused_from, paused_to in self.pauses:
            run = self.working.elapsed(cursor, paused_from)
            if run >= left:
                break
            if paused_to is None:
                return None
            left -= run
            cursor = max(cursor, paused_to)
        return self.working.add(cursor, left)

    def paused(self, at: int) -> bool:
        """Whether a pause holds it at `at`."""
        return any(start <= at and (end is None or at < end) for start, end in self.pauses)

    def held_open(self) -> bool:
        """Whether a pause without an end stands on it."""
        return bool(self.pauses) and self.pauses[-1][1] is None
