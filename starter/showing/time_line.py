"""A time line: what happened and what Rung did about it, in local time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from activities.ports import Line
from policies.business_time import zone_of
from policies.case import Entry
from starter.showing.page import iso, plain
from starter.showing.working_days import wall

_STYLES = {
    "event": "bold", "fired": "yellow", "ignored": "dim", "superseded": "dim", "skipped": "dim", "unnecessary": "dim",
    "not_sent": "magenta", "passed_on": "magenta", "disturbed": "magenta", "done": "green", "undelivered": "bold red",
    "unasked": "magenta",
}  # fmt: skip
_MARKS = {"event": "", "done": "ok", "undelivered": "!!"}
_QUIET = ("ignored", "superseded", "skipped", "unnecessary", "undelivered")


@dataclass(frozen=True)
class Happened:
    """One line: of a rehearsal, of a ticket's memory or of the journal."""

    at: int
    kind: str
    text: str
    notes: tuple[str, ...] = ()
    """What is said below it: why it stands there, whose watch shows what."""


def of_entries(entries: Iterable[Entry]) -> list[Happened]:
    """From the core."""
    return [Happened(entry.at, entry.kind, entry.text) for entry in entries]


def of_lines(lines: Iterable[Line]) -> list[Happened]:
    """From the journal."""
    return [Happened(int(line.at.timestamp()), line.kind, line.text) for line in lines]


def show(lines: Iterable[Happened], zone: str, after: int | None = None) -> Table:
    """Lines under their days; `after` is the instant of the line before, if any."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(width=15, no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(width=2, no_wrap=True)
    made.add_column(overflow="fold")
    last = _day(after, zone) if after is not None else ""
    for line in lines:
        day = _day(line.at, zone)
        style = _STYLES.get(line.kind, "")
        mark = Text(_MARKS.get(line.kind, "->"), style=style)
        made.add_row(
            Text(day if day != last else "", style="dim"), wall(line.at, zone), mark, Text(words(line), style=style)
        )
        for note in line.notes:
            made.add_row("", "", "", Text(plain(note), style="dim"))
        last = day
    return made


def words(line: Happened) -> str:
    """The line's own words, with its kind where they do not say it."""
    kind = line.kind.replace("_", " ")
    said = line.kind not in _QUIET or kind in line.text
    return plain(line.text) if said else f"{kind}: {plain(line.text)}"


def data(lines: Iterable[Happened], zone: str) -> list[dict[str, Any]]:
    """For programs."""
    return [{"at": iso(line.at, zone), "kind": line.kind, "text": line.text} for line in lines]


def _day(at: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)):%a %d %b %Y}"
