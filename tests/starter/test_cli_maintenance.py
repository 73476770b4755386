"""`rung maintenance`: what is typed is refused early, shown before it is planned, and planned as it was meant."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.maintenance import Maintenance, ahead
from policies.outage import REPRIORITISE, Outage, Scope
from starter.gateway import Refused
from starter.maintenance import MaintenanceDesk
from tests.starter.on_paper import refused, rung, unfit
from workflows.contract import Maintaining, MaintenanceAnswer

WHEN = ("--from", "2099-03-28T22:00", "--to", "2099-03-29T02:00", "--zone", "Asia/Seoul", "--every", "weekly")
PLAN = ("maintenance", "plan", "MW-12", "--service", "pay", *WHEN)
RULE = Maintenance(
    Outage("MW-12", Scope(("pay",)), declared_by="lee"), "Asia/Seoul", "2099-03-28T22:00", "2099-03-29T02:00", "weekly"
)
FIRST = ahead(RULE, 0, 1)[0]
HOUR = 3_600
SHOWN = (
    "  scope    service pay\n"
    "  effect   pause_clock: clocks that outages stop stand still\n"
    "  every    weekly, first 2099-03-28T22:00 to 2099-03-29T02:00 Asia/Seoul\n"
)
WINDOW = (
    "MW-12.2099-03-28  Sat 28 Mar 22:00 - Sun 29 Mar 02:00 Asia/Seoul\n"
    "                  Sat 28 Mar 13:00 - Sat 28 Mar 17:00 UTC"
)


@pytest.fixture
def planned(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Maintenance, bool, bool]]:
    """What reached the server: a desk that takes every rule, the first one anew."""
    found: list[tuple[Maintenance, bool, bool]] = []

    async def plan(desk: MaintenanceDesk, rule: Maintenance, everything: bool, early: bool) -> MaintenanceAnswer:
        await desk.desk.check(rule.outage, early)
        found.append((rule, everything, early))
        return MaintenanceAnswer(Maintaining(rule.id, rule), already=len(found) > 1)

    monkeypatch.setattr(MaintenanceDesk, "plan", plan)
    return found


def answering(monkeypatch: pytest.MonkeyPatch, method: str, answer: Any) -> None:
    async def answered(*_: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(MaintenanceDesk, method, answered)


def test_a_dry_run_shows_five_windows_in_both_times_and_plans_nothing(planned: list[Any]) -> None:
    done = rung(*PLAN, "--dry-run")
    assert (done.exit_code, planned) == (0, [])
    windows = done.stdout.removeprefix("nothing was planned; maintenance MW-12 would be\n" + SHOWN).splitlines()
    assert ("\n".join(windows[:2]), len(windows)) == (WINDOW, 10)
    assert max(map(len, windows)) <= 80
    told = json.loads(rung(*PLAN, "--dry-run", "--json").stdout)
    assert (told["planned"], told["already"], len(told["windows"]), planned) == (False, False, 5, [])
    assert told["windows"][0] == {
        "id": "MW-12.2099-03-28", "begins": "2099-03-28T22:00:00+09:00", "ends": "2099-03-29T02:00:00+09:00",
        "begins_utc": "2099-03-28T13:00:00+00:00", "ends_utc": "2099-03-28T17:00:00+00:00",
    }  # fmt: skip


def test_it_is_planned_as_it_was_typed_and_again_says_so(planned: list[Any]) -> None:
    more = ("--effect", "reprioritise", "--urgency", "HIGH", "--reason", "new disks", "--owner", "kim", "--by", "lee",
            "--approved-by", "cto", "--priority", "p2", "--stakeholders", "executives, sales", "--until", "2099-12-31",
            "--region", "kr", "--tier", "GOLD")  # fmt: skip
    done = rung(*PLAN, *more)
    assert done.exit_code == 0, done.output
    what = Outage(
        "MW-12", Scope(("pay",), ("kr",), (), ("gold",)), REPRIORITISE, owner="kim", reason="new disks", urgency="high",
        declared_by="lee", approved_by="cto", priority="P2", stakeholders=("executives", "sales"),
    )  # fmt: skip
    assert planned == [(replace(RULE, outage=what, until="2099-12-31"), False, False)]
    assert done.stdout.startswith("maintenance MW-12 is planned\n  scope    service pay, region kr, tier gold\n")
    again = rung(*PLAN)
    assert (again.exit_code, again.stdout.splitlines()[0]) == (0, "maintenance MW-12 is planned already")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--zone", "Seoul"), "zone 'Seoul' is unknown"),
        (("--every", "weekl"), "(did you mean 'weekly'?)"),
        (("--from", "2099-03-28T22:00+09:00"), "has a zone of its own"),
        (("--to", "2099-03-28T21:00"), "--to is not after --from"),
        (("--until", "2099-01-01"), "--until is before --from"),
        (("--effect", "reprioritise"), "reprioritise to what?"),
        (("--service", "pya"), "service 'pya' is unknown (did you mean 'pay'?)"),
        (("--from", "2024-03-28T22:00", "--to", "2024-03-28T23:00", "--until", "2024-04-28"), "all its windows are over"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["planned", "dry"])
def test_what_cannot_be_meant_is_refused_before_a_server_is_asked(
    planned: list[Any], words: tuple[str, ...], said: str, dry: tuple[str, ...]
) -> None:
    assert said in unfit(*PLAN, *words, *dry)
    assert planned == []


def test_every_fault_of_a_line_is_told_at_once(planned: list[Any]) -> None:
    said = unfit("maintenance", "plan", "MW 12", *WHEN, "--zone", "Mars", "--from", "soon")
    assert len(said.splitlines()) == 4
    assert "the scope names nothing" in said


def test_without_its_hours_it_is_no_rule(alone: Path) -> None:
    assert "--from" in unfit("maintenance", "plan", "MW-12", "--service", "pay", *WHEN[2:])


def test_a_scope_that_meets_no_ticket_is_refused_unless_it_is_ahead_of_them(planned: list[Any]) -> None:
    for dry in ((), ("--dry-run",)):
        assert "no open ticket is within the scope (service pay, region us)" in refused(*PLAN, "--region", "us", *dry)
    assert planned == []
    assert rung(*PLAN, "--region", "us", "--ahead").exit_code == 0
    assert rung("maintenance", "plan", "MW-13", *WHEN, "--all").exit_code == 0
    assert [given[1:] for given in planned] == [(False, True), (True, False)]


def test_a_dry_run_that_is_ahead_of_tickets_needs_neither_journal_nor_server(alone: Path) -> None:
    assert rung(*PLAN, "--ahead", "--dry-run").exit_code == 0


def test_what_its_workflow_refuses_is_told(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "plan", Refused("MW-12 was planned otherwise before; that stands"))
    assert "planned otherwise before" in refused(*PLAN)


KNOWN = Maintaining(
    "MW-12", RULE, after=FIRST.planned_end, ahead=ahead(RULE, FIRST.planned_end, 5), last=FIRST, declared=1,
    missed=("MW-12.2099-03-21: over before it could be declared: no worker was there",), trouble="it is away",
)  # fmt: skip


def test_one_is_shown_with_what_is_ahead_and_what_was_missed(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "one", KNOWN)
    done = rung("maintenance", "show", "MW-12")
    assert done.stdout.startswith(f"maintenance MW-12\n{SHOWN}  planned  by lee\n")
    assert done.stdout.splitlines()[5:9] == [
        "  declared 1",
        "  last     MW-12.2099-03-28, Sat 28 Mar 13:00 - Sat 28 Mar 17:00 UTC",
        "  trouble  it is away",
        "  missed   MW-12.2099-03-21: over before it could be declared: no worker was there",
    ]
    assert len(done.stdout.splitlines()) == 19
    told = json.loads(rung("maintenance", "show", "MW-12", "--json").stdout)
    assert (told["state"], told["declared"], told["every"], told["last"]["id"]) == ("planned", 1, "weekly", FIRST.id)
    assert (told["missed"], told["trouble"]) == (list(KNOWN.missed), "it is away")
    assert (told["scope"]["services"], "since" in told) == (["pay"], False)


def test_the_list_says_of_one_that_does_not_answer_that_it_does_not(
    tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "known", [])
    assert rung("maintenance", "list").stdout == "no maintenance is planned; 'rung maintenance plan' plans one\n"
    silent = Maintaining("MW-13", trouble="its workflow does not answer")
    over = replace(KNOWN, id="MW-14", ahead=(), stopped_at=FIRST.since)
    answering(monkeypatch, "known", [KNOWN, silent, over])
    told = json.loads(rung("maintenance", "list", "--json").stdout)
    assert [(one["id"], one["state"]) for one in told] == [
        ("MW-12", "planned"),
        ("MW-13", "unknown"),
        ("MW-14", "stopped"),
    ]
    text = " ".join(rung("maintenance", "list").stdout.split())
    assert "MW-12 planned weekly" in text
    assert "does not answer" in text


@pytest.mark.parametrize(
    ("stopped_at", "said"),
    [
        (FIRST.since - HOUR, "MW-12.2099-03-28 was declared and has not begun: it is withdrawn"),
        (FIRST.since + HOUR, "MW-12.2099-03-28 goes on to its end; 'rung outage end MW-12.2099-03-28' ends it now"),
        (FIRST.planned_end, "no window is ahead"),
    ],
)
def test_stopped_it_says_what_becomes_of_the_window_that_was_declared(
    tickets: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped_at: int,
    said: str,
) -> None:
    stopped = replace(KNOWN, stopped_at=stopped_at, stopped_by="kim", ahead=())
    answering(monkeypatch, "stop", MaintenanceAnswer(stopped))
    assert rung("maintenance", "stop", "MW-12", "--by", "kim").stdout == f"maintenance MW-12 is stopped\n  {said}\n"
    answering(monkeypatch, "stop", MaintenanceAnswer(stopped, already=True))
    assert rung("maintenance", "stop", "MW-12").stdout.startswith("maintenance MW-12 had stopped already by kim\n")
    told = json.loads(rung("maintenance", "stop", "MW-12", "--json").stdout)
    assert (told["already"], told["state"], told["stopped_by"]) == (True, "stopped", "kim")


@pytest.mark.parametrize("words", [("show", "MW-12"), ("stop", "MW-12"), ("list",)])
def test_without_a_server_it_says_what_to_do(tickets: Path, words: tuple[str, ...]) -> None:
    assert "rung up" in refused("maintenance", *words)
