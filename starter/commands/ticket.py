"""`rung ticket`: open a ticket, and ask how it stands. News and commands are in `news.py`.

Everything typed is checked before a server is asked. Must never start anything that would be refused later.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from starter.answering import Json, Tenant, Unable, Unfit, say, warn

if TYPE_CHECKING:
    from temporalio.client import Client

    from activities.ports import Card, Line
    from policies.catalog import Catalog
    from starter.gateway import Gateway, Opened
    from starter.reading import Wanted
    from starter.settings import Settings

T = TypeVar("T")
STATES = ("open", "ok", "at_risk", "breached", "paused", "resolved", "closed")
"""What the journal says of a ticket; `open` is every one that work goes on."""
OVER = ("resolved", "closed")
MOST = 10_000
ENDS = ("closed", "merged")
TAKEN_UP_WITHIN = 3.0
"""Seconds that `open` waits for the plan before it says that no clock runs yet."""
EVERY = 1.0
"""Seconds between two looks of `watch`."""

app = typer.Typer(help="Open tickets, tell them news, see how they stand.", no_args_is_help=True, rich_markup_mode=None)
Ticket = Annotated[str, typer.Argument(metavar="ID", help="The helpdesk's id.")]
At = Annotated[str, typer.Option("--at", metavar="ISO", help="As it stands, or would stand, at this instant.")]


def ask(question: Callable[[Gateway, Settings], Awaitable[T]]) -> T:
    """One question to Temporal, in a loop of its own."""
    from starter import connection
    from starter.settings import load

    async def asked() -> T:
        settings = load()
        return await question(await connection.gateway(settings), settings)

    return asyncio.run(asked())


@app.command(
    "open", epilog="Example: rung ticket open 4711 --tier gold --urgency high --assignee kim --summary 'VPN is down'"
)
def open_ticket(
    id: Annotated[str, typer.Argument(metavar="ID", help="The helpdesk's id.")] = "",
    tier: Annotated[str, typer.Option(metavar="TIER", help="diamond, gold, silver or bronze.")] = "",
    urgency: Annotated[str, typer.Option(metavar="URGENCY", help="critical, high, medium or low.")] = "",
    summary: Annotated[str, typer.Option(metavar="TEXT", help="One line on what is wrong.")] = "",
    customer: Annotated[str, typer.Option(metavar="CUSTOMER", help="Who the promise is made to.")] = "",
    contact: Annotated[str, typer.Option(metavar="MAIL", help="Where the customer gets mail.")] = "",
    service: Annotated[str, typer.Option(metavar="SERVICE", help="What it is about.")] = "",
    region: Annotated[str, typer.Option(metavar="REGION", help="Where.")] = "",
    team: Annotated[str, typer.Option(metavar="TEAM", help="Whose it is, as people.yaml calls the team.")] = "",
    assignee: Annotated[str, typer.Option(metavar="ASSIGNEE", help="Who works on it, as people.yaml calls them.")] = "",
    type: Annotated[
        str, typer.Option(metavar="TYPE", help="support, bug, feature_request, incident or change_request.")
    ] = "",
    language: Annotated[str, typer.Option(metavar="LANGUAGE", help="The customer's: en, ko, ja ...")] = "",
    tag: Annotated[list[str] | None, typer.Option(metavar="TAG", help="May be given several times.")] = None,
    impact: Annotated[str, typer.Option(metavar="IMPACT", help="high, medium or low.")] = "",
    value: Annotated[str, typer.Option(metavar="VALUE", help="Business value of it: high, medium or low.")] = "",
    risk: Annotated[int, typer.Option(metavar="0-100", help="Risk score; 0 = not assessed.")] = 0,
    complexity: Annotated[int, typer.Option(metavar="0-10", help="0 = not assessed.")] = 0,
    predicted: Annotated[str, typer.Option(metavar="DURATION", help="Predicted time to solve it, like 6h.")] = "",
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Whose ticket it is.  [default: default]")] = "",
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="The newest version, or one like standard.v1.  [default: by the rules]")
    ] = "",
    opened_at: Annotated[str, typer.Option(metavar="ISO", help="When it came in.  [default: now]")] = "",
    file: Annotated[str, typer.Option(metavar="JSON", help="The ticket as a JSON file; '-' is stdin.")] = "",
    as_json: Json = False,
) -> None:
    """Watch a ticket: start its clocks.

    Opening an open ticket again changes nothing, not even its facts. Options win over what stands in the file.
    """
    from starter.people import strangers
    from starter.reading import wanted
    from starter.settings import load

    given = {
        "id": id, "tier": tier, "urgency": urgency, "summary": summary, "customer": customer, "contact": contact,
        "service": service, "region": region, "team": team, "assignee": assignee, "type": type, "language": language,
        "tags": tag or [], "tenant": tenant, "policy": policy, "opened_at": opened_at, "impact": impact, "value": value,
        "risk": risk, "complexity": complexity, "predicted": predicted,
    }  # fmt: skip
    asked = wanted(given, file)
    settings = load()
    check_on_paper(asked, settings.catalog())
    _opened(asked, strangers(settings, asked.ticket.assignee, asked.ticket.team), as_json)


def check_on_paper(asked: Wanted, catalog: Catalog) -> None:
    """What the gateway would refuse, before any server is asked. Raises BadTicket."""
    from starter.gateway import Gateway

    moment = datetime.now(UTC)
    no_server = cast("Client", None)
    Gateway(no_server, catalog).check(asked.ticket, asked.policy, asked.opened_at or moment, moment)


def _opened(asked: Wanted, warnings: list[str], as_json: bool) -> None:
    from starter.connection import history_address

    async def start(gateway: Gateway, settings: Settings) -> tuple[Opened, str]:
        opened = await gateway.open(asked.ticket, asked.policy, asked.opened_at, history_limit=settings.history_limit)
        why = "" if opened.already else await gateway.waits_for(asked.ticket.tenant, asked.ticket.id, TAKEN_UP_WITHIN)
        opened = replace(opened, waits_for=why)
        return opened, history_address(settings, gateway.client, opened.workflow_id, opened.run_id)

    opened, address = ask(start)
    if opened.waits_for:
        warnings = [*warnings, f"no clock runs yet: {opened.waits_for}"]
    if not as_json:
        warn(warnings)
    _show_opened(asked, opened, address, warnings, as_json)


def _show_opened(asked: Wanted, opened: Opened, address: str, warnings: list[str], as_json: bool) -> None:
    from policies.case import Case
    from policies.explanation import readings
    from starter.showing.page import clock_name, iso, local

    plan = opened.plan
    started = readings(plan, Case(plan.ticket, plan.opened_at, plan.opened_at), plan.opened_at)
    if as_json:
        say({
            "id": asked.ticket.id, "tenant": asked.ticket.tenant, "already_open": opened.already,
            "policy": plan.name, "workflow_id": opened.workflow_id, "run_id": opened.run_id, "history": address,
            "due": {} if opened.already else {r.clock: iso(r.due, plan.zone) for r in started},
            "warnings": warnings,
        })  # fmt: skip
    elif opened.already:
        print(f"{asked.ticket.key} is open already; nothing was started, and what was given now is not taken over")
        print("  'rung ticket reprioritise' changes its tier and urgency, 'rung ticket assign' who works on it")
        print(address)
    else:
        print(f"{asked.ticket.key} is open under {plan.name}, {plan.zone}")
        for reading in started:
            print(f"  {clock_name(reading.clock)} is due {local(reading.due, plan.zone)}")
        print(address)


@app.command("list", epilog="Example: rung ticket list --state open --tenant default")
def list_tickets(
    state: Annotated[str, typer.Option(metavar="STATE", help=f"Only these: {', '.join(STATES)}.")] = "",
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Only this tenant's.")] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST, help="At most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """Tickets as the journal knows them, soonest first."""
    from policies.suggestion import did_you_mean
    from starter.settings import load
    from starter.showing import cards as showing
    from starter.showing.page import page

    if state and state not in STATES:
        raise Unfit([f"state '{state}' is unknown{did_you_mean(state, STATES)}"])
    settings = load()
    found = asyncio.run(_cards(settings, tenant, state, limit))
    zones = zones_of({card.policy for card in found}, settings.catalog())
    if as_json:
        say(showing.data(found, zones))
    elif found:
        showing.show(page(), found, zones, now())
    else:
        open_ones = 0 if tenant or state not in ("", "open") else asyncio.run(_known_to_the_engine(settings))
        print(_lagging(open_ones) if open_ones else _none(state, tenant))


def _lagging(open_ones: int) -> str:
    known = f"the engine knows {open_ones} open ticket{'s' if open_ones > 1 else ''}"
    return (
        f"{known}, the journal none; their cards come within seconds while a worker runs\n"
        "if not: 'rung doctor', and RUNG_JOURNAL_URL must be the worker's"
    )


async def _known_to_the_engine(settings: Settings) -> int:
    """How many are open; 0 also where there is no server: then the journal has the only word."""
    from temporalio.service import RPCError

    from starter.connection import connect
    from starter.gateway import GatewayError
    from starter.settings import BadSettings
    from starter.watching import Engine

    try:
        return await Engine(await connect(settings)).open_tickets()
    except (RPCError, GatewayError, BadSettings):
        return 0


def _none(state: str, tenant: str) -> str:
    """`no closed ticket of tenant acme`."""
    if not state and not tenant:
        return "no ticket yet; 'rung ticket open' starts one"
    what = f"ticket {state.replace('_', ' ')}" if state in ("at_risk", "ok") else f"{state} ticket".strip()
    return f"no {what}{f' of tenant {tenant}' if tenant else ''}"


async def _cards(settings: Settings, tenant: str, state: str, limit: int) -> Sequence[Card]:
    from starter.journal import journal

    async with journal(settings) as records:
        if state != "open":
            return await records.cards(tenant, state, limit)
        return [card for card in await records.cards(tenant, "", MOST) if card.state not in OVER][:limit]


def zones_of(policies: set[str], catalog: Catalog) -> dict[str, str]:
    """Policy name -> time zone of its office; policies that are gone are left out."""
    from policies.catalog import UnknownName
    from policies.written import Faulty

    zones = {}
    for name in policies:
        try:
            policy = catalog.policy(name)
        except (UnknownName, Faulty):
            continue
        zones[name] = policy.calendars[policy.document.calendar].zone
    return zones


@app.command("show", epilog="Example: rung ticket show 4711")
def show(id: Ticket, tenant: Tenant = "default", at: At = "", as_json: Json = False) -> None:
    """How a ticket stands: clocks, what comes next and why."""
    from starter.journal import messages
    from starter.showing import standing as showing
    from starter.showing.detours import detours
    from starter.showing.page import page
    from starter.showing.undelivered import undelivered

    moment = _moment(at)

    async def question(gateway: Gateway, settings: Settings) -> Any:
        standing = await gateway.standing(tenant, id, moment)
        entries = await gateway.time_line(tenant, id)
        missing, around = undelivered(standing.undelivered, entries), detours(entries)
        return standing, await gateway.ahead(tenant, id, moment), missing, await messages(settings, tenant, id), around

    standing, coming, missing, sent, around = ask(question)
    if as_json:
        say(showing.data(standing, coming, missing, sent, around))
    else:
        showing.show(page(), standing, coming, now(), missing, sent, around)


@app.command("explain", epilog="Example: rung ticket explain 4711")
def explain(id: Ticket, tenant: Tenant = "default", at: At = "", as_json: Json = False) -> None:
    """Why each deadline is where it is, day by day.

    Every open hour that counts, every pause that does not.
    """
    from starter.showing import deadlines as showing
    from starter.showing.page import page

    moment = _moment(at)

    async def question(gateway: Gateway, settings: Settings) -> Any:
        return await gateway.deadlines(tenant, id, moment), (await gateway.standing(tenant, id, moment)).zone

    deadlines, zone = ask(question)
    if as_json:
        say(showing.data(deadlines, zone))
    else:
        showing.show(page(), deadlines, zone, now())


@app.command("watch", epilog="Example: rung ticket watch 4711")
def watch(
    id: Ticket,
    tenant: Tenant = "default",
    once: Annotated[bool, typer.Option("--once", help="Show what there is and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The time line as it happens.

    Ends when the ticket is closed; Ctrl-C ends it before.
    """
    from starter.settings import load

    try:
        asyncio.run(_watch(load(), f"{tenant}/{id}", once, as_json))
    except KeyboardInterrupt:
        return


