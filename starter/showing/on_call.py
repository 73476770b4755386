"""Who is on call, on the page and as JSON; every shift on the clock of whoever has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.duration import say_duration
from policies.on_call import Schedule, Shift
from policies.on_call_check import FAULT, Finding
from starter.on_call import Duty, OnCall
from starter.showing.page import iso, local, plain, table, year_of
from starter.showing.wrapped import print_wrapped


def show_duties(console: Console, duties: Sequence[Duty], now: int) -> None:
    """Who is on call, until when, and who then; the year only where it is not that of `now`."""
    made = table("Schedule", "Who", "Until, on their clock", "Then", "Why")
    for duty in duties:
        until = (
            f"{local(duty.until, duty.zone, year_of(now, duty.zone))} {duty.zone}" if duty.until is not None else "-"
        )
        made.add_row(duty.what, _names(duty.people), until, _names(duty.then) if duty.until else "-", duty.why)
    console.print(made)


def show_holders(console: Console, duties: Sequence[Duty]) -> None:
    """Who holds each role."""
    made = table("Role", "Who", "Why")
    for duty in duties:
        made.add_row(duty.what, _names(duty.people), duty.why)
    console.print(made)


def duties_data(duties: Sequence[Duty]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "name": duty.what, "people": list(duty.people), "why": duty.why, "zone": duty.zone,
            "until": iso(duty.until, duty.zone), "then": list(duty.then),
        }
        for duty in duties
    ]  # fmt: skip


def show_shifts(console: Console, known: OnCall, found: Sequence[tuple[Schedule, Sequence[Shift]]], now: int) -> None:
    """Shifts in their order, the one that is on now first."""
    made = table("Schedule", "From", "To", "Clock", "Who", "Why")
    for schedule, shifts in found:
        for number, shift in enumerate(shifts):
            zone = known.zone(shift.people, schedule)
            year = year_of(now, zone)
            begins = "now" if number == 0 else local(shift.start, zone, year)
            made.add_row(
                schedule.name if number == 0 else "", begins, local(shift.end, zone, year), zone, _names(shift.people),
                shift.why,
            )  # fmt: skip
    console.print(made)


def shifts_data(known: OnCall, found: Sequence[tuple[Schedule, Sequence[Shift]]]) -> list[dict[str, Any]]:
    """For programs: one list a schedule."""
    return [
        {"schedule": schedule.name, "shifts": [_shift(shift, known.zone(shift.people, schedule)) for shift in shifts]}
        for schedule, shifts in found
    ]


def _shift(shift: Shift, zone: str) -> dict[str, Any]:
    return {
        "from": iso(shift.start, zone), "to": iso(shift.end, zone), "people": list(shift.people), "why": shift.why,
    }  # fmt: skip


def show_gaps(console: Console, found: Sequence[tuple[Schedule, Sequence[Shift]]], now: int) -> None:
    """Gaps on the clock of their schedule."""
    made = table("Schedule", "From", "To", "Clock", "Length", "Why nobody", right=("Length",))
    for schedule, shifts in found:
        for shift in shifts:
            year = year_of(now, schedule.zone)
            start, end = (local(at, schedule.zone, year) for at in (shift.start, shift.end))
            made.add_row(schedule.name, start, end, schedule.zone, say_duration(shift.end - shift.start), shift.why)
    console.print(made)


def show_findings(console: Console, known: OnCall, found: Sequence[Finding], now: int) -> None:
    """One line a finding: how bad, where, from when on, what."""
    for one in found:
        schedule = known.roster.schedules[one.schedule]
        zone = known.zones.get(one.person, schedule.zone)
        times = f" (and {one.times - 1} more)" if one.times > 1 else ""
        instant = f"{local(one.start, zone, year_of(now, zone))} {zone}{times}: "
        when = "" if one.kind in ("calendar", "stranger", "unused") else instant
        head = Text("FAIL  ", "red") if one.level == FAULT else Text("WARN  ", "yellow")
        print_wrapped(console, head, Text(plain(f"{one.schedule}: {when}{one.text}")))


def findings_data(known: OnCall, found: Sequence[Finding]) -> list[dict[str, Any]]:
    """For programs."""
    zones = [known.zones.get(one.person, known.roster.schedules[one.schedule].zone) for one in found]
    return [
        {
            "level": one.level, "kind": one.kind, "schedule": one.schedule, "person": one.person, "text": one.text,
            "from": iso(one.start, zone), "to": iso(one.end, zone), "times": one.times,
        }
        for one, zone in zip(found, zones, strict=True)
    ]  # fmt: skip


def _names(people: Sequence[str]) -> Text:
    return Text(", ".join(people)) if people else Text("nobody", style="red")
