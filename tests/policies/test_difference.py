"""What differs between two policies, in words - in keys that are known, and in keys that nobody has heard of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import Field

from policies.catalog import PUBLISHED
from policies.compiler import Policy
from policies.condition import Document
from policies.difference import differences
from policies.document import CalendarDocument, PolicyDocument
from policies.shifts import CHANGED, MOVED, ONLY_A, ONLY_B, SAME, shifts
from policies.written import read_yaml
from tests.support.scenarios import CATALOG, load, played, scenario_files

STANDARD = CATALOG.policy("standard.v1")
TEXT = (PUBLISHED / "standard.v1.yaml").read_text(encoding="utf-8")


def policy(*edits: tuple[str, str]) -> Policy:
    """The standard policy with some of its words changed."""
    text = TEXT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return replace(STANDARD, document=PolicyDocument.model_validate(read_yaml(text, "x.yaml").data))


def told(*edits: tuple[str, str]) -> list[str]:
    return [str(change) for change in differences(STANDARD, policy(*edits))]


def test_nothing_differs_from_itself():
    assert told() == []
    assert told(("version: 1", "version: 2")) == []


def test_a_target_is_told_by_the_cells_it_changes():
    assert told(("gold:    {first_response: 1h,  next_response: 2h, resolution: 8h}",
                 "gold:    {first_response: 1h,  next_response: 2h, resolution: 6h}")) == [
        "Gold x High, Medium, Low: resolution 8h -> 6h",
    ]  # fmt: skip


def test_the_same_length_in_other_words_is_no_difference():
    assert told(("{first_response: 30m, next_response: 1h, resolution: 4h}",
                 "{first_response: 30m, next_response: 60m, resolution: 240m}")) == [
        "targets: by tier diamond next response 1h -> 60m", "targets: by tier diamond resolution 4h -> 240m",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("notify: [{who: team-lead, via: [sms, email]}]", "notify: [{who: team-lead, via: [sms]}, {who: duty-manager, via: [email]}]"),
         "rung first-response-breach: tells sms+email team-lead -> sms team-lead + email duty-manager"),
        (("when: {share: 75%}", "when: {share: 80%}"), "rung resolution-75: stands at 75% of resolution -> at 80% of resolution"),
        (("{do: flag, value: SLA caution}", "{do: flag, value: Hurry}"), 'rung resolution-50: does flag "SLA caution" -> flag "Hurry"'),
        (("only_for: {tier: [gold]}", "only_for: {tier: [gold, silver]}"), "(only for tier gold, silver)"),
        (("paused_by: [customer, vendor, outage, approval, manual]", "paused_by: [customer, outage]"),
         "clock resolution: paused by customer, vendor, outage, approval, manual -> customer, outage"),
        (("title: Team lead, ", "title: Chief, "), "level 2: title Team lead -> Chief"),
        (("remind_every: 1bd", "remind_every: 4h"), "catch-all: remind every 1bd -> 4h"),
        (("acknowledgement_expires: 4h", "acknowledgement_expires: 1h"), "acknowledgement expires: 4h -> 1h"),
        (("acknowledgement_expires: 4h\n", ""), "acknowledgement expires: 4h -> none"),
        (("    track: checks\n    until: responded\n", "    track: checks\n    until: never\n"),
         "rung check-assignee: until responded -> never"),
        (("combine: strictest", "combine: loosest"), "targets: combine strictest -> loosest"),
    ],
)  # fmt: skip
def test_a_changed_line_is_told_in_words(edit, said):
    changes = told(edit)
    assert any(said in change for change in changes), changes


def test_a_rung_with_another_name_is_one_gone_and_one_new():
    changes = differences(STANDARD, policy(("rung: resolution-90", "rung: resolution-95")))
    assert [(c.kind, c.subject) for c in changes] == [("gone", "rung resolution-90"), ("new", "rung resolution-95")]
    assert changes[1].after.startswith("stands at 90% of resolution, level 3, track ladder")


def test_another_calendar_is_told_with_what_is_different_in_it():
    assert [
        str(c) for c in differences(CATALOG.policy("plain.v1"), CATALOG.policy("office-berlin.v1")) if "zone" in str(c)
    ]
    calendar = STANDARD.calendars["kr-office.v1"]
    longer = {"kr-office.v1": calendar.model_copy(update={"business_day": "8h"})}
    changes = [str(c) for c in differences(STANDARD, replace(STANDARD, calendars=longer))]
    assert "every tier x Low: resolution 5bd (45h) -> 5bd (40h)" not in changes  # the strictest is shorter for most
    assert "Bronze x Low: resolution 5bd (45h) -> 5bd (40h)" in changes
    assert "calendar kr-office.v1: business day 9h -> 8h" in changes


class Cover(Document):
    """A key that this language does not have yet."""

    shift: str
    share_of_load: int = 1
    hours: dict[str, Any] = Field(default={})


class Later(PolicyDocument):
    """The language as it may be one day."""

    calm_hours: dict[str, Any] | None = None
    night_watch: list[Cover] = Field(default=[])
    bundle: bool = False


def later(**more: Any) -> Policy:
    return replace(
        STANDARD, document=Later.model_validate({**STANDARD.document.model_dump(exclude_unset=True), **more})
    )


def test_keys_nobody_has_heard_of_are_told_all_the_same():
    a = later(
        night_watch=[{"shift": "asia", "hours": {"mon": "1-2"}}], calm_hours={"from": "22:00", "over": {"max": 2}}
    )
    b = later(
        night_watch=[{"shift": "asia", "share_of_load": 3, "hours": {"mon": "1-3"}}, {"shift": "emea"}],
        calm_hours={"from": "23:00", "over": {"max": 3}}, bundle=True,
    )  # fmt: skip
    assert [str(change) for change in differences(a, b)] == [
        "calm hours: from 22:00 -> 23:00",
        "calm hours: over max 2 -> 3",
        "night watch asia: share of load 1 -> 3",
        "night watch asia: hours mon 1-2 -> 1-3",
        "night watch emea: new: share of load 1",
        "bundle: no -> yes",
    ]
    assert [str(change) for change in differences(STANDARD, later(calm_hours={"from": "22:00"}))] == [
        "calm hours: none -> from 22:00", "bundle: none -> no",
    ]  # fmt: skip


def test_another_order_is_told_where_the_first_that_fits_may_decide():
    one, two = {"shift": "asia"}, {"shift": "emea"}
    changes = differences(later(night_watch=[one, two]), later(night_watch=[two, one]))
    assert [str(change) for change in changes] == ["night watch: order asia, emea -> emea, asia"]
    rungs = STANDARD.document.rungs
    turned = STANDARD.document.model_copy(update={"rungs": [*rungs[1:], rungs[0]]})
    assert differences(STANDARD, replace(STANDARD, document=turned)) == ()


def test_the_language_as_it_is_today_is_told_in_words():
    changes = told(("\nclocks:\n", """
  weights: [{factor: 80%, only_for: {type: [bug]}}]
