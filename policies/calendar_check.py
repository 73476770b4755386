"""What is wrong with a calendar beyond the shape of its keys.

Must never be asked about hours that look odd and are legal: those are doubts.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.business_time import DAY
from policies.compiler import narrow
from policies.document import CalendarDocument
from policies.duration import BadDuration, parse_duration
from policies.fault import Fault
from policies.public_holidays import UnknownCountry
from policies.ticket import URGENCIES
from policies.written import Written

YEAR = 366 * DAY


def check_calendar(written: Written, document: CalendarDocument, now: int) -> list[Fault]:
    """Faults that need more than one key: unknown country, no open time (semantics 1.5), an empty business day."""
    return [*_check_business_day(written, document), *_check_open_time(written, document, now)]


def _check_business_day(written: Written, document: CalendarDocument) -> Iterator[Fault]:
    try:
        if parse_duration(document.business_day) <= 0:
            yield written.fault(["business_day"], "must be longer than 0 (write it in hours, like '9h')")
    except BadDuration as error:
        yield written.fault(["business_day"], f"{error} (write it in hours, like '9h')")


def _check_open_time(written: Written, document: CalendarDocument, now: int) -> Iterator[Fault]:
    try:
        narrowed = {urgency: narrow(document, urgency, now, now + YEAR) for urgency in ("", *URGENCIES)}
    except UnknownCountry as error:
        yield written.fault(["public_holidays"], f"{error}{_capitals(document.public_holidays)}")
        return
    empty = [urgency or "all" for urgency, calendar in narrowed.items() if not calendar.intervals(now, now + YEAR)]
    if empty and all(written.whole(key) for key in ("windows", "special_hours", "holidays", "breaks")):
        message = f"no open time in the next 366 days for tickets of urgency {', '.join(empty)}; "
        yield written.fault(["windows"], message + "add windows or remove holidays")


def _capitals(place: str) -> str:
    return f"; countries are written in capitals: '{place.upper()}'" if place != place.upper() else ""
