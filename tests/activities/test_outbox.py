"""The outbox: one turn for each message, one bundle for many, whatever the order; SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Planned, Turn
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, LEASE, LINGER, MOST_AT_ONCE, PLANNED, QUIET, UNKNOWN, Outcome
from tests.activities.conftest import WINDOW

NOON = datetime(2026, 3, 27, 3, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def page(ticket: str, person: str = "kim", channel: str = "sms", tenant: str = "acme", rung: str = "half") -> Planned:
    rungs = f"{tenant}/{ticket}/resolution.1/{rung}"
    key = f"{rungs}/{person}/{channel}"
    return Planned(key, tenant, ticket, rungs, "page", person, channel, "high", content=f"content of {ticket}")


async def a_storm(outbox: SqlOutbox, number: int) -> list[Planned]:
    """One page that went at once, and `number` that wait for its window's end."""
    first = page("first")
    assert (await outbox.turn(first, NOON)).what == "send"
    await outbox.note(first.key, Outcome(ACCEPTED, "twilio", "SM0"), NOON, settled=True)
    waiting = [page(f"w{n:02}") for n in range(number)]
    for one in waiting:
        assert await outbox.turn(one, after(1)) == Turn("wait", one.key, until=after(WINDOW))
    return waiting


async def the_bundle(outbox: SqlOutbox, waiting: list[Planned]) -> Turn:
    """All of them come, and the first one sends."""
    for one in waiting:
        await outbox.turn(one, after(60))
    return await outbox.turn(waiting[0], after(60 + QUIET))


