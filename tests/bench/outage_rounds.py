"""What `make bench-outage` measures: an outage declared and ended, Temporal's own batch job, and whether all is right.

Instants are epoch seconds of this machine, which server, workers and bench share. Must never decide whether a figure is
good enough.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from itertools import pairwise
from typing import Any

from temporalio.api.batch.v1 import BatchOperationSignal
from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import BatchOperationState
from temporalio.api.workflowservice.v1 import DescribeBatchOperationRequest, StartBatchOperationRequest

from policies.outage import Outage, Scope
from starter.watching import OPEN
from tests.bench.outage_crowd import BEAT, REGION, SAMPLED, SERVICE, SOON, Watched
from tests.bench.outage_stage import LOOK_EVERY, Stage

Crowd = Mapping[str, Watched]
SETTLE = 5
"""Seconds for a rung to fire and be written down."""


async def declared_and_ended(stage: Stage, outage: Outage, told: int, covered: int, soon: int) -> dict[str, Any]:
    """One round; `told` tickets are listed, `covered` and `soon` will show it. Both instants are the present."""
    since = int(time.time())

    async def declare() -> None:
        await stage.desk.declare(Outage(outage.id, outage.scope, since=since, declared_by="bench", owner="lee"))

    declared = await _measured(stage, outage.id, "paused", declare, (soon, covered))
    stage.progress.say("waiting for rungs that must not fire")
    await asyncio.sleep(max(since + BEAT + SETTLE - time.time(), 0))
    ended_at = int(time.time())

    async def end() -> None:
        await stage.desk.end(outage.id, ended_at, "bench")

    ended = await _measured(stage, outage.id, "resumed", end, (0, 0))
    for figures, word in ((declared, "paused"), (ended, "resumed")):
        figures[f"{word}_per_s"] = round(covered / figures[f"all_{word}_s"], 1)
        for who in ("worker", "server"):
            figures[f"{who}_cpu_ms_per_ticket"] = round(1000 * figures.pop(f"{who}_cpu_s") / told, 1)
    return {"since": since, "ended_at": ended_at, "declared": declared, "ended": ended}


async def _measured(
    stage: Stage, id: str, word: str, say: Callable[[], Awaitable[None]], shown: tuple[int, int]
) -> dict[str, Any]:
    """From the word that is said until all have heard it; `shown`: (due within the hour, all) that then show it."""
    begun, used = time.time(), stage.cpu()
    await say()
    found: dict[str, Any] = {"answer_s": _since(begun, time.time())}
    shows = f"RungOutage = '{id}'"
    for who, query, count in (("soon", f"{shows} AND RungTier = '{SOON}'", shown[0]), ("all", shows, shown[1])):
        found[f"{who}_{word}_s"] = _since(begun, await stage.until(query, count, f"{id}, {who} {word}, show it"))
    parts = await _pushed(stage, id, word == "resumed")
    workers, server = (after - before for before, after in zip(used, stage.cpu(), strict=True))
    first, rest = (parts[name] for name in (("over", "over") if word == "resumed" else ("soon", "rest")))
    all_told = _since(begun, rest["done"])
    return {
        **found, "soon_told_s": _since(begun, first["done"]), "all_told_s": all_told,
        "listed_again_s": _since(begun, parts["fresh"]["done"]),
        "told": {name: part["told"] for name, part in parts.items()},
        "signals_per_s": round(sum(part["told"] for name, part in parts.items() if name != "fresh") / all_told, 1),
        "worker_cpu_s": workers, "server_cpu_s": server, **stage.memory(),
    }  # fmt: skip


async def _pushed(stage: Stage, id: str, ends: bool) -> dict[str, dict[str, Any]]:
    """Part -> how it was told, once all parts were."""
    while True:
        parts = {part["part"]: part for part in await stage.pushes(id) if part["ends"] == ends}
        if "fresh" in parts:
            return parts
        stage.progress.now_and_then(f"{id}: telling; done with {', '.join(parts) or 'nothing yet'}")
        await asyncio.sleep(LOOK_EVERY)


async def batch(stage: Stage, tickets: int) -> dict[str, Any]:
    """Temporal's own job at default settings: the signal that an outage sends, to so many tickets that are marked."""
    outage = Outage("BATCH", Scope((SERVICE,), (REGION,)), since=int(time.time()), declared_by="bench")
    marked, job = f"RungTeam = '{SAMPLED}'", str(uuid.uuid4())
    payloads = await stage.client.data_converter.encode([outage])
    begun, used = time.time(), stage.cpu()
    await stage.client.workflow_service.start_batch_operation(StartBatchOperationRequest(
        namespace=stage.client.namespace, visibility_query=f"{OPEN} AND {marked}", job_id=job, reason="bench",
        signal_operation=BatchOperationSignal(signal="outage", input=Payloads(payloads=payloads), identity="bench"),
    ))  # fmt: skip
    question = DescribeBatchOperationRequest(namespace=stage.client.namespace, job_id=job)
    while True:
        found = await stage.client.workflow_service.describe_batch_operation(question)
        if found.state != BatchOperationState.BATCH_OPERATION_STATE_RUNNING:
            break
        stage.progress.now_and_then(f"batch job: {found.complete_operation_count} of {tickets}")
        await asyncio.sleep(LOOK_EVERY)
    ended = time.time()
    all_paused = await stage.until(f"RungOutage = 'BATCH' AND {marked}", tickets, "batch job, all paused")
    workers, server = (after - before for before, after in zip(used, stage.cpu(), strict=True))
    return {
        "tickets": tickets, "state": BatchOperationState.Name(found.state), "told": found.complete_operation_count,
        "failed": found.failure_operation_count, "all_told_s": _since(begun, ended),
        "all_paused_s": _since(begun, all_paused),
        "paused_per_s": round(tickets / (all_paused - begun), 1),
        "signals_per_s": round(found.complete_operation_count / (ended - begun), 1),
        "worker_cpu_ms_per_ticket": round(1000 * workers / max(tickets, 1), 1),
        "server_cpu_ms_per_ticket": round(1000 * server / max(tickets, 1), 1),
    }  # fmt: skip


