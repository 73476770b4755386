"""Whom a rung tells when a role is held by a schedule, and when somebody is away: the reason is always said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from policies.business_time import Calendar
from policies.coverage import covered, gaps
from policies.on_call import Feed, Override, Schedule
from policies.people import Addressed, Person, Post, Roster, Team, address
from policies.plan import Target
from policies.rotation import Rotation, Turn
from policies.ticket import Ticket

HOUR, DAY = 3_600, 86_400
MONDAY = int(datetime.fromisoformat("2026-03-23T00:00:00Z").timestamp())
WEEKS = Rotation(("kim", "lee"), datetime(2026, 3, 23), name="weeks")  # noqa: DTZ001 - a wall time
OFFICE = replace(WEEKS, hours=Calendar("UTC", {"mon": [(9 * HOUR, 18 * HOUR)]}), name="office")
TICKET = Ticket("1", team="support", service="vpn", region="kr")
DUTY = Target("duty-manager", ("phone",))


def roster(people: Mapping[str, Person] | None = None, **more: object) -> Roster:
    known = {name: Person(name) for name in ("kim", "lee", "noh", "ann", "chief")}
    given = {
        "teams": {"support": Team(on_call=("schedule:weeks",))},
        "roles": {"duty-manager": ("chief",), "desk": ("schedule:office", "ann")},
        "schedules": {"weeks": Schedule("weeks", (WEEKS,)), "office": Schedule("office", (OFFICE,))},
        **more,
    }
    return Roster({**known, **(people or {})}, **given)  # type: ignore[arg-type]


def told(known: Roster, *roles: str, at: int = MONDAY, silenced: Mapping[str, int] | None = None) -> Addressed:
    targets = [Target(role, ("email",)) for role in roles]
    return address(known, TICKET, targets, [DUTY], at, silenced)


def people(found: Addressed) -> list[str]:
    return [one.person for one in found.deliveries]


def away(name: str, deputy: str = "", until: int = MONDAY + DAY) -> dict[str, Person]:
    return {name: Person(name, ((MONDAY, until),), deputy=deputy)}


@pytest.mark.parametrize(("at", "who"), [(0, "kim"), (7 * DAY - 1, "kim"), (7 * DAY, "lee"), (14 * DAY, "kim")])
def test_the_schedule_is_asked_for_the_instant_of_the_rung(at: int, who: str) -> None:
    assert people(told(roster(), "on-call", at=MONDAY + at)) == [who]


def test_a_gap_is_passed_at_once_with_its_reason() -> None:
    known = roster(teams={"support": Team(on_call=("schedule:office",))})
    found = told(known, "on-call", at=MONDAY + 20 * HOUR)
    assert (people(found), found.passed) == (["chief"], True)
    assert [one.reason for one in found.not_sent] == [
        "nobody is on call by schedule:office (office does not cover this hour)"
    ]


def test_the_others_of_a_role_are_told_when_its_schedule_has_nobody() -> None:
    found = told(roster(), "desk", at=MONDAY + 20 * HOUR)
    assert (people(found), found.not_sent) == (["ann"], ())
    assert people(told(roster(), "desk", at=MONDAY + 10 * HOUR)) == ["kim", "ann"]


def test_a_deputy_stands_in_and_it_is_said() -> None:
    found = told(roster(away("kim", "noh")), "on-call")
    assert people(found) == ["noh"]
    assert [(one.role, one.reason) for one in found.not_sent] == [("on-call", "kim is away; noh stands in")]
    assert people(told(roster(away("kim", "noh")), "on-call", at=MONDAY + DAY)) == ["kim"]


def test_deputies_have_deputies() -> None:
    known = roster({**away("kim", "noh"), **away("noh", "ann")})
    found = told(known, "on-call")
    assert people(found) == ["ann"]
    assert found.not_sent[0].reason == "kim is away; noh is away; ann stands in"


@pytest.mark.parametrize("deputy", ["kim", "noh", ""])
def test_deputies_that_go_round_in_a_circle_are_nobody(deputy: str) -> None:
    known = roster({**away("kim", "noh"), **away("noh", deputy)})
    found = told(known, "on-call")
    assert (people(found), found.not_sent[0].reason) == (["chief"], "kim is away; noh is away")


def test_a_snooze_is_not_passed_to_a_deputy() -> None:
    found = told(roster({"kim": Person("kim", deputy="noh")}), "on-call", silenced={"kim": MONDAY + 1})
    assert (people(found), found.not_sent[0].reason) == (["chief"], "kim snoozed")
    found = told(roster(away("kim", "noh")), "on-call", silenced={"noh": MONDAY + 1})
    assert (people(found), found.not_sent[0].reason) == (["chief"], "kim is away; noh snoozed")


def test_a_deputy_who_is_told_anyway_gets_one_page() -> None:
    known = roster(away("kim", "ann"), roles={"desk": ("ann",), "duty-manager": ("chief",)})
    assert people(told(known, "on-call", "desk")) == ["ann"]


def test_a_role_is_held_by_the_first_entry_that_fits_the_service_and_the_region() -> None:
    posts = (Post(("schedule:weeks",), ("vpn",), ("kr", "jp")), Post(("noh",), ("vpn",)), Post(("lee",), (), ("kr",)))
    known = roster(posts={"engineer": posts}, roles={"engineer": ("ann",), "duty-manager": ("chief",)})

    def holders(service: str, region: str) -> tuple[str, ...]:
        return known.holders("engineer", Ticket("1", service=service, region=region), MONDAY)

    assert holders("vpn", "jp") == ("kim",)
    assert holders("vpn", "de") == holders("vpn", "") == ("noh",)
    assert holders("mail", "kr") == ("lee",)
    assert holders("mail", "de") == holders("", "") == ("ann",)


# --- the catch-all -----------------------------------------------------------------------------------------


def test_the_catch_all_is_told_though_away_and_so_is_the_deputy() -> None:
    found = told(roster({**away("kim"), **away("chief", "noh")}), "on-call")
    assert people(found) == ["chief", "noh"]


def test_a_catch_all_whose_schedule_has_a_gap_is_everybody_of_it() -> None:
    known = roster(away("kim"), roles={"duty-manager": ("schedule:office",)})
    assert people(told(known, "on-call", at=MONDAY + 20 * HOUR)) == ["kim", "lee"]


def test_a_catch_all_that_is_a_schedule_is_whoever_is_on_call() -> None:
    known = roster(away("kim"), roles={"duty-manager": ("schedule:office",)})
    assert people(told(known, "on-call", at=MONDAY + 10 * HOUR)) == ["kim"]


def test_a_catch_all_whose_calendar_was_never_read_is_still_its_own_name() -> None:
    silent = Schedule("feed", (Feed(fault="cannot be read", name="rota.ics"),))
    known = roster(away("kim"), roles={"duty-manager": ("schedule:feed",)}, schedules={"feed": silent})
    assert people(told(known, "desk")) == ["duty-manager"]


# --- coverage ----------------------------------------------------------------------------------------------


def test_coverage_cuts_a_shift_where_an_absence_begins_and_ends() -> None:
    spell = ((MONDAY + DAY, MONDAY + 2 * DAY),)
    known = roster(
        {"kim": Person("kim", spell, deputy="noh"), "noh": Person("noh", ((MONDAY + DAY, MONDAY + DAY + HOUR),))}
    )
    found = covered(known, known.schedules["weeks"], MONDAY, MONDAY + 7 * DAY)
    assert [((shift.start - MONDAY) // HOUR, shift.people, shift.why) for shift in found] == [
        (0, ("kim",), "weeks"),
        (24, (), "kim is away; noh is away"),
        (25, ("noh",), "weeks; kim is away; noh stands in"),
        (48, ("kim",), "weeks"),
    ]
    assert [(gap.start, gap.end) for gap in gaps(known, known.schedules["weeks"], MONDAY, MONDAY + 7 * DAY)] == [
        (MONDAY + DAY, MONDAY + DAY + HOUR)
    ]


def test_every_second_of_coverage_is_what_a_rung_would_do() -> None:
    feed = Feed(
        (Turn(MONDAY + HOUR, MONDAY + 3 * HOUR, "ann"), Turn(MONDAY + 2 * HOUR, MONDAY + 4 * HOUR, "kim")), name="f"
    )
    schedule = Schedule("both", (WEEKS, feed), (Override(MONDAY + 5 * HOUR, MONDAY + 6 * HOUR, "lee", "kim"),))
    known = roster(
        {"kim": Person("kim", ((MONDAY, MONDAY + 2 * HOUR + 1),), deputy="noh"), **away("lee")},
        schedules={"both": schedule}, teams={"support": Team(on_call=("schedule:both",))},
    )  # fmt: skip
    shifts = covered(known, schedule, MONDAY, MONDAY + 8 * HOUR)
    for shift in shifts:
        for at in (shift.start, shift.end - 1):
            found = told(known, "on-call", at=at)
            assert (people(found), found.passed) == (list(shift.people) or ["chief"], not shift.people)
    assert len(shifts) > 6


def test_quiet_hours_are_known_on_the_persons_own_clock() -> None:
    every = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ((22 * HOUR, 7 * HOUR),))
    kim = Person("kim", quiet=Calendar("Asia/Seoul", every))
    assert [kim.in_quiet(MONDAY + hour * HOUR) for hour in (12, 13, 21, 22)] == [False, True, True, False]
    assert not Person("lee").in_quiet(MONDAY)


def test_a_person_named_in_two_rows_gets_each_channel_once_and_spares_none_of_them() -> None:
    roster = Roster(people={"kim": Person("kim", channels=("sms", "phone", "email")), "lee": Person("lee")})
    roster = replace(roster, roles={"duty": ("kim", "lee")})
    rows = (Target("duty", ("sms",)), Target("duty", ("sms", "phone")))
    found = address(roster, Ticket("T-1"), rows, (), 0).deliveries
    assert [(one.person, one.channel) for one in found] == [
        ("kim", "sms"), ("kim", "phone"), ("lee", "sms"), ("lee", "phone"),
    ]  # fmt: skip
    assert {one.spare for one in found if one.person == "kim"} == {("email",)}
