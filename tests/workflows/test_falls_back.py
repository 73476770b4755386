"""A page whose channel fails goes on: to the next channel, to the next person, to the catch-all - on a real server."""

from __future__ import annotations

from dataclasses import replace

from activities.ports import Busy, Refused, Unreachable
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_commands import HOUR, MINUTE, MONDAY, Told, a_ticket, broken

NOON = MONDAY + 4 * HOUR
"""When half of the time is used up and the assignee is told by SMS."""


async def told(stage: Stage, id: str, assignee: str = "pat") -> Told:
    """`pat` is reached by sms, phone, email, in this order; `kim` by what the rung says and nothing else."""
    one = Told(stage, id)
    await open_ticket(stage, replace(a_ticket(id), assignee=assignee), "plain.v1", MONDAY, 2_000)
    await settle(one.handle)
    return one


def pages(one: Told) -> list[str]:
    """`half/pat/phone`, as they arrived."""
    return ["/".join(a.key.split("/")[-3:]) for a in one.arrived if a.kind in ("sms", "phone", "email")]


async def test_a_refused_channel_is_followed_by_the_next_one_that_the_person_has(stage: Stage) -> None:
    one = await told(stage, "spare")
    with broken(stage, one, lambda kind: Refused("number blocked") if kind == "sms" else None):
        await one.forward(NOON + MINUTE)
    assert pages(one) == ["half/pat/phone"]
    assert await one.lines("undelivered") == ["sms to pat (assignee) undelivered: number blocked"]
    assert (await one.status())["undelivered"] == []


async def test_a_channel_that_stays_down_is_left_after_three_minutes(stage: Stage) -> None:
    one = await told(stage, "slow")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(NOON + 2 * MINUTE)
        assert pages(one) == []
        await one.forward(NOON + 4 * MINUTE)
        assert pages(one) == ["half/pat/phone"]
    assert (await one.status())["undelivered"] == []


async def test_when_a_provider_asks_for_more_patience_than_there_is_the_next_channel_is_taken_at_once(
    stage: Stage,
) -> None:
    one = await told(stage, "busy-then-phone")
    with broken(stage, one, lambda kind: Busy("slow down", 600) if kind == "sms" else None):
        await one.forward(NOON + 4 * MINUTE)
    assert pages(one) == ["half/pat/phone"]


async def test_whom_nothing_reaches_is_followed_by_the_next_person(stage: Stage) -> None:
    one = await told(stage, "next-person", assignee="kim")
    with broken(stage, one, lambda kind: Refused("number blocked") if kind == "sms" else None):
        await one.forward(NOON + MINUTE)
    assert pages(one) == ["half/department-head/phone"]
    assert await one.lines("not_sent", "passed_on") == [
        "not sent to assignee: kim could not be reached",
        "passed on to team-lead",
        "not sent to assignee: kim could not be reached",
        "not sent to team-lead: lee could not be reached",
        "passed on to department-head",
    ]
    assert (await one.status())["undelivered"] == []


async def test_in_the_end_the_catch_all_is_told(stage: Stage) -> None:
    one = await told(stage, "catch-all", assignee="kim")
    with broken(stage, one, lambda kind: Refused("down") if kind in ("sms", "phone") else None):
        await one.forward(NOON + MINUTE)
    assert pages(one) == ["half/duty-manager/email"]
    assert (await one.lines("passed_on"))[-1] == "passed on to duty-manager"


async def test_a_page_that_reaches_nobody_is_undelivered_and_what_may_still_work_is_tried_on(stage: Stage) -> None:
    one = await told(stage, "nobody", assignee="kim")
    faults = {"sms": Refused("blocked"), "phone": Refused("blocked"), "email": Unreachable("connection refused")}
    with broken(stage, one, faults.get):
        await one.forward(NOON + 30 * MINUTE)
        assert pages(one) == []
        assert {key.split("/")[-2] for key in (await one.status())["undelivered"]} == {
            "kim", "lee", "department-head", "executives",
        }  # fmt: skip
    await one.forward(NOON + 45 * MINUTE)
    assert pages(one) == ["half/duty-manager/email"]


async def test_what_is_acknowledged_meanwhile_goes_on_to_nobody(stage: Stage) -> None:
    one = await told(stage, "taken")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(NOON + MINUTE)
        await one.tell("resolved", actor="pat")
        await one.forward(NOON + 10 * MINUTE)
    assert pages(one) == []
    assert any("called back" in line for line in await one.lines("withdrawn"))


async def test_every_attempt_bears_the_key_of_its_channel_and_none_arrives_twice(stage: Stage) -> None:
    one = await told(stage, "keys")
    with broken(stage, one, lambda kind: Unreachable("reset") if kind == "sms" else None):
        await one.forward(NOON + 5 * MINUTE)
    keys = [a.key for a in one.arrived]
    assert len(keys) == len(set(keys))
    assert [key.rsplit("/", 1)[1] for key in keys if "/half/pat/" in key] == ["phone"]
