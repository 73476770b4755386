"""`rung policy` and `rung people`: check, rehearse, publish - on paper, with every fault at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.catalog import PUBLISHED
from starter.settings import PACKAGED_PEOPLE
from tests.starter.on_paper import refused, rung, unfit

pytestmark = pytest.mark.usefixtures("alone")
STANDARD = (PUBLISHED / "standard.v1.yaml").read_text(encoding="utf-8")
INLINE = (
    "policy", "rehearse", "--ticket", "tier=gold urgency=high assignee=kim", "--opened", "2026-03-27T16:00:00+09:00",
)  # fmt: skip


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, alone: Path) -> Path:
    """A folder of policies beside the published ones."""
    folder = alone / "ours"
    folder.mkdir()
    monkeypatch.setenv("RUNG_POLICIES", str(folder))
    return folder


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def second(text: str = STANDARD) -> str:
    """The same promise as its next version."""
    return text.replace("version: 1", "version: 2", 1)


# --- list, check, publish ----------------------------------------------------------------------------------


def test_the_newest_version_is_marked(ours):
    written(ours, "standard.v2", second())
    listed = {one["name"]: one["newest"] for one in json.loads(rung("policy", "list", "--json").stdout)}
    assert (listed["standard.v1"], listed["standard.v2"]) == (False, True)


def test_a_faulty_policy_does_not_hide_the_others_in_the_list(ours):
    written(ours, "broken.v1", "language: policy/1\n")
    text = rung("policy", "list").stdout
    assert "standard.v1" in text
    assert "'rung policy check broken.v1' lists them" in text


def test_what_is_published_is_free_of_faults():
    result = rung("policy", "check", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["faults"] == []


def test_every_fault_of_a_draft_is_told_with_file_line_and_next_step(alone):
    text = second().replace("who: team-lead, via: [email]", "who: team-laed, via: [email]").replace("50%", "50")
    result = rung("policy", "check", str(written(alone, "standard.v2", text)))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith("FAIL  ")
    assert "standard.v2.yaml:" in result.stdout


def test_a_role_that_nobody_has_is_a_fault(alone):
    text = second().replace("who: customer-relations", "who: customer-realtions")
    result = rung("policy", "check", str(written(alone, "standard.v2", text)), "--json")
    (fault,) = json.loads(result.stdout)["faults"]
    assert (result.exit_code, "(did you mean 'customer-relations'?)" in fault) == (1, True)


def test_roles_that_only_published_policies_tell_are_no_fault_of_theirs(monkeypatch, ours, alone):
    people = written(alone, "people", "people: {kim: {name: Kim, email: kim@rung.example}}\nroles: {boss: [kim]}\n")
    monkeypatch.setenv("RUNG_PEOPLE", str(people))
    assert (rung("policy", "check").exit_code, rung("policy", "check", "bank").exit_code) == (0, 1)
    written(ours, "standard.v2", second())
    result = rung("policy", "check", "--json")
    faults = json.loads(result.stdout)["faults"]
    assert result.exit_code == 1
    assert {fault.split(":")[0] for fault in faults} == {"standard.v2.yaml"}, "a draft will need them"


def test_a_role_that_only_news_and_incidents_tell_is_missed_too(monkeypatch, ours, alone):
    text = STANDARD.replace("policy: standard", "policy: other")
    text += "cadences: [{cadence: news, every: 1h, notify: [{who: press, via: [email]}]}]\n"
    written(ours, "other.v1", text)
    people = written(alone, "people", "people: {kim: {name: Kim, email: kim@rung.example}}\nroles: {boss: [kim]}\n")
    warnings = json.loads(rung("people", "check", str(people), "--json").stdout)["warnings"]
    assert "before a ticket gets other.v1, which tells them, add to `roles`: press" in warnings


def test_a_calendar_file_can_be_checked_too(alone):
    text = (PUBLISHED / "calendars" / "kr-office.v1.yaml").read_text(encoding="utf-8")
    assert rung("policy", "check", str(written(alone, "kr-office.v1", text))).exit_code == 0
    broken = written(alone, "kr-office.v2", text.replace("public_holidays: KR", "public_holidays: XX"))
    result = rung("policy", "check", str(broken))
    assert (result.exit_code, "no public holidays for 'XX'" in result.stdout) == (1, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("standrad", "no policy 'standrad' (did you mean 'standard.v1'?)"),
        ("nowhere/x.yaml", "No such file or directory; name a policy or a YAML file"),
    ],
)
def test_what_is_not_there_is_a_fault_among_the_others(name, said):
    result = rung("policy", "check", "standard", name)
    assert (result.exit_code, said in result.stdout) == (1, True)


def test_a_published_file_that_changed_is_a_fault(ours):
    path = written(ours, "standard.v2", second())
    assert rung("policy", "publish", "standard.v2").exit_code == 0
    path.write_text(second() + "# a remark\n", encoding="utf-8")
    result = rung("policy", "check")
    assert result.exit_code == 1
    assert "standard.v2.yaml  was changed after publication" in result.stdout


def test_a_broken_people_file_is_told_with_the_policies_faults(monkeypatch, alone):
    monkeypatch.setenv("RUNG_PEOPLE", str(written(alone, "people", "peopel: {}\n")))
    result = rung("policy", "check")
    assert (result.exit_code, "people.yaml" in result.stdout) == (1, True)


def test_publishing_twice_changes_nothing(ours):
    written(ours, "standard.v2", second())
    assert "published standard.v2.yaml" in rung("policy", "publish", "standard.v2").stdout
    ledger = (ours / "PUBLISHED").read_text(encoding="utf-8")
    assert json.loads(rung("policy", "publish", "standard.v2", "--json").stdout) == {"published": []}
    assert (ours / "PUBLISHED").read_text(encoding="utf-8") == ledger


def test_a_published_text_is_never_replaced(ours):
    path = written(ours, "standard.v2", second())
    rung("policy", "publish", "standard.v2")
    path.write_text(second() + "# a remark\n", encoding="utf-8")
    assert "write the change as the next version" in refused("policy", "publish", "standard.v2")


def test_a_draft_with_faults_is_not_published(ours):
    written(ours, "standard.v2", second().replace("who: executives", "who: exectuives"))
    assert "exectuives" in unfit("policy", "publish", "standard.v2")
    assert not (ours / "PUBLISHED").exists()


# --- rehearse ----------------------------------------------------------------------------------------------


def script(folder: Path, *expected: str) -> str:
    path = folder / "friday.timeline"
    lines = ("# A quiet Friday", "ticket tier=gold urgency=high", "Fri 27 Mar 2026 16:00 opened",
             "Fri 27 Mar 16:10 replied by=kim", "Fri 27 Mar 17:00 resolved")  # fmt: skip
    path.write_text("\n".join([*lines, *expected]), encoding="utf-8")
    return str(path)


def ours_of(path: str) -> list[str]:
    """What Rung does in a script, as the script would expect it."""
    told = json.loads(rung("policy", "rehearse", path, "--json").stdout)
    assert {line["at"][:10] for line in told["time_line"]} == {"2026-03-27"}
    return [f"Fri 27 Mar {line['at'][11:16]} -> {line['text']}" for line in told["time_line"] if line["ours"]]


def test_a_script_without_expectations_is_only_played(alone):
    result = rung("policy", "rehearse", script(alone))
    assert result.exit_code == 0
    assert "A quiet Friday" in result.stdout
    assert "Fri 27 Mar 2026  16:00      opened" in result.stdout


def test_a_script_that_comes_as_expected_says_so(alone):
    expected = ours_of(script(alone))
    assert expected
    result = rung("policy", "rehearse", script(alone, *expected))
    assert (result.exit_code, f"as expected, all {len(expected)} lines" in result.stdout) == (0, True)


def test_a_difference_is_shown_from_both_sides_and_fails(alone):
    first, *rest = ours_of(script(alone))
    result = rung("policy", "rehearse", script(alone, first.replace("email", "pigeon"), *rest))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line[0] for line in lines if line.startswith(("- ", "+ "))] == ["+", "-"]
    assert any(line.startswith("- ") and "pigeon" in line for line in lines)


def test_one_of_several_scripts_that_differs_fails_them_all(alone):
    good = Path(script(alone)).rename(alone / "good.timeline")
    bad = script(alone, "Fri 27 Mar 16:30 -> nothing of the kind")
    told = rung("policy", "rehearse", str(good), bad, "--json")
    assert told.exit_code == 1
    assert [one["as_expected"] for one in json.loads(told.stdout)] == [None, False]


def test_every_fault_of_the_options_is_told_at_once():
    text = unfit(
        "policy", "rehearse", "--policy", "standart", "--ticket", "teir=gold urgency=hihg", "--opened", "2026-03-27",
        "--event", "soon", "--event", "2026-03-27T17:30:00+09:00 pauze customer", "--until", "later",
    )  # fmt: skip
    for told in (
        "no policy 'standart'", "--opened '2026-03-27' has no time zone", "--event 'soon': write an instant",
        "--ticket 'teir=gold urgency=hihg': a ticket has no 'teir'", "nothing called 'pauze' happens to tickets",
        "--ticket: the tier is missing; write tier= with one of diamond,", "urgency 'hihg' is unknown (did you mean 'high'?)",
        "--until 'later' is not an instant",
    ):  # fmt: skip
        assert told in text
    assert len(text.splitlines()) == 8


def test_an_event_that_would_be_ignored_is_refused():
    at = "2026-03-27T17:30:00+09:00"
    assert "pause 'custmer' is unknown (did you mean 'customer'?)" in unfit(*INLINE, "--event", f"{at} pause custmer")
    assert "'two' is not a level; write one like 'escalate 3'" in unfit(*INLINE, "--event", f"{at} escalate two")


def test_a_policy_is_rehearsed_from_options_until_every_promise_would_be_broken():
    told = json.loads(rung(*INLINE, "--json").stdout)
    assert told["until"] == "2026-03-30T11:00:00+09:00"
    assert told["time_line"][0] == {
        "at": "2026-03-27T16:00:00+09:00", "kind": "event", "text": "opened", "ours": False,
    }  # fmt: skip
    assert told["time_line"][-1]["text"].startswith("resolution-breach L4")


def test_events_from_options_happen_at_their_instants():
    events = ("--event", "2026-03-27T17:30:00+09:00 pause customer", "--event", "2026-03-30T00:00:00Z resume customer")
    told = json.loads(rung(*INLINE, *events, "--json").stdout)
    assert [(line["at"], line["text"]) for line in told["time_line"] if line["kind"] == "event"] == [
        ("2026-03-27T16:00:00+09:00", "opened"),
        ("2026-03-27T17:30:00+09:00", "pause customer"),
        ("2026-03-30T09:00:00+09:00", "resume customer"),
    ]
    (resolution,) = [clock for clock in told["clocks"] if clock["clock"] == "resolution"]
    assert resolution["due"] == "2026-03-30T15:30:00+09:00"


def test_roles_become_people_only_when_asked():
    assert "nobody holds" not in rung(*INLINE).stdout
    assert "nobody holds 'team-channel'" in rung(*INLINE, "--people", str(PACKAGED_PEOPLE)).stdout


BERLIN = """
people:
  kim: {name: Kim, email: kim@rung.example, phone: "+82-10-0000-0001", zone: Asia/Seoul}
  jones: {name: Jones, email: jones@rung.example, phone: "+49 30 0000001", zone: Europe/Berlin}
