"""All open tickets of a policy are put under its next version: the preview is what then happens, cut off or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from policies.ticket import Ticket
from starter.migration import Migration, Move
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage, moment
from workflows.contract import workflow_id

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul. Gold x high under moving.v1 is due at 17:00 (rungs at 13:00, 15:00, 16:12), under v2 at 15:00."""
HOUR = 3600
TENANT = "moving"
TICKETS = 50
CUT_OFF_AFTER = 20


def named(id: str) -> str:
    return workflow_id(TENANT, id)


async def lived(stage: Stage, number: int) -> str:
    """One ticket in one of five states: fresh, half used up, late for v2, broken, paused by the customer."""
    id, state = f"M-{number}", number % 5
    tier = "gold" if number % 2 else "silver"
    ticket = Ticket(id=id, tenant=TENANT, tier=tier, urgency="high", assignee="kim", team="seoul")
    await open_ticket(stage, ticket, "moving.v1", MONDAY)
    handle = stage.client.get_workflow_handle(named(id))
    if state == 4:
        await handle.signal("pause", {"reason": "customer"})
    hours = (0, 4.5, 6.5, 8.5, 3)[state]
    await settle(handle)
    if hours:
        await stage.time.to(named(id), moment(int(MONDAY + hours * HOUR) - await handle.query("clock")))
    return id


async def found_by(migration: Migration, wanted: int) -> list[tuple[str, str]]:
    """Visibility lags by a moment."""
    for _ in range(200):
        tickets = await migration.find()
        if len(tickets) == wanted:
            return tickets
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(tickets)} tickets under {migration.before}, not {wanted}")


async def as_previewed(stage: Stage, move: Move) -> bool:
    """Whether the ticket stands as its preview said: dues, rungs to come, broken promises, effects of that moment."""
    assert move.preview is not None, move.fault
    handle = stage.client.get_workflow_handle(named(move.id))
    await settle(handle)
    standing = await handle.query("status")
    dues = {reading["clock"]: reading["due"] for reading in standing["readings"] if reading["stop"] is None}
    rungs: dict[str, int | None] = {}
    for one in await handle.query("ahead"):
        rungs.setdefault(one["rung"], one["due"])
    broken = tuple(f"{r['clock']}.{r['cycle']}" for r in standing["readings"] if r["breached"])
    preview = move.preview
    assert standing["policy"] == preview.after
    assert dues == {due.name: due.after for due in preview.dues if due.name in dues}
    assert rungs == {rung.name: rung.after for rung in preview.rungs if rung.name in rungs}
    assert {rung.name for rung in preview.rungs if rung.after is not None} <= set(rungs)
    assert broken == preview.breaches
    return True


def sent(stage: Stage, moves: Sequence[Move]) -> dict[str, Counter[str]]:
    """Ticket -> key of every effect that reached the world -> how often."""
    return {
        move.id: Counter(f"{one.key}/{one.kind}" for one in stage.world.of(f"{TENANT}/{move.id}")) for move in moves
    }


class CutOff(Exception):
    """The command is killed."""


async def test_fifty_open_tickets_move_as_the_dry_run_said_even_when_it_was_cut_off_half_way(stage: Stage) -> None:
    ids = [await lived(stage, number) for number in range(TICKETS)]
    migration = Migration(stage.gateway, "moving.v1", "moving.v2")
    tickets = await found_by(migration, TICKETS)
    assert tickets == sorted((TENANT, id) for id in ids)

    previews = await migration.look(tickets)
    before = sent(stage, previews)
    histories = [len((await stage.client.get_workflow_handle(named(id)).fetch_history()).events) for id in ids]
    assert previews == await migration.look(tickets), "looking twice gives the same"
    after_look = [len((await stage.client.get_workflow_handle(named(id)).fetch_history()).events) for id in ids]
    assert after_look == histories, "a dry run leaves no trace"
    assert any(move.preview and move.preview.at_once for move in previews), "some are late for the new promise"
    assert any(move.preview and move.preview.breaches for move in previews), "some are broken already"

    moved = 0

    def tick() -> None:
        nonlocal moved
        moved += 1
        if moved == CUT_OFF_AFTER:
            raise CutOff

    with pytest.raises(ExceptionGroup):
        await migration.carry_out(previews, "new contract", "park", tick)
    assert moved == CUT_OFF_AFTER
    left = await migration.look([(TENANT, id) for id in ids])
    still = [move for move in left if move.preview is not None and move.preview.before == "moving.v1"]
    assert 0 < len(still) <= TICKETS - CUT_OFF_AFTER

    again = await migration.carry_out(previews, "new contract", "park")
    assert [move.fault for move in again] == [""] * TICKETS
    assert all([await as_previewed(stage, move) for move in previews])
    for move in previews:
        assert move.preview is not None
        handle = stage.client.get_workflow_handle(named(move.id))
        lines = [line["text"] for line in await handle.query("time_line")]
        assert lines.count("migrated moving.v2 new contract by park") == 1
        assert set(move.preview.lines) <= set(lines)
    after = sent(stage, previews)
    for id in ids:
        assert all(times == 1 for times in after[id].values()), "nothing that fired fires again"
        assert before[id] <= after[id]
    for move in previews:
        assert move.preview is not None
        new = {key.split("/")[3] for key in after[move.id] - before[move.id]}
        assert new == {said.partition(":")[0] for said in move.preview.at_once}, "at once is what was said"
    assert await found_by(migration, 0) == []
