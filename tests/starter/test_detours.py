"""`rung ticket show` says why a channel failed when another one worked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.case import Entry, noted
from starter.showing.detours import detours
from tests.starter.on_paper import PAUSED, PaperGateway, rung

PAGE = "default/4711/resolution.1/half"


def entry(kind: str, text: str, way: str, page: str = PAGE) -> Entry:
    return Entry(0, 0, kind, text, "half", f"{page}/{way}")


def refused(way: str = "kim/sms", page: str = PAGE) -> Entry:
    person, _, channel = way.partition("/")
    text = f"{channel} to {person} (assignee) undelivered: the number is barred"
    return entry("undelivered", text, way, page)


def arrived(way: str = "kim/email", page: str = PAGE) -> Entry:
    person, _, channel = way.partition("/")
    return entry("done", f"{channel} to {person} (assignee) via smtp", way, page)


def said(*entries: Entry) -> list[tuple[str, list[str], list[str]]]:
    return [
        (one.rung, [f"{way.said}: {way.why}" for way in one.failed], [way.said for way in one.then])
        for one in detours(entries)
    ]


def test_what_failed_and_what_was_done_then() -> None:
    assert said(refused(), arrived()) == [("half", ["sms to kim: the number is barred"], ["email to kim"])]
    two = said(refused(), refused("kim/phone"), arrived("lee/email"))
    assert two == [
        ("half", ["sms to kim: the number is barred", "phone to kim: the number is barred"], ["email to lee"])
    ]


def test_what_arrived_at_once_or_not_at_all_is_none() -> None:
    assert said(arrived("kim/sms"), arrived()) == []
    assert said(refused(), refused("lee/email")) == []
    assert said(refused(), arrived(page=f"{PAGE}-other")) == []
    act = Entry(0, 0, "undelivered", "half flag failed: no", "half", f"{PAGE}/flag")
    assert said(act, arrived()) == []


def test_a_channel_that_works_in_the_end_has_not_failed() -> None:
    assert said(refused(), arrived("kim/sms")) == []


@pytest.fixture
def paper(alone: Path, monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    made = PaperGateway.of(PAUSED)

    async def reached(settings: object) -> PaperGateway:
        return made

    monkeypatch.setattr("starter.connection.gateway", reached)
    return made


def went_around(paper: PaperGateway, times: int = 1) -> None:
    case = paper.rehearsal.case
    for number in range(times):
        page = PAGE if times == 1 else f"{PAGE}-{number}"
        for one in (refused(page=page), arrived(page=page)):
            case = noted(case, case.opened_at, one.kind, one.text, one.rung, one.key)
    object.__setattr__(paper.rehearsal, "case", case)


def test_show_says_it_to_people_and_to_programs(paper: PaperGateway) -> None:
    went_around(paper)
    line = "half: sms to kim failed: the number is barred; then email to kim"
    assert line in rung("ticket", "show", "4711").stdout.splitlines()
    assert json.loads(rung("ticket", "show", "4711", "--json").stdout)["went_around"] == [
        {
            "page": PAGE, "failed": [{"person": "kim", "channel": "sms", "why": "the number is barred"}],
            "then": [{"person": "kim", "channel": "email"}],
        }
    ]  # fmt: skip


def test_of_many_the_newest_are_shown_and_the_others_counted(paper: PaperGateway) -> None:
    went_around(paper, 5)
    shown = [line for line in rung("ticket", "show", "4711").stdout.splitlines() if "half-" in line or "before" in line]
    assert [line.partition(":")[0] for line in shown] == [
        "2 pages before went another way, too", "half-2", "half-3", "half-4",
    ]  # fmt: skip
    assert len(json.loads(rung("ticket", "show", "4711", "--json").stdout)["went_around"]) == 5


def test_nothing_is_said_where_everything_arrived(paper: PaperGateway) -> None:
    assert "failed" not in rung("ticket", "show", "4711").stdout
    assert json.loads(rung("ticket", "show", "4711", "--json").stdout)["went_around"] == []