priority: [{priority: P1, only_for: {urgency: [critical]}}, {priority: P2}]
adjustments: [{adjustment: year-end, start: 2026-12-20, end: 2027-01-05, factor: 150%}]
cadences: [{cadence: news, every: {P1: 1h}, notify: [{who: customer, via: [email]}]}]
clocks:
"""))  # fmt: skip
    assert changes == [
        "targets, weight 80%: new: only for type bug",
        "priority P1: new: only for urgency critical",
        "priority P2: new: for all",
        "cadence news: new: every P1 1h, track customer, clock resolution, counted business, until resolved, "
        "tells email customer, can wait no",
        "adjustment year-end: new: start 2026-12-20, end 2027-01-05, factor 150%, closed no",
    ]


def test_every_pair_of_policies_can_be_told_apart_both_ways():
    names = CATALOG.policy_names()
    for a in names:
        there = differences(CATALOG.policy(a), STANDARD)
        back = differences(STANDARD, CATALOG.policy(a))
        assert len(there) == len(back)
        assert bool(there) == (a != "standard.v1")


def test_a_calendar_of_its_own_is_compared_once():
    changes = differences(CATALOG.policy("bank.v1"), STANDARD)
    assert len([c for c in changes if c.what == "business day"]) == 1
    assert isinstance(STANDARD.calendars["kr-office.v1"], CalendarDocument)


# --- the time lines of one ticket --------------------------------------------------------------------------


@pytest.mark.parametrize("path", scenario_files()[:30], ids=lambda path: path.stem)
def test_a_ticket_under_the_same_policy_has_only_lines_that_are_the_same(path):
    rehearsal = played(load(path))
    found = shifts(rehearsal, rehearsal)
    assert {shift.kind for shift in found} <= {SAME}
    assert len(found) == len(rehearsal.ours)


def test_every_line_of_both_is_told_once_with_what_became_of_it():
    scenario = next(load(path) for path in scenario_files() if path.stem == "pause-over-weekend")
    a, b = played(scenario), played(replace(scenario, policy="plain.v1"))
    found = shifts(a, b)
    assert sum(shift.before is not None for shift in found) == len(a.ours)
    assert sum(shift.after is not None for shift in found) == len(b.ours)
    for shift in found:
        if shift.kind in (ONLY_A, ONLY_B):
            assert (shift.before is None) == (shift.kind == ONLY_B)
            continue
        assert shift.before is not None
        assert shift.after is not None
        assert (shift.kind == MOVED) == (shift.before.at != shift.after.at)
        assert (shift.kind == CHANGED) == (shift.before.at == shift.after.at and shift.before.text != shift.after.text)
