"""A night in which people rest: who is told by each rung, and what the time line says of it - on paper and on a server."""

from __future__ import annotations

from dataclasses import replace

from activities.ports import Refused
from policies.business_time import WEEKDAYS, Calendar
from policies.people import Person, Roster
from policies.rehearsal import rehearse
from policies.scenario import Scenario, read_scenario
from tests.support.scenarios import make_plan
from tests.support.stage import Play, Stage
from tests.support.world import everybody

NIGHT = Calendar("Asia/Seoul", dict.fromkeys(WEEKDAYS, ((22 * 3_600, 7 * 3_600),)))
SCRIPT = """
policy  answer.v1
ticket  id={id} tier=gold urgency={urgency} service=core-of-nothing team=seoul
Mon 23 Mar 2026 22:30   opened
until Tue 24 Mar 07:30
"""
"""Nobody answers: level after level is passed; the promise is broken at 06:30."""


def roster() -> Roster:
    """kim has a deputy who is up, lee has none and a phone, the head has had enough, and the board sleeps, too."""
    known = everybody()
    rest = {
        "kim": Person("kim", quiet=NIGHT, deputy="noh"), "noh": Person("noh"),
        "lee": Person("lee", channels=("sms", "phone"), quiet=NIGHT, quiet_channels=("phone",)),
        "department-head": Person("department-head", deputy="noh", pages_per_week=40),
        "executives": Person("executives", quiet=NIGHT, deputy="department-head"),
    }  # fmt: skip
    return replace(known, people={**known.people, **rest})


def script(id: str, urgency: str = "high") -> Scenario:
    return read_scenario(SCRIPT.format(id=id, urgency=urgency), "rest")


def on_paper(scenario: Scenario):
    return rehearse(
        make_plan, scenario.policy, scenario.ticket, scenario.opened_at, scenario.happenings, scenario.until,
        scenario.begun_at, roster(),
    )  # fmt: skip


RESTS = "rests until 07:00 (Asia/Seoul)"


def test_each_rung_of_the_night_tells_who_is_up_and_the_broken_promise_whom_it_is_for() -> None:
    paper = on_paper(script("REST-1"))
    assert [key.split("/", 3)[3] for key in paper.messages] == [
        "team/noh/phone", "unanswered-L1/lee/phone", "unanswered-L2/department-head/phone",
        "unanswered-L3/department-head/phone", "breach/executives/phone",
    ]  # fmt: skip
    assert [entry.text for entry in paper.entries if entry.kind in ("not_sent", "disturbed", "passed_on")] == [
        f"not sent to on-call: kim {RESTS}; noh stands in",
        f"sent to team-lead all the same: lee {RESTS}",
        f"not sent to executives: executives {RESTS}; department-head stands in",
    ]


def test_a_critical_ticket_wakes_everybody_it_is_for() -> None:
    paper = on_paper(script("REST-2", "critical"))
    assert [key.split("/", 3)[3] for key in paper.messages] == [
        "team/kim/phone", "unanswered-L1/lee/sms", "unanswered-L1/lee/phone", "unanswered-L2/department-head/phone",
        "unanswered-L3/executives/phone", "breach/executives/phone",
    ]  # fmt: skip
    assert not [entry for entry in paper.entries if entry.kind in ("not_sent", "disturbed", "passed_on")]


async def test_when_the_deputy_cannot_be_reached_the_sleeper_is_woken(stage: Stage) -> None:
    scenario = replace(script("REST-3"), until=script("REST-3").opened_at + 60)
    before = stage.world.roster_now, stage.world.fault
    stage.world.roster_now = roster()
    stage.world.fault = lambda kind, key: Refused("number blocked") if "REST-3" in key and "/noh/" in key else None
    try:
        lines = await Play(stage, scenario).play()
    finally:
        stage.world.roster_now, stage.world.fault = before
    assert [one.key.split("/", 3)[3] for one in stage.world.of("default/REST-3")] == ["team/kim/phone"]
    assert [text for _, text in lines if text.startswith(("not sent", "sent to", "passed on"))] == [
        f"not sent to on-call: kim {RESTS}; noh stands in",
        f"sent to on-call all the same: kim {RESTS}; noh could not be reached",
    ]


async def test_the_same_on_a_server_which_counts_the_pages_of_the_week(stage: Stage) -> None:
    scenario = script("REST-1")
    before = stage.world.roster_now
    stage.world.roster_now, stage.world.pages_had = roster(), {"department-head": 41}
    try:
        lines = await Play(stage, scenario).play()
    finally:
        stage.world.roster_now, stage.world.pages_had = before, {}
    assert [one.key.split("/", 3)[3] for one in stage.world.of("default/REST-1") if one.kind in ("sms", "phone")] == [
        "team/noh/phone", "unanswered-L1/lee/phone", "unanswered-L2/noh/phone", "unanswered-L3/noh/phone",
        "breach/executives/phone",
    ]  # fmt: skip
    enough = "department-head had 41 pages in 7 days (budget 40)"
    assert [text for _, text in lines if text.startswith(("not sent", "sent to", "passed on"))] == [
        f"not sent to on-call: kim {RESTS}; noh stands in",
        f"sent to team-lead all the same: lee {RESTS}",
        f"not sent to department-head: {enough}; noh stands in",
        f"not sent to executives: executives {RESTS}; {enough}; noh stands in",
    ]
