"""`rung oncall` as people and programs see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.starter.on_paper import rung, unfit

PEOPLE = """
people:
  kim: {name: Kim, email: kim@rung.example, zone: Asia/Seoul, deputy: lee,
        away: [{from: "2026-03-24T00:00:00+09:00", to: "2026-03-25T00:00:00+09:00"}]}
  lee: {name: Lee, phone: "+82-10-0000-0003", zone: Asia/Seoul, quiet_hours: ["23:00-06:00"]}
  ann: {name: Ann, phone: "+49 30 0000001", zone: Europe/Berlin}
teams:
  seoul: {lead: lee, members: [kim, lee], on_call: ["schedule:seoul"]}
roles:
  network-engineer:
    - {service: [vpn], region: [kr], who: ["schedule:seoul"]}
    - {service: [vpn], who: [ann]}
  duty-manager: [ann]
schedules:
  seoul:
    zone: Asia/Seoul
    layers:
      - {name: weekly, members: [kim, lee], starts: 2026-03-16T09:00}
  office:
    zone: Europe/Berlin
    layers:
      - {name: hours, members: [ann], starts: 2026-03-16T00:00, hours: ["mon-fri 09:00-18:00"]}
  short:
    layers:
      - {name: first, members: [lee], starts: 2026-03-16T00:00, ends: 2026-04-01T00:00}
