"""A migration as people see it: each ticket's dues and rungs before and after, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.migration import Moved, Preview
from starter.migration import Move
from starter.showing.page import clock_name, iso, local, plain, year_of

MOST_RUNGS = 6


def show(page: Console, moves: Sequence[Move], zone: str, now: int) -> None:
    """One block a ticket: what moves, what is done at once, what stays a fact."""
    for move in moves:
        page.print(Text(plain(f"{move.tenant}/{move.id}"), style="bold"))
        if move.preview is None:
            page.print(Text(f"  cannot move: {move.fault}", style="red"))
        else:
            for line in lines(move.preview, zone, year_of(now, zone)):
                page.print(Text(f"  {line}"))
        page.print()


def lines(preview: Preview, zone: str, year: int) -> list[str]:
    """`resolution is due Mon 30 Mar 15:00 -> Mon 30 Mar 13:00`, then rungs, acts, breaches."""
    found = [f"{clock_name(due.name)} is due {_change(due, zone, year)}" for due in preview.dues]
    moved = [rung for rung in preview.rungs if rung.before != rung.after]
    found += [f"rung {rung.name} {_change(rung, zone, year)}" for rung in moved[:MOST_RUNGS]]
    if len(moved) > MOST_RUNGS:
        found.append(f"... and {len(moved) - MOST_RUNGS} more rungs (--json has them all)")
    found += [f"at once: {said}" for said in preview.at_once]
    found += [f"stays broken: {name}" for name in preview.breaches]
    return found


def _change(moved: Moved, zone: str, year: int) -> str:
    before, after = local(moved.before, zone, year), local(moved.after, zone, year)
    return f"{before} (unchanged)" if before == after else f"{before} -> {after}"


def data(moves: Sequence[Move], zone: str) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "tenant": move.tenant, "id": move.id, "fault": move.fault or None,
            **(_data(move.preview, zone) if move.preview else {}),
        }
        for move in moves
    ]  # fmt: skip


def _data(preview: Preview, zone: str) -> dict[str, Any]:
    def pairs(moved: Sequence[Moved]) -> list[dict[str, Any]]:
        return [{"name": m.name, "before": iso(m.before, zone), "after": iso(m.after, zone)} for m in moved]

    return {
        "from": preview.before, "to": preview.after, "dues": pairs(preview.dues), "rungs": pairs(preview.rungs),
        "at_once": list(preview.at_once), "time_line": list(preview.lines), "breached": list(preview.breaches),
    }  # fmt: skip
