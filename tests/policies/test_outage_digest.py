"""Who is told of an outage: each person once, of all of theirs, and nobody is forgotten in silence."""

from __future__ import annotations

from policies.outage import Outage, Scope
from policies.outage_digest import Concerned, Digest, covered, digests, still_to_tell
from policies.outage_update import CADENCES, WEEK, next_update, stakeholders
from policies.people import Person, Roster, Team
from policies.ticket import Ticket

ROSTER = Roster(
    people={
        "kim": Person("kim", channels=("email", "phone")), "lee": Person("lee", channels=("sms",)),
        "gone": Person("gone", away=((0, 1 << 40),), deputy="kim"), "far": Person("far", away=((0, 1 << 40),)),
        "pat": Person("pat", channels=("phone",)),
    },
    teams={"seoul": Team(lead="lee")}, roles={"executives": ("kim", "far")},
)  # fmt: skip


def one(id: str, assignee: str = "", team: str = "", due: int | None = None) -> Concerned:
    return Concerned(Ticket(id, "t", service="pay", assignee=assignee, team=team), due)


def test_assignee_and_lead_get_one_digest_each_the_first_due_first() -> None:
    late, soon, other = one("1", "kim", "seoul", 900), one("2", "kim", "seoul", 100), one("3", "kim")
    found, nobodys = digests(ROSTER, [other, late, soon], 50)
    assert found == (Digest("kim", ("email",), (soon, late, other)), Digest("lee", ("sms",), (soon, late)))
    assert nobodys == 0


def test_a_deputy_stands_in_and_whom_nobody_stands_for_is_counted() -> None:
    found, nobodys = digests(ROSTER, [one("1", "gone"), one("2", "far"), one("3")], 50)
    assert [(digest.person, [each.ticket.id for each in digest.tickets]) for digest in found] == [("kim", ["1"])]
    assert nobodys == 2


def test_nobody_is_called_for_a_courtesy() -> None:
    found, _ = digests(ROSTER, [one("1", "pat")], 50)
    assert [digest.ways for digest in found] == [()]


def test_a_ticket_opened_after_the_end_is_no_news() -> None:
    outage = Outage("X", Scope(services=("pay",)), since=100, ended_at=200)
    assert [covered(outage, one("1").ticket, at) for at in (50, 150, 200)] == [True, True, False]
    assert not covered(outage, Ticket("1", service="other"), 150)


def test_whoever_heard_of_the_beginning_and_has_no_ticket_left_hears_of_the_end() -> None:
    found, _ = digests(ROSTER, [one("1", "kim")], 50)
    assert still_to_tell(ROSTER, ["kim", "lee"], found, 50) == (Digest("lee", ("sms",)),)


def test_updates_follow_the_priority_and_after_a_week_come_once_a_day() -> None:
    assert [next_update(Outage("X", priority=name), 0, 0) for name in CADENCES] == [3_600, 7_200, 14_400, 86_400]
    assert next_update(Outage("X", priority="P1"), 0, WEEK) == WEEK + 86_400


def test_stakeholders_are_roles_or_people_and_who_is_missing_is_said() -> None:
    outage = Outage("X", priority="P1", stakeholders=("executives", "lee", "nobody"))
    ways, missing = stakeholders(ROSTER, outage, 50)
    assert ways == {"kim": ("email",), "lee": ("sms",)}
    assert missing == ("nobody: nobody holds 'nobody'",)
