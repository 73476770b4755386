"""What the outbox forgets, and what it finds that nobody settles any more; SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Planned
from activities.ports import Line
from policies.dispatch import ACCEPTED, FAILED, LEASE, QUIET, UNKNOWN, Outcome
from tests.activities.test_outbox import NOON, a_storm, after, page, the_bundle

LATER = NOON + timedelta(days=91)
OLD = LATER - timedelta(days=90)
EVERYTHING = 1_000


@pytest.fixture
async def journal(outbox: SqlOutbox, outbox_url: str) -> AsyncIterator[SqlJournal]:
    made = SqlJournal(outbox_url)
    yield made
    await made.close()


def said(one: Planned, kind: str = "done", at: datetime = NOON, number: int = 1) -> Line:
    """The ticket's own word on it."""
    return Line(f"{one.key}/{number}", f"{one.tenant}/{one.ticket}", at, kind, "said", "half", one.key)


async def sent(outbox: SqlOutbox, one: Planned, at: datetime = NOON) -> Planned:
    assert (await outbox.turn(one, at)).what == "send"
    return one


# --- forgetting --------------------------------------------------------------------------------------------


async def test_what_is_over_and_old_is_forgotten_and_what_is_young_is_kept(outbox: SqlOutbox) -> None:
    for number, outcome in enumerate((Outcome(ACCEPTED), Outcome(FAILED, reason="no"))):
        one = await sent(outbox, page("old", person=f"p{number}"))
        await outbox.note(one.key, outcome, NOON)
    young = await sent(outbox, page("young"), OLD)
    await outbox.note(young.key, Outcome(ACCEPTED), OLD)
    assert await outbox.forget(OLD, EVERYTHING) == 2
    assert await outbox.sent("acme", "old") == []
    assert len(await outbox.sent("acme", "young")) == 1
    assert await outbox.forget(OLD, EVERYTHING) == 0


async def test_what_may_still_go_out_is_never_forgotten(outbox: SqlOutbox) -> None:
    await sent(outbox, page("sending"))
    unknown = await sent(outbox, page("unknown", person="lee"))
    await outbox.note(unknown.key, Outcome(UNKNOWN, reason="reset"), NOON)
    assert (await outbox.turn(page("waits"), after(1))).what == "wait"
    assert await outbox.forget(LATER, EVERYTHING) == 0


async def test_what_the_ticket_has_told_of_is_over_whatever_the_outbox_knows(
    outbox: SqlOutbox, journal: SqlJournal
) -> None:
    for number, kind in enumerate(("done", "undelivered", "withdrawn")):
        await journal.note([said(await sent(outbox, page(f"t{number}", person=f"p{number}")), kind)])
    other = await sent(outbox, page("other", person="lee"))
    await journal.note([said(other, "fired")])
    assert await outbox.forget(LATER, EVERYTHING) == 3
    assert len(await outbox.sent("acme", "other")) == 1


async def test_a_bundle_goes_after_those_in_it(outbox: SqlOutbox) -> None:
    waiting = await a_storm(outbox, 3)
    whole = await the_bundle(outbox, waiting[:2])
    assert await outbox.forget(LATER, EVERYTHING) == 1  # the one that went at once
    await outbox.note(whole.key, Outcome(ACCEPTED), after(65), settled=True)
    assert await outbox.forget(LATER, 1) == 1
    assert (await outbox.turn(waiting[1], after(66))).outcome.state == ACCEPTED
    assert [await outbox.forget(LATER, EVERYTHING) for _ in range(3)] == [1, 1, 0]
    [left] = await outbox.sent("acme", "w02")
    assert left.outcome.state == "planned"


async def test_it_is_forgotten_in_steps_the_oldest_first(outbox: SqlOutbox) -> None:
    for number in range(3):
        one = await sent(outbox, page(f"t{number}", person=f"p{number}"), after(number))
        await outbox.note(one.key, Outcome(ACCEPTED), after(number))
    assert await outbox.forget(LATER, 2) == 2
    assert [len(await outbox.sent("acme", f"t{number}")) for number in range(3)] == [0, 0, 1]


# --- unsettled ---------------------------------------------------------------------------------------------


async def unsettled(outbox: SqlOutbox, before: datetime, since: datetime = NOON) -> list[tuple[str, str]]:
    return [(one.ticket, one.person) for one in await outbox.unsettled(since, before, EVERYTHING)]


async def test_a_message_that_was_being_sent_and_is_heard_of_no_more_is_found(outbox: SqlOutbox) -> None:
    one = await sent(outbox, page("lost"))
    await outbox.note(one.key, Outcome(UNKNOWN, reason="reset"), after(1), again_at=after(100))
    assert await unsettled(outbox, after(100)) == []
    assert await unsettled(outbox, after(101)) == [("acme/lost", "kim")]
    assert await unsettled(outbox, after(101), since=after(1)) == []
    [found] = await outbox.unsettled(NOON, after(101), EVERYTHING)
    assert (found.key, found.channel, found.at, found.reason) == (one.key, "sms", NOON, "reset")


async def test_what_is_settled_or_waits_for_its_turn_is_not_found(outbox: SqlOutbox) -> None:
    for number, outcome in enumerate((Outcome(ACCEPTED), Outcome(FAILED))):
        one = await sent(outbox, page("t", person=f"p{number}"))
        await outbox.note(one.key, outcome, NOON)
    given_up = await sent(outbox, page("t"))
    await outbox.give_up(given_up.key, "no receipt", after(1))
    assert (await outbox.turn(page("waits"), after(1))).what == "wait"
    assert await unsettled(outbox, LATER) == []


async def test_what_the_ticket_has_told_of_is_not_found_and_in_another_life_it_is(
    outbox: SqlOutbox, journal: SqlJournal
) -> None:
    one = page("again")
    first, second = (replace(one, page=f"{one.page}@{life}", life=life) for life in ("run-1", "run-2"))
    await sent(outbox, first)
    assert await unsettled(outbox, LATER) == [("acme/again", "kim")]
    await journal.note([said(one, "undelivered")])
    assert await unsettled(outbox, LATER) == []
    await sent(outbox, second, after(200))
    assert await unsettled(outbox, LATER) == [("acme/again", "kim")]
    await journal.note([said(one, "withdrawn", after(201), 2)])
    assert await unsettled(outbox, LATER) == []


async def test_a_bundle_is_found_until_all_in_it_have_been_told_of(outbox: SqlOutbox, journal: SqlJournal) -> None:
    waiting = await a_storm(outbox, 2)
    await the_bundle(outbox, waiting)
    before = after(60 + QUIET + LEASE + 1)
    assert await unsettled(outbox, before) == [("", "kim")]
    await journal.note([said(waiting[0], "withdrawn")])
    assert await unsettled(outbox, before) == [("", "kim")]
    await journal.note([said(waiting[1], "withdrawn")])
    assert await unsettled(outbox, before) == []
