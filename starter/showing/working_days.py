"""Working time day by day: what was counted, what a pause struck out, what lies past the due instant.

Used wherever a deadline is explained. Must never add up anything the core did not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rich.table import Table
from rich.text import Text

from policies.business_time import Interval, clip, first_instant, subtract, zone_of
from policies.clock import OpenInterval
from policies.duration import say_duration
from starter.showing.page import table

COUNTED, PAUSED, OVER = "counted", "paused", "over"
_FOR_EVER = 1 << 40
_STYLES = {COUNTED: "", PAUSED: "strike dim", OVER: "red"}


@dataclass(frozen=True)
class Stretch:
    """One open stretch within one local day. `used` is what had been counted at its end."""

    day: date
    start: int
    end: int
    kind: str
    used: int


def stretches(
    intervals: Sequence[Interval], pauses: Sequence[OpenInterval], zone: str, due: int | None
) -> list[Stretch]:
    """Open intervals cut at midnights, pauses and the due instant, in order."""
    closed = [(start, _FOR_EVER if end is None else end) for start, end in pauses]
    running = subtract(intervals, closed)
    kinds = [(span, COUNTED) for span in running] + [(span, PAUSED) for span in subtract(intervals, running)]
    used, found = 0, []
    for (start, end), kind in sorted(kinds):
        for a, b, part in _parts(start, end, kind, zone, due):
            used += b - a if part != PAUSED else 0
            found.append(Stretch(_day(a, zone), a, b, part, used))
    return found


def _parts(start: int, end: int, kind: str, zone: str, due: int | None) -> Iterator[tuple[int, int, str]]:
    for a, b in _by_day(start, end, zone):
        if kind == PAUSED or due is None or b <= due:
            yield a, b, kind
            continue
        for span in clip([(a, b)], a, due):
            yield *span, COUNTED
        for span in clip([(a, b)], due, b):
            yield *span, OVER


def _by_day(start: int, end: int, zone: str) -> Iterator[Interval]:
    while start < end:
        midnight = first_instant(zone, _day(start, zone) + timedelta(days=1), 0)
        yield start, min(end, midnight)
        start = min(end, midnight)


def days(found: Iterable[Stretch], zone: str, due: int | None = None, stop: int | None = None) -> Table:
    """One line a stretch; closed days stand as one line."""
    made = table("Day", "From - to", "Counts", "Used", "", right=("Counts", "Used"))
    last: date | None = None
    for stretch in found:
        if last is not None and (stretch.day - last).days > 1:
            made.add_row(Text(_closed(last, stretch.day), style="dim"), Text("closed", style="dim"))
        day = f"{stretch.day:%a %d %b}" if stretch.day != last else ""
        made.add_row(day, *_row(stretch, zone, due, stop))
        last = stretch.day
    return made


def _row(stretch: Stretch, zone: str, due: int | None, stop: int | None) -> Iterator[Text]:
    style = _STYLES[stretch.kind]
    yield Text(f"{wall(stretch.start, zone)} - {_until(stretch, zone)}", style=style)
    if stretch.kind == PAUSED:
        yield Text("paused", style="cyan")
        return
    yield Text(say_duration(stretch.end - stretch.start), style=style)
    yield Text(say_duration(stretch.used), style=style)
    notes = [word for at, word in ((due, "due"), (stop, "stopped")) if at == stretch.end]
    yield Text(", ".join(notes) or ("past due" if stretch.kind == OVER else ""), style="bold" if notes else style)


def wall(at: int, zone: str) -> str:
    """`09:00`, with seconds only where there are any."""
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    return f"{moment:%H:%M:%S}" if at % 60 else f"{moment:%H:%M}"


def _until(stretch: Stretch, zone: str) -> str:
    return "24:00" if _day(stretch.end, zone) != stretch.day else wall(stretch.end, zone)


def _closed(last: date, following: date) -> str:
    first, final = last + timedelta(days=1), following - timedelta(days=1)
    return f"{first:%a %d %b}" if first == final else f"{first:%a %d %b} - {final:%a %d %b}"


def _day(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).date()
