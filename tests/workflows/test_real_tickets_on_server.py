"""Real tickets as real workflows on a real server with skipped time give what the core gives, ticket by ticket.

25 of them with every run of the tests, all 500 with `pytest -m real`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from policies.event import CLOSED, Event
from policies.explanation import Reading
from tests.support.stage import Play, Stage
from tests.support.ticket_histories import (
    NEVER_PAUSED,
    PAUSED_BY_CUSTOMER,
    POLICIES,
    TABLE,
    History,
    Outcome,
    count,
    on_paper,
    read_histories,
)

HISTORIES = read_histories()
AT_ONCE = 12


async def on_server(stage: Stage, history: History, policy: str) -> Outcome:
    """Played in skipped time; `status` and the workflow's own verdict must say the same."""
    play = Play(stage, history.scenario(policy))
    await play.play()
    standing = await play.handle.query("status")
    await play.send(Event(CLOSED, play.scenario.until, f"{history.id}:closed"))
    verdict = await play.handle.result()
    (asked,), (given,) = standing["readings"], verdict["readings"]
    assert asked == given
    return Outcome.of(history, Reading(**given), verdict["fired"])


async def all_on_server(stage: Stage, histories: Sequence[History], policy: str) -> list[Outcome]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(history: History) -> Outcome:
        async with gate:
            return await on_server(stage, history, policy)

    return await asyncio.gather(*(one(history) for history in histories))


def some() -> list[History]:
    """25, always the same: every reopened one, breaches that pauses prevent or do not, quick ones."""
    dice = random.Random(498)
    saved = {h.id for h in HISTORIES if on_paper(h, NEVER_PAUSED).breached != on_paper(h, PAUSED_BY_CUSTOMER).breached}
    groups = (
        ([h for h in HISTORIES if h.has("reopened")], 3),
        ([h for h in HISTORIES if h.id in saved], 5),
        ([h for h in HISTORIES if h.has("pause", "customer") and h.id not in saved], 6),
        ([h for h in HISTORIES if h.has("pause") and not h.has("pause", "customer")], 2),
        ([h for h in HISTORIES if h.priority in ("P1", "P2", "P4")], 4),
        (HISTORIES, 25),
    )
    chosen: dict[str, History] = {}
    for group, wanted in groups:
        fresh = [history for history in group if history.id not in chosen]
        picked = dice.sample(fresh, min(wanted, len(fresh), 25 - len(chosen)))
        chosen |= {history.id: history for history in picked}
    return list(chosen.values())


@pytest.mark.parametrize("policy", POLICIES)
async def test_25_real_tickets_end_on_the_server_as_on_paper(stage: Stage, policy: str) -> None:
    chosen = some()
    expected = [on_paper(history, policy) for history in chosen]
    assert len(chosen) == 25
    assert sum(outcome.breached for outcome in expected) >= 5
    assert await all_on_server(stage, chosen, policy) == expected


@pytest.mark.real
@pytest.mark.parametrize("policy", POLICIES)
async def test_500_real_tickets_end_on_the_server_as_on_paper_and_as_counted(policy: str) -> None:
    async with Stage() as stage:
        outcomes = await all_on_server(stage, HISTORIES, policy)
    assert outcomes == [on_paper(history, policy) for history in HISTORIES]
    assert count(outcomes) == TABLE[policy]