"""
AT = "2026-03-23T12:00:00+09:00"
"""A Monday; the second week of `seoul` is lee's, the first one was kim's."""


@pytest.fixture
def people(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = alone / "people.yaml"
    file.write_text(PEOPLE, encoding="utf-8")
    monkeypatch.setenv("RUNG_PEOPLE", str(file))
    monkeypatch.setenv("COLUMNS", "200")
    return file


def asked(*words: str, code: int = 0) -> str:
    result = rung("oncall", *words)
    assert (result.exit_code, result.stderr) == (code, "")
    return result.stdout


def rows(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_who_is_on_call_until_when_and_who_then(people: Path) -> None:
    assert rows(asked("who", "--at", AT)) == [
        "Schedule Who Until, on their clock Then Why",
        "seoul lee Mon 30 Mar 09:00 Asia/Seoul kim weekly",
        "office nobody Mon 23 Mar 09:00 Europe/Berlin ann hours does not cover this hour",
        "short lee Wed 01 Apr 09:00 Asia/Seoul nobody first",
    ]


def test_who_answers_for_a_service_and_a_region(people: Path) -> None:
    def holders(*words: str) -> dict[str, str]:
        told = json.loads(asked("who", "--at", AT, *words, "--json"))
        return {role["name"]: " ".join(role["people"]) or role["why"] for role in told["roles"]}

    assert holders("--team", "seoul", "--service", "vpn", "--region", "kr") == {
        "on-call": "lee", "team-lead": "lee", "network-engineer": "lee", "duty-manager": "ann",
    }  # fmt: skip
    assert holders("--service", "vpn", "--region", "de")["network-engineer"] == "ann"
    assert holders("--service", "mail")["network-engineer"] == "nobody holds 'network-engineer'"


def test_whoever_is_away_is_stood_in_for_and_it_says_so(people: Path) -> None:
    people.write_text(PEOPLE.replace("[kim, lee], starts: 2026-03-16", "[lee, kim], starts: 2026-03-16"))
    told = json.loads(asked("who", "--at", "2026-03-24T12:00:00+09:00", "--json"))["schedules"][0]
    assert told == {
        "name": "seoul", "people": ["lee"], "why": "weekly; kim is away; lee stands in", "zone": "Asia/Seoul",
        "until": "2026-03-25T00:00:00+09:00", "then": ["kim"],
    }  # fmt: skip


def test_what_comes_next_is_on_the_clock_of_whoever_has_it(people: Path) -> None:
    assert rows(asked("next", "office", "--at", AT, "--count", "2")) == [
        "Schedule From To Clock Who Why",
        "office now Mon 23 Mar 09:00 Europe/Berlin nobody hours does not cover this hour",
        "Mon 23 Mar 09:00 Mon 23 Mar 18:00 Europe/Berlin ann hours",
        "Mon 23 Mar 18:00 Tue 24 Mar 09:00 Europe/Berlin nobody hours does not cover this hour",
    ]
    [told] = json.loads(asked("next", "seoul", "--at", AT, "--count", "1", "--json"))
    assert [(shift["from"], shift["people"]) for shift in told["shifts"]] == [
        ("2026-03-23T12:00:00+09:00", ["lee"]), ("2026-03-30T09:00:00+09:00", ["kim"]),
    ]  # fmt: skip


def test_gaps_end_with_1_and_none_with_0(people: Path) -> None:
    assert asked("gaps", "seoul", "--at", AT, "--days", "30") == "OK    no gaps in the next 30 days\n"
    told = json.loads(asked("gaps", "--at", AT, "--days", "2", "--json", code=1))
    assert [(one["schedule"], len(one["shifts"])) for one in told] == [("seoul", 0), ("office", 3), ("short", 0)]
    assert told[1]["shifts"][0] == {
        "from": "2026-03-23T04:00:00+01:00", "to": "2026-03-23T09:00:00+01:00", "people": [],
        "why": "hours does not cover this hour",
    }  # fmt: skip
    assert "Mon 23 Mar" in asked("gaps", "--at", AT, "--days", "2", code=1)


def test_the_check_tells_what_a_night_would_show(people: Path) -> None:
    told = asked("check", "--at", AT, "--days", "21", code=1).splitlines()
    assert told == [
        "FAIL  short: Wed 01 Apr 00:00 UTC: nobody from then on (first has ended); add a layer that goes on",
        "WARN  office: Mon 23 Mar 04:00 Europe/Berlin (and 15 more): nobody (hours does not cover this hour)",
        'WARN  office: no team and no role names it; write "schedule:office" in `on_call` or in `roles`',
        "WARN  seoul: Mon 23 Mar 12:00 Asia/Seoul: lee is on call by 'short' at the same time",
        "WARN  seoul: Mon 23 Mar 23:00 Asia/Seoul (and 1 more): lee is on call in their quiet hours, and would be "
        "told all the same",
        "WARN  seoul: Mon 30 Mar 22:00 Asia/Seoul: kim is on call at night and has neither sms nor phone",
        'WARN  short: no team and no role names it; write "schedule:short" in `on_call` or in `roles`',
        "WARN  short: Mon 23 Mar 23:00 Asia/Seoul: lee is on call in their quiet hours, and would be told all the same",
    ]


def test_quiet_hours_that_somebody_stands_in_for_are_no_worry(people: Path) -> None:
    asked_for = ("check", "--at", AT, "--days", "5", "--json")
    people.write_text(PEOPLE.replace('["23:00-06:00"]}', '["23:00-06:00"], deputy: ann}'), encoding="utf-8")
    assert "quiet" not in {one["kind"] for one in json.loads(asked(*asked_for))["findings"]}
    # ann's quiet hours begin an hour before lee's end
    both = PEOPLE.replace('["23:00-06:00"]}', '["23:00-06:00"], deputy: ann}').replace(
        "zone: Europe/Berlin}\nteams", 'zone: Europe/Berlin, quiet_hours: ["21:00-22:00"]}\nteams'
    )
    people.write_text(both, encoding="utf-8")
    quiet = [one for one in json.loads(asked(*asked_for))["findings"] if one["kind"] == "quiet"]
    assert [(one["schedule"], one["person"]) for one in quiet] == [("seoul", "lee"), ("short", "lee")]


def test_who_says_who_rests_and_who_gets_their_pages_meanwhile(people: Path) -> None:
    night = ("who", "--at", "2026-03-24T02:00:00+09:00", "--team", "seoul", "--json")
    found = json.loads(asked(*night))
    rests = "lee rests until 06:00 (Asia/Seoul); told all the same"
    assert (found["schedules"][0]["people"], found["schedules"][0]["why"]) == (["lee"], f"weekly; {rests}")
    assert [one["why"] for one in found["roles"] if one["name"] == "team-lead"] == [rests]
    people.write_text(PEOPLE.replace('["23:00-06:00"]}', '["23:00-06:00"], deputy: ann}'), encoding="utf-8")
    assert json.loads(asked(*night))["schedules"][0]["why"] == (
        "weekly; lee rests until 06:00 (Asia/Seoul); ann stands in unless it is urgent"
    )


def test_a_calendar_that_cannot_be_read_is_a_fault_of_the_check_and_a_warning_of_people_check(people: Path) -> None:
    people.write_text(PEOPLE + "  feed:\n    layers: [{ics: rota.ics}]\n", encoding="utf-8")
    found = json.loads(asked("check", "--at", AT, "--json", code=1))["findings"]
    assert [(one["kind"], one["text"]) for one in found if one["schedule"] == "feed" and one["level"] == "fault"] == [
        ("calendar", "rota.ics cannot be read (No such file or directory)"),
        ("gap", "nobody (rota.ics cannot be read (No such file or directory))"),
    ]
    warnings = json.loads(rung("people", "check", "--json").stdout)["warnings"]
    assert warnings[0] == (
        "schedule 'feed': rota.ics cannot be read (No such file or directory); its layer is silent until it can be read"
    )


def test_the_sample_has_a_schedule_without_a_gap(alone: Path) -> None:
    assert asked("gaps", "--at", "2026-01-05T09:00:00+09:00", "--days", "366").startswith("OK")
    told = json.loads(asked("who", "--at", "2026-12-25T12:00:00+09:00", "--team", "support", "--json"))
    assert [(one["people"], one["why"]) for one in told["schedules"]] == [(["han"], "override")]
    assert told["roles"][0]["people"] == ["han"]
    assert asked("check", "--at", "2026-01-05T09:00:00+09:00") == "OK    1 schedule, the next 90 days\n"


def test_words_that_cannot_be_used_are_told_with_a_way_out(people: Path) -> None:
    assert unfit("oncall", "next", "offise") == "error: people.yaml has no schedule 'offise' (did you mean 'office'?)\n"
    assert unfit("oncall", "who", "--team", "soul") == "error: people.yaml has no team 'soul' (did you mean 'seoul'?)\n"
    assert "is not an instant" in unfit("oncall", "gaps", "--at", "tomorrow")
    assert "no such file" in unfit("oncall", "check", "--people", "nobody.yaml")
    assert rung("oncall", "gaps", "--days", "0").exit_code == 2


def test_without_schedules_it_says_how_to_write_one(people: Path) -> None:
    people.write_text(PEOPLE.partition("schedules:")[0].replace('"schedule:seoul"', "lee"), encoding="utf-8")
    for verb in ("who", "next", "gaps", "check"):
        assert asked(verb) == "no schedules in people.yaml; docs/how-to/on-call.md shows how to write one\n"
