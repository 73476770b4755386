"""The demo's outage: five tickets, one command that stops four of their clocks, one that starts them again.

What is shown is what the tickets themselves say before, during and after it, and what they did meanwhile. Must never
tell a ticket of the outage in any way but through its declaration.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text
from temporalio.client import Client

from activities.adapters.sql_outages import SqlOutages
from policies.case import Entry
from policies.event import Event
from policies.outage import Outage, news_for
from policies.rehearsal import Happening
from starter.demo_stage import Stack, moment, tell
from starter.demo_verdict import Shown, judged, on_paper
from starter.gateway import Opened
from starter.journal import journal
from starter.outages import Desk, services_of
from starter.showing.page import local, plain, table
from starter.showing.wrapped import print_wrapped
from starter.story import Act, Scene
from starter.virtual_time import settle
from workflows.contract import outage_workflow_id

STANDS = "stands still"
SHOWN = ("event", "fired", "not_sent", "undelivered")


@dataclass
class Kept:
    """One ticket of the scene, and its resolution's due as it said at each look."""

    act: Act
    opened: Opened
    dues: list[int | None] = field(default_factory=list)


async def play(running: Stack, scene: Scene, console: Console) -> list[Shown]:
    """All tickets through the outage and to their ends, each compared with its rehearsal."""
    print_wrapped(console, Text(f"{scene.outage.id}  ", "bold"), Text(scene.title, "bold"))
    print_wrapped(console, Text("  "), Text(command(scene.outage), "dim"))
    running.http.rule = lambda request: None
    async with desk(running) as told:
        kept = [await begin(running, act) for act in scene.acts if act.opened_at < scene.outage.since]
        await look(running, kept, scene.outage.since - 60)
        await told.declare(replace(scene.outage, ended_at=0))
        await pass_by(running, kept, scene, scene.outage.since + 60)
        kept += [await begin(running, act) for act in scene.acts if act.opened_at >= scene.outage.since]
        await look(running, kept, scene.outage.ended_at - 60)
        await told.end(scene.outage.id, scene.outage.ended_at, scene.outage.declared_by)
        await pass_by(running, kept, scene, scene.outage.ended_at + 60)
        await look(running, kept, scene.outage.ended_at + 120)
    for one in kept:
        await forward(running, one, one.act.until)
    console.print(dues(kept))
    await meanwhile(running, kept, scene, console)
    console.print()
    return [await judged(running, one.act, one.opened, on_paper(running, with_outage(one.act, scene))) for one in kept]


@asynccontextmanager
async def desk(running: Stack) -> AsyncIterator[Desk]:
    """Where outages are declared, as the command line has it."""

    async def client() -> Client:
        return running.gateway.client

    async with journal(running.settings) as records:
        services = services_of(running.gateway.catalog)
        yield Desk(SqlOutages(records), records, client, services)


async def begin(running: Stack, act: Act) -> Kept:
    """Open the ticket on a clock of its own."""
    opened = await running.gateway.open(act.ticket, act.policy, opened_at=moment(act.opened_at), ahead=True)
    return Kept(act, opened)


async def forward(running: Stack, one: Kept, at: int) -> None:
    """Move its clock there; what people do on the way is told when it happens."""
    begun = await running.time.now(one.opened.workflow_id)
    for happening in one.act.happenings:
        if happening.event is not None and int(begun.timestamp()) < happening.at <= at:
            await running.time.to(one.opened.workflow_id, moment(happening.at))
            await tell(running.gateway, one.act.ticket, happening.event)
            await settle(running.gateway.client.get_workflow_handle(one.opened.workflow_id))
    await running.time.to(one.opened.workflow_id, moment(at))


async def look(running: Stack, kept: Sequence[Kept], at: int) -> None:
    """When is each of them due, by its own word?"""
    for one in kept:
        await forward(running, one, at)
        standing = await running.gateway.standing(one.act.ticket.tenant, one.act.ticket.id, moment(at))
        one.dues.append(next((r.due for r in standing.readings if r.clock == "resolution"), None))


async def pass_by(running: Stack, kept: Sequence[Kept], scene: Scene, at: int) -> None:
    """The tickets' clocks first, then the outage's own: it tells them at its beginning and at its end."""
    for one in kept:
        await forward(running, one, at)
    await running.time.to(outage_workflow_id(scene.outage.id), moment(at))
    for one in kept:
        await settle(running.gateway.client.get_workflow_handle(one.opened.workflow_id))


def with_outage(act: Act, scene: Scene) -> Act:
    """For the rehearsal: what the ticket hears of the outage is news like any other."""
    news = news_for(scene.outage, act.ticket, act.opened_at, (), act.until)
    return replace(act, happenings=tuple(sorted([*act.happenings, *map(_happening, news)], key=lambda h: h.at)))


def _happening(event: Event) -> Happening:
    return Happening(event.at, event)


# --- what is printed ---------------------------------------------------------------------------------------


def command(outage: Outage) -> str:
    """As an operator types it."""
    scope = outage.scope
    words = [*(f"--service {name}" for name in scope.services), *(f"--region {name}" for name in scope.regions)]
    return f"rung outage declare {outage.id} {' '.join(words)} --reason '{outage.reason}'"


def dues(kept: Sequence[Kept]) -> Table:
    """One line a ticket: where it belongs, and its resolution's due at each look."""
    rows = table("Ticket", "Service", "Opened", "Due before", "Meanwhile", "Due after")
    for one in kept:
        ticket, zone = one.act.ticket, one.opened.plan.zone
        words = [STANDS if due is None else _wall(due, zone) for due in one.dues]
        before = "not open yet" if len(words) < 3 else words[-3]
        still = Text(words[-2], "cyan" if words[-2] == STANDS else "")
        rows.add_row(ticket.id, ticket.service, _wall(one.act.opened_at, zone), before, still, words[-1])
    return rows


def _wall(at: int, zone: str) -> str:
    return local(at, zone)[-5:]


async def meanwhile(running: Stack, kept: Sequence[Kept], scene: Scene, console: Console) -> None:
    """Everything that happened to any of them while the outage lasted, in its order."""
    found: list[tuple[Entry, Kept]] = []
    for one in kept:
        lines = await running.gateway.time_line(one.act.ticket.tenant, one.act.ticket.id)
        found += [(line, one) for line in lines if line.kind in SHOWN]
    for line, one in sorted(found, key=lambda pair: pair[0].at):
        if scene.outage.since <= line.at <= scene.outage.ended_at:
            mark, style = ("▲", "yellow") if line.kind == "fired" else ("·", "cyan")
            head = Text(f"  {local(line.at, one.opened.plan.zone)}  ", "dim").append(f"{mark} ", style)
            words = line.text.partition(":")[0] if line.kind == "fired" else line.text
            print_wrapped(console, head.append(f"{one.act.ticket.id}  ", "bold"), Text(plain(words)))
