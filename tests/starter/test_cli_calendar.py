"""`rung calendar`: the answer, and the intervals that make it."""

from __future__ import annotations

import json

import pytest

from tests.starter.on_paper import rung, unfit

pytestmark = pytest.mark.usefixtures("alone")
DUE = ("calendar", "due", "--calendar", "kr-office.v1", "--start", "2026-03-27T16:00:00+09:00", "--for")
ELAPSED = ("calendar", "elapsed", "--calendar", "kr-office.v1", "--start", "2026-03-27T16:00:00+09:00", "--end")


def answer(*words: str) -> dict:
    return json.loads(rung(*words, "--json").stdout)


def test_eight_hours_from_friday_16_are_used_up_on_monday_15():
    assert answer(*DUE, "8h")["due"] == "2026-03-30T15:00:00+09:00"


def test_an_urgent_ticket_also_counts_the_evening():
    assert answer(*DUE, "8h", "--urgency", "High")["due"] == "2026-03-30T11:00:00+09:00"


def test_a_pause_does_not_count():
    pause = "2026-03-27T17:00:00+09:00/2026-03-30T10:00:00+09:00"
    assert answer(*DUE, "8h", "--pause", pause)["due"] == "2026-03-30T17:00:00+09:00"


def test_business_days_are_the_calendars_own():
    assert answer(*DUE, "1bd")["target"] == 9 * 3600


def test_the_newest_version_is_taken_when_none_is_named():
    assert answer("calendar", "due", "--calendar", "kr-office", *DUE[4:], "1h")["calendar"] == "kr-office.v1"


def test_the_intervals_add_up_to_the_answer():
    found = answer(*DUE, "8h")
    assert [interval["seconds"] for interval in found["intervals"]] == [2 * 3600, 6 * 3600]


def test_people_see_the_days_the_closed_ones_and_what_was_struck_out():
    text = rung(
        *DUE, "8h", "--urgency", "high", "--pause", "2026-03-27T17:30:00+09:00/2026-03-30T09:30:00+09:00"
    ).stdout
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "due Mon 30 Mar 2026 16:00",
        "8h from Fri 27 Mar 2026 16:00 on kr-office.v1 (Asia/Seoul)",
        "",
        "Day From - to Counts Used",
        "Fri 27 Mar 16:00 - 17:30 1h 30m 1h 30m",
        "17:30 - 22:00 paused",
        "Sat 28 Mar - Sun 29 Mar closed",
        "Mon 30 Mar 09:00 - 09:30 paused",
        "09:30 - 16:00 6h 30m 8h due",
    ]


def test_a_pause_that_lasts_means_never_and_fails():
    result = rung(*DUE, "8h", "--pause", "2026-03-27T17:00:00+09:00/")
    assert result.exit_code == 1
    assert result.stdout.startswith("due never: a pause lasts\n")


def test_a_length_beyond_sight_means_never_and_fails():
    result = rung(*DUE, "99999h", "--json")
    assert (result.exit_code, json.loads(result.stdout)["due"]) == (1, None)


def test_nothing_is_due_at_once():
    assert answer(*DUE, "0h")["due"] == "2026-03-27T16:00:00+09:00"


def test_elapsed_counts_open_time_only():
    found = answer(*ELAPSED, "2026-03-30T11:00:00+09:00")
    assert found["elapsed"] == 4 * 3600
    assert len(found["intervals"]) == 2


def test_elapsed_names_the_closed_days():
    text = rung(*ELAPSED, "2026-03-30T11:00:00+09:00").stdout
    assert "elapsed 4h" in text
    assert "Sat 28 Mar - Sun 29 Mar  closed" in text


def test_the_calendars_can_be_listed():
    found = {one["name"]: one for one in json.loads(rung("calendar", "list", "--json").stdout)}
    one = found["kr-office.v1"]
    assert (one["zone"], one["business_day"]) == ("Asia/Seoul", "9h")
    assert {"24x7.v1", "de-office.v1", "gb-office.v1", "jp-office.v1", "us-east-office.v1"} < set(found)
    assert "kr-office.v1" in rung("calendar", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*DUE, "8"), "'8' is not a duration; write for example '90m', '8h', '1h30m' or '5bd'"),
        ((*DUE, "8h", "--urgency", "hihg"), "--urgency 'hihg' is unknown (did you mean 'high'?)"),
        ((*DUE, "8h", "--pause", "noon"), "--pause 'noon' is not a span; write FROM/TO like"),
        ((*DUE, "8h", "--pause", "2026-03-30T09:00:00+09:00/2026-03-30T09:00:00+09:00"), "ends before it begins"),
        ((*DUE, "8h", "--pause", "2026-03-30T09:00:00/2026-03-30T10:00:00"), "has no time zone; write one like"),
        ((*ELAPSED, "2026-03-27T15:00:00+09:00"), "is before --start"),
        ((*ELAPSED, "2090-03-27T15:00:00+09:00"), "is more than 20 years after --start"),
        ((*ELAPSED, "2026-03-30T11:00:00"), "--end '2026-03-30T11:00:00' has no time zone; write one like"),
        ((*ELAPSED, "tomorrow"), "--end 'tomorrow' is not an instant; write one like 2026-03-27T16:00:00+09:00"),
        ((*ELAPSED, "0001-01-01T00:00:00+09:00"), "is too far away"),
        (("calendar", "due", "--calendar", "kr-ofice.v1", *DUE[4:], "8h"),
         "no calendar 'kr-ofice.v1' (did you mean 'kr-office.v1'?)"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_what_to_write(words, said):
    assert said in unfit(*words)


def test_all_faults_of_a_command_line_come_at_once():
    words = ("due", "--calendar", "kr-ofice", "--start", "friday", "--for", "8", "--urgency", "hihg", "--pause", "noon")
    faults = unfit("calendar", *words).splitlines()
    assert [next(word for word in ("friday", "kr-ofice", "noon", "hihg", "'8'") if word in line) for line in faults] == [
        "friday", "kr-ofice", "noon", "hihg", "'8'",
    ]  # fmt: skip
    assert len(unfit("calendar", "elapsed", *words[1:5], "--end", "x", *words[7:9]).splitlines()) == 4
