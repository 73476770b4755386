"""What would have been recognised in a log, as tables and as data. Must never call it an incident that happened."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from policies.duration import say_duration
from policies.recognised import Recognised, Sum, Tally, sums
from starter.recognising import Recognition
from starter.showing.page import iso, local, plain, table

REMARKS = (
    "At once: the tickets that made it. Of them: 1 cust., how many came from the customer who sent most (Lists: found "
    "ones with more than half from one); 1 hour, the most that were resolved within one hour; Raised, made more urgent "
    "by people later on. Tickets, In all: with those that joined.",
    "A log does not say which tickets were one incident: these shares are hints, no precision. It cannot show what "
    "linking or raising them would have changed, nor incidents of which too few wrote.",
)


def show(console: Console, found: Recognition, limit: int) -> None:
    for line in _head(found):
        console.print(Text(line))
    for name, tally in found.tallies.items():
        console.print()
        console.print(Text(plain(name), style="bold"))
        _show_sums(console, sums(tally))
        _show_incidents(console, found, tally, limit)
    console.print()
    for line in REMARKS:
        console.print(Text(line))


def _head(found: Recognition) -> list[str]:
    first = next(iter(found.tallies.values()))
    raised = _percent(_raised(first))
    lines = [f"{first.tickets:,} tickets of {found.log}, {found.zone}; {raised} of all were raised later"]
    if found.bad:
        lines.append(f"{found.bad:,} lines could not be read:")
        lines += [f"  line {number}: {plain(message)}" for number, message in found.faults]
    if late := max(tally.state.too_late for tally in found.tallies.values()):
        lines.append(f"{late:,} tickets came too late in the log to be counted; sort it by opened_at")
    return lines


def _show_sums(console: Console, rows: list[Sum]) -> None:
    numbers = ("Found", "Tickets", "At once", "1 cust.", "Lists", "1 region", "1 hour", "Raised")
    made = table("Rule", *numbers, right=numbers)
    made.padding = (0, 1, 0, 0)
    for row in rows:
        made.add_row(
            row.rule, f"{row.incidents:,}", f"{row.tickets:,}", f"{row.at_once:,}", _percent(row.one_customer),
            f"{row.lists:,}", _percent(row.one_region), _percent(row.one_hour), _percent(row.raised),
        )  # fmt: skip
    console.print(made)


def _show_incidents(console: Console, found: Recognition, tally: Tally, limit: int) -> None:
    incidents = list(tally.incidents.values())
    if not incidents or not limit:
        return
    numbers = ("Made in", "At once", "Cust.", "1 hour", "In all", "Lasted")
    made = table("First ticket", *numbers, "Shared", right=numbers)
    made.padding = (0, 1, 0, 0)
    for one in incidents[:limit]:
        rule = f"{one.rule}: " if len(tally.state.rules) > 1 else ""
        made.add_row(
            local(one.begun, found.zone), say_duration(one.found_at - one.begun), f"{one.at_once}", f"{one.customers}",
            f"{one.one_hour}", f"{one.tickets}", say_duration(one.last - one.begun),
            plain(rule + ", ".join(one.shared)),
        )  # fmt: skip
    console.print()
    console.print(made)
    if len(incidents) > limit:
        console.print(Text(f"... and {len(incidents) - limit:,} more (--limit)"))


def _raised(tally: Tally) -> int | None:
    return tally.raised * 10_000 // tally.tickets if tally.tickets else None


def _percent(share: int | None) -> str:
    return "-" if share is None else f"{share / 100:.1f} %"


def data(found: Recognition) -> dict[str, Any]:
    """For programs; shares as fractions, null of nothing, instants in the zone, lengths in seconds."""
    return {
        "log": found.log, "policy": found.policy, "zone": found.zone, "tickets": found.lines - found.bad,
        "bad_lines": found.bad, "faults": [{"line": n, "message": message} for n, message in found.faults],
        "runs": [_run(found, name, tally) for name, tally in found.tallies.items()],
        "remarks": list(REMARKS),
    }  # fmt: skip


def _run(found: Recognition, name: str, tally: Tally) -> dict[str, Any]:
    shares = ("one_customer", "one_region", "one_hour", "raised")
    rows = [asdict(row) for row in sums(tally)]
    for row in rows:
        row |= {share: None if row[share] is None else row[share] / 10_000 for share in shares}
    return {
        "rules": name, "too_late": tally.state.too_late, "open_at_the_end": tally.open_at_the_end(found.log_end),
        "raised_of_all": (_raised(tally) or 0) / 10_000, "sums": rows,
        "incidents": [_incident(found, one) for one in tally.incidents.values()],
    }  # fmt: skip


def _incident(found: Recognition, one: Recognised) -> dict[str, Any]:
    instants = {name: iso(getattr(one, name), found.zone) for name in ("begun", "found_at", "last")}
    return {**asdict(one), **instants, "shared": list(one.shared), "lasted": one.last - one.begun}
