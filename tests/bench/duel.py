"""The four cases, put to everybody in one run: who is how fast, and do they agree.

A: when are 8 business hours used up, from random instants in two years on. B: business time between two instants up to
30 days apart. C: as A in New York with a lunch break. D: 2,000 business hours.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.catalog import Catalog
from policies.compiler import narrow
from policies.document import CalendarDocument
from policies.office_hours import SECOND, OfficeHours, since_epoch
from tests.bench.contenders import Contender, Office, bound_in_seconds, contenders, disagreements
from tests.bench.stopwatch import Arguments, Call, rates

START = datetime(2026, 1, 1, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
KNOWN = (START - timedelta(days=60), START + TWO_YEARS + timedelta(days=500))
"""2,000 business hours of the last instant must lie inside."""
QUESTIONS = 20_000
COMPARED = 300
"""Answers of each contender that are compared with ours (fewer where a contender takes tens of milliseconds)."""
EIGHT_HOURS, LONG = timedelta(hours=8), timedelta(hours=2_000)
SECONDS = {"rung (epoch seconds)": "rung", "bound (epoch seconds)": "bound"}


@dataclass(frozen=True)
class Case:
    """One question, asked at many instants."""

    name: str
    office: Office
    length: timedelta | None
    """To be added; None = the time between two instants is asked for."""
    questions: Sequence[tuple[datetime, ...]]


def cases() -> list[Case]:
    seoul, new_york = korean_office(), new_york_office()
    return [
        Case("A", seoul, EIGHT_HOURS, instants(seoul)), Case("B", seoul, None, pairs(seoul)),
        Case("C", new_york, EIGHT_HOURS, instants(new_york)), Case("D", seoul, LONG, instants(seoul)),
    ]  # fmt: skip


def korean_office() -> Office:
    return office(Catalog().calendar("kr-office.v1"), ((time(9), time(18)),))


def new_york_office() -> Office:
    weekdays = ["mon", "tue", "wed", "thu", "fri"]
    written = {
        "calendar": "us-lunch", "version": 1, "zone": "America/New_York", "public_holidays": "US",
        "windows": [{"days": weekdays, "hours": ["09:00-12:00", "13:00-18:00"]}],
    }  # fmt: skip
    return office(CalendarDocument.model_validate(written), ((time(9), time(12)), (time(13), time(18))))


def office(document: CalendarDocument, windows: tuple[tuple[time, time], ...]) -> Office:
    """The windows of the document that are open to all, said again for the others."""
    holidays = narrow(document, "", second(KNOWN[0]), second(KNOWN[1])).holidays
    ours = OfficeHours.of(document, *KNOWN)
    return Office(document.calendar, document.zone, windows, tuple(sorted(holidays)), document, ours)


def instants(office: Office) -> list[tuple[datetime, ...]]:
    """Random seconds of two years, in the zone of the office."""
    dice, zone = random.Random(7), ZoneInfo(office.zone)
    span = int(TWO_YEARS.total_seconds())
    return [((START + timedelta(seconds=dice.randrange(span))).astimezone(zone),) for _ in range(QUESTIONS)]


def pairs(office: Office) -> list[tuple[datetime, ...]]:
    dice = random.Random(8)
    month = 30 * 86_400
    lengths = (timedelta(seconds=dice.randrange(month)) for _ in range(QUESTIONS))
    return [
        (start, (start.astimezone(UTC) + length).astimezone(start.tzinfo))
        for (start,), length in zip(instants(office), lengths, strict=True)
    ]


def measured() -> dict[str, Any]:
    """Case -> calls a second, ratios to ours, and how far the others agree; all cases side by side."""
    found = {case.name: Entry(case, contenders(case.office)) for case in cases()}
    calls = {(case, name): call for case, entry in found.items() for name, call in entry.calls.items()}
    fast = rates(calls)
    return {case: entry.report({who: fast[case, who] for who in entry.calls}) for case, entry in found.items()}


class Entry:
    """One case with everybody who can do it."""

    def __init__(self, case: Case, rivals: Sequence[Contender]) -> None:
        self.hours = case.office.ours
        self.cannot = {rival.name: rival.cannot for rival in rivals if not (case.length or rival.elapsed)}
        self.calls = {rival.name: put(case, rival) for rival in rivals if rival.name not in self.cannot}
        self.others = [name for name in self.calls if name != "rung"]
        self.calls |= {name: in_seconds(case, who) for name, who in SECONDS.items()}

    def report(self, fast: dict[str, float]) -> dict[str, Any]:
        bare = fast["rung (epoch seconds)"] / fast["bound (epoch seconds)"]
        return {
            "per_s": {name: round(rate, 1) if rate < 100 else round(rate) for name, rate in fast.items()},
            "rung_is_faster_by": {name: round(fast["rung"] / fast[name], 2) for name in self.others},
            "rung_is_faster_by_in_epoch_seconds": {"bound": round(bare, 2)},
            "agreement": {name: self.agreement(name, fast[name]) for name in self.others},
            "cannot": self.cannot,
        }

    def agreement(self, name: str, rate: float) -> dict[str, Any]:
        """A second's worth of questions, at most COMPARED."""
        count = min(COMPARED, max(20, int(rate)))
        (theirs, words), (our, questions) = self.calls[name], self.calls["rung"]
        asked = questions[:count]
        return disagreements(asked, [our(*q) for q in asked], [theirs(*q) for q in words[:count]], self.hours)


def put(case: Case, contender: Contender) -> tuple[Call, Arguments]:
    """The questions of a case in the words of a contender."""
    if case.length is None:
        assert contender.elapsed is not None
        return contender.elapsed, case.questions
    length = contender.length(case.length)
    return contender.add, [(start, length) for (start,) in case.questions]


def in_seconds(case: Case, who: str) -> tuple[Call, Arguments]:
    """The same without datetimes, as plans do it."""
    working = case.office.ours.working
    add, elapsed = (working.add, working.elapsed) if who == "rung" else bound_in_seconds(working)
    if case.length is None:
        return elapsed, [tuple(second(moment) for moment in question) for question in case.questions]
    return add, [(second(start), int(case.length.total_seconds())) for (start,) in case.questions]


def second(moment: datetime) -> int:
    return since_epoch(moment) // SECOND