def contents(outbox_url: str) -> list[str]:
    engine = sa.create_engine(outbox_url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT content FROM messages WHERE content <> ''")).scalars().all()
    engine.dispose()
    return list(found)


async def test_the_first_page_goes_at_once_and_the_others_as_one_bundle(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 3)
    assert (await outbox.turn(waiting[0], after(30))).until == after(WINDOW)
    turns = [await outbox.turn(one, after(60)) for one in waiting]
    assert [turn.until for turn in turns] == [after(60 + QUIET), after(60 + LINGER), after(60 + LINGER)]
    whole = await outbox.turn(waiting[0], after(60 + QUIET))
    assert (whole.what, whole.size) == ("send", 3)
    assert whole.contents == ("content of w00", "content of w01", "content of w02")
    assert whole.key == f"acme/bundle.{int(after(60).timestamp())}/kim/sms"


async def test_whoever_is_in_a_bundle_shares_its_fate_and_its_texts_are_forgotten(
    outbox: SqlOutbox, outbox_url: str
) -> None:
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    assert (await outbox.turn(waiting[1], after(64))).what == "wait"
    assert sorted(await asyncio.to_thread(contents, outbox_url)) == ["content of w00", "content of w01"]
    await outbox.note(whole.key, Outcome(ACCEPTED, "twilio", "SM1"), after(65), settled=True)
    seen = await outbox.turn(waiting[0], after(66))
    assert (seen.what, seen.outcome, seen.size) == ("look", Outcome(ACCEPTED, "twilio", "SM1"), 2)
    assert await asyncio.to_thread(contents, outbox_url) == []


async def test_who_does_not_come_is_not_sent_and_holds_the_others_up_for_a_moment_only(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 3)
    whole = await the_bundle(outbox, waiting[:2])
    assert (whole.what, whole.contents) == ("send", ("content of w00", "content of w01"))
    [gone] = await outbox.sent("acme", "w02")
    assert (gone.outcome.state, gone.bundle) == (PLANNED, "")


async def test_whom_its_bundle_left_behind_gathers_with_others_of_that_kind(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 4)
    await the_bundle(outbox, waiting[:2])
    late = [await outbox.turn(one, after(70 + n)) for n, one in enumerate(waiting[2:])]
    assert [(turn.what, turn.until) for turn in late] == [("wait", after(70 + QUIET)), ("wait", after(70 + LINGER))]
    assert (await outbox.turn(waiting[2], after(70 + QUIET))).contents == ("content of w02", "content of w03")


async def test_one_that_waited_alone_goes_as_itself(outbox: SqlOutbox) -> None:
    [one] = await a_storm(outbox, 1)
    assert (await outbox.turn(one, after(60))).until == after(60 + QUIET)
    turn = await outbox.turn(one, after(60 + QUIET))
    assert (turn.what, turn.key, turn.size, turn.contents) == ("send", one.key, 1, ())
    assert (await outbox.turn(one, after(65))).what == "send"
    await outbox.note(one.key, Outcome(ACCEPTED, "twilio", "SM1"), after(66), settled=True)
    assert (await outbox.turn(one, after(67))).what == "look"


async def test_who_came_long_ago_and_was_not_sent_is_not_in_a_later_bundle(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 3)
    for one in waiting[:2]:
        await outbox.turn(one, after(60))
    hours = 7_200
    assert (await outbox.turn(waiting[2], after(hours))).what == "wait"
    turn = await outbox.turn(waiting[2], after(hours + QUIET))
    assert (turn.what, turn.key, turn.size) == ("send", waiting[2].key, 1)


async def test_after_a_bundle_the_next_window_begins(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    await the_bundle(outbox, waiting)
    assert (await outbox.turn(page("next"), after(70))).until == after(120)
    assert (await outbox.turn(page("much-later"), after(200))).what == "send"


async def test_a_bundle_of_unknown_outcome_is_sent_again_as_it_was_and_not_before_its_time(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    end = 60 + QUIET + LEASE
    assert (await outbox.turn(waiting[1], after(end - 1))).until == after(end)
    await outbox.note(whole.key, Outcome(UNKNOWN, "twilio", reason="reset"), after(65), again_at=after(70))
    assert (await outbox.turn(waiting[1], after(69))).until == after(70)
    again = await outbox.turn(waiting[0], after(70))
    assert (again.what, again.key, again.contents) == ("send", whole.key, whole.contents)
    assert again.outcome == Outcome(UNKNOWN, "twilio", reason="reset")
    assert (await outbox.turn(waiting[1], after(71))).what == "wait"


async def test_a_bundle_that_was_refused_is_refused_to_each_of_its_members(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    await outbox.note(whole.key, Outcome(FAILED, "twilio", reason="blocked"), after(65))
    for one in waiting:
        seen = await outbox.turn(one, after(66))
        assert (seen.what, seen.outcome.state, seen.outcome.reason) == ("look", FAILED, "blocked")


async def test_a_refused_page_holds_nobody_up(outbox: SqlOutbox) -> None:
    await outbox.turn(page("first"), NOON)
    await outbox.note(page("first").key, Outcome(FAILED, reason="blocked"), NOON)
    assert (await outbox.turn(page("second"), after(1))).what == "send"


async def test_a_refused_bundle_holds_nobody_up_nor_does_whom_it_left_behind(outbox: SqlOutbox) -> None:
    """Nothing has reached them: neither those in the bundle, nor the one that did not come in time, say otherwise."""
    waiting = await a_storm(outbox, 3)
    whole = await the_bundle(outbox, waiting[:2])
    await outbox.note(whole.key, Outcome(FAILED, "twilio", reason="blocked"), after(65))
    assert (await outbox.turn(page("next"), after(66))).what == "send"
    assert (await outbox.turn(page("after-next"), after(67))).until == after(66 + WINDOW)


async def test_a_refused_bundle_does_not_use_up_the_right_of_way_of_a_critical_ticket(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    await outbox.note(whole.key, Outcome(FAILED, "twilio", reason="blocked"), after(65))
    await outbox.turn(page("next"), after(66))
    again = replace(page("w00", rung="breach"), urgency="critical")
    assert (await outbox.turn(again, after(67))).what == "send"


async def test_who_waits_holds_nobody_up_when_what_they_wait_after_was_refused(outbox: SqlOutbox) -> None:
    """The first page was refused after the second had been told to wait: nothing has reached them, so the third goes."""
    await outbox.turn(page("first"), NOON)
    assert (await outbox.turn(page("second"), after(1))).until == after(WINDOW)
    await outbox.note(page("first").key, Outcome(FAILED, reason="blocked"), after(2))
    assert (await outbox.turn(page("third"), after(3))).what == "send"
    assert (await outbox.turn(page("fourth"), after(4))).until == after(WINDOW)
    await outbox.turn(page("second"), after(WINDOW))
    await outbox.turn(page("fourth"), after(WINDOW))
    assert (await outbox.turn(page("second"), after(WINDOW + QUIET))).size == 2


async def test_who_comes_while_a_bundle_is_closing_is_still_in_it(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    for one in waiting:
        await outbox.turn(one, after(WINDOW))
    assert (await outbox.turn(page("late"), after(WINDOW + 2))).what == "wait"
    assert (await outbox.turn(waiting[0], after(WINDOW + 2 + QUIET))).size == 3


async def test_a_bundle_that_arrived_still_begins_a_window(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 3)
    whole = await the_bundle(outbox, waiting[:2])
    await outbox.note(whole.key, Outcome(ACCEPTED, "twilio", "SM1"), after(65), settled=True)
    assert (await outbox.turn(page("next"), after(66))).until == after(60 + WINDOW)


async def test_the_first_page_of_a_critical_ticket_goes_ahead_of_the_storm_a_few_times(outbox: SqlOutbox) -> None:
    await a_storm(outbox, 2)
    critical = [replace(page(f"c{n}"), urgency="critical") for n in range(MOST_AT_ONCE)]
    turns = [await outbox.turn(one, after(10 + n)) for n, one in enumerate(critical)]
    assert [turn.what for turn in turns] == ["send"] * (MOST_AT_ONCE - 1) + ["wait"]
    assert turns[-1].until == after(WINDOW)


async def test_the_second_page_of_a_critical_ticket_waits_like_any_other(outbox: SqlOutbox) -> None:
    await a_storm(outbox, 1)
    assert (await outbox.turn(replace(page("c"), urgency="critical"), after(10))).what == "send"
    assert (await outbox.turn(replace(page("c", rung="breach"), urgency="critical"), after(11))).what == "wait"


async def test_a_storm_delays_no_other_tenant_person_or_channel(outbox: SqlOutbox) -> None:
    await a_storm(outbox, 2)
    for other in (page("x", tenant="other"), page("x", person="lee"), page("x", channel="email")):
        assert (await outbox.turn(other, after(2))).what == "send"


async def test_what_goes_to_customers_is_never_held(outbox: SqlOutbox) -> None:
    for number in range(3):
        one = replace(page(f"t{number}", "customer", "email"), kind="inform", alone=True)
        assert (await outbox.turn(one, after(number))).what == "send"


async def test_the_same_message_asked_again_is_one_message(outbox: SqlOutbox) -> None:
    first = page("first")
    assert [(await outbox.turn(first, after(n))).what for n in range(3)] == ["send"] * 3
    assert len(await outbox.sent("acme", "first")) == 1


async def test_receipts_count_before_and_after_our_own_note_and_for_unknown_keys_not_at_all(outbox: SqlOutbox) -> None:
    one = page("first")
    await outbox.turn(one, NOON)
    await outbox.note(one.key, Outcome(DELIVERED, "twilio", "SM1"), after(1))
    assert await outbox.note(one.key, Outcome(ACCEPTED, "twilio", "SM1"), after(2)) == Outcome(
        DELIVERED, "twilio", "SM1"
    )
    assert await outbox.note("acme/nobody/knows", Outcome(DELIVERED), after(3)) is None
    [seen] = await outbox.sent("acme", "first")
    assert (seen.outcome.state, seen.settled) == (DELIVERED, after(1))


async def test_without_a_receipt_it_is_looked_at_and_not_sent_again(outbox: SqlOutbox) -> None:
    one = page("first")
    await outbox.turn(one, NOON)
    await outbox.note(one.key, Outcome(ACCEPTED, "twilio", "SM1"), after(1))
    assert (await outbox.turn(one, after(2))).settled is False
    await outbox.give_up(one.key, "no receipt", after(121))
    turn = await outbox.turn(one, after(122))
    assert (turn.what, turn.outcome.state, turn.settled) == ("look", UNKNOWN, True)
    await outbox.note(one.key, Outcome(DELIVERED, "twilio", "SM1"), after(500))
    assert (await outbox.turn(one, after(501))).outcome.state == DELIVERED


async def test_pages_are_counted_once_a_bundle_and_once_a_rung(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    await outbox.note(whole.key, Outcome(ACCEPTED), after(61))
    other_channel = page("first", channel="email")
    await outbox.turn(other_channel, after(62))
    await outbox.note(other_channel.key, Outcome(DELIVERED), after(62))
    told = replace(page("first", rung="info"), kind="inform", channel="slack")
    await outbox.turn(told, after(63))
    await outbox.note(told.key, Outcome(ACCEPTED), after(63))
    await outbox.turn(page("refused", channel="phone"), after(64))
    assert await outbox.pages(["kim", "lee"], NOON) == {"kim": 2, "lee": 0}
    assert await outbox.pages(["kim"], after(61)) == {"kim": 2}
    assert await outbox.pages(["kim"], after(63)) == {"kim": 0}
    assert await outbox.pages([], NOON) == {}


async def test_of_many_who_ask_at_once_one_sends(outbox: SqlOutbox, outbox_url: str) -> None:
    waiting = await a_storm(outbox, 12)
    other = SqlOutbox(outbox_url, WINDOW)
    for one in waiting:
        await outbox.turn(one, after(60))
    asked = [(outbox, other)[n % 2].turn(one, after(60 + QUIET)) for n, one in enumerate(waiting)]
    turns = await asyncio.gather(*asked)
    await other.close()
    assert [turn.size for turn in turns if turn.what == "send"] == [12]


async def test_a_bundle_that_is_still_tried_keeps_its_texts_while_another_closes(outbox: SqlOutbox) -> None:
    """A page that nobody could be reached with is tried on for two hours after its ways out: a provider may be away."""
    waiting = await a_storm(outbox, 2)
    whole = await the_bundle(outbox, waiting)
    await outbox.note(whole.key, Outcome(UNKNOWN, "twilio", reason="away"), after(65), again_at=after(70))
    start = 7_200
    others = [page(f"o{n}") for n in range(3)]
    turns = [await outbox.turn(one, after(start)) for one in others]
    assert [turn.what for turn in turns] == ["send", "wait", "wait"]
    for one in others[1:]:
        await outbox.turn(one, after(start + WINDOW))
    assert (await outbox.turn(others[1], after(start + WINDOW + QUIET))).size == 2
    again = await outbox.turn(waiting[0], after(start + WINDOW + 10))
    assert (again.what, again.key, again.contents) == ("send", whole.key, whole.contents)


async def test_a_message_of_a_ticket_that_is_opened_again_is_another_one(outbox: SqlOutbox) -> None:
    """Its keys are those of its first life, whose messages are over: it must go out all the same, and once."""
    one = page("again")
    first, second = (replace(one, page=f"{one.page}@{life}", life=life) for life in ("run-1", "run-2"))
    assert (await outbox.turn(first, NOON)).key == one.key
    await outbox.note(one.key, Outcome(DELIVERED, "twilio", "SM1"), after(1))
    assert (await outbox.turn(first, after(2))).what == "look"
    turn = await outbox.turn(second, after(200))
    assert (turn.what, turn.key) == ("send", f"{one.key}@run-2")
    await outbox.note(turn.key, Outcome(DELIVERED, "twilio", "SM2"), after(201))
    seen = await outbox.turn(second, after(202))
    assert (seen.what, seen.outcome.reference) == ("look", "SM2")
    assert [sent.outcome.reference for sent in await outbox.sent("acme", "again")] == ["SM1", "SM2"]
    assert await outbox.pages(["kim"], NOON) == {"kim": 2}


async def test_all_messages_of_one_page_are_known_by_their_keys(outbox: SqlOutbox) -> None:
    people = [Planned(f"o/{name}", "acme", "", "o", "disruption", "customer", "email", alone=True) for name in "abc"]
    for one in (*people, replace(people[0], key="ox/a", page="ox"), replace(people[0], key="o/d", tenant="zoo")):
        await outbox.turn(one, NOON)
    await outbox.note("o/a", Outcome(ACCEPTED, "smtp", "M1"), NOON, settled=True)
    await outbox.note("o/b", Outcome(FAILED, reason="no such user"), NOON)
    found = await outbox.outcomes("o")
    assert {key: one.state for key, one in found.items()} == {
        "o/a": ACCEPTED, "o/b": FAILED, "o/c": "sending", "o/d": "sending",
    }  # fmt: skip
    assert found["o/a"] == Outcome(ACCEPTED, "smtp", "M1")
    assert await outbox.outcomes("nobody") == {}
