"""A ticket as it stands: its clocks, what comes next and why, what holds it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from activities.outbox import Sent
from activities.requests import next_promise
from policies.approval import GRANT, Asked
from policies.duration import say_duration
from policies.explanation import Ahead, Reading, Standing
from starter.showing.detours import Detour
from starter.showing.detours import data as detours_data
from starter.showing.detours import lines as detour_lines
from starter.showing.messages import data as messages_data
from starter.showing.messages import messages_table
from starter.showing.page import clock_name, iso, local, plain, state, table, year_of
from starter.showing.undelivered import Undelivered, lines
from starter.showing.undelivered import data as undelivered_data

COMING = 5
"""Rungs ahead that are shown; the others are counted."""


def show(
    page: Console, standing: Standing, coming: Sequence[Ahead], now: int, missing: Sequence[Undelivered] = (),
    sent: Sequence[Sent] = (), went_around: Sequence[Detour] = (),
) -> None:  # fmt: skip
    """The whole view; `missing` is what did not arrive, `sent` what became of each message."""
    for part in (*_head(standing, year_of(now, standing.zone)), *lines(missing), *detour_lines(went_around)):
        page.print(part)
    page.print()
    page.print(clocks(standing.readings, standing.zone, now))
    if coming:
        page.print()
        page.print(_ahead(coming, standing.zone, now))
    if sent:
        page.print()
        page.print(messages_table(sent, standing.zone, now))


def _head(standing: Standing, year: int) -> Iterator[RenderableType]:
    ticket = standing.ticket
    yield Text.assemble((f"#{plain(ticket.id)}", "bold"), f"  {plain(ticket.summary)}".rstrip())
    yield _facts(standing, year)
    words = [state(standing.state)]
    if standing.sla != standing.state:
        words.append(state(standing.sla))
    if standing.level:
        words.append(Text(f"level {standing.level} {standing.level_title}"))
    if standing.exhausted and standing.state not in ("resolved", "closed"):
        words.append(Text("ladder exhausted: the catch-all is reminded", style="bold red"))
    yield Text(", ").join(words)
    if standing.acknowledged_at is not None:
        by = f" by {plain(standing.acknowledged_by)}" if standing.acknowledged_by else ""
        yield Text(f"acknowledged{by} {local(standing.acknowledged_at, standing.zone, year)}", style="dim")
    for asked in standing.waiting:
        yield Text(approval(asked, standing.zone, year), style="yellow")
    if standing.paused_by:
        yield Text(f"paused by {plain(', '.join(standing.paused_by))}", style="cyan")
    if standing.muted_by:
        yield Text(f"staff is not told: {plain(standing.muted_by)}", style="cyan")


def approval(asked: Asked, zone: str, year: int) -> str:
    """`credit 10% of resolution.1/breach waits for level 3 until Mon 30 Mar 15:00, then it is granted`."""
    then = "granted" if asked.otherwise == GRANT else "withheld"
    until = local(asked.due, zone, year)
    return plain(f"credit {asked.value} of {asked.name} waits for level {asked.level} until {until}, then it is {then}")


def _facts(standing: Standing, year: int) -> Text:
    ticket = standing.ticket
    priority = f" ({ticket.priority})" if ticket.priority else ""
    facts = [f"{ticket.tier} x {ticket.urgency}{priority} under {standing.policy}"]
    facts += [
        f"{name} {plain(value)}" for name, value in (("assignee", ticket.assignee), ("team", ticket.team)) if value
    ]
    facts.append(f"opened {local(standing.opened_at, standing.zone, year)} {standing.zone}")
    return Text(", ".join(facts), style="dim")


TO_WHOM = {"ola": " (internal)", "uc": " (vendor's)"}
"""Promises that are not the customer's."""


def clocks(readings: Sequence[Reading], zone: str, now: int) -> Table:
    """Every promise: target, used, left, due, state."""
    made = table("Clock", "State", "Target", "Used", "Left", "Due", right=("Target", "Used", "Left"))
    for reading in readings:
        waived = " (waived)" if reading.waived else ""
        name = clock_name(reading.clock, reading.cycle) + TO_WHOM.get(reading.promise, "")
        made.add_row(
            name, Text.assemble(state(reading.state), waived),
            say_duration(reading.target), say_duration(reading.consumed), left(reading), due(reading, zone, now),
        )  # fmt: skip
    return made


