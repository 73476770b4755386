"""A clock: what one promise has used up, and when it is due.

It stores its working time, start, stop and the list of pauses; consumed time and due are derived, a deadline is
never moved by adding a duration (semantics 2.1). Must never read the time of day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

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

    @cached_property
    def _halts(self) -> tuple[list[int], list[int], list[int | None]]:
        """The pauses after the start: where each begins, what is consumed by then, where it ends."""
        begins: list[int] = []
        used: list[int] = []
        ends: list[int | None] = []
        cursor, spent = self.start, 0
        for paused_from, paused_to in self.pauses:
            if paused_to is not None and paused_to <= self.start:
                continue
            spent += self.working.elapsed(cursor, paused_from)
            begins.append(max(paused_from, self.start))
            used.append(spent)
            ends.append(paused_to)
            if paused_to is None:
                break
            cursor = paused_to
        return begins, used, ends

    def consumed(self, at: int) -> int:
        """Open, unpaused seconds between the start and `at` (or the stop, if that came first)."""
        end = at if self.stop is None else min(at, self.stop)
        begins, used, ends = self._halts
        last = bisect_right(begins, end) - 1
        if last < 0:
            return self.working.elapsed(self.start, end)
        resumed = ends[last]
        return used[last] + (self.working.elapsed(resumed, end) if resumed is not None else 0)

    def due(self, target: int) -> int | None:
        """The earliest instant at which consumed == target, as if the clock never stopped.

        None while an open pause holds it, or when it lies past the working time's horizon.
        """
        if target <= 0:
            return self.start
        if target not in self._dues:
            self._dues[target] = self._due(target)
        return self._dues[target]

    @cached_property
    def _dues(self) -> dict[int, int | None]:
        return {}

    def _due(self, target: int) -> int | None:
        _begins, used, ends = self._halts
        passed = bisect_left(used, target)
        if passed == 0:
            return self.working.add(self.start, target)
        resumed = ends[passed - 1]
        return None if resumed is None else self.working.add(resumed, target - used[passed - 1])

    def paused(self, at: int) -> bool:
        """Whether a pause holds it at `at`."""
        last = bisect_right(self.pauses, at, key=lambda pause: pause[0]) - 1
        if last < 0:
            return False
        end = self.pauses[last][1]
        return end is None or at < end

    def held_open(self) -> bool:
        """Whether a pause without an end stands on it."""
        return bool(self.pauses) and self.pauses[-1][1] is None
