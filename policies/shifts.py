"""Shifts: how the time line of one ticket differs under two policies, rung by rung and due by due.

Compares what two rehearsals gave. Must never rehearse anything, nor judge which of the two is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.case import Entry
from policies.explanation import Reading
from policies.rehearsal import Rehearsal

SAME, MOVED, CHANGED, ONLY_A, ONLY_B = "same", "moved", "changed", "only_a", "only_b"


@dataclass(frozen=True)
class Shift:
    """One line of what Rung does, as it is under A and under B; None where it does not come."""

    kind: str
    before: Entry | None
    after: Entry | None

    @property
    def at(self) -> int:
        """The earlier of the two instants."""
        return min(entry.at for entry in (self.before, self.after) if entry is not None)


@dataclass(frozen=True)
class DueShift:
    """One promise under A and under B; None where it is not made."""

    clock: str
    cycle: int
    before: Reading | None
    after: Reading | None

    @property
    def same(self) -> bool:
        """Whether target, due and verdict are."""
        left, right = ((r.target, r.due, r.breached) if r else None for r in (self.before, self.after))
        return left == right


def shifts(a: Rehearsal, b: Rehearsal) -> tuple[Shift, ...]:
    """Every line of both time lines, once, in the order of time.

    Lines belong together when they have the same key: the same step of the same cycle of the same ticket.
    """
    before, after = _by_key(a.ours), _by_key(b.ours)
    keys = [*before, *(key for key in after if key not in before)]
    return tuple(sorted((_shift(before.get(key), after.get(key)) for key in keys), key=lambda shift: shift.at))


def _by_key(entries: Sequence[Entry]) -> dict[tuple[str, int], Entry]:
    """Lines by key; a second line of one key (not sent, passed on) is the second."""
    found: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        key = entry.key or entry.text
        found[key, sum(known == key for known, _ in found)] = entry
    return found


def _shift(before: Entry | None, after: Entry | None) -> Shift:
    if before is None or after is None:
        return Shift(ONLY_B if before is None else ONLY_A, before, after)
    if before.at != after.at:
        return Shift(MOVED, before, after)
    return Shift(SAME if before.text == after.text else CHANGED, before, after)


def due_shifts(a: Sequence[Reading], b: Sequence[Reading]) -> tuple[DueShift, ...]:
    """Every promise of both, once."""
    before, after = ({(r.clock, r.cycle): r for r in readings} for readings in (a, b))
    keys = [*before, *(key for key in after if key not in before)]
    return tuple(DueShift(*key, before.get(key), after.get(key)) for key in keys)
