"""Who is on call, by a program that knows only a wall clock and walks through it minute by minute.

It reads the local clock at every minute and remembers the latest time that it has shown: a wall time is reached as soon
as the clock has shown it or later (semantics 1.1), so gaps and overlaps need no rule of their own. It shares no line
with the code it judges: it reads the entries of people.yaml as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
MINUTE = timedelta(minutes=1)
Window = tuple[Sequence[str], time, time]
"""Weekdays, opens, closes."""
Spell = tuple[datetime, datetime, Mapping[str, Any]]


@dataclass
class Clock:
    """A wall clock that never goes back."""

    zone: ZoneInfo
    shown: datetime = field(default=datetime.min)  # noqa: DTZ901 - a wall clock

    def look(self, at: datetime) -> datetime:
        self.shown = max(self.shown, at.astimezone(self.zone).replace(tzinfo=None))
        return self.shown


class SlowLayer:
    """One layer as it is written, with a clock of its own; it counts the handovers that its clock has shown."""

    def __init__(self, entry: Mapping[str, Any], zone: str) -> None:
        self.clock = Clock(ZoneInfo(entry.get("zone", zone)))
        self.members = entry["members"]
        self.starts = datetime.fromisoformat(entry["starts"])
        self.ends = datetime.fromisoformat(entry["ends"]) if "ends" in entry else None
        self.length = length_of(entry.get("every", "weekly"))
        self.windows = [window_of(line) for line in entry.get("hours", ())]
        self.turn, self.handover = 0, self.starts + self.length

    def look(self, at: datetime) -> str | None:
        shown = self.clock.look(at)
        while self.handover <= shown:
            self.turn, self.handover = self.turn + 1, self.handover + self.length
        if shown < self.starts or (self.ends and shown >= self.ends):
            return None
        if self.windows and not any(inside(window, shown) for window in self.windows):
            return None
        return self.members[self.turn % len(self.members)]


def length_of(every: str) -> timedelta:
    if every in UNITS:
        return UNITS[every]
    number, unit = re.fullmatch(r"(\d+) ?([hdw])\w*", every).groups()  # type: ignore[union-attr]
    return int(number) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(days=7)}[unit]


def window_of(line: str) -> Window:
    days, _, window = line.rpartition(" ")
    opens, closes = (datetime.strptime(text, "%H:%M").time() for text in window.split("-"))  # noqa: DTZ007
    first, _, last = days.partition("-")
    return DAYS[DAYS.index(first) : DAYS.index(last or first) + 1] if first else DAYS, opens, closes


def inside(window: Window, shown: datetime) -> bool:
    """Whether the wall clock is in a window of today, or in one that began yesterday."""
    days, opens, closes = window
    today, time = DAYS[shown.weekday()], shown.time()
    if opens < closes:
        return today in days and opens <= time < closes
    return (today in days and time >= opens) or (DAYS[shown.weekday() - 1] in days and time < closes)


def walk(schedule: Mapping[str, Any], since: datetime, until: datetime) -> Iterator[tuple[datetime, str | None]]:
    """(minute, who or None) from `since` to `until`; the clocks are looked at for two days before."""
    zone = schedule.get("zone", "UTC")
    layers = [SlowLayer(entry, zone) for entry in schedule["layers"]]
    swaps, overrides = spells(schedule.get("swaps", ())), spells(schedule.get("overrides", ()))
    at = since - timedelta(days=2)
    while at < until:
        found = [layer.look(at) for layer in layers]
        if at >= since:
            yield at, replaced(swaps, overrides, at, next((one for one in reversed(found) if one), None))
        at += MINUTE


def who(schedule: Mapping[str, Any], at: datetime) -> str | None:
    """At one instant, seconds and all."""
    at = at.astimezone(UTC)
    for minute, person in walk(schedule, at, at + MINUTE):
        assert minute == at
        return person
    raise AssertionError


def spells(entries: Sequence[Mapping[str, Any]]) -> list[Spell]:
    return [(datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["to"]), one) for one in entries]


def replaced(swaps: Sequence[Spell], overrides: Sequence[Spell], at: datetime, person: str | None) -> str | None:
    for start, end, swap in swaps:
        if start <= at < end and person in swap["between"]:
            [person] = [other for other in swap["between"] if other != person]
    for start, end, override in overrides:
        if start <= at < end and override.get("instead_of", person) == person:
            person = override["who"]
    return person
