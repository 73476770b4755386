"""Answers of a calendar: an instant or a length, and the open hours behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.business_time import Interval, WorkingTime
from policies.clock import OpenInterval
from policies.duration import say_duration
from starter.showing.page import iso, local
from starter.showing.working_days import days, stretches


@dataclass(frozen=True)
class Due:
    """When `target` open seconds from `start` on are used up; `due` None = not within sight."""

    calendar: str
    zone: str
    start: int
    target: int
    due: int | None
    pauses: tuple[OpenInterval, ...]
    working: WorkingTime

    def intervals(self) -> list[Interval]:
        """What counts and what a pause strikes out, up to the due instant."""
        lasting = [start for start, end in self.pauses if end is None]
        until = self.due if self.due is not None else min(lasting, default=self.start)
        return self.working.intervals(self.start, max(until, self.start))


def show_due(page: Console, found: Due) -> None:
    """The answer first, then what makes it."""
    asked = f"{say_duration(found.target)} from {local(found.start, found.zone)} on {found.calendar} ({found.zone})"
    page.print(Text.assemble("due ", (_when(found), "bold")))
    page.print(Text(asked, style="dim"))
    _intervals(page, found.intervals(), found.pauses, found.zone, found.due)


def _when(found: Due) -> str:
    if found.due is not None:
        return local(found.due, found.zone)
    return "never: a pause lasts" if any(end is None for _, end in found.pauses) else "never within three years"


def due_data(found: Due) -> dict[str, Any]:
    """For programs."""
    return {
        "calendar": found.calendar, "zone": found.zone, "start": iso(found.start, found.zone),
        "target": found.target, "due": iso(found.due, found.zone),
        "pauses": [{"from": iso(a, found.zone), "to": iso(b, found.zone)} for a, b in found.pauses],
        "intervals": _interval_data(found.intervals(), found.zone),
    }  # fmt: skip


def show_elapsed(page: Console, calendar: str, zone: str, working: WorkingTime, start: int, end: int) -> None:
    """The answer first, then what makes it."""
    asked = f"from {local(start, zone)} to {local(end, zone)} on {calendar} ({zone})"
    page.print(Text.assemble("elapsed ", (say_duration(working.elapsed(start, end)), "bold")))
    page.print(Text(asked, style="dim"))
    _intervals(page, working.intervals(start, end), (), zone, None)


def elapsed_data(calendar: str, zone: str, working: WorkingTime, start: int, end: int) -> dict[str, Any]:
    """For programs."""
    return {
        "calendar": calendar, "zone": zone, "start": iso(start, zone), "end": iso(end, zone),
        "elapsed": working.elapsed(start, end), "intervals": _interval_data(working.intervals(start, end), zone),
    }  # fmt: skip


def _intervals(
    page: Console, intervals: Sequence[Interval], pauses: Sequence[OpenInterval], zone: str, due: int | None
) -> None:
    found = stretches(intervals, pauses, zone, due)
    if found:
        page.print()
        page.print(days(found, zone, due))


def _interval_data(intervals: Sequence[Interval], zone: str) -> list[dict[str, Any]]:
    return [{"from": iso(a, zone), "to": iso(b, zone), "seconds": b - a} for a, b in intervals]