async def _watch(settings: Settings, ticket: str, once: bool, as_json: bool) -> None:
    from starter.journal import journal

    shown: set[str] = set()
    after: int | None = None
    async with journal(settings) as records:
        zone = await _zone(settings, records, ticket)
        while True:
            fresh = [line for line in await records.lines(ticket) if line.id not in shown]
            if not fresh and not shown:
                _nothing_yet(ticket, once)
            after = _print_lines(fresh, zone, after, as_json)
            shown |= {line.id for line in fresh}
            if once or any(line.kind == "event" and line.text.split(" ")[0] in ENDS for line in fresh):
                return
            await asyncio.sleep(EVERY)


def _nothing_yet(ticket: str, once: bool) -> None:
    message = f"the journal has no line of {ticket}; 'rung ticket list' shows the tickets it knows"
    if once:
        raise Unable([message])
    if sys.stderr.isatty():
        print(f"{message} (waiting, Ctrl-C ends)", file=sys.stderr)


async def _zone(settings: Settings, records: Any, ticket: str) -> str:
    cards = await records.cards(ticket.partition("/")[0], "", MOST)
    mine = {card.policy for card in cards if f"{card.tenant}/{card.ticket}" == ticket}
    return next(iter(zones_of(mine, settings.catalog()).values()), "UTC")


def _print_lines(lines: Sequence[Line], zone: str, after: int | None, as_json: bool) -> int | None:
    import json

    from starter.showing import time_line
    from starter.showing.page import page

    happened = time_line.of_lines(lines)
    if as_json:
        for data in time_line.data(happened, zone):
            print(json.dumps(data, ensure_ascii=False), flush=True)
    elif happened:
        page().print(time_line.show(happened, zone, after))
    return happened[-1].at if happened else after


def _moment(at: str) -> datetime | None:
    from starter.reading import instant

    return instant(at, "--at") if at else None


def now() -> int:
    """The instant that views count as now."""
    return int(datetime.now(UTC).timestamp())
