"""Whoever is on call when a rung fires is told, not who was when the ticket came: on paper and on a real server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from policies.business_time import Calendar
from policies.on_call import Override, Schedule
from policies.people import Person, Roster, Team
from policies.rehearsal import rehearse
from policies.rotation import Rotation
from policies.scenario import Scenario, read_scenario
from tests.support.scenarios import make_plan
from tests.support.stage import Play, Stage
from tests.support.world import everybody

SCRIPT = """
policy  answer.v1
zone    Europe/Berlin
ticket  id=ROTA-1 tier=gold urgency=high service=pager team=rota
Mon 30 Mar 2026 08:50   opened
Mon 30 Mar 2026 09:21   acknowledged by=cem
"""
"""The day after the change to summer time; ann hands over to ben at 09:00, the schedule covers Mondays until 09:10."""


def roster() -> Roster:
    morning = Calendar("Europe/Berlin", {"mon": ((0, 9 * 3600 + 600),)})
    weekly = Rotation(("ann", "ben"), datetime(2026, 3, 23, 9), "Europe/Berlin", hours=morning, name="weekly")  # noqa: DTZ001
    start = int(datetime.fromisoformat("2026-03-30T09:20:00+02:00").timestamp())
    rota = Schedule("rota", (weekly,), (Override(start, start + 60, "dee"),))
    away = Person("dee", ((start - 60, start + 60),), deputy="cem")
    known = everybody()
    return replace(
        known, schedules={"rota": rota}, people={**known.people, "dee": away},
        teams={**known.teams, "rota": Team(lead="lee", on_call=("schedule:rota",))},
    )  # fmt: skip


def on_paper(scenario: Scenario):
    return rehearse(
        make_plan, scenario.policy, scenario.ticket, scenario.opened_at, scenario.happenings, scenario.until,
        scenario.begun_at, roster(),
    )  # fmt: skip


def test_each_rung_tells_who_is_on_call_at_its_instant() -> None:
    paper = on_paper(read_scenario(SCRIPT, "rota"))
    told = [key.split("/")[-2] for key in paper.messages]
    # 08:50, 08:55, then the handover; the level is passed at 09:05; nobody from 09:10 on; 09:20 overridden, and away
    assert told == ["ann", "ann", "ben", "lee", "executives", "executives", "cem"]
    assert [entry.text for entry in paper.entries if entry.kind == "not_sent"] == [
        "not sent to on-call: nobody is on call by schedule:rota (weekly does not cover this hour)",
        "not sent to on-call: nobody is on call by schedule:rota (weekly does not cover this hour)",
        "not sent to on-call: dee is away; cem stands in",
    ]


async def test_the_same_on_a_server(stage: Stage) -> None:
    scenario = read_scenario(SCRIPT, "rota")
    before = stage.world.roster_now
    stage.world.roster_now = roster()
    try:
        await Play(stage, scenario).play()
    finally:
        stage.world.roster_now = before
    assert [one.key for one in stage.world.of("default/ROTA-1")] == list(on_paper(scenario).messages)
