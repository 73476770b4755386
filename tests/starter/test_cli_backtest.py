"""`rung policy backtest` and `advise`: a log on disk, its faults, and what is said about it."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from policies.catalog import PUBLISHED
from policies.ticket_log import LogMap
from starter.backtesting import Count, Job, pieces, run
from starter.ticket_logs import open_log
from tests.starter.on_paper import rung, unfit
from tests.support.scenarios import CATALOG
from tests.support.ticket_histories import FILE

pytestmark = pytest.mark.usefixtures("alone")
ALL = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
LINES = ALL[:40]
WRONG = '{"schema": "ticket-history/1", "id": "X"\n'


@pytest.fixture
def log(alone: Path) -> Path:
    path = alone / "tickets.jsonl"
    path.write_text("".join(LINES), encoding="utf-8")
    return path


@pytest.fixture
def stricter(alone: Path) -> Path:
    """A draft with half the time for bronze."""
    text = (PUBLISHED / "standard.v1.yaml").read_text(encoding="utf-8")
    path = alone / "standard.v2.yaml"
    path.write_text(text.replace("version: 1", "version: 2", 1).replace("resolution: 72h", "resolution: 8h"), "utf-8")
    return path


def data(*words: str) -> dict[str, Any]:
    result = rung("policy", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_log_is_counted(log):
    told = data("backtest", str(log))
    (policy,) = told["policies"]
    assert (told["tickets"], policy["policy"], told["zone"]) == (40, "standard.v1", "Asia/Seoul")
    assert sum(policy["breaches"]["resolution"]["promises"].values()) >= 40
    assert policy["breaches"]["resolution"]["tickets"] == sum(policy["breaches"]["resolution"]["by_priority"].values())
    assert {rung["rung"] for rung in policy["rungs"]} >= {"resolution-50", "customer-received"}


def test_two_policies_stand_side_by_side_with_their_difference(log, stricter):
    told = data("backtest", str(log), "--policy", "standard", "--policy", str(stricter))
    pair = told["difference"]["resolution"]
    first, second = (policy["breaches"]["resolution"]["tickets"] for policy in told["policies"])
    assert first < second
    assert pair["only standard.v1"]["tickets"] == 0
    assert pair["only standard.v2"]["tickets"] == second - first
    text = rung("policy", "backtest", str(log), "--policy", "standard", "--policy", str(stricter)).stdout
    assert "Only standard.v2" in text


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_replay_cannot_show_is_said_and_nothing_is_claimed(log, packed):
    if packed:
        packed_log = log.with_suffix(".jsonl.gz")
        packed_log.write_bytes(gzip.compress(log.read_bytes()))
        log = packed_log
    text = rung("policy", "backtest", str(log)).stdout
    assert "It cannot show the effect an escalation would have had" in text
    assert "avoided" not in text


def test_bad_lines_are_named_and_counted_and_the_others_go_on(log):
    log.write_text("".join([*LINES[:3], WRONG, "\n", *LINES[3:6], "nonsense\n"]), encoding="utf-8")
    told = data("backtest", str(log))
    assert told["tickets"] == 6
    assert [bad["line"] for bad in told["bad_lines"]["shown"]] == [4, 9]
    text = rung("policy", "backtest", str(log)).stdout
    assert "2 of 8 lines cannot be read and are left out:" in text
    assert "  line 4: not valid JSON" in text


def test_a_log_of_nothing_but_bad_lines_is_unfit(log):
    log.write_text(WRONG * 3, encoding="utf-8")
    said = unfit("policy", "backtest", str(log))
    assert "tickets.jsonl:1  not valid JSON" in said
    assert "none of the 3 lines can be used" in said


def test_a_file_that_cannot_be_a_log_is_refused_with_what_to_do(alone, log):
    assert "nowhere.jsonl: no such file; name a log as" in unfit("policy", "backtest", "nowhere.jsonl")
    (alone / "empty.jsonl").touch()
    assert "empty.jsonl is empty; name a log" in unfit("policy", "backtest", "empty.jsonl")
    (alone / "empty.jsonl.gz").write_bytes(gzip.compress(b""))
    assert "empty.jsonl.gz is empty; name a log" in unfit("policy", "advise", "empty.jsonl.gz")
    whole = gzip.compress(log.read_bytes())
    for size in (12, len(whole) // 2, len(whole) - 4):
        (alone / "cut.jsonl.gz").write_bytes(whole[:size])
        assert "cut.jsonl.gz is cut off or damaged" in unfit("policy", "backtest", "cut.jsonl.gz")
    (alone / "broken.jsonl.gz").write_bytes(whole[:40] + b"\x00" * 40 + whole[80:])
    assert "broken.jsonl.gz is cut off or damaged" in unfit("policy", "backtest", "broken.jsonl.gz")


def test_policies_that_cannot_be_compared_are_unfit(log, stricter):
    same = unfit("policy", "backtest", str(log), "--policy", "standard", "--policy", "standard.v1")
    assert "both policies are called standard.v1; raise the version of one" in same
    three = ("--policy", "a", "--policy", "b", "--policy", "c")
    assert "3 policies are too many" in unfit("policy", "backtest", str(log), *three)
    assert "no policy 'standrad' (did you mean" in unfit("policy", "backtest", str(log), "--policy", "standrad")
    assert "no time zone 'Asia/Soul'" in unfit("policy", "backtest", str(log), "--zone", "Asia/Soul")
    assert "drafts/x.yaml: no such file" in unfit("policy", "advise", str(log), "--policy", "drafts/x.yaml")


def test_the_zone_of_the_log_can_be_named(log):
    assert data("backtest", str(log), "--zone", "Europe/Lisbon")["first_opened"] == "2016-02-29T15:59:00+00:00"
    (log.parent / "map.yaml").write_text("zone: America/New_York\n", encoding="utf-8")
    told = data("backtest", str(log), "--map", "map.yaml")
    assert told["first_opened"] == "2016-02-29T15:59:00-05:00"


TABLE = """Number,Opened,Solved,Answered,Prio
A,27.03.2026 09:00,27.03.2026 10:00,27.03.2026 09:10,1
B,27.03.2026 09:00,30.03.2026 10:00,,1
C,27.03.2026 09:00,soon,,1
D,27.03.2026 09:00,,,9
"""
MAP = """
id: Number
opened_at: Opened
times: "%d.%m.%Y %H:%M"
urgency: {from: Prio, values: {"1": critical}}
events:
  - {column: Answered, event: replied}
  - {column: Solved, event: resolved}
