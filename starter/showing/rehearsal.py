"""A rehearsal: the time line, the clocks at its end, and where it differs from what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.case import FIRED
from policies.explanation import Deadline, explain
from policies.rehearsal import OURS
from starter.rehearsing import Played
from starter.showing import deadlines, local_times, reasons, time_line
from starter.showing.page import iso, local, plain, year_of
from starter.showing.standing import clocks, reading_data
from starter.showing.time_line import Happened

_OPENED = "opened"


def show(page: Console, played: Played, explained: bool = False, zones: Mapping[str, str] | None = None) -> None:
    """The whole view; `explained` says why each line stands there, `zones` whose watch shows what (person -> zone)."""
    scenario, zone = played.scenario, played.scenario.zone
    ticket = scenario.ticket
    page.print(Text(plain(scenario.title) or scenario.ticket.id, style="bold"))
    page.print(Text(f"{ticket.tier} x {ticket.urgency} under {played.rehearsal.plan.name}, {zone}", style="dim"))
    page.print()
    page.print(time_line.show(_lines(played, explained, zones or {}), zone))
    page.print()
    page.print(Text(f"At {local(scenario.until, zone)}:", style="dim"))
    page.print(clocks(played.readings, zone, scenario.until))
    if explained:
        page.print()
        deadlines.show(page, _deadlines(played), zone, scenario.until)
    _difference(page, played)
    if played.budgets:
        page.print()
        page.print(Text(not_played(played), style="dim"))
    page.print()


def not_played(played: Played) -> str:
    """`not played: budgets (kim 40 pages a week); ...`."""
    each = ", ".join(f"{plain(person)} {budget}" for person, budget in played.budgets)
    return f"not played: budgets of pages a week ({each}); what other tickets page them for is not known here"


def _lines(played: Played, explained: bool = False, zones: Mapping[str, str] | None = None) -> list[Happened]:
    opened = Happened(played.scenario.opened_at, "event", _OPENED)
    lines = time_line.of_entries(played.rehearsal.entries)
    if explained:
        whys = reasons.why(played)
        lines = [replace(line, notes=(f"= {why}",) if why else ()) for line, why in zip(lines, whys, strict=True)]
    if zones:
        told = local_times.by_entry(played, zones)
        keys = [entry.key for entry in played.rehearsal.entries]
        lines = [
            replace(line, notes=(*line.notes, f"tells {told[key]}")) if key in told and line.kind == FIRED else line
            for line, key in zip(lines, keys, strict=True)
        ]
    return [opened, *lines]


def _deadlines(played: Played) -> tuple[Deadline, ...]:
    return explain(played.rehearsal.plan, played.rehearsal.case, played.scenario.until)


def _difference(page: Console, played: Played) -> None:
    scenario = played.scenario
    if not scenario.expected:
        return
    page.print()
    if not played.missing and not played.unexpected:
        page.print(Text(f"as expected, all {len(scenario.expected)} lines", style="green"))
        return
    page.print(Text("not as expected ('-' was expected and did not come, '+' came unexpected):", style="bold red"))
    both = [(at, text, "-") for at, text in played.missing] + [(at, text, "+") for at, text in played.unexpected]
    year = year_of(scenario.opened_at, scenario.zone)
    for at, text, sign in sorted(both):
        style = "red" if sign == "-" else "yellow"
        page.print(Text(f"{sign} {local(at, scenario.zone, year)}  {plain(text)}", style=style), soft_wrap=True)


def data(played: Played, explained: bool = False, zones: Mapping[str, str] | None = None) -> dict[str, Any]:
    """For programs; `explained` and `zones` add keys and change none."""
    scenario, zone = played.scenario, played.scenario.zone
    lines = [{**line, "ours": line["kind"] in OURS} for line in time_line.data(_lines(played), zone)]
    if explained:
        extra = zip((None, *reasons.data(played)), ("the ticket comes in", *reasons.why(played)), strict=True)
        lines = [{**line, "why": why, "reckoning": made} for line, (made, why) in zip(lines, extra, strict=True)]
    if zones:
        told = [[], *local_times.data(played, zones)]
        lines = [{**line, "told": mine} for line, mine in zip(lines, told, strict=True)]
    found: dict[str, Any] = {
        "title": scenario.title, "policy": played.rehearsal.plan.name, "zone": zone,
        "opened_at": iso(scenario.opened_at, zone), "until": iso(scenario.until, zone),
        "as_expected": not (played.missing or played.unexpected) if scenario.expected else None,
        "missing": [{"at": iso(at, zone), "text": text} for at, text in played.missing],
        "unexpected": [{"at": iso(at, zone), "text": text} for at, text in played.unexpected],
        "time_line": lines,
        "clocks": [reading_data(reading, zone) for reading in played.readings],
    }  # fmt: skip
    if played.budgets:
        found["budgets_not_played"] = dict(played.budgets)
    if explained:
        found["deadlines"] = deadlines.data(_deadlines(played), zone)
    return found