def _since(begun: float, at: float) -> float:
    """Seconds; never nothing, so that rates can be had."""
    return max(round(at - begun, 2), 0.01)


# --- whether all is right ----------------------------------------------------------------------------------


async def checked(stage: Stage, crowd: Crowd, done: dict[str, Any]) -> dict[str, Any]:
    """Of the first round: rungs fired where none may, where they must; instants of pauses; every due."""
    since, ended = done["since"], done["ended_at"]
    answered = since + done["declared"]["answer_s"] + 1
    by_key = {one.ticket.key: one for one in crowd.values()}
    fired = await stage.lines("fired", since, ended)
    within = [at for key, _, at in fired if by_key[key].covered]
    after_end = {key for key, _, _ in await stage.lines("fired", ended, int(time.time())) if by_key[key].covered}
    covered, fires = {one.ticket.key for one in crowd.values() if one.covered}, sum(one.fires for one in crowd.values())
    stopped = {key for key, text, _ in await stage.lines("event", since - 1, since) if text.startswith("pause outage:")}
    return {
        "fired_within_scope_after_occurred_at": len(within),
        "of_these_before_the_answer": sum(at <= answered for at in within),
        "fired_outside_meanwhile": len(fired) - len(within),
        "latest_outside_s": latest((key, at) for key, _, at in fired if not by_key[key].covered),
        "tickets_with_a_rung_every_20_s": fires,
        "went_on_firing_after_the_end": len(after_end),
        "paused_at_occurred_at": len(stopped & covered), "covered": len(covered), "paused_outside": len(stopped - covered),
    }  # fmt: skip


def latest(fired: Iterable[tuple[str, int]]) -> int:
    """By how many seconds more than a beat two rungs of one ticket lay apart at most: how late others' pages were."""
    at: dict[str, list[int]] = {}
    for key, instant in fired:
        at.setdefault(key, []).append(instant)
    gaps = (second - first for one in at.values() for first, second in pairwise(sorted(one)))
    return max((gap - BEAT for gap in gaps), default=0)


async def wrong_dues(stage: Stage, crowd: Crowd, paused: Container[str], seconds: int) -> int:
    """Tickets whose due is not opening + promise + pause, to the second; `paused`: those that stood still so long."""
    shown = await stage.dues()
    return sum(shown.get(name) != one.due(seconds if name in paused else 0) for name, one in crowd.items())
