"""What became of a piece of news: taken, ignored and why, or not looked at yet.

A signal is answered by the server, not by the ticket, so the ticket is asked what it made of it. Must never hold up
whoever sent it: when nobody answers within `PATIENCE` the news is still on its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from policies.case import Case, say
from policies.event import Event
from workflows.contract import read_news

PATIENCE = 2.0
"""Seconds that the sender waits for the ticket's word."""
TAKEN, IGNORED, PENDING = "taken", "ignored", "pending"


class Ear(Protocol):
    """The part of the gateway that this needs."""

    async def tell(self, tenant: str, ticket: str, kind: str, **fields: str | int) -> str: ...

    async def remembered(self, tenant: str, ticket: str, seconds: float) -> Case | None: ...


@dataclass(frozen=True)
class Reception:
    """`outcome` is `taken`, `ignored` (`why` says it) or `pending`."""

    event_id: str
    outcome: str = PENDING
    why: str = ""

    def said(self) -> str:
        """For people; nothing when all went as they expect."""
        if self.outcome == PENDING:
            return "sent; not taken up yet"
        return f"ignored: {self.why}" if self.outcome == IGNORED else ""


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
    return received(after, read_news(kind, [{**fields, "event_id": event_id}], 1 << 40))


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
