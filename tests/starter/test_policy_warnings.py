"""Warnings: what a policy may say and probably does not mean, with the place and a ticket that shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies import calendar_doubt
from policies.calendar_doubt import calendar_doubts
from policies.catalog import Catalog, read_file
from policies.document import CalendarDocument
from policies.doubt import doubts
from policies.draft import Draft
from policies.fault import Fault
from policies.written import read_model
from tests.starter.on_paper import rung

pytestmark = pytest.mark.usefixtures("alone")
FRIDAY = 1_774_594_800  # Fri 27 Mar 2026 16:00 in Seoul
POLICIES = Path(__file__).parents[1] / "policies_for_scenarios"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "policy-check.md"
GOOD = """\
language: policy/1
policy: good
version: 1
calendar: kr-office.v1
catch_all: {who: duty-manager, via: [email], remind_every: 5bd}
targets:
  by_urgency:
    critical: {resolution: 2h}
    high: {resolution: 8h}
    medium: {resolution: 24h}
    low: {resolution: 5bd}
clocks:
  first_response: {paused_by: [customer]}
  resolution: {paused_by: [customer]}
levels:
  - {level: 1, title: Assignee, who: assignee, via: [sms], may_escalate_to: 2}
  - {level: 2, title: Team lead, who: team-lead, via: [sms], may_escalate_to: 2}
rungs:
  - rung: half
    when: {share: 50%}
    level: 1
    notify: [{who: assignee, via: [sms]}]
  - rung: breach
    when: {share: 100%}
    level: 2
    notify: [{who: team-lead, via: [sms]}]
"""
CALENDAR = """\
calendar: own
version: 1
zone: Asia/Seoul
windows:
  - days: [mon, tue, wed, thu, fri]
    hours: ["09:00-18:00"]
