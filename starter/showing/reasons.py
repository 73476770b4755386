"""Why each line of a rehearsal stands where it stands, in the words of `rung ticket explain`.

Must never add up anything the core did not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from policies.case import Case, Entry
from policies.duration import say_duration
from policies.explanation import readings
from policies.plan import Plan
from policies.reckoning import NamedPause, Reckoning, reckon
from policies.rehearsal import OURS
from starter.rehearsing import Played
from starter.showing.page import clock_name, iso, local, plain, year_of
from starter.showing.working_days import COUNTED, Stretch, stretches, wall

SHOWN = 5
"""Open stretches that are told one by one; the middle of a longer list is told as one."""

_PART_OF_ANOTHER = ("not_sent", "passed_on", "disturbed")


def why(played: Played) -> list[str]:
    """One sentence for each entry of the time line, in its order; nothing for those that belong to the one above."""
    rehearsal, zone = played.rehearsal, played.scenario.zone
    return [
        _sentence(plan, case, entry, zone)
        for entry, (plan, case) in zip(rehearsal.entries, rehearsal.known, strict=True)
    ]


def _sentence(plan: Plan, case: Case, entry: Entry, zone: str) -> str:
    if entry.kind in _PART_OF_ANOTHER:
        return ""
    found = reckon(plan, case, entry)
    if found is not None:
        return reckoned(found, zone, year_of(plan.opened_at, zone))
    if entry.kind in OURS and entry.kind != "ignored":
        if asked := next((one for one in case.asked if (one.key, one.due) == (entry.key, entry.at)), None):
            return f"{say_duration(asked.within)} of open time after it was asked for, which no pause stops"
        rung = next((rung for rung in plan.rungs if rung.name == entry.rung), None)
        return f"at '{rung.event}' itself, no clock counts" if rung else "at this very instant, no clock counts"
    return standing(plan, case, entry.at)


def standing(plan: Plan, case: Case, at: int) -> str:
    """How far the clocks are when news comes: `resolution running, 1h 30m of 8h used`."""
    said = [
        f"{clock_name(r.clock, r.cycle)} {r.state}, {say_duration(r.consumed)} of {say_duration(r.target)} used"
        for r in readings(plan, case, at)
    ]
    return f"news; {'; '.join(said)}" if said else "news"


def reckoned(found: Reckoning, zone: str, year: int) -> str:
    """`4h of open time, 50% of 8h, counted from Fri 27 Mar 16:00 on kr-office.v1: Fri ... (1h 30m), Mon ...`."""
    axis = "counted round the clock" if found.every_second else "of open time"
    source = "" if found.every_second else f" on {found.calendar}"
    parts = [f"{say_duration(found.used)} {axis}{_share(found)}, counted from {local(found.start, zone, year)}{source}"]
    shown = _stretches(found, zone)
    parts[0] += f": {', '.join(shown)}" if shown else ""
    parts += [_pause(pause, zone, year) for pause in found.pauses]
    if found.waited:
        parts.append(f"due {local(found.at, zone, year)} in the quiet hours, so it waited {say_duration(found.waited)}")
    if found.held:
        parts.append(f"an acknowledgement held it back: the rung stands at {say_duration(found.offset)}")
    return "; ".join(parts)


def _share(found: Reckoning) -> str:
    """How much of the promise that is, when it comes out even."""
    if not found.target:
        return ""
    even = found.used * 100 % found.target == 0
    share = f", {found.used * 100 // found.target}%" if even else ""
    return f"{share} of the {say_duration(found.target)} promised"


def _stretches(found: Reckoning, zone: str) -> list[str]:
    counted = [s for s in stretches(found.intervals, found.spans(), zone, found.at) if s.kind == COUNTED]
    if len(counted) <= SHOWN:
        return [_stretch(s, zone) for s in counted]
    first, middle, last = counted[:2], counted[2:-2], counted[-2:]
    between = say_duration(sum(s.end - s.start for s in middle))
    return [
        *(_stretch(s, zone) for s in first),
        f"{len(middle)} stretches until {middle[-1].day:%a %d %b} ({between})",
        *(_stretch(s, zone) for s in last),
    ]


def _stretch(stretch: Stretch, zone: str) -> str:
    span = f"{wall(stretch.start, zone)}-{wall(stretch.end, zone)}"
    return f"{stretch.day:%a %d %b} {span} ({say_duration(stretch.end - stretch.start)})"


def _pause(pause: NamedPause, zone: str, year: int) -> str:
    until = f"to {local(pause.end, zone, year)}" if pause.end is not None else "and lasts"
    struck = f"({say_duration(pause.open_seconds)} of open time not counted)"
    return f"paused ({plain(pause.name)}) from {local(pause.start, zone, year)} {until} {struck}"


def data(played: Played) -> list[dict[str, Any] | None]:
    """For programs: one for each entry, None where no clock counts."""
    rehearsal, zone = played.rehearsal, played.scenario.zone
    found = [reckon(plan, case, entry) for entry, (plan, case) in zip(rehearsal.entries, rehearsal.known, strict=True)]
    return [_data(one, zone) if one else None for one in found]


def _data(found: Reckoning, zone: str) -> dict[str, Any]:
    return {
        "clock": found.clock, "cycle": found.cycle, "calendar": found.calendar, "start": iso(found.start, zone),
        "used": found.used, "target": found.target, "offset": found.offset, "held": found.held,
        "waited": found.waited,
        "intervals": _intervals(found.intervals, zone),
        "pauses": [
            {"name": p.name, "from": iso(p.start, zone), "to": iso(p.end, zone), "open_seconds": p.open_seconds}
            for p in found.pauses
        ],
    }  # fmt: skip


def _intervals(found: Sequence[tuple[int, int]], zone: str) -> list[dict[str, Any]]:
    return [{"from": iso(a, zone), "to": iso(b, zone), "seconds": b - a} for a, b in found]