teams: {support: {lead: jones, members: [kim], slack: "https://chat.example/support"}}
"""
WITH_TEAM = (
    *INLINE[:3], "tier=gold urgency=high assignee=kim team=support contact=c@x.example", *INLINE[4:],
)  # fmt: skip


def test_each_line_says_who_would_be_told_by_what_and_what_their_watch_shows(alone, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    file = str(written(alone, "people", BERLIN))
    lines = [" ".join(line.split()) for line in rung(*WITH_TEAM, "--people", file).stdout.splitlines()]
    assert "tells customer by email" in lines
    assert "tells kim by sms Fri 27 Mar 20:00; team:support by slack" in lines
    assert "tells jones by sms, email Fri 27 Mar 14:00 (Europe/Berlin); customer by email" in lines


def test_a_budget_of_somebody_who_is_paged_is_said_not_to_be_played(alone, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    said = "not played: budgets of pages a week (jones 5); what other tickets page them for is not known here"
    text = BERLIN.replace("Europe/Berlin}", "Europe/Berlin, pages_per_week: 5}")
    file = str(written(alone, "people", text))
    assert said in rung(*WITH_TEAM, "--people", file).stdout.splitlines()
    assert json.loads(rung(*WITH_TEAM, "--people", file, "--json").stdout)["budgets_not_played"] == {"jones": 5}
    file = str(written(alone, "people", BERLIN))
    assert "not played" not in rung(*WITH_TEAM, "--people", file).stdout
    assert "budgets_not_played" not in json.loads(rung(*WITH_TEAM, "--people", file, "--json").stdout)


def test_who_would_be_told_stands_in_json_too(alone):
    file = str(written(alone, "people", BERLIN))
    lines = json.loads(rung(*WITH_TEAM, "--people", file, "--json").stdout)["time_line"]
    (told,) = [line["told"] for line in lines if line["text"].startswith("resolution-75")]
    assert told == [
        {"person": "jones", "channels": ["sms", "email"], "local_time": "2026-03-27T14:00:00+01:00"},
        {"person": "customer", "channels": ["email"], "local_time": None},
    ]
    assert "told" not in json.loads(rung(*WITH_TEAM, "--json").stdout)["time_line"][0]


def test_a_people_file_with_faults_cannot_be_rehearsed_with(alone):
    assert "people.yaml:1  peopel: unknown key" in unfit(
        *INLINE, "--people", str(written(alone, "people", "peopel: {}\n"))
    )


def test_the_rehearsal_ends_with_the_clocks():
    text = rung(*INLINE, "--until", "2026-03-27T17:00:00+09:00").stdout
    assert "At Fri 27 Mar 2026 17:00:" in text
    assert "first response  overdue" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("policy", "rehearse"), "--ticket is missing; write it like 'tier=gold urgency=high'"),
        ((*INLINE[:4], "--opened", "2026-03-27T16:00:00"), "--opened '2026-03-27T16:00:00' has no time zone"),
        (("policy", "rehearse", "--ticket", "teir=gold", *INLINE[4:]), "a ticket has no 'teir'"),
        (("policy", "rehearse", "--ticket", "tier=gold urgency=hihg", *INLINE[4:]), "(did you mean 'high'?)"),
        ((*INLINE, "--policy", "standrad"), "no policy 'standrad' (did you mean 'standard.v1'?)"),
        ((*INLINE, "--event", "pause"), "--event 'pause': write an instant and what happens"),
        ((*INLINE, "--event", "2026-03-27T17:30:00+09:00 paus customer"), "nothing called 'paus' happens to tickets"),
        (("policy", "rehearse", "nowhere.timeline"), "nowhere.timeline: No such file or directory; name a .timeline"),
        (("policy", "rehearse", "x.timeline", "--opened", "2026-03-27T16:00:00+09:00"), "not both"),
    ],
)
def test_what_cannot_be_played_is_told_with_what_to_write(words, said):
    assert said in unfit(*words)


def test_every_faulty_line_of_a_script_is_told(alone):
    text = unfit("policy", "rehearse", script(alone, "Thu 27 Mar 18:00 closed", "Mon 30 Mar 09:00 pauze customer"))
    assert "friday.timeline:6  " in text
    assert "friday.timeline:7  " in text


def test_a_fault_in_a_script_names_its_line(alone):
    assert "friday.timeline:6  'Thu 27 Mar 18:00 closed'" in unfit(
        "policy", "rehearse", script(alone, "Thu 27 Mar 18:00 closed")
    )


# --- people ------------------------------------------------------------------------------------------------


def test_the_sample_of_people_is_good_but_says_that_nobody_is_reached():
    result = rung("people", "check")
    assert (result.exit_code, "set RUNG_PEOPLE" in result.stdout) == (0, True)


def test_the_sample_of_people_holds_every_role_that_the_policies_tell():
    assert json.loads(rung("people", "check", "--json").stdout)["warnings"] == []


def test_a_role_that_the_policies_tell_and_nobody_holds_is_a_warning(alone, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    file = written(alone, "people", "people: {kim: {name: Kim, email: kim@rung.example}}\nroles: {executive: [kim]}\n")
    result = rung("people", "check", str(file))
    assert result.exit_code == 0
    head, *lines = result.stdout.splitlines()
    assert head == "OK    people.yaml: 1 person, 0 teams, 1 role"
    assert max(map(len, lines)) < 80
    assert {line[:6] for line in lines} == {"WARN  ", "      "}
    warnings = " ".join(line.removeprefix("      ") for line in lines).removeprefix("WARN  ").split(" WARN  ")
    assert warnings[:6] == [
        "nobody holds the role 'duty-manager', which standard.v1 tells; add it to `roles`",
        "nobody holds the role 'department-head', which standard.v1 tells; add it to `roles`",
        "nobody holds the role 'executives', which standard.v1 tells; add it to `roles` (did you mean 'executive'?)",
        "nobody holds the role 'customer-relations', which standard.v1 tells; add it to `roles`",
        "there are no teams, so nobody is ever team-lead, team-channel; add `teams`",
        "before a ticket gets bank.v1, which tells them, add to `roles`: dedicated-team, cto, ceo, "
        "press-team, reserve-team, outside-experts, announcement-system",
    ]
    assert all(line.startswith("before a ticket gets ") for line in warnings[5:])
    assert json.loads(rung("people", "check", str(file), "--json").stdout)["warnings"] == warnings


@pytest.mark.parametrize("text", ["", "people: {}\n", "people:\n", "teams: {}\n"])
def test_a_people_file_without_people_is_a_fault(alone, text):
    assert "people.yaml:1  people: " in refused("people", "check", str(written(alone, "people", text)))


def test_every_fault_of_a_people_file_is_told(alone):
    text = PACKAGED_PEOPLE.read_text(encoding="utf-8")
    path = written(alone, "people", text.replace("zone: Asia/Seoul", "zone: Asia/Seuol").replace("kim@", "kim"))
    faults = refused("people", "check", str(path)).splitlines()
    assert len(faults) > 1
    assert all("people.yaml:" in fault for fault in faults)


def test_a_people_file_that_is_not_there_is_named():
    assert unfit("people", "check", "nowhere.yaml") == (
        "error: RUNG_PEOPLE 'nowhere.yaml': no such file; write for example people.yaml\n"
    )


# --- selections --------------------------------------------------------------------------------------------

RULES = """\
language: selection/1
selection: ours
version: 1
rules:
  - {policy: standard.v2, only_for: {tier: [diamond]}}
  - {policy: standard.v1}
