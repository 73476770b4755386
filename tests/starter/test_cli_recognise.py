"""`rung policy recognise`: past tickets arrive under a policy's rules, and what a log cannot say is not said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.ticket_log import LogMap
from starter.recognising import Recognition, recognise, tallies
from starter.ticket_logs import open_log
from tests.starter.on_paper import rung, unfit
from tests.support.scenarios import CATALOG
from tests.support.ticket_histories import FILE

pytestmark = pytest.mark.usefixtures("alone")
TRY = "tickets=3 within=15m ends_after=30m"


def record(number: int, minute: int, **facts: Any) -> str:
    """Opened on Mon 2 Mar 2026 from 10:00 on."""
    at = f"2026-03-02T{10 + minute // 60}:{minute % 60:02}:00"
    row = {"schema": "ticket-history/1", "id": f"T-{number}", "opened_at": at, "priority": "P3", "category": "checkout",
           "requester": f"Caller {number}", "events": [{"t": at, "type": "opened"}]}  # fmt: skip
    return json.dumps(row | facts) + "\n"


def events(minute: int, *more: dict[str, str]) -> list[dict[str, str]]:
    return [{"t": f"2026-03-02T10:{minute:02}:00", "type": "opened"}, *more]


@pytest.fixture
def log(alone: Path) -> Path:
    """Three customers within ten minutes and one who joins; a list of one customer; one alone."""
    raised = events(2, {"t": "2026-03-02T10:30:00", "type": "priority", "from": "P3", "to": "P1"},
                    {"t": "2026-03-02T11:00:00", "type": "resolved"})  # fmt: skip
    solved = events(9, {"t": "2026-03-02T11:59:00", "type": "resolved"})
    lines = [
        record(1, 0), record(2, 2, events=raised), record(3, 9, events=solved), record(4, 30),
        *(record(10 + n, 90 + n, category="wishes", requester="Caller 9") for n in range(3)), record(20, 200),
    ]  # fmt: skip
    path = alone / "tickets.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def data(*words: str) -> dict[str, Any]:
    result = rung("policy", "recognise", *words, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_each_incident_is_told_with_what_the_log_says_of_its_tickets(log: Path) -> None:
    own, run = data(str(log), "--try", TRY)["runs"]
    assert (own["rules"], run["rules"], run["raised_of_all"]) == ("global-shop.v2", TRY, 0.125)
    storm, wishes = run["incidents"]
    assert (storm["id"], storm["shared"], storm["does"]) == ("try-1/checkout/default/T-1", ["checkout"], "proposed")
    assert (storm["begun"], storm["found_at"]) == ("2026-03-02T10:00:00+09:00", "2026-03-02T10:09:00+09:00")
    assert (storm["at_once"], storm["tickets"], storm["lasted"]) == (3, 4, 30 * 60)
    assert (storm["customers"], storm["one_customer"], storm["one_hour"], storm["raised"]) == (3, 1, 2, 1)
    assert (wishes["customers"], wishes["one_customer"], wishes["tickets"]) == (1, 3, 3)
    (row,) = run["sums"]
    assert (row["incidents"], row["tickets"], row["at_once"], row["lists"]) == (2, 7, 6, 1)
    assert (row["one_customer"], row["one_hour"], row["raised"]) == (0.6666, 0.3333, 0.1666)


def test_several_customers_may_be_asked_for(log: Path) -> None:
    _, run = data(str(log), "--try", f"{TRY} customers=2")["runs"]
    assert [one["shared"] for one in run["incidents"]] == [["checkout"]]


def test_people_get_tables_and_what_a_log_cannot_show(log: Path) -> None:
    text = rung("policy", "recognise", str(log), "--try", TRY, "--limit", "1").stdout
    assert "8 tickets of tickets.jsonl, Asia/Tokyo; 12.5 % of all were raised later" in text
    assert "Mon 02 Mar 2026 10:00" in text
    assert "... and 1 more (--limit)" in text
    assert "hints, no precision" in " ".join(text.split())


def test_a_log_out_of_order_finds_the_same_and_says_what_came_too_late(log: Path) -> None:
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join([lines[2], *lines[:2], *lines[3:], lines[3].replace("T-4", "T-5")]), encoding="utf-8")
    _, run = data(str(log), "--try", TRY)["runs"]
    assert run["too_late"] == 1
    assert [(one["tickets"], one["begun"][11:16]) for one in run["incidents"]] == [(4, "10:00"), (3, "11:30")]
    assert "1 tickets came too late in the log" in rung("policy", "recognise", str(log), "--try", TRY).stdout


def test_a_line_that_cannot_be_read_is_counted_and_the_others_go_on(log: Path) -> None:
    log.write_text("{\n" + log.read_text(encoding="utf-8"), encoding="utf-8")
    told = data(str(log), "--try", TRY)
    assert (told["tickets"], told["bad_lines"], told["faults"][0]["line"]) == (8, 1, 1)
    log.write_text("{\n", encoding="utf-8")
    assert "none of the 1 lines can be used" in unfit("policy", "recognise", str(log), "--try", TRY)


def test_a_table_is_read_with_its_map(alone: Path) -> None:
    rows = [f"{n},2026-03-02T10:0{n}:00,mail,Caller {n}" for n in range(3)]
    (alone / "tickets.csv").write_text("\n".join(["Number,Opened,Service,Who", *rows]) + "\n", encoding="utf-8")
    (alone / "map.yaml").write_text(
        "{id: Number, opened_at: Opened, urgency: {from: Priority, otherwise: low}, "
        "facts: {service: Service, customer: Who}, events: [{column: Opened, event: contacted}]}\n",
        encoding="utf-8",
    )
    _, run = data("tickets.csv", "--map", "map.yaml", "--try", TRY)["runs"]
    assert [(one["shared"], one["customers"]) for one in run["incidents"]] == [(["mail"], 3)]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--policy", "standard"], "standard.v1 has no major_incidents"),
        (["--policy", "standrad"], "did you mean 'standard"),
        (["--try", "tickets=5"], "within: is missing"),
        (["--try", "tickets=1 within=15m"], "must be at least 2"),
        (["--try", "five"], "--try 'five' cannot be tried"),
        (["--try", "tickets=5 within=15m same=srevice"], "did you mean 'service'?"),
        (["--try", "tickets=5 within=0m"], "must be longer than 0"),
        (["--try", "tickets=5 within=15m customers=6"], "write at most 5"),
        (["--zone", "Mars"], "no time zone 'Mars'"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_to_write(log: Path, words: list[str], part: str) -> None:
    assert part in unfit("policy", "recognise", str(log), *words)


def test_rules_are_tried_beside_a_policy_that_has_none(log: Path) -> None:
    (run,) = data(str(log), "--policy", "standard", "--try", TRY)["runs"]
    assert len(run["incidents"]) == 2


def test_five_thousand_real_tickets_give_what_they_gave() -> None:
    """A sample of one fifth: few storms are left in it. What stands here was counted once and looked at."""
    log = open_log(FILE.with_name("ticket_history_5000.jsonl.gz"), LogMap(), "UTC")
    policy = CATALOG.policy("global-shop.v2")
    found = recognise(log, Recognition("", "", "UTC", 0, tallies(policy, ["tickets=4 within=30m"])))
    own, run = found.tallies.values()
    assert (found.lines, found.bad, own.state.too_late, len(own.incidents)) == (5000, 0, 0, 0)
    assert run.tickets == 5000
    assert all(one.at_once >= 4 and one.found_at - one.begun < 1800 for one in run.incidents.values())
    assert len(run.incidents) > 0
    assert len(run.fates) < 100
