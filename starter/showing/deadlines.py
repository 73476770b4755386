"""Why each deadline is where it is, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from policies.duration import say_duration
from policies.explanation import SHOWN_INTERVALS, Deadline, Reading
from starter.showing.page import clock_name, iso, local, plain, state, year_of
from starter.showing.standing import reading_data
from starter.showing.working_days import days, stretches


def show(page: Console, deadlines: Sequence[Deadline], zone: str, now: int) -> None:
    """Each deadline under its heading."""
    for number, deadline in enumerate(deadlines):
        if number:
            page.print()
        _show(page, deadline, zone, year_of(now, zone))


def _show(page: Console, deadline: Deadline, zone: str, year: int) -> None:
    reading = deadline.reading
    page.print(Text.assemble((clock_name(reading.clock, reading.cycle), "bold"), "  ", state(reading.state)))
    counted = f"from {local(reading.start, zone, year)} on {deadline.calendar} ({zone})"
    page.print(Text(f"  {say_duration(reading.target)} promised, counted {counted}", style="dim"))
    by = deadline.paused_by or (", ".join(deadline.pause_names),) * len(deadline.pauses)
    for (start, end), named in zip(deadline.pauses, by, strict=True):
        until = f"to {local(end, zone, year)}" if end is not None else "and lasts"
        names = f" ({plain(named)})" if named else ""
        page.print(Text(f"  paused{names} from {local(start, zone, year)} {until}", style="cyan"))
    found = stretches(deadline.intervals, deadline.pauses, zone, reading.due)
    if found:
        page.print(Padding(days(found, zone, reading.due, reading.stop), (0, 0, 0, 2)))
    if len(deadline.intervals) >= SHOWN_INTERVALS:
        page.print(Text(f"  ... only the first {SHOWN_INTERVALS} open intervals are shown", style="dim"))
    page.print(Text(f"  {_sum(reading, zone, year)}"))


def _sum(reading: Reading, zone: str, year: int) -> str:
    """The bottom line."""
    used = f"{say_duration(reading.consumed)} of {say_duration(reading.target)} used"
    over = reading.consumed - reading.target
    left = f"{say_duration(over)} over" if over > 0 else f"{say_duration(reading.remaining)} left"
    if reading.due is None and reading.stop is not None:
        return f"= {used}; stopped {local(reading.stop, zone, year)}"
    if reading.due is None:
        why = "no due while the pause lasts" if reading.state == "paused" else "the due lies past the plan's horizon"
        return f"= {used}, {left}; {why}"
    if reading.stop is not None:
        return f"= {used}; due {local(reading.due, zone, year)}, stopped {local(reading.stop, zone, year)}"
    return f"= {used}, {left}; due {local(reading.due, zone, year)}"


def data(deadlines: Sequence[Deadline], zone: str) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            **reading_data(deadline.reading, zone), "calendar": deadline.calendar,
            "intervals": [{"from": iso(a, zone), "to": iso(b, zone), "seconds": b - a} for a, b in deadline.intervals],
            "pauses": [{"from": iso(a, zone), "to": iso(b, zone)} for a, b in deadline.pauses],
            "paused_by": list(deadline.paused_by),
            "pause_names": list(deadline.pause_names),
        }
        for deadline in deadlines
    ]  # fmt: skip