def left(reading: Reading) -> Text:
    """What is left, or by how much it is over."""
    over = reading.consumed - reading.target
    return Text(f"-{say_duration(over)}", style="bold red") if over > 0 else Text(say_duration(reading.remaining))


def due(reading: Reading, zone: str, now: int) -> str:
    """When, or why there is no when."""
    year = year_of(now, zone)
    if reading.due is not None:
        return local(reading.due, zone, year)
    if reading.stop is not None:  # a pause that began since holds the due, which no longer matters
        return f"stopped {local(reading.stop, zone, year)}"
    return "when it goes on" if reading.state == "paused" else "not within sight"


def _ahead(coming: Sequence[Ahead], zone: str, now: int) -> Table:
    made = table("Coming up", "Level", "When", "Why")
    for rung in coming[:COMING]:
        when = "paused" if rung.paused else local(rung.due, zone, year_of(now, zone))
        made.add_row(rung.rung, f"L{rung.level}" if rung.level else "", when, Text(plain(rung.why), style="dim"))
    if len(coming) > COMING:
        made.add_row(Text(f"and {len(coming) - COMING} more", style="dim"))
    return made


def data(
    standing: Standing, coming: Sequence[Ahead], missing: Sequence[Undelivered] = (), sent: Sequence[Sent] = (),
    went_around: Sequence[Detour] = (),
) -> dict[str, Any]:  # fmt: skip
    """For programs: instants in ISO 8601, lengths in seconds."""
    ticket, zone = standing.ticket, standing.zone
    return {
        "id": ticket.id, "tenant": ticket.tenant, "summary": ticket.summary, "tier": ticket.tier,
        "urgency": ticket.urgency, "priority": ticket.priority, "assignee": ticket.assignee, "team": ticket.team,
        "policy": standing.policy, "zone": zone, "opened_at": iso(standing.opened_at, zone),
        "state": standing.state, "sla": standing.sla, "level": standing.level, "level_title": standing.level_title,
        "next_due": iso(next_promise(standing), zone), "next_rung_at": iso(standing.next_due, zone),
        "next_rung": standing.next_why if standing.next_due is not None else "",
        "paused_by": list(standing.paused_by), "muted_by": standing.muted_by, "undelivered": list(standing.undelivered),
        "undelivered_why": undelivered_data(missing),
        "acknowledged_by": standing.acknowledged_by, "acknowledged_at": iso(standing.acknowledged_at, zone),
        "messages": messages_data(sent, zone), "went_around": detours_data(went_around),
        "waiting_for_approval": [approval_data(asked, zone) for asked in standing.waiting],
        "exhausted": standing.exhausted, "versions": dict(standing.versions),
        "clocks": [reading_data(reading, zone) for reading in standing.readings],
        "ahead": [
            {"rung": a.rung, "level": a.level, "due": iso(a.due, zone), "paused": a.paused, "why": a.why}
            for a in coming
        ],
    }  # fmt: skip


def approval_data(asked: Asked, zone: str) -> dict[str, Any]:
    """A credit that waits, for programs."""
    return {
        "credit": asked.name, "value": asked.value, "level": asked.level, "asked_at": iso(asked.at, zone),
        "until": iso(asked.due, zone), "otherwise": asked.otherwise,
    }  # fmt: skip


def reading_data(reading: Reading, zone: str) -> dict[str, Any]:
    """One clock for programs."""
    return {
        "clock": reading.clock, "cycle": reading.cycle, "state": reading.state, "target": reading.target,
        "consumed": reading.consumed, "remaining": reading.remaining, "start": iso(reading.start, zone),
        "stop": iso(reading.stop, zone), "due": iso(reading.due, zone), "breached": reading.breached,
        "waived": reading.waived, "promise": reading.promise,
    }  # fmt: skip
