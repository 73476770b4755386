"""What became of a piece of news: taken, ignored and why, or not looked at yet.

A signal is answered by the server, not by the ticket, so the ticket is asked what it made of it. Must never hold up
whoever sent it: when nobody answers within `PATIENCE` the news is still on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from policies.case import Case, say
from policies.event import PAUSE, Event
from policies.explanation import Deadline
from starter.gateway import GatewayError
from workflows.contract import read_news

PATIENCE = 2.0
"""Seconds that the sender waits for the ticket's word."""
TAKEN, IGNORED, PENDING = "taken", "ignored", "pending"


class Ear(Protocol):
    """The part of the gateway that this needs."""

    async def tell(self, tenant: str, ticket: str, kind: str, **fields: str | int) -> str: ...

    async def remembered(self, tenant: str, ticket: str, seconds: float) -> Case | None: ...

    async def deadlines(self, tenant: str, ticket: str) -> tuple[Deadline, ...]: ...


@dataclass(frozen=True)
class Reception:
    """`outcome` is `taken`, `ignored` (`why` says it) or `pending`."""

    event_id: str
    outcome: str = PENDING
    why: str = ""
    stops: tuple[str, ...] | None = None
    """Of a pause that lasts: the clocks it stops; None of other news, or when it is not known."""
    runs_on: tuple[str, ...] = ()
    """Of a pause that lasts: the clocks that it leaves running."""

    def said(self) -> str:
        """For people; nothing when all went as they expect."""
        if self.outcome == PENDING:
            return "sent; not taken up yet"
        if self.outcome == IGNORED:
            return f"ignored: {self.why}"
        return "" if self.stops is None else _stopped(self.stops, self.runs_on)


async def tell(ear: Ear, tenant: str, ticket: str, kind: str, **fields: str | int) -> Reception:
    """Send it and ask what became of it. Raises as `Gateway.tell` does.

    An id of the sender's own is looked up before: the ticket drops the second one without a line.
    """
    before = await ear.remembered(tenant, ticket, PATIENCE) if fields.get("event_id") else None
    known = before is not None and fields["event_id"] in before.seen
    event_id = await ear.tell(tenant, ticket, kind, **fields)
    if known:
        return Reception(event_id, IGNORED, f"an event '{event_id}' is known already")
    silent = bool(fields.get("event_id")) and before is None
    after = None if silent else await ear.remembered(tenant, ticket, PATIENCE)
    news = read_news(kind, [{**fields, "event_id": event_id}], 1 << 40)
    found = received(after, news)
    if after is None or kind != PAUSE or found.outcome != TAKEN or news.reason not in after.open_pauses():
        return found
    return await _with_clocks(ear, tenant, ticket, news.reason, found)


async def _with_clocks(ear: Ear, tenant: str, ticket: str, pause: str, found: Reception) -> Reception:
    """What the pause stops. The news is taken whether the ticket says so or not."""
    try:
        deadlines = await asyncio.wait_for(ear.deadlines(tenant, ticket), PATIENCE)
    except (TimeoutError, GatewayError):
        return found
    stops, runs_on = _by_pause(deadlines, pause)
    return replace(found, stops=stops, runs_on=runs_on)


def _by_pause(deadlines: Sequence[Deadline], pause: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clocks that the pause stops, and clocks that run all the same."""
    going = [deadline for deadline in deadlines if deadline.reading.stop is None]
    stops = (deadline.reading.clock for deadline in going if pause in deadline.pause_names)
    runs_on = (deadline.reading.clock for deadline in going if deadline.reading.state != "paused")
    return tuple(dict.fromkeys(stops)), tuple(dict.fromkeys(runs_on))


def _stopped(stops: Sequence[str], runs_on: Sequence[str]) -> str:
    stopped, running = (", ".join(name.replace("_", " ") for name in names) for names in (stops, runs_on))
    if stopped:
        return f"stopped: {stopped}; runs on: {running}" if running else f"stopped: {stopped}"
    if running:
        return f"noted; this reason stops none of the clocks that run ({running})"
    return "noted; no clock runs, so nothing was stopped; it holds them once they run again, until 'rung ticket resume'"


def received(case: Case | None, news: Event) -> Reception:
    """What the case says of it; `case` None means that nobody answered."""
    if case is None or news.event_id not in case.seen:
        return Reception(news.event_id)
    if any(event.event_id == news.event_id and not event.idle for event in case.events):
        return Reception(news.event_id, TAKEN)
    head = f"{say(news)}: "
    lines = (e.text for e in reversed(case.time_line) if e.kind == IGNORED and e.text.startswith(head))
    why = next(lines, "").removeprefix(head) or "its reason stands on the time line"
    return Reception(news.event_id, IGNORED, why)
