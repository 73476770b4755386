"""Many tickets, one line each, those whose next promise is due first at the top, broken promises marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from activities.ports import Card
from starter.showing.page import clock_name, iso, local, plain, state, year_of

WIDE = 110
"""Columns from which on the due of the resolution and the summary have room."""
TAKEN = 96
"""Columns that all others may take before the summary."""
BROKEN = "!"
"""Before a ticket with a broken promise."""


def show(page: Console, cards: Sequence[Card], zones: Mapping[str, str], now: int) -> None:
    """`zones` by policy name."""
    wide = page.width >= WIDE
    tenants = len({card.tenant for card in cards}) > 1
    made = _table(page.width)
    for card in cards:
        made.add_row(*_row(card, zones.get(card.policy, "UTC"), now, wide, tenants))
    page.print(made)


def _table(width: int) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    wide = width >= WIDE
    made.add_column("  Ticket", overflow="fold", min_width=8)
    for heading in ("State", "L", "Next due", *(["Resolution due"] if wide else [])):
        made.add_column(heading, no_wrap=True)
    made.add_column("Promise", min_width=9)
    made.add_column("Assignee", overflow="fold", min_width=8)
    made.add_column("Remarks", min_width=16)
    if wide:
        made.add_column("Summary", overflow="ellipsis", no_wrap=True, max_width=width - TAKEN)
    return made


def _row(card: Card, zone: str, now: int, wide: bool, tenants: bool) -> list[str | Text]:
    mark = Text(f"{BROKEN} " if card.breached else "  ", style="bold red")
    row: list[str | Text] = [
        mark + Text(plain(f"{card.tenant}/{card.ticket}" if tenants else card.ticket)), state(card.state),
        str(card.level or "-"), _due(card.next_due, zone, now),
    ]  # fmt: skip
    row += [_due(card.resolution_due, zone, now)] if wide else []
    row += [f"{card.tier} x {card.urgency}", plain(card.assignee) or "-", _remarks(card)]
    return [*row, plain(card.summary)] if wide else row


def _due(moment: datetime | None, zone: str, now: int) -> Text:
    """To the minute; one that is over is red."""
    at = _at(moment)
    if at is None:
        return Text("-")
    return Text(local(at - at % 60, zone, year_of(now, zone)), style="bold red" if at <= now else "")


def _remarks(card: Card) -> Text:
    broken = f"{', '.join(map(clock_name, card.breached))} breached" if card.breached else ""
    paused = f"paused by {plain(', '.join(card.paused_by))}" if card.paused_by else ""
    return Text("; ".join(filter(None, (broken, paused))), style="bold red" if broken else "cyan")


def data(cards: Sequence[Card], zones: Mapping[str, str]) -> list[dict[str, Any]]:
    """For programs."""
    return [_data(card, zones.get(card.policy, "UTC")) for card in cards]


def _data(card: Card, zone: str) -> dict[str, Any]:
    return {
        "tenant": card.tenant, "id": card.ticket, "workflow_id": card.workflow_id, "run_id": card.run_id,
        "state": card.state, "summary": card.summary, "tier": card.tier, "urgency": card.urgency,
        "priority": card.priority, "service": card.service, "team": card.team, "assignee": card.assignee,
        "policy": card.policy, "level": card.level, "opened_at": iso(_at(card.opened_at), zone),
        "next_due": iso(_at(card.next_due), zone), "next_rung_at": iso(_at(card.next_rung_at), zone),
        "next_rung": card.next_rung, "resolution_due": iso(_at(card.resolution_due), zone),
        "breached": list(card.breached), "paused_by": list(card.paused_by),
    }  # fmt: skip


def _at(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
