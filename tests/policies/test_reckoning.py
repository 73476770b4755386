"""Why an instant stands where it stands: taken apart, it adds up, whatever the ticket went through."""

from __future__ import annotations

import pytest

from policies.business_time import clip, subtract
from policies.case import FIRED, SKIPPED, SUPERSEDED, UNNECESSARY
from policies.clock import merge_pauses
from policies.reckoning import Reckoning, reckon
from policies.rehearsal import Rehearsal
from policies.scenario import read_scenario
from tests.support.scenarios import load, played, scenario_files

FILES = scenario_files()
STEPS = (FIRED, SUPERSEDED, SKIPPED, UNNECESSARY)


def reckoned(rehearsal: Rehearsal) -> dict[str, Reckoning]:
    found = {}
    for entry, (plan, case) in zip(rehearsal.entries, rehearsal.known, strict=True):
        made = reckon(plan, case, entry) if entry.kind in STEPS else None
        if made is not None:
            found[f"{entry.rung} {entry.number}"] = made
    return found


def of_text(text: str) -> Rehearsal:
    return played(read_scenario(text, "paper"))


def only(rehearsal: Rehearsal, rung: str) -> Reckoning:
    (found,) = [made for name, made in reckoned(rehearsal).items() if name.split(" ")[0] == rung]
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_open_hours_less_the_pauses_are_what_the_clock_counted(path):
    for made in reckoned(played(load(path))).values():
        closed = [(a, made.at if b is None else b) for a, b in merge_pauses(made.spans())]
        counted = clip(subtract(made.intervals, closed), made.start, made.at)
        assert sum(b - a for a, b in counted) == made.used


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_line_about_a_rung_on_a_clock_has_its_reckoning(path):
    rehearsal = played(load(path))
    for entry, (plan, case) in zip(rehearsal.entries, rehearsal.known, strict=True):
        on_clock = any(rung.name == entry.rung and not rung.event for rung in plan.rungs)
        if entry.kind in STEPS and on_clock:
            assert reckon(plan, case, entry) is not None


def test_a_pause_is_named_with_the_open_time_it_struck_out():
    half = only(of_text("""
        ticket tier=gold urgency=high assignee=kim
        Fri 27 Mar 2026 16:00 opened
        Fri 27 Mar 17:30 pause customer
        Mon 30 Mar 09:00 resume customer
        Mon 30 Mar 12:00 resolved
    """), "resolution-50")  # fmt: skip
    assert (half.used, half.target, half.offset, half.held) == (4 * 3600, 8 * 3600, 4 * 3600, False)
    assert [(p.name, p.open_seconds) for p in half.pauses] == [("customer", 4.5 * 3600)]


def test_a_pause_that_does_not_stop_the_clock_is_left_out():
    rehearsal = of_text("""
        ticket tier=gold urgency=high assignee=kim
        Fri 27 Mar 2026 16:00 opened
        Fri 27 Mar 16:10 pause customer
        Fri 27 Mar 17:30 closed
    """)
    assert only(rehearsal, "first-response-75").pauses == ()


def test_a_line_is_reckoned_by_what_was_known_when_it_was_made():
    rehearsal = of_text("""
        ticket tier=gold urgency=high assignee=kim
        Mon 23 Mar 2026 09:00 opened
        Mon 23 Mar 13:30 reprioritised urgency=critical
        Mon 23 Mar 14:00 closed
    """)
    assert only(rehearsal, "resolution-50").target == 8 * 3600


def test_news_and_steps_that_follow_news_have_no_clock_to_reckon_with():
    rehearsal = of_text("""
        ticket tier=gold urgency=high assignee=kim contact=c@example.com
        Fri 27 Mar 2026 16:00 opened
        Fri 27 Mar 16:10 replied by=kim
        Fri 27 Mar 16:20 closed
    """)
    assert reckoned(rehearsal) == {}
    assert len(rehearsal.entries) > 2
