"""What became of a piece of news, asked of real tickets."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.ticket import Ticket
from starter.gateway import Gateway
from starter.reception import IGNORED, PENDING, TAKEN, Reception, tell
from tests.support.histories import open_ticket
from tests.support.stage import Stage

TENANT = "told"
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())


async def opened(stage: Stage, id: str) -> Gateway:
    await open_ticket(stage, Ticket(id=id, tenant=TENANT, tier="gold", urgency="high"), "plain.v1", MONDAY)
    return stage.gateway


async def test_the_second_pause_is_told_to_be_ignored(stage: Stage) -> None:
    gateway = await opened(stage, "twice")
    first = await tell(gateway, TENANT, "twice", "pause", reason="customer")
    second = await tell(gateway, TENANT, "twice", "pause", reason="customer")
    assert (first.outcome, second.outcome, second.why) == (TAKEN, IGNORED, "already paused for it")


async def test_the_same_id_is_dropped_and_that_is_said(stage: Stage) -> None:
    gateway = await opened(stage, "same-id")
    first = await tell(gateway, TENANT, "same-id", "resolved", event_id="e-1")
    second = await tell(gateway, TENANT, "same-id", "reopened", event_id="e-1")
    assert first == Reception("e-1", TAKEN)
    assert second == Reception("e-1", IGNORED, "an event 'e-1' is known already")


async def test_the_news_that_ends_a_ticket_is_still_answered(stage: Stage) -> None:
    gateway = await opened(stage, "ended")
    assert (await tell(gateway, TENANT, "ended", "closed")).outcome == TAKEN


async def test_without_a_worker_the_news_is_pending_and_not_lost(stage: Stage) -> None:
    gateway = await opened(stage, "alone")
    await stage.send_crew_away()
    try:
        sent = await tell(gateway, TENANT, "alone", "resolved", event_id="e-1")
    finally:
        await stage.call_crew()
    assert (sent.outcome, sent.said()) == (PENDING, "sent; not taken up yet")
    case = await gateway.remembered(TENANT, "alone", 10)
    assert case is not None
    assert case.seen == ("e-1",)
