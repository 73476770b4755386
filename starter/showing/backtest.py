"""A back-test as tables and as data. The tables are the same for the terminal and for the page.

Must never show a number that the tally does not hold, and never leaves out what a replay cannot show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.backtest import CANNOT, Tally, loads, rank
from policies.duration import say_duration
from policies.replay import BREACHED, MET, SHARES, UNDECIDED
from starter.backtesting import Report
from starter.showing.page import clock_name, iso, local, plain, table

PRIORITIES = ("P1", "P2", "P3", "P4")
OUTCOMES = ("fired", "superseded", "skipped", "unnecessary")
MOST_LOADS = 12
"""People or roles in a table; all of them are in the data."""


@dataclass(frozen=True)
class Section:
    """A heading, a table, a remark. Columns from `right` on hold numbers."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: int
    remark: str = ""


def show(console: Console, report: Report) -> None:
    for line in head(report):
        console.print(Text(line))
    for section in sections(report):
        console.print()
        console.print(Text(section.title, style="bold"))
        made = table(*section.headings, right=section.headings[section.right :])
        for row in section.rows:
            made.add_row(*row)
        console.print(made)
        if section.remark:
            console.print(Text(section.remark, style="dim"))
    console.print()
    for line in CANNOT:
        console.print(Text(line))


def head(report: Report) -> Iterator[str]:
    """What was played on what."""
    found, first = report.found, local(report.found.first, report.zone)
    yield f"{plain(report.log)} under {' and '.join(report.policies)}"
    yield (
        f"{found.lines - found.bad:,} tickets, {first} to {local(report.log_end, report.zone)} "
        f"({report.weeks} weeks, times in {report.zone})"
    )
    for name, tally in zip(report.policies, found.tallies, strict=True):
        if tally.running:
            yield f"{name}: {tally.running:,} tickets were not resolved when the log ended; counted up to there"
        if tally.unfit:
            yield f"{name}: promises nothing to {tally.unfit:,} tickets; they are left out"
    if found.unused:
        named = ", ".join(f"{count:,} {plain(kind)}" for kind, count in sorted(found.unused.items()))
        yield f"read, but of no effect on any clock: {named}"
    if found.bad:
        yield f"{found.bad:,} of {found.lines:,} lines cannot be read and are left out:"
        yield from (f"  line {number}: {plain(message)}" for number, message in found.faults)


def sections(report: Report) -> list[Section]:
    """Every table, in the order of their weight."""
    several = len(report.policies) > 1
    made = [_broken(report), _crossed(report), *([_difference(report)] if several else [])]
    for policy, tally in _named(report):
        said = f" under {policy}" if several else ""
        made += [_rungs(tally, said), _loads(report, tally, said)]
    return made


def _named(report: Report) -> list[tuple[str, Tally]]:
    return list(zip(report.policies, report.found.tallies, strict=True))


def percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.1f} %" if whole else "-"


def clocks_of(tally: Tally) -> list[str]:
    return sorted({clock for clock, _ in tally.promises})


def _priorities(tally: Tally) -> list[str]:
    return sorted({*PRIORITIES, *tally.tickets})


def _broken(report: Report) -> Section:
    priorities = sorted({name for _, tally in _named(report) for name in _priorities(tally)})
    rows = [
        (
            policy, clock_name(clock), f"{tally.breaches(clock):,}",
            percent(tally.breaches(clock), tally.tickets.total()),
            *(f"{tally.broken[clock, priority]:,}" for priority in priorities),
        )
        for policy, tally in _named(report) for clock in clocks_of(tally)
    ]  # fmt: skip
    headings = ("Policy", "Clock", "Tickets", "Of all", *(plain(name) for name in priorities))
    return Section("Tickets with a broken promise, by the priority they came in with", headings, tuple(rows), 2)


def _crossed(report: Report) -> Section:
    rows = [(policy, *(f"{tally.past(share):,}" for share in SHARES)) for policy, tally in _named(report)]
    headings = ("Policy", *(f"> {share} %" for share in SHARES))
    return Section("Tickets whose resolution took more than a share of its target", headings, tuple(rows), 1, (
        "By the target at the end: a promise that was broken before its target changed may not be among these."
    ))  # fmt: skip


def _rungs(tally: Tally, said: str) -> Section:
    rows = [
        (
            f"L{level}" if level else "-", plain(rung), f"{tally.rungs[rung, level, 'fired']:,}",
            *_leads(tally, rung, level), *_false(tally, rung, level),
        )
        for level, rung in rungs_of(tally)
    ]  # fmt: skip
    headings = ("", "Rung", "Fired", "Median lead", "p10 lead", "False", "of decided")
    remark = (
        "Lead: from the rung to the breach in wall time, where the promise was broken; half had more than the median, "
        "nine in ten more than p10. False: a rung of the ladder fired and the promise was kept; the share is of those "
        "that were kept or broken when the log ended."
    )
    return Section(f"Rungs by level{said}", headings, tuple(rows), 2, remark)


def rungs_of(tally: Tally) -> list[tuple[int, str]]:
    return sorted({(level, rung) for rung, level, _ in tally.rungs})


def _leads(tally: Tally, rung: str, level: int) -> tuple[str, str]:
    minutes: Mapping[int, int] = tally.leads.get((rung, level), {})
    return _length(rank(minutes, 50)), _length(rank(minutes, 10))