"""


def warnings_of(folder: Path, text: str, **options: Any) -> list[Fault]:
    path = folder / "good.v1.yaml"
    path.write_text(text, encoding="utf-8")
    examined = Catalog().examine(path, FRIDAY)
    assert examined.faults == ()
    assert examined.policy is not None
    return doubts(Draft(examined.written, examined.policy, FRIDAY, **options))


def more(rung_text: str) -> str:
    return GOOD + rung_text


def clock(rules: str, paused_by: str = "customer") -> str:
    """GOOD with a clock of its own."""
    return GOOD.replace("levels:\n", f"  own: {{paused_by: [{paused_by}], {rules}}}\nlevels:\n", 1)


def sun(*calendars: str) -> str:
    """GOOD handed over between regions that are named r0, r1 ..."""
    regions = "".join(
        f"    - {{region: r{n}, calendar: {name}, team: t{n}, who: assignee, via: [email]}}\n"
        for n, name in enumerate(calendars)
    )
    return f"{GOOD}follow_the_sun:\n  regions:\n{regions}"


def storm(rest: str) -> str:
    return f"{GOOD}major_incidents:\n  - {{name: storm, does: propose, tickets: 5, within: 15m, {rest}}}\n"


def test_a_good_policy_has_none(alone: Path) -> None:
    assert warnings_of(alone, GOOD) == []
    for condition in (
        "service: [mail], tags: [x]",
        "priority: [P3], tier: [gold]",
        "keywords: [down]",
        "priority: [P1]",
    ):
        tell = f"tell: [{{who: duty-manager, via: [sms]}}], only_for: {{{condition}}}"
        assert warnings_of(alone, storm(f"{tell}, set_urgency: high")) == []


CASES = [
    (more("  - {rung: x, when: {share: 75%, clock: first_response}, notify: [{who: assignee, via: [sms]}]}\n"),
     "never-fires", 27, "rungs[2]", "has a target on first_response", "tier=diamond urgency=critical"),
    (more("  - {rung: x, when: {on: resolved}, notify: [{who: customer, via: [email]}]}\n"),
     "never-fires", 27, "rungs[2]", "write 'until: never'", "tier=diamond urgency=critical"),
    (more("  - {rung: x, when: {after: 2000h}, level: 2, notify: [{who: assignee, via: [sms]}]}\n"),
     "never-fires", 27, "rungs[2].when", "it needs 2000h of open time", "tier=diamond urgency=critical"),
    (GOOD.replace("level: 1\n    notify", "level: 1\n    only_for: {service: [vpn], urgency: [low]}\n    notify")
     .replace("who: assignee, via: [sms]}]", "who: assignee, via: [sms], only_for: {urgency: [high]}}]"),
     "no-effect", 23, "rungs[0].notify[0]", "only_for fits no ticket of this rung", "tier=diamond urgency=low service=vpn"),
    (GOOD.replace("{share: 50%}", "{share: 50%, within: 1h}"),
     "no-effect", 20, "rungs[0].when.within", "'within' has no effect without 'on'", ""),
    (GOOD.replace("{share: 50%}", "{share: 100%}"),
     "always-superseded", 19, "rungs[0]", "'breach' stands at the same instant and is higher", "tier=diamond urgency=critical"),
    (GOOD.replace("level: 2\n", "level: 1\n"),
     "empty-level", 17, "levels[1]", "nobody can be in level 2 within 30 days", "tier=diamond urgency=critical"),
    (GOOD.replace("low: {resolution: 5bd}", "low: {resolution: 2000h}"),
     "never-met", 11, "targets.by_urgency.low.resolution", "it needs 2000h of open time", "tier=diamond urgency=low"),
    (storm("set_urgency: high, tell: [{who: duty-manager, via: [sms]}], only_for: {priority: [P1]}")
     + "priority: [{priority: P2}]\n",
     "never-fires", 28, "major_incidents[0].only_for", "its only_for fits no ticket", ""),
    (storm("set_urgency: high, tell: [{who: duty-manager, via: [sms]}], only_for: {urgency: [critical, high]}"),
     "no-effect", 28, "major_incidents[0].set_urgency", "tickets that are high or higher", ""),
    (storm("set_priority: P2, tell: [{who: duty-manager, via: [sms]}], only_for: {priority: [P1]}"),
     "no-effect", 28, "major_incidents[0].set_priority", "tickets that are P2 or higher", ""),
    (storm("same: [tenant, service]"),
     "no-effect", 28, "major_incidents[0]", "proposes and tells nobody", ""),
    (storm("set_urgency: high, same: [team], only_for: {customer: [acme]}").replace("does: propose", "does: declare"),
     "no-effect", 28, "major_incidents[0]", "only proposed: an outage's scope cannot name team, customer", ""),
    (GOOD.replace("remind_every: 5bd", "remind_every: 1h"),
     "many-pages", 5, "catch_all.remind_every", "more than 20 wear people out", "tier=diamond urgency=critical"),
    (more("  - {rung: x, when: {after: 1h, every: 30m, counted: elapsed}, level: 1, notify: [{who: assignee, via: [sms]}]}\n"),
     "many-pages", 27, "rungs[2]", "in 1 day for one ticket that nobody answers", "tier=diamond urgency=critical"),
    (clock("starts: [merged], target: 4h"),
     "never-runs", 15, "clocks.own.starts[0]", "'merged' never starts it", ""),
    (clock("starts: ['pause:vendor'], stops: ['resume:vendor'], target: 4h", "vendor, customer"),
     "never-runs", 15, "clocks.own.paused_by", "take vendor out of paused_by", ""),
    (clock("starts: [transferred], stops: [opened], target: 4h"),
     "never-stops", 15, "clocks.own.stops[0]", "'opened' never stops it", ""),
    (clock("starts: [transferred]"),
     "idle-clock", 15, "clocks.own", "no rung or cadence stands on 'own'", ""),
    (GOOD.replace("clocks:\n", "  weights: [{factor: 1500%, only_for: {tier: [gold]}}]\nclocks:\n"),
     "odd-factor", 12, "targets.weights[0].factor", "1500% turns a target of 8h into 120h", ""),
    (GOOD.replace("clocks:\n", "  weights: [{factor: 150%, only_for: {predicted_from: 50%}}]\nclocks:\n"),
     "no-effect", 12, "targets.weights[0].only_for.predicted_from", "predicted_from is a share of the target", ""),
    (GOOD + "adjustments: [{adjustment: slip, start: 2026-12-24, end: 2026-12-26, factor: 5%}]\n",
     "odd-factor", 27, "adjustments[0].factor", "5% turns a target of 8h into 24m", ""),
    (GOOD.replace("when: {share: 50%}\n", "when: {share: 50%}\n    can_wait: true\n"),
     "no-effect", 21, "rungs[0].can_wait", "there are no quiet_hours", ""),
    (GOOD + 'quiet_hours: ["22:00-07:00"]\n',
     "no-effect", 27, "quiet_hours", "nothing has can_wait", ""),
    (GOOD.replace("when: {share: 100%}\n", "when: {share: 100%}\n    can_wait: true\n") + 'quiet_hours: ["22:00-07:00"]\n',
     "breach-waits", 25, "rungs[1].can_wait", "only when the quiet hours are over", ""),
    (GOOD + "    actions: [{do: credit, value: 10%, approval: {level: 2, within: 60bd, otherwise: grant}}]\n",
     "long-approval", 27, "rungs[1].actions[0].approval.within", "waits 52 days for an answer", ""),
    (GOOD.replace("via: [sms], may_escalate_to: 2}", "via: [sms], may_escalate_to: 2, may_spend: 5}", 1)
     + "    actions: [{do: credit, value: 10%, approval: {level: 2, within: 4h, otherwise: grant}}]\n",
     "nothing-to-spend", 27, "rungs[1].actions[0].approval.level", "its may_spend is 0", ""),
    (sun("kr-office.v1", "us-east-office.v1", "kr-office.v1"),
     "same-hours", 31, "follow_the_sun.regions[2].calendar", "'r2' is open at just the same hours as 'r0'", "tier=diamond urgency=critical"),
    (sun("kr-day.v1", "us-east-office.v1"),
     "no-region", 28, "follow_the_sun.regions", "open from 18:00 to 22:00 and from 07:00 to 09:00 (Asia/Seoul) on working days: a ticket waits 4h", "tier=diamond urgency=critical"),
    (GOOD.replace("by_urgency:", "by_tier: {gold: {first_response: 1h}}\n  by_urgency:", 1)
     .replace("critical: {resolution: 2h}", "critical: {resolution: 2h, first_response: 1h}")
     .replace("high: {resolution: 8h}", "high: {resolution: 8h, first_response: 1h}")
     .replace("rungs:\n", "rungs:\n  - {rung: first, when: {after: 1h, clock: first_response}, notify: [{who: assignee, via: [sms]}]}\n")
     .replace("critical: {resolution: 2h,", "critical: {resolution: 3h,")
     + "  - {rung: hour, when: {after: 1h}, level: 1, notify: [{who: assignee, via: [sms]}]}\n",
     "always-superseded", 20, "rungs[0]", "'hour' stands at the same instant and is higher", "tier=diamond urgency=critical"),
    (GOOD + "cadences:\n" + "".join(
        f"  - {{cadence: {name}, every: 4h, notify: [{{who: {name}, via: [email]}}]}}\n" for name in ("customer", "assignee")),
     "always-superseded", 28, "cadences[0]", "'assignee' stands at the same instant and is higher", "tier=diamond urgency=critical"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "key", "part", "ticket"), CASES, ids=[f"{c[1]}-{c[3]}" for c in CASES]
)
def test_what_is_doubtful_is_told_with_place_and_ticket(alone, text, code, line, key, part, ticket):
    found = [w for w in warnings_of(alone, text) if w.code == code]
    assert [(w.line, w.key, w.ticket) for w in found] == [(line, key, ticket)]
    assert part in found[0].message


def test_a_rung_that_answers_in_the_stead_of_none_is_not_superseded(alone: Path) -> None:
    """When the ticket is answered the lower rung still pages, the higher one does not."""
    text = GOOD.replace("{share: 50%}", "{share: 100%}").replace("level: 2\n", "level: 2\n    until: responded\n")
    assert [w.code for w in warnings_of(alone, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        clock("starts: ['pause:vendor'], stops: ['resume:vendor'], promise: uc, target: 4h"),
        clock("starts: [transferred], stops: [transferred], target: 4h"),
        clock("starts: [resolved], stops: [closed], target: 4h"),
        sun("24x7.v1", "kr-office.v1"),
        sun("24x7.v1", "kr-office.v1", "gb-office.v1"),
        GOOD.replace("clocks:\n", "  weights: [{factor: 500%, only_for: {tier: [silver]}}, {factor: 10%, only_for: {tier: [gold]}}]\nclocks:\n"),
        GOOD + "".join(
            ["cadences:\n", "  - {cadence: a, every: 4h, notify: [{who: customer, via: [email]}]}\n",
             "  - {cadence: b, every: 8h, notify: [{who: customer, via: [email]}]}\n",
             "  - {cadence: c, every: 4h, track: checks, notify: [{who: assignee, via: [email]}]}\n"]),
        more("  - {rung: a, when: {after: 1h, clock: first_response}, notify: [{who: assignee, via: [sms]}]}\n"
             "  - {rung: b, when: {after: 1h}, level: 1, notify: [{who: assignee, via: [sms]}]}\n")
        .replace("{resolution:", "{first_response: 2h, resolution:")
        .replace("  resolution: {paused_by: [customer]}", "  resolution: {paused_by: [vendor]}"),
    ],
)  # fmt: skip
def test_what_has_a_meaning_is_not_doubted(alone: Path, text: str) -> None:
    codes = {"never-runs", "never-stops", "idle-clock", "odd-factor", "same-hours", "no-region", "always-superseded"}
    assert [str(w) for w in warnings_of(alone, text) if w.code in codes] == []


def test_how_many_pages_are_too_many_is_the_readers_choice(alone: Path) -> None:
    (warning,) = warnings_of(alone, GOOD, most_pages=1)
    assert warning.code == "many-pages"


@pytest.mark.parametrize(
    ("text", "code", "line", "key"),
    [
        (CALENDAR + "holidays: [2026-01-01, 2026-05-05]\n", "holidays-end", 7, "holidays"),
        (CALENDAR + "public_holidays: KR\nnot_holidays: [2026-06-01]\n", "no-effect", 8, "not_holidays[0]"),
        (CALENDAR.replace("09:00-18:00", "17:00-09:00"), "long-night", 6, "windows[0].hours[0]"),
        (CALENDAR.replace('"09:00-18:00"', '"09:00-13:00", "12:00-18:00"'), "overlapping-hours", 6, "windows[0].hours[1]"),
        (CALENDAR + "breaks:\n  2026-05-04: ['12:00-13:00', '12:30-14:00']\n", "overlapping-hours", 8, "breaks.2026-05-04[1]"),
    ],
)  # fmt: skip
def test_a_calendar_is_doubted_too(alone: Path, text: str, code: str, line: int, key: str) -> None:
    path = alone / "own.v1.yaml"
    path.write_text(text, encoding="utf-8")
    written = read_file(path)
    found = calendar_doubts(written, read_model(written, CalendarDocument), FRIDAY)
    assert [(w.code, w.line, w.key) for w in found] == [(code, line, key)]


def test_holidays_that_the_package_does_not_know_yet_are_told(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_doubt, "last_year", lambda place: 2025)
    path = alone / "own.v1.yaml"
    path.write_text(CALENDAR + "public_holidays: KR\n", encoding="utf-8")
    written = read_file(path)
    (warning,) = calendar_doubts(written, read_model(written, CalendarDocument), FRIDAY)
    assert "known up to 2025, tickets reach to 2026-06-27" in warning.message


@pytest.mark.parametrize("policy", ["approvals.v1", "answer.v1"])
def test_a_level_that_only_approves_or_follows_one_that_is_passed_is_not_empty(policy: str) -> None:
    """Level 4 of the first decides about credits; level 3 of the second is paged when level 2 does not answer."""
    told = json.loads(rung("policy", "check", str(POLICIES / f"{policy}.yaml"), "--json").stdout)
    assert not [line for line in told["warnings"] if "nobody can be in level" in line]


def test_a_level_is_empty_unless_the_one_below_it_can_be_passed(alone: Path) -> None:
    lead = "  - {level: 2, title: Team lead, who: team-lead, via: [sms], may_escalate_to: 2"
    above = "  - {level: 3, title: Head, who: department-head, via: [sms], may_escalate_to: 3}\n"
    for more, empty in (("", 1), (", responds_within: 1h", 0)):
        text = GOOD.replace(f"{lead}}}\n", f"{lead}{more}}}\n{above}")
        assert text != GOOD
        found = [one for one in warnings_of(alone, text) if one.code == "empty-level"]
        assert len(found) == empty


def test_warnings_are_wrapped_so_that_nothing_is_cut(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = alone / "good.v1.yaml"
    path.write_text(GOOD.replace("level: 2\n", "level: 1\n"), encoding="utf-8")
    head, title, *lines = rung("policy", "check", str(path)).stdout.splitlines()
    assert (head, title, max(map(len, lines)) <= 80, len(lines) > 2) == (f"WARN  {path}", "Warnings", True, True)
    (warning,) = json.loads(rung("policy", "check", str(path), "--json").stdout)["warnings"]
    assert " ".join(" ".join(lines).split()) == " ".join(warning.split())


def test_warnings_stand_apart_and_fail_only_when_asked_to(alone: Path) -> None:
    path = alone / "good.v1.yaml"
    path.write_text(GOOD.replace("{share: 50%}", "{share: 100%}"), encoding="utf-8")
    plain, strict = rung("policy", "check", str(path)), rung("policy", "check", str(path), "--strict")
    assert (plain.exit_code, plain.stdout.splitlines()[:2]) == (0, [f"WARN  {path}", "Warnings"])
    assert (strict.exit_code, strict.stdout.splitlines()[:2]) == (1, [f"FAIL  {path}", "Faults"])
    told = json.loads(rung("policy", "check", str(path), "--json").stdout)
    (checked,) = told["checked"]
    assert (told["ok"], told["faults"], len(told["warnings"])) == (True, [], 1)
    assert checked["details"][0] | {"message": ""} == {
        "severity": "warning", "file": "good.v1.yaml", "line": 19, "key": "rungs[0]", "message": "",
        "code": "always-superseded", "ticket": "tier=diamond urgency=critical",
    }  # fmt: skip


def test_the_reference_explains_every_code() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    codes = {*calendar_doubt.CODES, *(case[1] for case in CASES)}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in text] == []
