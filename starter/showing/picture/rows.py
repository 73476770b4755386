"""Rows: what a picture tells, one beside the other: news, what Rung does, and where each promise is due.

Must never leave out an entry of the time line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.case import FIRED, SKIPPED, SUPERSEDED, UNNECESSARY, Entry
from policies.duration import say_duration
from policies.explanation import Reading
from policies.reckoning import reckon
from starter.rehearsing import Played
from starter.showing.page import clock_name

OPENED, NEWS, PAUSE, RESUME, SOLVED = "opened", "news", "pause", "resume", "solved"
BREACH, NOT_SENT, IGNORED = "breach", "not_sent", "ignored"
DUE, DUE_KEPT, DUE_BROKEN = "due", "due_kept", "due_broken"
_NEWS = {"pause": PAUSE, "resume": RESUME, "resolved": SOLVED, "closed": SOLVED, "merged": SOLVED}
_UNDONE = (SUPERSEDED, SKIPPED, UNNECESSARY)


@dataclass(frozen=True)
class Row:
    """One symbol with its words. `rung` names the rung, if it is one."""

    at: int
    kind: str
    name: str
    note: str = ""
    rung: str = ""
    times: str = ""
    """What the watches of those told show."""

    @property
    def words(self) -> str:
        return ": ".join(part for part in (self.name, self.note, self.times) if part)


def rows(played: Played, local_times: Mapping[str, str] | None = None) -> list[Row]:
    """In the order of time; a due comes before what it calls for. `local_times`: entry's key -> people's times."""
    found = [Row(played.scenario.opened_at, OPENED, "opened")]
    found += (row for reading in played.readings for row in _due(reading))
    found += _entries(played, local_times or {})
    return sorted(found, key=lambda row: row.at)


def _due(reading: Reading) -> Iterator[Row]:
    if reading.due is None or not reading.target:
        return
    promised = f"{say_duration(reading.target)} of open time promised"
    name = f"{clock_name(reading.clock, reading.cycle)} due"
    kind = due_kind(reading)
    outcome = {DUE_BROKEN: ", broken", DUE_KEPT: f", kept: used {say_duration(reading.consumed)}"}.get(kind, "")
    yield Row(reading.due, kind, name, promised + outcome)


def due_kind(reading: Reading) -> str:
    """Kept, broken, or still open."""
    if reading.breached:
        return DUE_BROKEN
    return DUE_KEPT if reading.stop is not None else DUE


def _entries(played: Played, local_times: Mapping[str, str]) -> Iterator[Row]:
    rehearsal = played.rehearsal
    for entry, (plan, case) in zip(rehearsal.entries, rehearsal.known, strict=True):
        if entry.kind in (FIRED, *_UNDONE):
            found = reckon(plan, case, entry)
            after = ""
            if found is not None and found.target:
                after = f"after {say_duration(found.used)} of {say_duration(found.target)}"
            elif found is not None and found.used:
                after = f"after {say_duration(found.used)}"
            breach = any(rung.name == entry.rung and rung.breach for rung in plan.rungs)
            yield _rung(entry, after, breach, local_times.get(entry.key, ""))
        else:
            yield _news(entry)


def _rung(entry: Entry, after: str, breach: bool, times: str) -> Row:
    head, _, detail = entry.text.partition(": ")
    name, _, last = head.rpartition(" ")
    level = ""
    if name and last[:1] == "L" and last[1:].isdigit():
        head, level = name, f"level {last[1:]}"
    elif name and last == entry.kind:
        head, level = name, last
    kind = BREACH if breach and entry.kind == FIRED else entry.kind
    told = ", ".join(part for part in (level, after) if part)
    return Row(entry.at, kind, head, " - ".join(part for part in (told, detail) if part), entry.rung, times)


def _news(entry: Entry) -> Row:
    if entry.kind == "ignored":
        return Row(entry.at, IGNORED, entry.text, "ignored")
    if entry.kind == "event":
        return Row(entry.at, _NEWS.get(entry.text.split(" ")[0], NEWS), entry.text)
    return Row(entry.at, NOT_SENT, entry.text, rung=entry.rung)


def anchors(found: Sequence[Row], until: int) -> list[int]:
    """Every instant that the axis must show."""
    return [*(row.at for row in found), until]