def _length(minutes: int | None) -> str:
    return "-" if minutes is None else say_duration(minutes * 60) if minutes else "< 1m"


def _false(tally: Tally, rung: str, level: int) -> tuple[str, str]:
    kept, decided = alarms(tally, rung, level)
    return (f"{kept:,}", percent(kept, decided)) if decided else ("-", "-")


def alarms(tally: Tally, rung: str, level: int) -> tuple[int, int]:
    """(false, all that are decided) of a rung that warns."""
    kept, broken = (tally.alarms[rung, level, outcome] for outcome in (MET, BREACHED))
    return kept, kept + broken


def _loads(report: Report, tally: Tally, said: str) -> Section:
    found = list(loads(tally, report.weeks))
    rows = [
        (
            plain(load.who), "page" if load.kind == "page" else "notice", f"{load.total:,}",
            f"{load.weekly / 100:,.1f}", f"{load.busiest:,}", f"{load.night:,}",
        )
        for load in found[:MOST_LOADS]
    ]  # fmt: skip
    remark = "At night: 22:00 to 07:00. One message through several channels counts once."
    if len(found) > MOST_LOADS:
        remark += f" {len(found) - MOST_LOADS} more stand in --json."
    headings = ("Who", "What", "All", "A week", "Busiest week", "At night")
    return Section(f"Who would have been told{said}", headings, tuple(rows), 2, remark)


def _difference(report: Report) -> Section:
    first, second = report.policies
    broken, only = report.found.difference.broken, report.found.difference.only
    pairs = ((True, True), (True, False), (False, True), (False, False))
    clocks = sorted({clock for clock, _, _ in broken})
    rows = [(clock_name(clock), *(f"{broken[(clock, *pair)]:,}" for pair in pairs)) for clock in clocks]
    named = [
        f"{clock_name(clock)} only under {policy}: {plain(', '.join(names))}"
        for clock in clocks for which, policy in enumerate(report.policies)
        if (names := only.get((clock, which), [])[:3])
    ]  # fmt: skip
    headings = ("Clock", "Both", f"Only {first}", f"Only {second}", "Neither")
    remark = f"For example {'; '.join(named)}." if named else ""
    return Section("Tickets with a broken promise under which of the two", headings, tuple(rows), 1, remark)


def data(report: Report) -> dict[str, Any]:
    """Everything, for programs. Leads in minutes of wall time."""
    found = report.found
    made: dict[str, Any] = {
        "log": report.log, "zone": report.zone, "first_opened": iso(found.first, report.zone),
        "log_end": iso(report.log_end, report.zone), "weeks": report.weeks,
        "lines": found.lines, "tickets": found.lines - found.bad,
        "bad_lines": {"count": found.bad, "shown": [{"line": n, "message": text} for n, text in found.faults]},
        "unused": dict(sorted(found.unused.items())),
        "policies": [_policy(report, name, tally) for name, tally in _named(report)],
    }  # fmt: skip
    if len(report.policies) > 1:
        made["difference"] = _difference_data(report)
    return {**made, "what_a_replay_cannot_show": list(CANNOT)}


def _policy(report: Report, name: str, tally: Tally) -> dict[str, Any]:
    return {
        "policy": name, "tickets": dict(sorted(tally.tickets.items())), "running_at_the_end": tally.running,
        "nothing_promised": tally.unfit,
        "crossed": {str(share): tally.past(share) for share in SHARES},
        "breaches": {
            clock: {
                "tickets": tally.breaches(clock),
                "by_priority": {name: tally.broken[clock, name] for name in _priorities(tally)},
                "promises": {outcome: tally.promises[clock, outcome] for outcome in (MET, BREACHED, UNDECIDED)},
            }
            for clock in clocks_of(tally)
        },
        "rungs": [_rung(tally, level, rung) for level, rung in rungs_of(tally)],
        "told": [
            {
                "who": load.who, "kind": load.kind, "total": load.total, "per_week": load.weekly / 100,
                "busiest_week": load.busiest, "at_night": load.night,
            }
            for load in loads(tally, report.weeks)
        ],
        "actions": dict(sorted(tally.acts.items())),
    }  # fmt: skip


def _rung(tally: Tally, level: int, rung: str) -> dict[str, Any]:
    minutes: Mapping[int, int] = tally.leads.get((rung, level), {})
    kept, decided = alarms(tally, rung, level)
    return {
        "rung": rung, "level": level, **{outcome: tally.rungs[rung, level, outcome] for outcome in OUTCOMES},
        "lead_minutes": {"breaches": sum(minutes.values()), "median": rank(minutes, 50), "p10": rank(minutes, 10)},
        "alarms": {"false": kept, "true": decided - kept, "undecided": tally.alarms[rung, level, UNDECIDED]},
    }  # fmt: skip


def _difference_data(report: Report) -> dict[str, Any]:
    broken, only = report.found.difference.broken, report.found.difference.only
    first, second = report.policies

    def named(clock: str, pair: Sequence[bool], which: int) -> dict[str, Any]:
        return {"tickets": broken[(clock, *pair)], "for_example": only.get((clock, which), [])}

    return {
        clock: {
            "both": broken[clock, True, True], "neither": broken[clock, False, False],
            f"only {first}": named(clock, (True, False), 0), f"only {second}": named(clock, (False, True), 1),
        }
        for clock in sorted({clock for clock, _, _ in broken})
    }  # fmt: skip
