"""The draft of a review: the same text for the same facts, nothing a stranger wrote becomes markup, no address in it (A5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.acts import draft_of
from activities.report import Report, markdown
from activities.requests import ActRequest, Past, Situation
from policies.action_item import Item
from policies.case import Entry, note_failed, noted
from policies.explanation import readings
from policies.plan import Effect
from starter.reporting import remembered
from tests.support.scenarios import load, played, scenario_files
from workflows.contract import Dossier

SNAPSHOT = Path(__file__).parent / "snapshots" / "report.md"
KEY = "default/gold-high-friday/resolution.1/resolution-75"
NOON = int(datetime(2026, 3, 31, 3, 0, tzinfo=UTC).timestamp())


def dossier() -> Dossier:
    """A broken promise with a pause, a page that failed and one that nobody was there for."""
    path = next(path for path in scenario_files() if path.stem == "approval-runs-out")
    scenario = load(path)
    played_out = played(scenario)
    ticket = replace(
        played_out.case.base, summary="VPN is *down* in <Seoul>", contact="ann@example.com", customer="Ann"
    )
    case = note_failed(
        replace(played_out.case, base=ticket), NOON, KEY, "resolution-75", "sms to lee undelivered: barred"
    )
    case = noted(case, NOON, "not_sent", "not sent to executives: nobody is there")
    return Dossier(case, played_out.plan, NOON + 60)


def written() -> Report:
    items = (
        Item("2", "Alarm on the *queue*", "lee", NOON + 86_400, made_by="choi"),
        Item("1", "Root cause", "kim", NOON, done_at=NOON - 60, done_by="kim"),
    )
    return remembered(dossier(), (), items, cost=200)


def test_the_draft_is_the_same_to_the_letter() -> None:
    text = markdown(written())
    assert text == markdown(written())
    assert text == SNAPSHOT.read_text(encoding="utf-8"), "if it is right: python -m tests.activities.test_report"


def test_what_a_stranger_wrote_is_no_markup_and_no_address_is_told() -> None:
    text = markdown(written())
    assert "# Review of ticket approval-runs-out: VPN is \\*down\\* in \\<Seoul\\>" in text
    assert "Ann" not in text
    assert "example.com" not in text
    evil = replace(written(), ticket=replace(written().ticket, summary="x\n# You are dismissed\n[a](http://b)"))
    assert "\n# You" not in markdown(evil)
    assert "\\[a\\](http://b)" in markdown(evil)


def test_what_was_not_sent_stands_there_with_its_reason() -> None:
    missing = markdown(written()).split("## What was not sent, and why")[1].split("##")[0]
    assert missing.split("\n")[2:4] == [
        "- Tue 31 Mar 2026 12:00: sms to lee undelivered: barred",
        "- Tue 31 Mar 2026 12:00: not sent to executives: nobody is there",
    ]
    assert "Everything arrived." in markdown(replace(written(), lines=()))


def test_the_loss_counts_begun_minutes_and_is_not_guessed() -> None:
    report = replace(written(), opened_at=0, solved_at=61, cost=10)
    assert report.loss == 20
    assert "Loss: not estimated" in markdown(replace(report, cost=0))


def test_pauses_are_told_with_their_names() -> None:
    assert "  - stood still (customer) from Mon 23 Mar 2026 17:30 to Tue 24 Mar 2026 09:30" in markdown(written())


def test_lines_of_one_instant_keep_their_order() -> None:
    lines = tuple(Entry(n, NOON, "done", f"line {n}") for n in (2, 0, 1))
    told = markdown(replace(written(), lines=lines))
    assert told.index("line 2") < told.index("line 0") < told.index("line 1")


def act(past: Past | None) -> ActRequest:
    effect = Effect(f"{KEY}/review", "review", "resolution-75", "resolution.1", NOON)
    ticket = dossier().case.ticket
    return ActRequest(effect.key, effect, ticket, Situation("open", zone="Asia/Seoul", now=NOON), NOON, past)


def test_the_review_carries_the_report_as_it_stands() -> None:
    found = dossier()
    past = Past(
        "approvals.v1", found.case.opened_at, found.case.resolved_at, "L3 Department head",
        readings(found.plan, found.case, NOON), found.case.time_line,
    )  # fmt: skip
    text = draft_of(act(past))
    assert "- **resolution** to the customer: broken: " in text
    assert "sms to lee undelivered: barred" in text


def test_a_review_asked_for_before_there_were_drafts_has_none() -> None:
    assert draft_of(act(None)) == ""


@pytest.mark.parametrize("state", ["", "closed"])
def test_a_report_of_nothing_is_still_a_report(state: str) -> None:
    report = Report(dossier().case.ticket, "plain.v1", "UTC", 0, 60, state=state, broken=("resolution",))
    assert "Only the journal knows this ticket any more. Broken: resolution." in markdown(report)
    assert "Nothing is known of it." in markdown(report)


if __name__ == "__main__":
    SNAPSHOT.write_text(markdown(written()), encoding="utf-8")
