"""How many pages people had in a week, on the page and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from starter.load import Load
from starter.showing.page import table


def show(console: Console, found: Sequence[Load]) -> None:
    """One line a person."""
    made = table("Person", "Pages in 7 days", "Budget", "More go to", right=("Pages in 7 days", "Budget"))
    for one in found:
        pages = Text(str(one.pages), style="red" if one.used_up else "")
        budget = str(one.budget) if one.budget else "-"
        more = (one.deputy or f"{one.person} all the same") if one.budget else "-"
        made.add_row(one.person, pages, budget, f"{more}, now" if one.used_up else more)
    console.print(made)


def data(found: Sequence[Load]) -> list[dict[str, Any]]:
    """For programs; no budget is null."""
    return [
        {
            "person": one.person, "pages": one.pages, "budget": one.budget or None, "used_up": one.used_up,
            "deputy": one.deputy,
        }
        for one in found
    ]  # fmt: skip