"""


def selection(folder: Path, text: str = RULES) -> Path:
    (folder / "selections").mkdir(exist_ok=True)
    return written(folder / "selections", "ours.v1", text)


def test_a_selection_is_checked_by_name_by_file_and_with_all_the_others(ours):
    written(ours, "standard.v2", second())
    path = selection(ours, RULES.replace("standard.v1}", "standard.v3}"))
    for names in ((), ("selections/ours",), ("selections/ours.v1",), (str(path),)):
        result = rung("policy", "check", *names)
        assert result.exit_code == 1
        assert "ours.v1.yaml:6  rules[1].policy: no policy 'standard.v3' (did you mean 'standard.v" in result.stdout
    selection(ours)
    assert rung("policy", "check", "selections/ours", str(path)).exit_code == 0


def test_a_selection_that_is_not_there_is_told_with_the_one_that_was_meant(ours):
    selection(ours)
    assert "no selection 'ourz.v1' (did you mean 'ours.v1'?)" in rung("policy", "check", "selections/ourz.v1").stdout
    assert "no selection 'uors'" in unfit("policy", "publish", "selections/uors")


def test_a_selection_is_frozen_once_all_that_it_chooses_is(ours):
    written(ours, "standard.v2", second())
    path = selection(ours)
    said = refused("policy", "publish", "selections/ours")
    assert "ours.v1.yaml chooses standard.v2, which is not published: 'rung policy publish standard.v2' first" in said
    rung("policy", "publish", "standard.v2")
    told = json.loads(rung("policy", "publish", "selections/ours", "--json").stdout)
    assert told == {"published": ["selections/ours.v1.yaml"]}
    assert "published already" in rung("policy", "publish", "selections/ours.v1").stdout
    path.write_text(f"{RULES}# a remark\n", encoding="utf-8")
    assert "write the change as the next version" in refused("policy", "publish", "selections/ours")
    assert "selections/ours.v1.yaml  was changed after publication" in rung("policy", "check").stdout


def test_a_selection_with_faults_is_not_published(ours):
    selection(ours, RULES.replace("standard.v2", "standrad"))
    assert "rules[0].policy: no policy 'standrad'" in unfit("policy", "publish", "selections/ours")
    assert not (ours / "PUBLISHED").exists()


# --- targets by priority alone -----------------------------------------------------------------------------

BY_PRIORITY = """\
language: policy/1
policy: ours
version: 1
calendar: kr-office.v1
catch_all: {who: duty-manager, via: [email], remind_every: 5bd}
targets:
  by_priority:
    P1: {resolution: 2h}
    P2: {resolution: 8h}
    P3: {resolution: 24h}
    P4: {resolution: 5bd}
