"""The demo's summary fits an ordinary terminal. That the demo itself runs is shown by `make demo`."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from activities.adapters.people_yaml import YamlDirectory
from policies.case import evolve
from policies.compiler import compile_plan
from policies.event import ASSIGNED, Event
from policies.explanation import readings
from policies.plan import Plan
from policies.rehearsal import rehearse
from policies.ticket import Ticket
from starter.demo import summary
from starter.demo_outage import with_outage
from starter.demo_stage import PEOPLE, catalog
from starter.demo_verdict import Shown, invited
from starter.gateway import Opened
from starter.story import acts, payments_down


async def on_paper(folder: Path) -> list[Shown]:
    people = folder / "people.yaml"
    people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", "http://127.0.0.1:1"), encoding="utf-8")
    roster, known = await YamlDirectory(people).roster(), catalog()

    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        return compile_plan(known.policy(known.latest(policy)), ticket, opened_at, now)

    shown = []
    for act in acts(date(2026, 11, 23)):
        paper = rehearse(make_plan, act.policy, act.ticket, act.opened_at, act.happenings, act.until, roster=roster)
        result = readings(paper.plan, paper.case, act.until)
        shown.append(Shown(act, Opened("", "", False, paper.plan), paper, result=result, level=paper.case.level))
    return shown


@pytest.mark.parametrize("missing", [[], ["one"]])
async def test_the_summary_takes_one_line_a_ticket_at_80_columns(tmp_path: Path, missing: list[str]) -> None:
    shown = await on_paper(tmp_path)
    shown[0].missing.extend(missing)
    page = Console(file=io.StringIO(), width=80)
    page.print(summary(shown))
    assert isinstance(page.file, io.StringIO)
    lines = page.file.getvalue().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Ticket", *(one.act.ticket.id for one in shown)]
    assert ("DIFFERS" in lines[1]) is bool(missing)
    assert all(line.rstrip().endswith("as rehearsed") for line in lines[2:])


async def test_a_review_invites_whom_the_ticket_had_when_its_rung_fired(tmp_path: Path) -> None:
    shown = await on_paper(tmp_path)
    roster = await YamlDirectory(tmp_path / "people.yaml").roster()
    paper, review = next((one.paper, e) for one in shown for e in one.paper.effects if e.kind == "review")
    then = invited(paper, roster, review)
    assert then
    later = Event(ASSIGNED, paper.entries[-1].at, "later", to="noh")
    assert "noh" not in then
    assert invited(replace(paper, case=evolve(paper.case, later)), roster, review) == then


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 3, 20)])
async def test_in_the_outage_of_the_demo_four_tickets_are_silent_and_the_fifth_is_not(
    tmp_path: Path, today: date
) -> None:
    """By the core alone: what the four hear of it is all that changes them."""
    scene, known = payments_down(today), catalog()
    people = tmp_path / "people.yaml"
    people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", "http://127.0.0.1:1"), encoding="utf-8")
    roster = await YamlDirectory(people).roster()

    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        return compile_plan(known.policy(known.latest(policy)), ticket, opened_at, now)

    fired = {}
    for act in (with_outage(one, scene) for one in scene.acts):
        paper = rehearse(make_plan, act.policy, act.ticket, act.opened_at, act.happenings, act.until, roster=roster)
        lines = [e for e in paper.case.time_line if scene.outage.since < e.at < scene.outage.ended_at]
        fired[act.ticket.id] = [e.rung for e in lines if e.kind == "fired"]
    assert fired == {
        "D-107": [], "D-108": [], "D-109": [], "D-111": ["customer-received"],
        "D-110": ["check-progress", "customer-progress", "resolution-50"],
    }  # fmt: skip
