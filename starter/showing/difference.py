"""Two policies side by side: what differs in words, and what changes for given tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.compiler import Policy
from policies.difference import Change
from policies.duration import say_duration
from policies.explanation import Reading
from policies.shifts import CHANGED, MOVED, ONLY_A, SAME, DueShift, Shift
from starter.comparing import Compared
from starter.showing.page import clock_name, iso, local, plain, year_of

_STYLES = {"new": "green", "gone": "red", "changed": ""}
_SIGNS = {"only_a": ("-", "red"), "only_b": ("+", "green"), "moved": ("~", "yellow"), "changed": ("~", "yellow")}


def show(page: Console, a: Policy, b: Policy, changes: Sequence[Change], compared: Sequence[Compared]) -> None:
    """The words first, then each ticket."""
    page.print(Text(f"{a.name} -> {b.name}", style="bold"))
    if not changes:
        page.print(Text(nothing(a, b)))
    group = ""
    for change in changes:
        if change.group != group:
            page.print()
            page.print(Text(plain(change.group).capitalize(), style="bold"))
        group = change.group
        page.print(Text(f"  {plain(str(change))}", style=_STYLES[change.kind]), soft_wrap=True)
    for one in compared:
        page.print()
        _show_ticket(page, one, a.name, b.name)


def nothing(a: Policy, b: Policy) -> str:
    """How much nothing differs."""
    return "nothing differs" if a.digest == b.digest else "nothing differs but the file's remarks, order or version"


def _show_ticket(page: Console, one: Compared, a: str, b: str) -> None:
    scenario, ticket = one.scenario, one.scenario.ticket
    year = year_of(scenario.opened_at, scenario.zone)
    page.print(Text(plain(scenario.title) or plain(ticket.id), style="bold"))
    opened = local(scenario.opened_at, scenario.zone)
    page.print(Text(f"{ticket.tier} x {ticket.urgency}, opened {opened}, {scenario.zone}", style="dim"))
    dues = [due for due in one.dues if not due.same]
    lines = [line for line in one.lines if line.kind != SAME]
    for due in dues:
        said = f"  ~ {clock_name(due.clock, due.cycle)}: {_due(due, scenario.zone, year)}"
        page.print(Text(said, style="yellow"), soft_wrap=True)
    for line in lines:
        sign, style = _SIGNS[line.kind]
        page.print(Text(f"  {sign} {_words(line, scenario.zone, year, a, b)}", style=style), soft_wrap=True)
    same = len(one.lines) - len(lines)
    if dues or lines:
        page.print(Text(f"  {same} lines are the same" if same != 1 else "  1 line is the same", style="dim"))
    else:
        page.print(Text(f"  nothing changes: all {same} lines are the same"))


def _due(due: DueShift, zone: str, year: int) -> str:
    return f"{_promise(due.before, zone, year)} -> {_promise(due.after, zone, year)}"


def _promise(reading: Reading | None, zone: str, year: int) -> str:
    """`8h, due Mon 30 Mar 15:30, broken`."""
    if reading is None:
        return "no promise"
    when = f"due {local(reading.due, zone, year)}" if reading.due is not None else "no due while the pause lasts"
    return f"{say_duration(reading.target)}, {when}{', broken' if reading.breached else ''}"


def _words(line: Shift, zone: str, year: int, a: str, b: str) -> str:
    """One line that is not the same."""
    before, after = line.before, line.after
    if before is None or after is None:
        entry = before or after
        assert entry is not None  # a shift has at least one side
        return f"{local(entry.at, zone, year)}  only in {a if line.kind == ONLY_A else b}: {plain(entry.text)}"
    if line.kind == CHANGED:
        return f"{local(before.at, zone, year)}  {plain(before.text)}  ->  {plain(after.text)}"
    apart = after.at - before.at
    moved = f"{say_duration(abs(apart))} {'later' if apart > 0 else 'earlier'}"
    words = plain(before.text) if before.text == after.text else f"{plain(before.text)}  ->  {plain(after.text)}"
    return f"{local(before.at, zone, year)} -> {local(after.at, zone, year)} ({moved})  {words}"


def data(a: Policy, b: Policy, changes: Sequence[Change], compared: Sequence[Compared]) -> dict[str, Any]:
    """For programs."""
    return {
        "a": a.name, "b": b.name, "differs": bool(changes),
        "differences": [
            {
                "group": c.group, "subject": c.subject, "kind": c.kind, "what": c.what, "before": c.before or None,
                "after": c.after or None, "text": str(c),
            }
            for c in changes
        ],
        "tickets": [_ticket_data(one) for one in compared],
    }  # fmt: skip


def _ticket_data(one: Compared) -> dict[str, Any]:
    scenario, zone = one.scenario, one.scenario.zone
    return {
        "title": scenario.title, "id": scenario.ticket.id, "opened_at": iso(scenario.opened_at, zone),
        "until": iso(scenario.until, zone),
        "same": all(line.kind == SAME for line in one.lines) and all(due.same for due in one.dues),
        "dues": [
            {
                "clock": due.clock, "cycle": due.cycle, "same": due.same, "before": _reading(due.before, zone),
                "after": _reading(due.after, zone),
            }
            for due in one.dues
        ],
        "lines": [_line(line, zone) for line in one.lines],
    }  # fmt: skip


def _reading(reading: Reading | None, zone: str) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {"target": reading.target, "due": iso(reading.due, zone), "breached": reading.breached}


def _line(line: Shift, zone: str) -> dict[str, Any]:
    sides = {
        name: {"at": iso(entry.at, zone), "kind": entry.kind, "text": entry.text} if entry else None
        for name, entry in (("before", line.before), ("after", line.after))
    }
    moved = line.after.at - line.before.at if line.kind == MOVED and line.before and line.after else 0
    return {"kind": line.kind, **sides, "seconds_later": moved}
