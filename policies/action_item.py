"""An action item: what somebody has to do after an incident, and when they are reminded (T4).

Reminders come a business day before it is due, when it is due, and then every business day until it is done; once it is
overdue the owner's lead hears of it, too. Must never ask a clock: the instants follow from working time alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.business_time import WorkingTime

LATE_AFTER = 60
"""Seconds after its due from which an item's owner is late for others, too."""


@dataclass(frozen=True)
class Item:
    """One item. `due` is a UTC second; `owner` a role or a person; `done_at` 0 while it is open."""

    id: str
    title: str
    owner: str
    due: int
    done_at: int = 0
    done_by: str = ""
    made_by: str = ""

    @property
    def open(self) -> bool:
        return self.done_at == 0

    def overdue(self, now: int) -> bool:
        """In the due second itself it is in time."""
        return self.open and now > self.due


@dataclass(frozen=True)
class Reminding:
    """How far an item is. `reminded_at` in its own UTC seconds, 0 = never; `ahead`: what its clock is ahead of ours."""

    due: int = 0
    reminded_at: int = 0
    ahead: int = 0


def next_reminder(working: WorkingTime, due: int, day: int, after: int) -> int | None:
    """The first reminder later than `after`: a business day of `day` open seconds before `due`, at it, every one after.

    None when it lies past the working time that is known.
    """
    first = working.sub(due, day)
    if first is not None and first > after:
        return first
    if due > after:
        return due
    return working.add(due, (working.elapsed(due, after) // day + 1) * day)


def lead_hears(due: int, at: int) -> bool:
    """Whether a reminder of `at` goes to the owner's lead as well: from the first one after the due.

    TRAP: the one at the due goes out a moment later than that; it is still the owner's alone.
    """
    return at - due >= LATE_AFTER
