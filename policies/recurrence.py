"""Recurrence: a rule by which something comes again, as RFC 5545 writes it, in the wall time of one place.

At most once a day and always at the same wall time, so that a day names one of them. What calendars read tacitly as
something else is refused. Must never know a zone: whoever asks converts, instant by instant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from policies.suggestion import did_you_mean

SHORT = {"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": "FREQ=MONTHLY"}
"""On the weekday, or on the day of the month, of the first one."""
OFTEN = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
NUMBERS = {
    "INTERVAL": (1, 999), "COUNT": (1, 9_999), "BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366), "BYWEEKNO": (-53, 53), "BYSETPOS": (-366, 366),
}  # fmt: skip
"""Part -> least and most; 0 is none of them. TRAP: dateutil looks for ever for what an INTERVAL of 0 finds."""
SINGLE = ("INTERVAL", "COUNT")
DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
PARTS = ("FREQ", "BYDAY", "WKST", *NUMBERS)
EXAMPLE = "'weekly' or an RRULE like FREQ=MONTHLY;BYDAY=2SU"
SURE_DAYS = 28
"""Every month has these."""


def walls(every: str, first: datetime) -> Iterator[datetime]:
    """The wall times at which it comes, in order, the first one included. `every` is without faults."""
    parts = _parts(every)
    count = int(parts.pop("COUNT", 0)) or None
    found: rrule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
    return islice(found, count)


def faults(every: str, first: datetime) -> list[str]:
    """What is wrong with the rule as it is written, each with what to write."""
    parts = _parts(every)
    if "=" not in every and every.strip().lower() not in SHORT:
        return [f"the rule '{every[:80]}' says not how often{did_you_mean(every, SHORT)}; write {EXAMPLE}"]
    if found := [*_written_twice(every), *_part_faults(parts), *_day_faults(parts)]:
        return found
    if every.strip().lower() == "monthly" and first.day > SURE_DAYS:
        last = "FREQ=MONTHLY;BYMONTHDAY=-1"
        return [f"not every month has a day {first.day}; for the last day write {last}, with --from on such a day"]
    try:
        nearest = next(walls(every, first), None)
    except ValueError as error:
        return [f"the rule '{every}' makes no sense ({error}); write {EXAMPLE}"]
    if nearest is None:
        return [f"the rule '{every}' never comes; write {EXAMPLE}"]
    if nearest != first:
        return [f"--from ({first:%a %d %b %Y}) is not one of the rule's days; its first is {nearest:%a %d %b %Y}"]
    return []


def _parts(every: str) -> dict[str, str]:
    """`FREQ` -> `WEEKLY`, in capitals; a part without a value has none."""
    text = SHORT.get(every.strip().lower(), every.strip()).upper().removeprefix("RRULE:")
    return {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in text.split(";"))}


def _written_twice(every: str) -> Iterator[str]:
    names = [part.partition("=")[0].strip().upper() for part in every.split(";")]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"the rule says {name[:20]} twice; keep one"


def _part_faults(parts: dict[str, str]) -> Iterator[str]:
    if "FREQ" not in parts:
        yield f"the rule says not how often; write {EXAMPLE}"
        return
    if parts["FREQ"] not in OFTEN:
        yield f"FREQ={parts['FREQ'][:20]} is not one of {', '.join(OFTEN)}: at most one a day"
    for name, value in parts.items():
        if name == "UNTIL":
            yield "the rule says UNTIL; say it with --until, in the wall time of --zone"
        elif name not in PARTS:
            yield f"the rule's part '{name[:20]}' is not understood{did_you_mean(name, PARTS)}"
        elif name in NUMBERS:
            yield from _number_faults(name, value)


def _number_faults(name: str, value: str) -> Iterator[str]:
    least, most = NUMBERS[name]
    given = value.split(",")
    fit = all(re.fullmatch(r"[+-]?\d{1,4}", one) and int(one) and least <= int(one) <= most for one in given)
    if not fit or (name in SINGLE and len(given) > 1):
        said = f"{least} to {most}" if least > 0 else f"{least} to {most} without 0"
        yield f"{name}={value[:40]} must be {'a number' if name in SINGLE else 'numbers'} from {said}"


def _day_faults(parts: dict[str, str]) -> Iterator[str]:
    """TRAP: dateutil passes over the number of 2SU where the rule is weekly, and every Sunday would be one."""
    plain = parts.get("FREQ") in ("DAILY", "WEEKLY")
    for day in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = DAY.fullmatch(day)
        if match is None:
            yield f"BYDAY={day[:20]} is no weekday; write MO, TU, WE, TH, FR, SA, SU, or 2SU and -1SU of a month"
        elif match[1] and plain:
            yield f"BYDAY={day}: only months and years have a {match[1]}. {match[2]}; write FREQ=MONTHLY"
    if "WKST" in parts and not re.fullmatch("MO|TU|WE|TH|FR|SA|SU", parts["WKST"]):
        yield f"WKST={parts['WKST'][:20]} is no weekday; write MO or SU"
