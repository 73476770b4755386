"""Quiet hours and budgets ask for somebody else, and never cost a page: who is told instead, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.business_time import WEEKDAYS, Calendar
from policies.people import CUSTOMER, Addressed, Person, Roster, address
from policies.plan import Target
from policies.rest import used_up
from policies.ticket import Ticket

HOUR, DAY = 3_600, 86_400
NIGHT = ((22 * HOUR, 7 * HOUR),)
EVERY_NIGHT = dict.fromkeys(WEEKDAYS, NIGHT)
DUTY = Target("duty-manager", ("email",))
TICKET = Ticket("1", tier="gold", urgency="high", contact="desk@example.com")
TIRED = {"kim": "kim had 41 pages in 7 days (budget 40)"}


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


MIDNIGHT = instant("2026-03-24T00:00:00+09:00")


def resting(name: str, zone: str = "Asia/Seoul", weekly: Mapping[str, object] | None = None, **more: object) -> Person:
    return Person(name, quiet=Calendar(zone, weekly or EVERY_NIGHT), **more)  # type: ignore[arg-type]


def roster(*people: Person) -> Roster:
    known = {name: Person(name) for name in ("kim", "lee", "noh", "chief")} | {one.id: one for one in people}
    return Roster(known, roles={"on-duty": ("kim",), "both": ("kim", "lee"), "duty-manager": ("chief",)})


def told(
    known: Roster, *roles: str, at: int = MIDNIGHT, ticket: Ticket = TICKET, via: Sequence[str] = ("email",),
    silenced: Mapping[str, int] | None = None, failed: Sequence[str] = (), tired: Mapping[str, str] | None = None,
    kind: str = "page", breach: bool = False,
) -> Addressed:  # fmt: skip
    targets = [Target(role, tuple(via)) for role in roles or ("on-duty",)]
    return address(known, ticket, targets, [DUTY], at, silenced, failed, tired=tired, kind=kind, breach=breach)


def people(found: Addressed) -> list[str]:
    return [one.person for one in found.deliveries]


def instead(found: Addressed) -> list[str]:
    return [one.reason for one in found.not_sent]


def all_the_same(found: Addressed) -> list[str]:
    return [one.reason for one in found.disturbed]


# --- quiet hours -------------------------------------------------------------------------------------------


def test_in_quiet_hours_the_deputy_is_paged_and_it_is_said() -> None:
    found = told(roster(resting("kim", deputy="lee")))
    assert people(found) == ["lee"]
    assert [(one.role, one.reason) for one in found.not_sent] == [
        ("on-duty", "kim rests until 07:00 (Asia/Seoul); lee stands in")
    ]
    assert (found.passed, found.disturbed) == (False, ())


@pytest.mark.parametrize(
    ("at", "who"),
    [("21:59:59+09:00", "kim"), ("22:00:00+09:00", "lee"), ("06:59:59+09:00", "lee"), ("07:00:00+09:00", "kim")],
)
def test_quiet_hours_begin_and_end_on_the_second(at: str, who: str) -> None:
    assert people(told(roster(resting("kim", deputy="lee")), at=instant(f"2026-03-24T{at}"))) == [who]


@pytest.mark.parametrize(
    ("zone", "hours", "rests", "wakes", "until"),
    [
        # the night with 23 hours, the night with 25
        ("Europe/Berlin", NIGHT, "2026-03-29T06:59:59+02:00", "2026-03-29T07:00:00+02:00", "07:00"),
        ("Europe/Berlin", NIGHT, "2026-10-25T06:59:59+01:00", "2026-10-25T07:00:00+01:00", "07:00"),
        # 02:30 does not exist: the clock goes from 02:00 to 03:00, and there the quiet hours end
        ("Europe/Berlin", ((HOUR, 9_000),), "2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00", "03:00"),
        # 02:30 comes twice: they end when it comes first
        ("Europe/Berlin", ((HOUR, 9_000),), "2026-10-25T02:29:59+02:00", "2026-10-25T02:30:00+02:00", "02:30"),
        ("America/New_York", NIGHT, "2026-11-01T06:59:59-05:00", "2026-11-01T07:00:00-05:00", "07:00"),
        # half an hour of change
        ("Australia/Lord_Howe", NIGHT, "2026-04-05T06:59:59+10:30", "2026-04-05T07:00:00+10:30", "07:00"),
        ("Australia/Lord_Howe", NIGHT, "2026-10-04T06:59:59+11:00", "2026-10-04T07:00:00+11:00", "07:00"),
    ],
)
def test_nights_of_clock_changes_are_as_long_as_the_clock_on_the_wall_says(
    zone: str, hours: Sequence[tuple[int, int]], rests: str, wakes: str, until: str
) -> None:
    known = roster(resting("kim", zone, dict.fromkeys(WEEKDAYS, hours), deputy="lee"))
    night, morning = told(known, at=instant(rests)), told(known, at=instant(wakes))
    assert (people(night), instead(night)) == (["lee"], [f"kim rests until {until} ({zone}); lee stands in"])
    assert (people(morning), morning.not_sent) == (["kim"], ())


def test_touching_quiet_hours_are_one_and_a_far_end_names_its_day() -> None:
    weekend = {**EVERY_NIGHT, "sat": ((0, 24 * HOUR),), "sun": ((0, 24 * HOUR), *NIGHT)}
    found = told(roster(resting("kim", weekly=weekend, deputy="lee")), at=instant("2026-03-27T23:00:00+09:00"))
    assert instead(found) == ["kim rests until Mon 07:00 (Asia/Seoul); lee stands in"]


def test_whoever_always_rests_has_no_end_of_it() -> None:
    always = dict.fromkeys(WEEKDAYS, ((0, 24 * HOUR),))
    found = told(roster(resting("kim", weekly=always, deputy="lee")))
    assert (people(found), instead(found)) == (["lee"], ["kim rests; lee stands in"])


def test_without_a_deputy_it_goes_out_all_the_same_and_that_is_said() -> None:
    found = told(roster(resting("kim")))
    assert (people(found), found.not_sent, found.passed) == (["kim"], (), False)
    assert [(one.role, one.reason) for one in found.disturbed] == [("on-duty", "kim rests until 07:00 (Asia/Seoul)")]


def test_both_in_their_quiet_hours_the_first_of_them_is_told() -> None:
    found = told(roster(resting("kim", deputy="lee"), resting("lee", "Asia/Tokyo", deputy="kim")))
    assert (people(found), found.not_sent) == (["kim"], ())
    assert all_the_same(found) == ["kim rests until 07:00 (Asia/Seoul); lee rests until 07:00 (Asia/Tokyo)"]


def test_the_deputys_deputy_stands_in_where_the_deputy_is_away_or_rests() -> None:
    lee_away = Person("lee", ((MIDNIGHT, MIDNIGHT + 1),), deputy="noh")
    found = told(roster(resting("kim", deputy="lee"), lee_away))
    assert (people(found), instead(found)) == (
        ["noh"], ["kim rests until 07:00 (Asia/Seoul); lee is away; noh stands in"]
    )  # fmt: skip
    found = told(roster(resting("kim", deputy="lee"), resting("lee", deputy="noh")))
    assert people(found) == ["noh"]


def test_the_deputy_of_someone_away_is_told_though_they_rest_when_nobody_else_is_there() -> None:
    kim_away = Person("kim", ((MIDNIGHT, MIDNIGHT + 1),), deputy="lee")
    found = told(roster(kim_away, resting("lee", deputy="kim")))
    assert (people(found), instead(found), all_the_same(found)) == (
        ["lee"], ["kim is away; lee stands in"], ["lee rests until 07:00 (Asia/Seoul)"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("silenced", "failed", "why"), [({"lee": MIDNIGHT + 1}, (), "snoozed"), ({}, ("lee",), "could not be reached")]
)
def test_when_the_deputy_cannot_be_told_the_sleeper_is_woken(
    silenced: Mapping[str, int], failed: Sequence[str], why: str
) -> None:
    found = told(roster(resting("kim", deputy="lee")), silenced=silenced, failed=failed)
    assert (people(found), all_the_same(found)) == (["kim"], [f"kim rests until 07:00 (Asia/Seoul); lee {why}"])


def test_a_snooze_and_being_out_of_reach_still_count_for_the_sleeper_alone() -> None:
    known = roster(resting("kim", deputy="lee"))
    assert people(told(known, silenced={"kim": MIDNIGHT + 1})) == ["chief"]
    assert people(told(known, failed=("kim",))) == ["chief"]


def test_neither_is_passed_on_to_the_deputys_deputy() -> None:
    lee = Person("lee", deputy="noh")
    silenced = {"lee": MIDNIGHT + 1}
    found = told(roster(resting("kim", deputy="lee"), lee), silenced=silenced)
    assert (people(found), all_the_same(found)) == (["kim"], ["kim rests until 07:00 (Asia/Seoul); lee snoozed"])
    found = told(roster(Person("kim", ((MIDNIGHT, MIDNIGHT + 1),), deputy="lee"), lee), silenced=silenced)
    assert (people(found), instead(found)) == (["chief"], ["kim is away; lee snoozed"])


def test_a_deputy_who_is_told_anyway_gets_one_page() -> None:
    assert people(told(roster(resting("kim", deputy="lee")), "both")) == ["lee"]


@pytest.mark.parametrize(
    ("since", "until", "awake"),
    [(0, 1, False), (3, 5, False), (7, 9, False), (0, 9, False), (-2, 0, True), (8, 9, True)],
)
def test_whoever_is_away_for_a_part_is_not_awake_through_all_of_it(since: int, until: int, awake: bool) -> None:
    start, end = MIDNIGHT, MIDNIGHT + 8 * HOUR
    assert Person("lee", ((start + since * HOUR, start + until * HOUR),)).awake(start, end) is awake
    assert not resting("lee").awake(start, end)
    assert resting("lee").awake(start + 7 * HOUR, end)


# --- the channels of the night -----------------------------------------------------------------------------


def test_told_all_the_same_they_are_told_by_what_may_reach_them_at_night_and_the_rest_is_spare() -> None:
    kim = resting("kim", channels=("email", "sms", "phone"), quiet_channels=("phone",))
    found = told(roster(kim), via=("email", "sms")).deliveries
    assert [(one.person, one.channel, one.spare) for one in found] == [("kim", "phone", ("email", "sms"))]
    found = told(roster(replace(kim, quiet_channels=("sms", "phone"))), via=("email", "sms")).deliveries
    assert [(one.channel, one.spare) for one in found] == [("sms", ("phone", "email"))]
    awake = told(roster(kim), via=("email", "sms"), at=MIDNIGHT + 12 * HOUR).deliveries
    assert [(one.channel, one.spare) for one in awake] == [("email", ("phone",)), ("sms", ("phone",))]


def test_what_is_urgent_comes_by_the_channels_of_the_rung_and_of_the_night() -> None:
    kim = resting("kim", channels=("email", "sms", "phone"), quiet_channels=("phone",), deputy="lee")
    found = told(roster(kim), via=("email", "sms"), breach=True).deliveries
    assert [(one.person, one.channel, one.spare) for one in found] == [
        ("kim", "email", ()), ("kim", "sms", ()), ("kim", "phone", ()),
    ]  # fmt: skip


def test_a_notice_never_rings_the_phone_of_the_night() -> None:
    kim = resting("kim", channels=("email", "phone"), quiet_channels=("phone",))
    assert [one.channel for one in told(roster(kim), kind="inform").deliveries] == ["email"]


# --- what nobody's rest holds up ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticket", "breach"),
    [
        (replace(TICKET, urgency="critical"), False), (replace(TICKET, urgency="", priority="P1"), False),
        (TICKET, True),
    ],
)  # fmt: skip
def test_critical_tickets_and_broken_promises_reach_whom_they_are_for(ticket: Ticket, breach: bool) -> None:
    found = told(roster(resting("kim", deputy="lee")), ticket=ticket, breach=breach, tired=TIRED)
    assert (people(found), found.not_sent, found.disturbed) == (["kim"], (), ())


def test_a_message_that_is_no_page_goes_to_whom_it_is_for_and_that_is_said() -> None:
    found = told(roster(resting("kim", deputy="lee")), kind="inform", tired=TIRED)
    assert (people(found), found.not_sent, all_the_same(found)) == (["kim"], (), ["kim rests until 07:00 (Asia/Seoul)"])
    found = told(roster(), kind="inform", tired=TIRED)
    assert (people(found), found.not_sent, found.disturbed) == (["kim"], (), ())


def test_without_a_kind_nobodys_rest_counts() -> None:
    found = told(roster(resting("kim", deputy="lee")), kind="", tired=TIRED)
    assert (people(found), found.not_sent, found.disturbed) == (["kim"], (), ())


def test_customers_get_their_messages_at_any_hour() -> None:
    found = told(roster(resting(CUSTOMER)), CUSTOMER, kind="inform")
    assert people(found)[-1] == CUSTOMER


def test_the_catch_all_is_told_though_it_rests_and_has_had_enough() -> None:
    known = roster(resting("chief", deputy="noh"), Person("kim", ((MIDNIGHT, MIDNIGHT + 1),)))
    found = told(known, tired={"chief": "chief had 9 pages in 7 days (budget 9)"})
    assert (people(found), found.passed) == (["chief"], True)


# --- the budget --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pages", "tired"), [(39, False), (40, True), (41, True)])
def test_a_budget_is_used_up_with_its_last_page(pages: int, tired: bool) -> None:
    known = {"kim": Person("kim", pages_per_week=40), "lee": Person("lee")}
    said = {"kim": f"kim had {pages} pages in 7 days (budget 40)"}
    assert used_up(known, {"kim": pages, "lee": 1_000}) == (said if tired else {})
    assert used_up(known, {}) == {}


def test_a_page_beyond_the_budget_goes_to_the_deputy_and_it_is_said() -> None:
    found = told(roster(Person("kim", deputy="lee")), tired=TIRED)
    assert (people(found), instead(found)) == (["lee"], ["kim had 41 pages in 7 days (budget 40); lee stands in"])


def test_without_a_deputy_a_page_beyond_the_budget_goes_out_all_the_same() -> None:
    found = told(roster(), tired=TIRED)
    assert (people(found), all_the_same(found), found.not_sent) == (["kim"], [TIRED["kim"]], ())
    tired = {**TIRED, "lee": "lee had 2 pages in 7 days (budget 2)"}
    found = told(roster(Person("kim", deputy="lee")), tired=tired)
    assert (people(found), all_the_same(found)) == (["kim"], ["; ".join(tired.values())])


def test_only_quiet_hours_choose_the_channels_of_the_night() -> None:
    kim = resting("kim", channels=("email", "phone"), quiet_channels=("phone",))
    found = told(roster(kim), at=MIDNIGHT + 12 * HOUR, tired=TIRED)
    assert [one.channel for one in found.deliveries] == ["email"]


# --- whatever people write ---------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    people: dict[str, Person] = {}
    for name in NAMES:
        start = draw(st.integers(-12, 12)) * HOUR
        away = ((MIDNIGHT + start, MIDNIGHT + start + 8 * HOUR),) if draw(st.booleans()) else ()
        deputy = draw(st.sampled_from(("", *(other for other in NAMES if other != name))))
        quiet = Calendar(draw(st.sampled_from(("Asia/Seoul", "Europe/Berlin"))), EVERY_NIGHT)
        channels = draw(st.sampled_from(((), ("email",), ("sms", "phone"))))
        people[name] = Person(
            name, away, channels, deputy, draw(st.sampled_from((None, quiet))), draw(st.sampled_from(((), ("phone",))))
        )
    roles = {role: tuple(draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))) for role in ("one", "two")}
    return Roster(people, roles={**roles, "duty-manager": draw(st.sampled_from((("a",), ())))})


@given(
    rosters(), st.integers(0, 23), st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)), st.sampled_from(("page", "inform")), st.booleans(),
)  # fmt: skip
def test_rest_never_leaves_anybody_untold_whom_somebody_could_have_told(
    known: Roster, hour: int, snoozed: set[str], failed: set[str], weary: set[str], kind: str, breach: bool
) -> None:
    at = MIDNIGHT + hour * HOUR
    given_ = {"silenced": dict.fromkeys(snoozed, at + 1), "failed": sorted(failed), "breach": breach}
    tired = {name: f"{name} had enough" for name in weary}
    with_rest = told(known, "one", "two", at=at, tired=tired, kind=kind, **given_)  # type: ignore[arg-type]
    without = told(known, "one", "two", at=at, kind="", **given_)  # type: ignore[arg-type]
    assert bool(with_rest.deliveries) == bool(without.deliveries)
    assert with_rest.passed == without.passed
    said = "; ".join(instead(with_rest))
    for spared in set(people(without)) - set(people(with_rest)):
        assert f"{spared} rests" in said or f"{spared} had enough" in said
        assert (kind, breach) == ("page", False)
    woken = "; ".join(all_the_same(with_rest))
    for person in {one.person for one in with_rest.deliveries if one.role != DUTY.who}:  # the catch-all never rests
        assert known.people[person].there(at)
        assert person not in snoozed | failed
        if kind == "page" and not breach and (known.people[person].in_quiet(at) or person in weary):
            assert f"{person} rests" in woken or f"{person} had enough" in woken
    keys = [(one.person, one.channel) for one in with_rest.deliveries]
    assert len(keys) == len(set(keys))