clocks:
  resolution: {paused_by: [customer]}
rungs:
  - {rung: half, when: {share: 50%}, notify: [{who: assignee, via: [sms]}]}
"""


def faults_of(folder: Path, text: str) -> list[str]:
    told = json.loads(rung("policy", "check", str(written(folder, "ours.v1", text)), "--json").stdout)
    return [str(fault) for fault in told["faults"]]


def test_targets_by_priority_alone_promise_something_to_every_ticket(ours):
    assert faults_of(ours, BY_PRIORITY) == []
    facts = ("--policy", "ours", "--ticket", "tier=gold urgency=high", "--opened", "2026-03-27T09:00:00+09:00")
    played = json.loads(rung("policy", "rehearse", *facts, "--json").stdout)
    assert [(one["at"][:16], one["text"].split(":")[0]) for one in played["time_line"] if one["ours"]][:1] == [
        ("2026-03-27T13:00", "half")
    ]


def test_a_priority_without_a_promise_is_told_once_unless_no_ticket_can_have_it(ours):
    text = BY_PRIORITY.replace("    P4: {resolution: 5bd}\n", "")
    (fault,) = faults_of(ours, text)
    assert "ours.v1.yaml:7  targets.by_priority: no promise for P4; add a row to by_priority" in fault
    rows = "priority:\n  - {priority: P2, only_for: {urgency: [critical, high]}}\n  - {priority: P3}\n"
    assert faults_of(ours, text + rows) == []
    one_tier = text.replace("  by_priority", "  by_tier: {gold: {resolution: 8h}}\n  by_priority")
    assert len(faults_of(ours, one_tier)) == 12
    assert all(" x P4; add a row" in fault for fault in faults_of(ours, one_tier))


def test_a_target_of_the_resolution_clock_itself_is_a_promise_too(ours):
    alone = BY_PRIORITY.replace("    P4: {resolution: 5bd}\n", "")
    assert faults_of(ours, alone.replace("[customer]}", "[customer], target: 40h}")) == []


def test_a_target_of_no_time_says_that_it_means_none(ours):
    (fault,) = faults_of(ours, BY_PRIORITY.replace("P1: {resolution: 2h}", "P1: {resolution: 0s}"))
    assert "must be longer than 0: 0s means that nothing is promised; take the key away if that is meant" in fault
