"""The page: console, colours, and the few words that every view needs.

Colours follow NO_COLOR and vanish outside a terminal. Text from a helpdesk is never markup and never moves the cursor.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.business_time import zone_of

STATES = {
    "running": "green", "met": "green", "ok": "green", "open": "green", "resolved": "green", "closed": "dim",
    "paused": "cyan", "at_risk": "yellow", "overdue": "bold red", "breached": "bold red",
}  # fmt: skip


def page(width: int | None = None) -> Console:
    """Plain text in, nothing interpreted."""
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def table(*headings: str, right: tuple[str, ...] = ()) -> Table:
    """A table without a frame; columns named in `right` hold lengths."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return made


def plain(text: str) -> str:
    """Without control characters: a summary must not write to the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def state(word: str) -> Text:
    """A state in its colour, in words."""
    return Text(word.replace("_", " "), style=STATES.get(word, ""))


def clock_name(name: str, cycle: int = 1) -> str:
    """`first response`, and from the second cycle on `next response 2`."""
    return name.replace("_", " ") + (f" {cycle}" if cycle > 1 else "")


def local(at: int | None, zone: str, year: int = 0) -> str:
    """`Mon 30 Mar 15:00` in the zone; the year only when it is not `year`, seconds only where there are any."""
    if at is None:
        return "-"
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    day = f"{moment:%a %d %b}" if moment.year == year else f"{moment:%a %d %b %Y}"
    return f"{day} {moment:%H:%M:%S}" if at % 60 else f"{day} {moment:%H:%M}"


def year_of(at: int, zone: str) -> int:
    """The year the reader takes for granted."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).year


def iso(at: int | None, zone: str) -> str | None:
    """An instant for programs, with the zone's offset."""
    return None if at is None else datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).isoformat()
