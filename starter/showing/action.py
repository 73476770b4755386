"""Action items as a list: what, whose, when it is due, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from policies.action_item import Item
from starter.showing.page import iso, local, plain, table, year_of


def show(items: Sequence[Item], zone: str, now: int) -> Table:
    """Open ones first, the next due on top."""
    made = table("Item", "Owner", "Due", "State", "What")
    for item in items:
        due = local(item.due, zone, year_of(now, zone))
        made.add_row(plain(item.id), plain(item.owner), due, _state(item, zone, now), Text(plain(item.title)))
    return made


def _state(item: Item, zone: str, now: int) -> Text:
    if not item.open:
        by = f" by {plain(item.done_by)}" if item.done_by else ""
        return Text(f"done {local(item.done_at, zone, year_of(now, zone))}{by}", style="dim")
    return Text("overdue", style="bold red") if item.overdue(now) else Text("open", style="green")


def data(item: Item, zone: str, now: int) -> dict[str, Any]:
    """One item for programs."""
    return {
        "id": item.id, "title": item.title, "owner": item.owner, "due": iso(item.due, zone),
        "state": "overdue" if item.overdue(now) else "open" if item.open else "done",
        "done_at": iso(item.done_at or None, zone), "done_by": item.done_by, "made_by": item.made_by,
    }  # fmt: skip
