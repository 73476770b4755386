"""The directory: the contract, the people file read right, and its faults told all at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

import activities.adapters
from activities.adapters.people_yaml import YamlDirectory
from activities.ports import Contact, Directory, Refused
from policies.people import Person, Roster, Team, address
from policies.plan import Target
from policies.ticket import Ticket
from tests.support.fakes import FakeDirectory

SAMPLE = Path(activities.adapters.__file__).with_name("people.sample.yaml")
SMALL = """
    people:
      kim: {name: 김민수, email: kim@rung.example, zone: Asia/Seoul, languages: [ko, en]}
    teams:
      support: {lead: kim, members: [kim]}
"""
KIM = Contact("kim", "김민수", email="kim@rung.example", zone="Asia/Seoul", language="ko")


def written(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> YamlDirectory:
    file = folder / "people.yaml"
    file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return YamlDirectory(file, environment or {})


async def faults(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        await written(folder, text, environment).roster()
    return str(refused.value).splitlines()


@pytest.fixture(params=["fake", "yaml"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Directory:
    if request.param == "yaml":
        return written(tmp_path, SMALL)
    roster = Roster({"kim": Person("kim", (), ("email",))}, {"support": Team("kim", ("kim",))})
    return FakeDirectory(roster, {"kim": KIM})


async def test_a_directory_knows_people_and_how_to_reach_them(directory: Directory) -> None:
    roster = await directory.roster()

    assert roster.people == {"kim": Person("kim", (), ("email",))}
    assert roster.teams == {"support": Team("kim", ("kim",), (), "")}
    assert roster.roles == {}
    assert await directory.contact("kim") == KIM


@pytest.mark.parametrize("person", ["kin", "customer", ""])
async def test_a_stranger_and_the_customer_are_refused(directory: Directory, person: str) -> None:
    with pytest.raises(Refused, match=r"holds no customers|knows no"):
        await directory.contact(person)


async def test_everything_the_file_can_say_is_understood(tmp_path: Path) -> None:
    directory = written(
        tmp_path,
        """
        people:
          kim:
            name: 김민수
            email: kim@rung.example
            phone: +82 (10) 0000-0001
            slack: ${SLACK}/kim
            teams: ${TEAMS:-https://teams.example/hook}
            webhook: https://example.com/hook
            zone: Asia/Seoul
            languages: [ja, ko]
            channels: [sms, email]
            away:
              - {from: 2026-07-27T00:00:00+09:00, to: 2026-08-01T00:00:00+09:00}
              - {from: 2026-12-24T00:00:00Z, to: 2026-12-27T00:00:00Z}
          no: {name: Norah, phone: +4791234567}
        teams:
          platform: {lead: kim, members: [kim, no], on_call: [no], slack: "${SLACK}/platform", language: ko}
        roles:
          duty-manager: [no]
          press: [kim, "team:platform"]
        """,
        {"SLACK": "https://chat.example"},
    )
    roster = await directory.roster()

    start, end = (int(datetime(2026, month, day, 15, tzinfo=UTC).timestamp()) for month, day in ((7, 26), (7, 31)))
    assert roster.people["kim"].channels == ("sms", "email")
    assert roster.people["kim"].away[0] == (start, end)
    assert len(roster.people["kim"].away) == 2
    assert roster.people["no"] == Person("no", (), ("sms", "phone"))
    assert roster.people["team:platform"] == Person("team:platform", (), ("slack",))
    assert roster.teams == {"platform": Team("kim", ("kim", "no"), ("no",), "team:platform")}
    assert roster.roles == {"duty-manager": ("no",), "press": ("kim", "team:platform")}
    assert await directory.contact("kim") == Contact(
        "kim", "김민수", "kim@rung.example", "+821000000001", "https://chat.example/kim", "https://teams.example/hook",
        "https://example.com/hook", "Asia/Seoul", "ja",
    )  # fmt: skip
    assert await directory.contact("team:platform") == Contact(
        "team:platform", "platform", slack="https://chat.example/platform", language="ko"
    )


async def test_a_person_says_when_they_rest_how_they_are_reached_then_and_how_much_they_bear(tmp_path: Path) -> None:
    directory = written(
        tmp_path,
        """
        pages_per_week: 40
        people:
          kim:
            name: Kim
            email: kim@rung.example
            phone: "+82-10-0000-0001"
            zone: Asia/Seoul
            quiet_hours: ["22:00-07:00", "sat-sun 00:00-24:00"]
            quiet_channels: [phone]
          lee: {name: Lee, email: lee@rung.example, pages_per_week: 5}
          noh: {name: Noh, email: noh@rung.example, pages_per_week: 0}
        """,
    )
    people = (await directory.roster()).people

    assert people["kim"].quiet_channels == ("phone",)
    saturday_noon, monday_noon = (int(datetime(2026, 3, day, 3, tzinfo=UTC).timestamp()) for day in (28, 30))
    assert (people["kim"].in_quiet(saturday_noon), people["kim"].in_quiet(monday_noon)) == (True, False)
    assert {name: person.pages_per_week for name, person in people.items()} == {"kim": 40, "lee": 5, "noh": 0}


async def test_faults_of_rest_are_told_with_line_and_key(tmp_path: Path) -> None:
    told = await faults(
        tmp_path,
        """
        pages_per_week: forty
        people:
          kim:
            name: Kim
            email: kim@rung.example
            quiet_hours: ["22-07"]
            quiet_channels: [phone, fone]
            pages_per_week: -1
          lee:
            name: Lee
            email: lee@rung.example
            quiet_channels: [email]
            pages_per_weak: 3
          noh: {name: Noh, email: noh@rung.example, pages_per_week: 10000, quiet_channels: email}
        teams:
          support: {lead: lee, pages_per_week: 3}
        """,
    )

    assert told == [
        "people.yaml:1  pages_per_week: 'forty' is no number of pages a week; write one up to 9999, like 40, or 0 for "
        "no budget",
        "people.yaml:6  people.kim.quiet_hours[0]: '22' is not a time of day; hours are written like 09:00-18:00 "
        "or mon-fri 09:00-18:00",
        "people.yaml:7  people.kim.quiet_channels[0]: 'phone' needs `phone`; give it",
        "people.yaml:7  people.kim.quiet_channels[1]: no channel 'fone' (did you mean 'phone'?); "
        "use email, sms, phone, slack, teams, webhook",
        "people.yaml:8  people.kim.pages_per_week: '-1' is no number of pages a week; write one up to 9999, like 40, or "
        "0 for no budget",
        "people.yaml:12  people.lee.quiet_channels: are for quiet hours; give `quiet_hours`, like [22:00-07:00]",
        "people.yaml:13  people.lee.pages_per_weak: unknown key (did you mean 'pages_per_week'?)",
        "people.yaml:14  people.noh.pages_per_week: '10000' is no number of pages a week; write one up to 9999, like "
        "40, or 0 for no budget",
        "people.yaml:14  people.noh.quiet_channels: are for quiet hours; give `quiet_hours`, like [22:00-07:00]",
        "people.yaml:14  people.noh.quiet_channels: must be a list, like [a, b]",
        "people.yaml:16  teams.support.pages_per_week: unknown key",
    ]


async def test_a_team_channel_can_be_paged_through_the_roster(tmp_path: Path) -> None:
    directory = written(tmp_path, SMALL.replace("members: [kim]}", "teams: http://127.0.0.1/teams/support}"))
    found = address(
        await directory.roster(), Ticket("1", team="support"), [Target("team-channel", ("slack",))], [], at=0
    )

    assert [(one.person, one.channel) for one in found.deliveries] == [("team:support", "teams")]


async def test_all_faults_are_told_at_once_with_line_path_and_a_way_out(tmp_path: Path) -> None:
    told = await faults(
        tmp_path,
        """
        people:
          kim:
            name: 김민수
            emial: kim@rung.example
            zone: Asia/Soul
          lee: {name: "", email: lee at rung, phone: 010-1234-5678, languages: [korean]}
          park:
            email: park@rung.example
            channels: [sms, e-mail]
            away: [{from: 2026-08-01T00:00:00, to: tomorrow}]
          choi:
            name: 최동욱
            slack: ${SLACK_CHOI}
            teams: not a secret address
            away: [{from: 2026-08-02T00:00:00Z, to: 2026-08-01T00:00:00Z, until: x}]
          customer: {name: C, email: c@rung.example}
        teams:
          platform: {lead: kimm, members: [lee, chio], on_call: han, leed: lee}
        roles:
          executives: [choi, jung, "team:platform"]
          team-lead: [kim]
          nobody: []
        rolls: {}
        """,
    )

    assert told == [
        "people.yaml:2  people.kim: has no address; give at least one of email, phone, slack, teams, webhook",
        "people.yaml:4  people.kim.emial: unknown key (did you mean 'email'?)",
        "people.yaml:5  people.kim.zone: no time zone 'Asia/Soul' (did you mean 'Asia/Seoul'?)",
        "people.yaml:6  people.lee.email: 'lee at rung' is no e-mail address; write it like name@example.com",
        "people.yaml:6  people.lee.languages[0]: 'korean' is no language code; write it like ko or zh-CN",
        "people.yaml:6  people.lee.name: must not be empty",
        "people.yaml:6  people.lee.phone: '010-1234-5678' is no international phone number; "
        "write it like +82-10-0000-0001",
        "people.yaml:7  people.park.name: is missing",
        "people.yaml:9  people.park.channels[0]: 'sms' needs `phone`; give it",
        "people.yaml:9  people.park.channels[1]: no channel 'e-mail' (did you mean 'email'?); "
        "use email, sms, phone, slack, teams, webhook",
        "people.yaml:10  people.park.away[0].from: '2026-08-01T00:00:00' has no offset; "
        "write it like 2026-08-01T00:00:00+09:00 or 2026-08-01T00:00:00Z",
        "people.yaml:10  people.park.away[0].to: 'tomorrow' is no instant; write it like 2026-07-27T00:00:00+09:00",
        "people.yaml:13  people.choi.slack: the environment variable 'SLACK_CHOI' is not set; "
        "set it, or write ${SLACK_CHOI:-a default}",
        "people.yaml:14  people.choi.teams: is no web address; write it like https://example.com/hook",
        "people.yaml:15  people.choi.away[0].until: unknown key",
        "people.yaml:16  people.customer: 'customer' is a role of the ticket; choose another id",
        "people.yaml:18  teams.platform.lead: no person 'kimm' (did you mean 'kim'?)",
        "people.yaml:18  teams.platform.leed: unknown key (did you mean 'lead'?)",
        "people.yaml:18  teams.platform.members[1]: no person 'chio' (did you mean 'choi'?)",
        "people.yaml:18  teams.platform.on_call: must be a list, like [a, b]",
        "people.yaml:20  roles.executives[1]: no person 'jung'",
        "people.yaml:20  roles.executives[2]: no person 'team:platform'",
        "people.yaml:21  roles.team-lead: depends on the ticket and cannot be given away; choose another name",
        "people.yaml:22  roles.nobody: nobody holds it; name at least one person",
        "people.yaml:23  rolls: unknown key (did you mean 'roles'?)",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "people.yaml:1  people: is missing"),
        ("people:\n", "people.yaml:1  people: is missing"),
        ("people: {}\n", "people.yaml:1  people: must not be empty"),
        ("- kim\n", "people.yaml:1  must hold keys and values"),
        ("people: [kim]\n", "people.yaml:1  people: must hold keys and values"),
        ("people:\n  kim: kim\n", "people.yaml:2  people.kim: must hold keys and values"),
        ("people:\n  kim: {name: [a], email: k@x}\n", "people.yaml:2  people.kim.name: must be text"),
        ("people:\n  k m: {name: a, email: k@x}\n", "people.yaml:2  people.k m: 'k m' is no id; use letters"),
        (
            "people:\n  kim: {name: a, email: k@x, away: {}}\n",
            "people.yaml:2  people.kim.away: must be a list",
        ),
        ("people:\n  kim: {name: a\n  lee: b\n", "people.yaml:3  is no YAML"),
        ("people:\n\tkim: 1\n", "people.yaml:2  is no YAML"),
        ("people: 1\n---\npeople: 2\n", "people.yaml:2  is no YAML"),
        ("people: &a\n  kim: *a\n", "people.yaml:2  people.kim: refers to itself"),
        ("people:\n  ? [a, b]\n  : c\n", "people.yaml:2  people: a key must be a single word"),
        (
            "people: {kim: {name: a, email: k@x, slack: 'http://'}}",
            "people.yaml:1  people.kim.slack: is no web",
        ),
        (
            "people: {kim: {name: a, email: k@x, slack: 'http://[x'}}",
            "people.yaml:1  people.kim.slack: is no web",
        ),
    ],
)
async def test_a_file_of_another_form_is_refused_by_line(tmp_path: Path, text: str, told: str) -> None:
    found = await faults(tmp_path, text)

    assert [line for line in found if line.startswith(told)], found


async def test_a_key_written_twice_is_a_fault_and_hides_no_other(tmp_path: Path) -> None:
    told = await faults(tmp_path, "people:\n  kim: {name: a, email: k@x}\n  kim: {name: b}\nroles: {x: [lee]}\n")

    assert told == [
        "people.yaml:3  people.kim: is written twice; keep one",
        "people.yaml:4  roles.x[0]: no person 'lee'",
    ]


async def test_an_address_that_is_a_secret_is_not_shown_in_a_fault(tmp_path: Path) -> None:
    environment = {"HOOK": "htps://chat.example/T0/secret"}
    told = await faults(tmp_path, "people: {kim: {name: a, slack: '${HOOK}'}}", environment)

    assert told == ["people.yaml:1  people.kim.slack: is no web address; write it like https://example.com/hook"]


async def test_bytes_that_are_no_utf_8_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_bytes(b"people: \xff")

    with pytest.raises(Refused, match="is not UTF-8"):
        await YamlDirectory(tmp_path / "people.yaml").roster()


async def test_an_edit_counts_at_the_next_look(tmp_path: Path) -> None:
    directory = written(tmp_path, SMALL)
    assert (await directory.contact("kim")).email == "kim@rung.example"

    written(tmp_path, SMALL.replace("kim@rung.example", "min@rung.example"))

    assert (await directory.contact("kim")).email == "min@rung.example"


async def test_a_broken_edit_keeps_the_last_good_version_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = written(tmp_path, SMALL)
    good = await directory.roster()
    written(tmp_path, SMALL.replace("lead: kim", "lead: kin"))

    assert [await directory.roster(), await directory.roster()] == [good, good]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "people.yaml:4  teams.support.lead: no person 'kin' (did you mean 'kim'?)" in record.getMessage()

    (tmp_path / "people.yaml").unlink()
    assert await directory.roster() == good
    assert [("cannot be read" in record.getMessage()) for record in caplog.records] == [False, True]

    written(tmp_path, SMALL.replace("support", "platform"))
    assert list((await directory.roster()).teams) == ["platform"]
    assert len(caplog.records) == 2


async def test_a_file_that_was_never_good_is_refused_every_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    missing = YamlDirectory(tmp_path / "people.yaml")
    for _ in range(2):
        with pytest.raises(Refused, match="cannot be read"):
            await missing.contact("kim")
    written(tmp_path, "people: {}")
    for _ in range(2):
        with pytest.raises(Refused, match="must not be empty"):
            await missing.roster()

    assert caplog.records == []


async def test_the_sample_is_good_as_it_is() -> None:
    directory = YamlDirectory(SAMPLE, {})
    roster = await directory.roster()

    assert {"department-head", "executives", "customer-relations", "duty-manager", "cto"} < set(roster.roles)
    assert roster.roles["announcement-system"] == ("announcements",)
    assert (await directory.contact("announcements")).webhook == "http://127.0.0.1:8095/announcements"
    assert roster.roles["executives"] == ("choi", "jung")
    assert roster.teams["support"].lead == "lee"
    assert (await directory.contact("team:support")).slack == "http://127.0.0.1:8095/slack/support"
    assert (await directory.contact("kim")).language == "ko"
