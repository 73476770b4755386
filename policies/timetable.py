"""A timetable: open intervals as one short line that people can read, for histories that are kept for years.

    a=00:00-09:00 A=aaaaa; 2025-12-29 ...a A .aaaa 5A

Before the `;` stand names. A small letter is a day: its openings in UTC, `a=14:00-17:00,18:00-22:00`; an opening
belongs to the day it begins on and may end after 24:00. A capital is a week that comes often. After the `;` stand a
Monday and the weeks from there on, each from Monday on: `.` is a closed day or week, closed days at the end are left
out, `5A` is five such weeks. Exact to the second. Read inside workflows: must never ask a zone or a calendar.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from string import ascii_lowercase, ascii_uppercase

DAY = 86_400
WEEK = 7 * DAY
EPOCH = date(1970, 1, 1).toordinal()
CLOSED = "."
OFTEN = 3
"""A week that stands at so many places gets a name."""

Interval = tuple[int, int]
Openings = tuple[Interval, ...]
"""Of one day: (from, to) in seconds after UTC midnight."""


def written(intervals: Sequence[Interval]) -> str:
    """Sorted intervals as a timetable; "" for none, and when they need more names than there are letters."""
    days = _by_day(intervals)
    names = dict(zip(Counter(days.values()), ascii_lowercase, strict=False))
    if not days or len(names) < len(set(days.values())):
        return ""
    first = min(days) - (min(days) + EPOCH - 1) % 7
    runs = [(week, len(list(same))) for week, same in groupby(_weeks(days, names, first))]
    often = [week for week, places in Counter(week for week, _ in runs).items() if places >= OFTEN and len(week) > 1]
    short = dict(zip(often, ascii_uppercase, strict=False))
    head = [f"{name}={_openings_text(openings)}" for openings, name in names.items()]
    head += [f"{name}={week}" for week, name in short.items()]
    body = [f"{count if count > 1 else ''}{short.get(week, week)}" for week, count in runs]
    return f"{' '.join(head)}; {date.fromordinal(first + EPOCH)} {' '.join(body)}"


def read(text: str) -> list[Interval]:
    """The intervals that were written. Raises KeyError or ValueError for what is no timetable."""
    head, _, body = text.partition("; ")
    named: dict[str, str] = dict(name.split("=") for name in head.split())
    days = {name: _openings(value) for name, value in named.items() if name in ascii_lowercase}
    weeks = {name: _openings_of_week(value, days) for name, value in named.items() if name in ascii_uppercase}
    monday, *runs = body.split()
    at = (date.fromisoformat(monday).toordinal() - EPOCH) * DAY
    found: list[Interval] = []
    for run in runs:
        week = run.lstrip("0123456789")
        openings = weeks[week] if week in weeks else _openings_of_week(week, days)
        for _ in range(int(run[: -len(week)] or 1)):
            found += [(at + opens, at + closes) for opens, closes in openings]
            at += WEEK
    return found


def _by_day(intervals: Sequence[Interval]) -> dict[int, Openings]:
    """Day number since the epoch -> what opens on it."""
    days: dict[int, list[Interval]] = {}
    for start, end in intervals:
        day = start // DAY
        days.setdefault(day, []).append((start - day * DAY, end - day * DAY))
    return {day: tuple(openings) for day, openings in days.items()}


def _weeks(days: Mapping[int, Openings], names: Mapping[Openings, str], first: int) -> Iterator[str]:
    """One text a week, from the Monday with the number `first` on."""
    letters = {day: names[openings] for day, openings in days.items()}
    for monday in range(first, max(days) + 1, 7):
        week = "".join([letters.get(day, CLOSED) for day in range(monday, monday + 7)])
        yield week.rstrip(CLOSED) or CLOSED


def _openings_of_week(week: str, days: Mapping[str, Openings]) -> Openings:
    """Seconds after the week's Monday."""
    placed = ((n * DAY, days[name]) for n, name in enumerate(week) if name != CLOSED)
    return tuple((day + opens, day + closes) for day, openings in placed for opens, closes in openings)


def _openings_text(openings: Openings) -> str:
    return ",".join(f"{_wall(opens)}-{_wall(closes)}" for opens, closes in openings)


def _openings(text: str) -> Openings:
    spans = (span.split("-") for span in text.split(","))
    return tuple((_seconds(opens), _seconds(closes)) for opens, closes in spans)


def _wall(seconds: int) -> str:
    """`09:00`, `09:00:30`, `33:00` for nine o'clock of the next day."""
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


def _seconds(wall: str) -> int:
    hours, minutes, *second = wall.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + (int(second[0]) if second else 0)
