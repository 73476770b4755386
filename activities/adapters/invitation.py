"""The invitation to a post-incident review, as an iCalendar text (RFC 5545, RFC 5546).

The same review gives the same text byte for byte, so an invitation that is sent twice updates one entry. Must
never write a local time: calendars show UTC in the reader's own zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event, vCalAddress, vText

from activities.fitting import one_line, printable
from activities.ports import Refused, Review

ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"'\x00-\x1f\x7f]+@[^\s@,;:<>()\[\]\\\"'\x00-\x1f\x7f]+")
"""The shape of an e-mail address; whether it exists only a mail shows."""


def review_invitation(review: Review, organizer: str, stamp: datetime | None = None) -> str:
    """A METHOD:REQUEST calendar. `organizer` is an e-mail address; `stamp` says when it was written.

    Without a `stamp` the start of the review stands in, which keeps a retry identical. Raises Refused for an
    address that is none and for a start without a zone.
    """
    if review.starts_at.tzinfo is None:
        raise Refused(f"review '{review.title}' starts at {review.starts_at} without a zone; give one")
    calendar = Calendar()
    calendar.add("prodid", "-//Rung//Reviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(_event(review, organizer, stamp or review.starts_at))
    text: bytes = calendar.to_ical()
    return text.decode()


def uid(review: Review) -> str:
    """The same for every attempt: calendars know an entry by it."""
    return sha256(review.key.encode()).hexdigest()[:32] + "@rung"


def _event(review: Review, organizer: str, stamp: datetime) -> Event:
    starts = review.starts_at.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", uid(review))
    event.add("sequence", 0)
    event.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=review.minutes))
    event.add("summary", one_line(review.title))
    event.add("description", printable(review.agenda))
    event.add("status", "CONFIRMED")
    event.add("organizer", _mail(organizer))
    for invitee in dict.fromkeys(review.invitees):
        event.add("attendee", _attendee(invitee), encode=False)
    return event


def _attendee(address: str) -> vCalAddress:
    attendee = _mail(address)
    for name, value in (("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION"), ("RSVP", "TRUE")):
        attendee.params[name] = vText(value)
    return attendee


def _mail(address: str) -> vCalAddress:
    if not ADDRESS.fullmatch(address):
        raise Refused(f"'{one_line(address)}' is no e-mail address; correct the directory or the ticket")
    return vCalAddress(f"mailto:{address}")
