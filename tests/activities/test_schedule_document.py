"""Schedules, roles by service and region, deputies in a people file: read right, and faults told all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from policies.business_time import Calendar
from policies.on_call import Override, Schedule, Swap
from policies.people import Person, Post
from policies.rotation import Rotation
from tests.activities.test_directory import faults, written

PEOPLE = """
        people:
          kim: {name: Kim, email: kim@rung.example, deputy: lee, quiet_hours: ["mon-fri 22:00-07:00", "sat,sun 00:00-24:00"],
                zone: Asia/Seoul}
          lee: {name: Lee, email: lee@rung.example}
"""


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


async def test_everything_a_schedule_can_say_is_understood(tmp_path: Path) -> None:
    directory = written(
        tmp_path,
        PEOPLE
        + """
        teams:
          support: {on_call: ["schedule:main", lee]}
        roles:
          engineer:
            - {service: [vpn, wifi], region: [kr], who: ["schedule:main"]}
            - {region: [de], who: [lee, kim]}
            - {who: [lee]}
          chief: [kim]
          only-here: [{service: [vpn], who: [kim]}]
        schedules:
          main:
            zone: Europe/Berlin
            layers:
              - {members: [kim, lee], starts: 2026-01-05}
              - {name: nights, zone: Asia/Seoul, members: [lee], starts: "2026-01-05T20:00", every: 12h,
                 ends: 2027-01-01T08:00, hours: ["fri-sun 20:00-08:00"]}
            overrides:
              - {from: 2026-03-01T00:00:00Z, to: 2026-03-02T00:00:00Z, who: lee, instead_of: kim}
              - {from: 2026-03-01T00:00:00Z, to: 2026-03-02T00:00:00Z, who: kim}
            swaps:
              - {between: [kim, lee], from: 2026-04-01T00:00:00Z, to: 2026-04-02T00:00:00Z}
        """,
    )
    roster = await directory.roster()

    night = (20 * 3600, 8 * 3600)
    march, april = (int(datetime(2026, month, 1, tzinfo=UTC).timestamp()) for month in (3, 4))
    assert roster.schedules["main"] == Schedule(
        "main",
        (
            Rotation(("kim", "lee"), wall(2026, 1, 5), "Europe/Berlin", 7 * 86_400, None, None, "layer 1"),
            Rotation(
                ("lee",), wall(2026, 1, 5, 20), "Asia/Seoul", 12 * 3_600, wall(2027, 1, 1, 8),
                Calendar("Asia/Seoul", {"fri": (night,), "sat": (night,), "sun": (night,)}), "nights",
            ),
        ),
        (Override(march, march + 86_400, "lee", "kim"), Override(march, march + 86_400, "kim")),
        (Swap(april, april + 86_400, "kim", "lee"),),
        "Europe/Berlin",
    )  # fmt: skip
    assert roster.teams["support"].on_call == ("schedule:main", "lee")
    assert roster.roles == {"engineer": ("lee",), "chief": ("kim",), "only-here": ()}
    assert roster.posts == {
        "engineer": (Post(("schedule:main",), ("vpn", "wifi"), ("kr",)), Post(("lee", "kim"), (), ("de",))),
        "only-here": (Post(("kim",), ("vpn",)),),
    }
    dark, all_day = (22 * 3600, 7 * 3600), (0, 86_400)
    quiet = {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (dark,)), "sat": (all_day,), "sun": (all_day,)}
    assert roster.people["kim"] == Person("kim", (), ("email",), "lee", Calendar("Asia/Seoul", quiet))


async def test_all_faults_of_schedules_are_told_at_once_with_line_path_and_a_way_out(tmp_path: Path) -> None:
    told = await faults(
        tmp_path,
        """
        people:
          kim: {name: Kim, email: kim@rung.example, deputy: kim, quiet_hours: ["night"]}
          lee: {name: Lee, email: lee@rung.example, deputy: lea}
        teams:
          support: {lead: "schedule:main", on_call: ["schedule:mian", "schedule:main"]}
        roles:
          engineer:
            - {who: [kim]}
            - {servise: [vpn], who: [leee, "schedule:none"]}
            - {region: kr, who: []}
          mixed: [kim, {who: [lee]}]
        schedules:
          main:
            zone: Europe/Berln
            layer: []
            layers:
              - {members: [kim, leee], every: fortnight}
              - {members: [], starts: 2026-01-05T09:00+01:00, evry: daily}
              - {members: [kim], starts: 2026-01-05, ends: 2026-01-05, hours: ["mo-fri 09:00-18:00", "mon 9 to 5"]}
              - {ics: rota.ics, members: [kim], people: {Minsu: kimm}}
              - {name: nobody}
              - {members: [kim], starts: soon, people: {}, ics: ""}
            overrides:
              - {from: 2026-03-02T00:00:00Z, to: 2026-03-01T00:00:00Z, who: kin}
              - {from: 2026-03-02T00:00:00, who: kim, instead: lee}
            swaps:
              - {between: [kim], from: 2026-03-01T00:00:00Z, to: 2026-03-02T00:00:00Z}
              - {between: [kim, nobody], from: 2026-03-01T00:00:00Z, to: 2026-03-02T00:00:00Z}
          "two words": {layers: []}
          empty:
        """,
    )

    assert told == [
        "people.yaml:2  people.kim.deputy: nobody stands in for themselves; name somebody else",
        "people.yaml:2  people.kim.quiet_hours[0]: 'night' is not a window; hours are written like 09:00-18:00 or mon-fri 09:00-18:00",
        "people.yaml:3  people.lee.deputy: no person 'lea' (did you mean 'lee'?)",
        "people.yaml:5  teams.support.lead: 'schedule:main' is a schedule and no person; schedules go into `on_call` and `roles`",
        "people.yaml:5  teams.support.on_call[0]: no schedule 'mian' (did you mean 'main'?)",
        "people.yaml:8  roles.engineer[0]: is for all, so those after it never count; make it the last one",
        "people.yaml:9  roles.engineer[1].servise: unknown key (did you mean 'service'?)",
        "people.yaml:9  roles.engineer[1].who[0]: no person 'leee' (did you mean 'lee'?)",
        "people.yaml:9  roles.engineer[1].who[1]: no schedule 'none'",
        "people.yaml:10  roles.engineer[2].region: must be a list, like [a, b]",
        "people.yaml:10  roles.engineer[2].who: must not be empty",
        "people.yaml:11  roles.mixed: write either names or entries with `who`, not both in one list",
        "people.yaml:14  schedules.main.zone: no time zone 'Europe/Berln' (did you mean 'Europe/Berlin'?)",
        "people.yaml:15  schedules.main.layer: unknown key (did you mean 'layers'?)",
        "people.yaml:17  schedules.main.layers[0]: `starts` is missing: when the first of `members` begins, like 2026-01-05T09:00",
        "people.yaml:17  schedules.main.layers[0].every: 'fortnight' is no length of a shift; write daily, weekly, 12h, 3 days or 2 weeks",
        "people.yaml:17  schedules.main.layers[0].members[1]: no person 'leee' (did you mean 'lee'?)",
        "people.yaml:18  schedules.main.layers[1].evry: unknown key (did you mean 'every'?)",
        "people.yaml:18  schedules.main.layers[1].members: nobody takes turns; name at least one person",
        "people.yaml:18  schedules.main.layers[1].starts: '2026-01-05T09:00+01:00' has an offset; it is a wall time in the `zone`, write it like 2026-01-05T09:00",
        "people.yaml:19  schedules.main.layers[2].ends: must lie after `starts`",
        "people.yaml:19  schedules.main.layers[2].hours[0]: no day 'mo' in 'mo-fri 09:00-18:00'; hours are written like 09:00-18:00 or mon-fri 09:00-18:00",
        "people.yaml:19  schedules.main.layers[2].hours[1]: no day '9' in 'mon 9 to 5'; hours are written like 09:00-18:00 or mon-fri 09:00-18:00",
        "people.yaml:20  schedules.main.layers[3].members: does not go with `ics`; make two layers of it",
        "people.yaml:20  schedules.main.layers[3].people.Minsu: no person 'kimm' (did you mean 'kim'?)",
        "people.yaml:21  schedules.main.layers[4]: says nobody; give `members` and `starts`, or `ics`",
        "people.yaml:22  schedules.main.layers[5].ics: must not be empty; name a file or a web address",
        "people.yaml:22  schedules.main.layers[5].members: does not go with `ics`; make two layers of it",
        "people.yaml:22  schedules.main.layers[5].starts: 'soon' is no wall time; write it like 2026-01-05T09:00",
        "people.yaml:22  schedules.main.layers[5].starts: does not go with `ics`; make two layers of it",
        "people.yaml:24  schedules.main.overrides[0]: `to` must lie after `from`",
        "people.yaml:24  schedules.main.overrides[0].who: no person 'kin' (did you mean 'kim'?)",
        "people.yaml:25  schedules.main.overrides[1].from: '2026-03-02T00:00:00' has no offset; write it like 2026-03-02T00:00:00+09:00 or 2026-03-02T00:00:00Z",
        "people.yaml:25  schedules.main.overrides[1].instead: unknown key (did you mean 'instead_of'?)",
        "people.yaml:25  schedules.main.overrides[1].to: is missing",
        "people.yaml:27  schedules.main.swaps[0].between: must name two people, like [kim, lee]",
        "people.yaml:28  schedules.main.swaps[1].between[1]: no person 'nobody'",
        "people.yaml:29  schedules.two words: 'two words' is no id; use letters, digits, '.', '_' and '-'",
        "people.yaml:29  schedules.two words.layers: must not be empty",
        "people.yaml:30  schedules.empty: is empty; give `layers`",
    ]
