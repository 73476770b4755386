"""An iCalendar text (RFC 5545) as turns on call: what other tools export, with repeats and their exceptions.

Whole days and times without a zone are those of the calendar: the zone that people.yaml gives, else the calendar's own
(X-WR-TIMEZONE). A local time that does not exist is read as RFC 5545 (3.3.5) says. Must never work without bound, nor
guess whom an entry means: who is not named plainly is reported as strange.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from activities.adapters.invitation import ADDRESS
from activities.adapters.people_values import zones
from activities.fitting import one_line
from activities.ports import Refused
from policies.business_time import first_instant
from policies.rotation import Turn

MOST_ENTRIES = 20_000
"""Occurrences that are taken from one calendar; more is no rota."""
MOST_STRANGE = 20
_BETWEEN = re.compile(r"[,;/|&+()\[\]:]| [-\u2013\u2014] |\band\b")
"""What stands between the parts of a summary like `On Call - Kim Min-su - Platform`."""


@dataclass(frozen=True)
class Span:
    """The time that is asked for, in UTC seconds, half-open."""

    since: int
    until: int


def turns(text: bytes, names: Mapping[str, str], zone: str, span: Span) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """(turns in order, summaries of entries that name nobody).

    `names` maps what an entry may say, in lower case (ids, names, addresses), to people; `zone` is that of whole days
    ("" = the calendar's own). Raises Refused for a text that is no calendar.
    """
    calendar = _calendar(text)
    own = _settled(calendar, zone)
    found: list[Turn] = []
    strange: dict[str, None] = {}
    for event in _occurrences(calendar, span):
        start, end = _instant(event.start, own), _instant(event.end, own)
        people = list(_people(event, names))
        if not people and len(strange) < MOST_STRANGE:
            strange.setdefault(one_line(str(event.get("SUMMARY", ""))) or "(without a summary)")
        found += [Turn(start, end, person) for person in people if start < end]
    # a text that holds one entry twice still has one turn
    return tuple(sorted(set(found), key=lambda turn: (turn.start, turn.end, turn.person))), tuple(strange)


def names_of(people: Mapping[str, tuple[str, str]], said: Mapping[str, str]) -> dict[str, str]:
    """What entries may say -> person: ids, then names and addresses (`people`: id -> name, e-mail), then `said`."""
    known: dict[str, str] = {}
    ambiguous = set()
    for id, (name, email) in people.items():
        for word in filter(None, (name.lower(), email.lower())):
            if known.setdefault(word, id) != id:
                ambiguous.add(word)
    for word in ambiguous:
        del known[word]  # two people of one name: only an id or an address tells them apart
    ids = {id.lower(): id for id in people}
    return {**known, **ids, **{word.strip().lower(): id for word, id in said.items()}}


def _calendar(text: bytes) -> Any:
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError, RecursionError) as error:
        raise Refused(f"is no iCalendar text ({one_line(str(error))[:100]})") from None
    if getattr(calendar, "name", "") != "VCALENDAR":
        raise Refused("is no iCalendar text (it has no VCALENDAR)")
    return calendar


def _settled(calendar: Any, zone: str) -> str:
    """The zone of whole days; the calendar says no other one any more, nor one that does not exist."""
    said = str(calendar.get("X-WR-TIMEZONE", "")).strip()
    own = zone or (said if said in zones() else "")
    if said and own:
        calendar["X-WR-TIMEZONE"] = own
    elif said:
        del calendar["X-WR-TIMEZONE"]
    return own or "UTC"


def _occurrences(calendar: Any, span: Span) -> Iterator[Any]:
    events = calendar.walk("VEVENT")
    if len(events) > MOST_ENTRIES:
        raise Refused(f"has more than {MOST_ENTRIES} entries; that is no rota")
    for event in events:
        _bounded(event)
    since, until = (datetime.fromtimestamp(at, UTC) for at in (span.since, span.until))
    try:
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until)
    except Exception as error:  # the library raises whatever its parts do on a broken entry
        raise Refused(f"has an entry that cannot be read ({type(error).__name__})") from None
    if len(found) > MOST_ENTRIES:
        raise Refused(f"has more than {MOST_ENTRIES} entries in two years; that is no rota")
    return (event for event in found if str(event.get("STATUS", "")).upper() != "CANCELLED")


def _bounded(event: Any) -> None:
    """Rules that repeat by the minute would take for ever to write out."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        fine = len(rule.get("BYMINUTE", [])) > 1 or len(rule.get("BYSECOND", [])) > 1
        if fine or {"SECONDLY", "MINUTELY"} & {str(word).upper() for word in rule.get("FREQ", [])}:
            raise Refused("has an entry that repeats by the minute; on-call shifts last an hour or more")


def _instant(moment: date | datetime, zone: str) -> int:
    if not isinstance(moment, datetime):
        return first_instant(zone, moment, 0)
    if moment.tzinfo is None:
        return first_instant(zone, moment.date(), moment.hour * 3600 + moment.minute * 60 + moment.second)
    return int(moment.timestamp())


def _people(event: Any, names: Mapping[str, str]) -> Iterable[str]:
    """Attendees first; a summary counts when no attendee is known."""
    attendees = event.get("ATTENDEE", [])
    for words in (_addresses(attendees if isinstance(attendees, list) else [attendees]), _words(event)):
        if found := dict.fromkeys(names[word] for word in words if word in names):
            return found
    return ()


def _addresses(attendees: Iterable[Any]) -> Iterator[str]:
    for attendee in attendees:
        if str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper() == "DECLINED":
            continue
        yield re.sub(r"^mailto:", "", str(attendee), flags=re.IGNORECASE).strip().lower()
        yield str(getattr(attendee, "params", {}).get("CN", "")).strip().lower()


def _words(event: Any) -> Iterator[str]:
    """The summary, the addresses in it, and its parts."""
    summary = str(event.get("SUMMARY", "")).strip().lower()
    yield summary
    yield from ADDRESS.findall(summary)
    yield from (part.strip() for part in _BETWEEN.split(summary))
