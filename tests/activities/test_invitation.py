"""The invitation to a review, read back with a calendar library."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from activities.adapters.invitation import review_invitation
from activities.ports import Refused, Review

REVIEW = Review(
    "acme/4711/1/breach/review", "acme/4711", "회고 #4711; 결제, 장애",
    datetime(2026, 3, 31, 10, 0, tzinfo=ZoneInfo("Asia/Seoul")), 60, "1. Impact\n2. Cause, actions",
    ("kim@rung.example", "lee@rung.example", "kim@rung.example"),
)  # fmt: skip
FROM = "rung@rung.example"


def test_a_calendar_reads_what_the_review_says_in_utc() -> None:
    calendar: Any = Calendar.from_ical(review_invitation(REVIEW, FROM))
    [event] = calendar.walk("VEVENT")

    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert event.decoded("DTSTART") == datetime(2026, 3, 31, 1, 0, tzinfo=UTC)
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=1)
    assert str(event["SUMMARY"]) == REVIEW.title
    assert str(event["DESCRIPTION"]) == REVIEW.agenda
    assert str(event["ORGANIZER"]) == "mailto:rung@rung.example"
    assert [str(one) for one in event["ATTENDEE"]] == ["mailto:kim@rung.example", "mailto:lee@rung.example"]
    assert {one.params["RSVP"] for one in event["ATTENDEE"]} == {"TRUE"}


def test_it_is_well_formed_and_writes_no_local_time() -> None:
    text = review_invitation(REVIEW, FROM)

    assert "DTSTART:20260331T010000Z\r\n" in text
    assert "TZID" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_the_same_review_is_the_same_entry_and_another_one_is_not() -> None:
    def uid(text: str) -> str:
        return next(line for line in text.splitlines() if line.startswith("UID:"))

    first = review_invitation(REVIEW, FROM)
    assert first == review_invitation(REVIEW, FROM)
    moved = review_invitation(replace(REVIEW, starts_at=REVIEW.starts_at + timedelta(days=1)), FROM)
    assert uid(first) == uid(moved)
    assert uid(first) != uid(review_invitation(replace(REVIEW, key="other"), FROM))


@pytest.mark.parametrize("address", ["", "kim", "kim@x\r\nATTENDEE:mailto:eve@x", "a@b,c@d", 'k"@x'])
def test_an_invitee_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="is no e-mail address"):
        review_invitation(replace(REVIEW, invitees=(address,)), FROM)


def test_no_text_of_a_ticket_adds_a_property() -> None:
    evil = replace(REVIEW, title="x\r\nATTENDEE:mailto:eve@x", agenda="y\r\nEND:VEVENT\nBEGIN:VALARM")
    calendar: Any = Calendar.from_ical(review_invitation(evil, FROM))
    [event] = calendar.walk("VEVENT")

    assert len(event["ATTENDEE"]) == 2
    assert event.subcomponents == []


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(Refused, match="without a zone"):
        review_invitation(replace(REVIEW, starts_at=datetime(2026, 3, 31)), FROM)  # noqa: DTZ001