"""


def test_a_table_is_read_by_a_map(alone):
    (alone / "table.csv").write_text(TABLE, encoding="utf-8")
    (alone / "map.yaml").write_text(MAP, encoding="utf-8")
    told = data("backtest", "table.csv", "--map", "map.yaml")
    assert (told["tickets"], [bad["line"] for bad in told["bad_lines"]["shown"]]) == (2, [4, 5])
    assert told["policies"][0]["breaches"]["resolution"]["by_priority"]["P1"] == 1


def test_a_map_as_json_does_the_same(alone):
    (alone / "table.csv").write_text(TABLE, encoding="utf-8")
    (alone / "map.json").write_text(json.dumps({
        "id": "Number", "opened_at": "Opened", "times": "%d.%m.%Y %H:%M",
        "urgency": {"from": "Prio", "values": {"1": "critical"}}, "events": [{"column": "Solved", "event": "resolved"}],
    }), encoding="utf-8")  # fmt: skip
    assert data("backtest", "table.csv", "--map", "map.json")["tickets"] == 2


def test_a_map_that_does_not_fit_is_told_with_what_was_meant(alone):
    (alone / "table.csv").write_text(TABLE, encoding="utf-8")
    (alone / "map.yaml").write_text(MAP.replace("column: Solved", "column: Slved"), encoding="utf-8")
    said = unfit("policy", "backtest", "table.csv", "--map", "map.yaml")
    assert "no column 'Slved', which the map names under events[1].column (did you mean 'Solved'?)" in said
    (alone / "map.yaml").write_text(MAP.replace("urgency:", "urgancy:"), encoding="utf-8")
    assert "map.yaml:5  urgancy: unknown key 'urgancy'" in unfit("policy", "backtest", "table.csv", "--map", "map.yaml")
    (alone / "map.yaml").write_text(MAP.replace("event: resolved", "event: solved"), encoding="utf-8")
    assert "no event 'solved' (did you mean" in unfit("policy", "backtest", "table.csv", "--map", "map.yaml")
    assert "is a table; name its columns in a map" in unfit("policy", "backtest", "table.csv")
    assert "nowhere.yaml: No such file" in unfit("policy", "backtest", "table.csv", "--map", "nowhere.yaml")


def test_an_open_ticket_is_counted_up_to_the_end_of_the_log(alone):
    (alone / "table.csv").write_text(
        "".join(TABLE.splitlines(keepends=True)[:3]).replace("30.03.2026 10:00", ""), "utf-8"
    )
    (alone / "map.yaml").write_text(MAP, encoding="utf-8")
    words = ("backtest", "table.csv", "--map", "map.yaml")
    (policy,) = data(*words)["policies"]
    assert (policy["running_at_the_end"], policy["breaches"]["resolution"]["tickets"]) == (1, 0)
    (policy,) = data(*words, "--until", "2026-03-27T12:00:00+09:00")["policies"]
    assert policy["breaches"]["resolution"]["tickets"] == 1


def test_the_page_needs_nothing_else_and_escapes_what_it_is_given(alone, log, stricter):
    evil = alone / "<script>alert(1)<.jsonl"
    evil.write_text("".join(LINES[:12]), encoding="utf-8")
    words = ("policy", "backtest", str(evil), "--policy", "standard", "--policy", str(stricter))
    assert rung(*words, "--html", "report.html").exit_code == 0
    page = (alone / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    outside = [url for url in re.findall(r"https?://[^\"'\s<>]+", page) if not url.startswith("http://www.w3.org/")]
    assert (outside, re.findall(r"<(?:img|link|iframe|object)\b", page)) == ([], [])
    assert page.count("<svg") == page.count('role="img"') > 2
    assert page.count("<table") == page.count('<div class="scroll" tabindex="0" role="region" aria-label="') > 2
    assert "It cannot show the effect an escalation would have had" in page
    assert rung(*words, "--html", "again.html").exit_code == 0
    assert (alone / "again.html").read_text(encoding="utf-8") == page
    assert "name a file in a folder that exists" in unfit(*words, "--html", "nowhere/report.html")


def test_people_are_named_when_asked(log):
    told = data("backtest", str(log), "--people")["policies"][0]["told"]
    assert any(one["who"].startswith("Resolver ") for one in told)


def test_nothing_depends_on_how_the_log_is_cut_or_on_who_counts(alone):
    path = alone / "cut.jsonl"
    path.write_text("".join([*ALL[:130], WRONG]), encoding="utf-8")
    policies = tuple(CATALOG.policy(name) for name in ("standard.v1", "real-s.v1"))
    log = open_log(path, LogMap(), "Asia/Seoul")
    lines, last = log.span()
    job = Job(log, policies, "Asia/Seoul", last)
    one_by_one = job.empty()
    for piece in pieces(log, 1):
        one_by_one.merge(Count(job)(piece))
    assert one_by_one == run(job, lines, workers=1) == run(job, lines, workers=2)
    assert (lines, one_by_one.lines, one_by_one.faults[0][0]) == (131, 131, 131)


def test_pieces_are_read_as_they_are_needed(log):
    cut = pieces(open_log(log, LogMap(), "UTC"), 7)
    assert len(next(cut)) == 7
    assert [len(piece) for piece in cut] == [7, 7, 7, 7, 5]


# --- advise ------------------------------------------------------------------------------------------------


def test_an_advice_names_its_sample_its_interval_and_its_rule(alone):
    urgent = [line for line in ALL if '"priority":"P1"' in line]
    (alone / "some.jsonl").write_text("".join([*ALL[:90], *urgent]), encoding="utf-8")
    told = data("advise", "some.jsonl", "--workers", "1")
    cells = {(cell["clock"], cell["urgency"], cell["target"]): cell for cell in told["cells"]}
    cell = cells["resolution", "medium", 24 * 60]
    assert cell["promises"] >= 30
    for goal in cell["targets"]:
        assert goal["low"] <= goal["target"]
        assert goal["high"] is None or goal["target"] <= goal["high"]
    assert [goal["percent"] for goal in cell["targets"]] == [80, 90, 95]
    assert told["rule"] == {"relax_above": 1.2, "tighten_below": 0.8}
    few = cells["resolution", "critical", 2 * 60]
    assert (few["advice"], few["targets"]) == ("too few", [])


def test_an_advice_for_people_says_how_it_was_found(log):
    text = " ".join(rung("policy", "advise", str(log), "--fewest", "10").stdout.split())
    assert "order statistics; David, Nagaraja 2003, 7.1" in text
    assert "relax when the predicted mean is above 1.2 x target" in text
    assert "count as longer than all that ended" in text
    assert "Fewer than 10 promises: no advice" in text
