"""Doubts about a calendar: hours that look like a slip, holidays that end before the plans do.

Must never stop a calendar: all of it is legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from policies.business_time import DAY, Window
from policies.compiler import HORIZON
from policies.document import CalendarDocument, windows_of
from policies.duration import say_duration
from policies.fault import Fault, in_order
from policies.public_holidays import last_year, public_holidays
from policies.written import Written

LONG_NIGHT = 12 * 3600
CODES = ("holidays-end", "long-night", "overlapping-hours", "no-effect")


def calendar_doubts(written: Written, document: CalendarDocument, now: int) -> list[Fault]:
    """All of them, by line. `now` in UTC seconds."""
    return in_order(
        [*_holidays_end(written, document, now), *_no_effect(written, document), *_hours(written, document)]
    )


def _holidays_end(written: Written, document: CalendarDocument, now: int) -> Iterator[Fault]:
    reach = datetime.fromtimestamp(now + HORIZON, UTC).date()
    if document.public_holidays:
        last = last_year(document.public_holidays)
        if last < reach.year:
            message = f"the holidays of {document.public_holidays} are known up to {last}, tickets reach to {reach}; "
            yield written.fault(["public_holidays"], message + "upgrade the holidays package", "holidays-end")
    elif document.holidays and max(document.holidays) < reach:
        message = (
            f"the last holiday is {max(document.holidays)}, tickets opened today reach to {reach}; add the next ones"
        )
        yield written.fault(["holidays"], message, "holidays-end")


def _no_effect(written: Written, document: CalendarDocument) -> Iterator[Fault]:
    for index, day in enumerate(document.not_holidays):
        known = document.public_holidays and day in public_holidays(document.public_holidays, day.year)
        if not known and day not in document.holidays:
            message = f"{day} is no holiday of this calendar; take it away"
            yield written.fault(["not_holidays", index], message, "no-effect")


def _hours(written: Written, document: CalendarDocument) -> Iterator[Fault]:
    for index, hours in enumerate(document.windows):
        yield from _windows(written, ["windows", index, "hours"], hours.hours)
    special: list[tuple[str, dict[date, list[str]]]] = [
        ("special_hours", document.special_hours), ("breaks", document.breaks),
    ]  # fmt: skip
    for name, days in special:
        for day, texts in days.items():
            yield from _windows(written, [name, day], texts)


def _windows(written: Written, key: Sequence[object], texts: list[str]) -> Iterator[Fault]:
    windows = windows_of(texts)
    for number, window in enumerate(windows):
        opens, closes = _unrolled(window)
        if closes > DAY and closes - opens > LONG_NIGHT:
            message = f"'{texts[number]}' ends before it begins, so it runs {say_duration(closes - opens)} into the "
            yield written.fault([*key, number], message + "next day; is it the wrong way round?", "long-night")
        for other, text in enumerate(texts[:number]):
            begun, ended = _unrolled(windows[other])
            if begun < closes and opens < ended:
                message = f"'{texts[number]}' overlaps '{text}'; what overlaps counts once"
                yield written.fault([*key, number], message, "overlapping-hours")


def _unrolled(window: Window) -> Window:
    opens, closes = window
    return opens, closes + DAY if closes <= opens else closes
