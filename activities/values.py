"""What templates may use, by name: docs/reference/templates.md lists it.

Every value is one line, tamed, in the reader's language and zone. Must never hold an address or a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activities.facts import broken, overrun
from activities.fitting import fit, plain
from activities.reader import Reader, Said
from activities.reasons import why
from activities.requests import DigestRow, NotifyRequest
from activities.taming import tamed_ticket, tamed_title
from policies.ticket import Ticket

MOST_ROWS = 40
"""Tickets that a digest names; the others are counted."""
LONGEST_SHORT_ID = 24
"""Letters of a ticket number in a text message."""


def headless(reader: Reader, name: str) -> dict[str, Any]:
    """The values that every message has; those that speak of a ticket are empty."""
    say = reader.phrases
    empty = dict.fromkeys(
        ("id", "customer", "summary", "owner", "why", "late", "needed", "due", "over", "eta", "state"), ""
    )
    return {
        **empty, "name": name, "tag": say("tags.info"), "broken": False, "sentence": reader.sentence, "spelt": spelt,
        "short_id": lambda text: fit(text, LONGEST_SHORT_ID, ellipsis="..."), "say": say,
    }  # fmt: skip


def values_of(request: NotifyRequest, reader: Reader, name: str = "") -> dict[str, Any]:
    """The values of a message about a ticket; the request is tamed."""
    effect, situation, ticket, say = request.effect, request.situation, request.ticket, reader.phrases
    level = "approval" if effect.reason.kind == "approval" else str(min(max(effect.level, 0), 4))
    reason = why(effect, reader)
    hoped = situation.eta if situation.eta is not None else None if broken(situation) else situation.due
    return {
        **headless(reader, name), "id": ticket.id, "customer": ticket.customer or say("values.internal"),
        "summary": ticket.summary or ticket.service or ticket.type, "owner": ticket.assignee,
        "why": Said(reason, reason, why(effect, reader.listening)), "tag": _tag(request, reader),
        "late": reader.length(effect.late), "needed": say(f"needed.{level}"), "state": situation.state,
        "broken": broken(situation), "due": reader.time(situation.due), "over": reader.length(overrun(situation)),
        "eta": reader.time(hoped),
    }  # fmt: skip


def row_of(row: DigestRow, reader: Reader) -> dict[str, Any]:
    """The values of one ticket of a digest that stands for no page."""
    say = reader.phrases
    about = tamed_ticket(Ticket(row.id, customer=row.customer, summary=row.summary))
    return {
        "id": about.id, "customer": about.customer or say("values.internal"), "summary": about.summary,
        "tag": say("tags.info"), "due": reader.time(row.due),
        "why": say("outages.unsent", n=row.unsent) if row.unsent else tamed_title(row.why),
    }  # fmt: skip


def listed(rows: Sequence[dict[str, Any]], tickets: Sequence[str], count: int, reader: Reader) -> dict[str, Any]:
    """Rows, how many tickets there are, and how many are not named; `tickets` says whose each row is."""
    named = {ticket: row["id"] for ticket, row in zip(tickets[:MOST_ROWS], rows, strict=False)}
    numbers = reader.phrases("marks.between_names").join(f"#{number}" for number in named.values())
    return {"rows": rows[:MOST_ROWS], "count": count, "more": count - len(named), "summary": numbers}


def spelt(text: str) -> str:
    """`4 7 1 1`: a number that is no amount is read out sign by sign."""
    return " ".join(letter for letter in plain(text) if letter.isalnum())


def _tag(request: NotifyRequest, reader: Reader) -> str:
    """`[SLA breach]`, `[SLA warning]` or `[SLA]` (A1)."""
    if request.effect.kind != "page":
        return reader.phrases("tags.info")
    return reader.phrases("tags.breach" if request.effect.breach else "tags.warning")
