"""A page whose channel fails goes on: to the next channel, to the next person, to the catch-all - on a real server."""

from __future__ import annotations

from dataclasses import replace

from activities.ports import Busy, Refused, Unreachable
from policies.people import Person
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_commands import HOUR, MINUTE, MONDAY, Told, a_ticket, broken

NOON = MONDAY + 4 * HOUR
"""When half of the time is used up and the assignee is told by SMS."""


async def told(
    stage: Stage, id: str, assignee: str = "pat", policy: str = "plain.v1", history_limit: int = 2_000
) -> Told:
    """`pat` is reached by sms, phone, email, in this order; `kim` by what the rung says and nothing else."""
    one = Told(stage, id)
    ticket = replace(a_ticket(id), assignee=assignee, contact="ann@example.com")
    await open_ticket(stage, ticket, policy, MONDAY, history_limit)
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
    assert (await one.status())["undelivered"] == []


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


async def test_a_person_in_two_rows_gets_each_channel_once_and_the_spare_ones_after_all_of_them(stage: Stage) -> None:
    one = await told(stage, "two-rows", policy="twice.v1")
    with broken(stage, one, lambda kind: Refused("blocked") if kind in ("sms", "phone") else None):
        await one.forward(NOON + MINUTE)
    assert sorted(pages(one)) == ["half/customer/email", "half/pat/email"]
    tried = {key: times for key, times in stage.world.attempts.items() if "/two-rows/" in key}
    assert sorted(key.split("/half/")[1] for key in tried) == [
        "customer/email", "pat/email", "pat/phone", "pat/sms",
    ]  # fmt: skip
    assert set(tried.values()) == {1}


async def test_a_customer_who_was_reached_is_nobody_of_ours(stage: Stage) -> None:
    one = await told(stage, "only-the-customer", assignee="kim", policy="twice.v1")
    with broken(stage, one, lambda kind: Refused("blocked") if kind in ("sms", "phone") else None):
        await one.forward(NOON + MINUTE)
    assert sorted(pages(one)) == ["half/customer/email", "half/duty-manager/email"]
    assert stage.world.attempts["commanded/only-the-customer/resolution.1/half/customer/email"] == 1
    assert (await one.lines("passed_on"))[-1] == "passed on to duty-manager"
    assert not any("customer" in line for line in await one.lines("not_sent"))
    assert (await one.status())["undelivered"] == []


async def test_a_page_that_reaches_only_the_customer_is_undelivered(stage: Stage) -> None:
    one = await told(stage, "customer-alone", assignee="kim", policy="twice.v1")
    mine = "commanded/customer-alone/resolution.1/half"

    def of_ours(kind: str, key: str) -> Exception | None:
        return Refused("blocked") if key.startswith(mine) and not key.endswith("/customer/email") else None

    before, stage.world.fault = stage.world.fault, of_ours
    try:
        await one.forward(NOON + MINUTE)
    finally:
        stage.world.fault = before
    assert pages(one) == ["half/customer/email"]
    assert [key.split("/half/")[1] for key in (await one.status())["undelivered"]] == [
        "kim/sms", "kim/phone", "lee/sms", "duty-manager/email",
    ]  # fmt: skip


async def test_what_is_closed_while_it_falls_back_goes_to_nobody_and_the_ticket_ends(stage: Stage) -> None:
    one = await told(stage, "closed-meanwhile", assignee="kim")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind in ("sms", "phone") else None):
        await one.forward(NOON + 4 * MINUTE)
        await one.tell("closed", actor="kim")
        verdict = await one.handle.result()
    assert pages(one) == []
    assert verdict["undelivered"] == []


async def test_a_pause_while_it_falls_back_calls_it_back(stage: Stage) -> None:
    one = await told(stage, "paused-meanwhile", assignee="kim")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(NOON + 2 * MINUTE)
        await one.tell("pause", reason="customer")
        await one.forward(NOON + 30 * MINUTE)
    assert pages(one) == []
    assert any("called back: paused: customer" in line for line in await one.lines("withdrawn"))


async def test_continuing_as_new_waits_until_somebody_is_reached(stage: Stage) -> None:
    one = await told(stage, "continued", assignee="kim", history_limit=10)
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind in ("sms", "phone") else None):
        await one.forward(NOON + 4 * MINUTE)
        for number in range(8):
            await one.tell("contacted", event_id=f"meanwhile-{number}")
        await one.forward(NOON + 30 * MINUTE)
    assert pages(one) == ["half/duty-manager/email"]
    await one.tell("replied", event_id="and-on")
    assert (await one.status())["undelivered"] == []


async def test_a_worker_that_is_gone_during_a_fall_back_goes_on_where_it_was(stage: Stage) -> None:
    one = await told(stage, "no-worker", assignee="kim")
    with broken(stage, one, {"sms": Unreachable("reset"), "phone": Refused("blocked")}.get):
        await one.forward(NOON + MINUTE)
        await stage.send_crew_away()
        await stage.call_crew()
        await one.forward(NOON + 30 * MINUTE)
    await one.forward(NOON + 60 * MINUTE)
    keys = [a.key for a in one.arrived if a.kind in ("sms", "phone", "email")]
    assert len(keys) == len(set(keys)) > 0
    assert (await one.status())["undelivered"] == []


async def test_who_joins_the_roster_between_two_tries_is_found(stage: Stage) -> None:
    one = await told(stage, "new-deputy", assignee="kim")
    before = stage.world.roster_now
    away = Person("lee", away=((0, 1 << 40),), deputy="pat")
    with broken(stage, one, lambda kind: Unreachable("connection refused") if kind == "sms" else None):
        await one.forward(NOON + 2 * MINUTE)
        stage.world.roster_now = replace(before, people={**before.people, "lee": away})
        try:
            await one.forward(NOON + 20 * MINUTE)
        finally:
            stage.world.roster_now = before
    assert pages(one) == ["half/pat/phone"]
    assert (await one.status())["undelivered"] == []
