"""`rung ticket report`: the draft of a post-incident review.

Must never overwrite a file that somebody has filled in, unless told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import Json, Tenant, Unable, say, warn
from starter.commands.ticket import Ticket

if TYPE_CHECKING:
    from activities.ports import Card
    from activities.report import Report
    from policies.case import Entry
    from starter.settings import Settings

EPILOG = "Example: rung ticket report 4711 --out review-4711.md"


def report(
    id: Ticket,
    out: Annotated[str, typer.Option(metavar="FILE", help="Write it there.  [default: to the terminal]")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    cost: Annotated[
        int, typer.Option("--cost-per-minute", metavar="N", min=0, help="For the loss.  [default: by its service]")
    ] = 0,
    tenant: Tenant = "default", as_json: Json = False,
) -> None:  # fmt: skip
    """Draft the report of a ticket for its review, as Markdown.

    Open or closed. Promises, time line, what was not sent and why, action items; the cause is left to people.
    """
    from activities.report import markdown
    from starter.drafts import file_for, write
    from starter.settings import load
    from starter.showing import report as showing

    file = file_for(out, force)
    found, warnings = asyncio.run(_gathered(load(), tenant, id, cost))
    write(file, markdown(found))
    if as_json:
        say({**showing.data(found), "file": out, "warnings": warnings})
        return
    warn(warnings)
    print(f"{out}: {len(found.lines)} lines of the time line" if file else markdown(found), end="\n" if file else "")


async def _gathered(settings: Settings, tenant: str, id: str, cost: int) -> tuple[Report, list[str]]:
    from policies.outage_report import cost_of
    from starter import reporting

    lines, card, warnings = await _recorded(settings, tenant, id)
    found = await reporting.dossier_of(settings, tenant, id)
    if found is not None:
        cost = cost or cost_of([found.case.ticket.service], settings.downtime_costs)
        return reporting.remembered(found, lines, await reporting.items_of(settings, tenant, id), cost), warnings
    if card is None:
        raise Unable(
            [f"nobody knows a ticket {tenant}/{id}; 'rung ticket list' shows those the journal has", *warnings]
        )
    zone = reporting.zone_of(card.policy, settings.catalog())
    warnings.append("the ticket does not answer: this is what the journal has, without the reckoning of its promises")
    items = await reporting.items_of(settings, tenant, id)
    cost = cost or cost_of([card.service], settings.downtime_costs)
    return reporting.from_journal(card, lines, zone, items, reporting.now(), cost), warnings


async def _recorded(settings: Settings, tenant: str, id: str) -> tuple[Sequence[Entry], Card | None, list[str]]:
    """(lines, card, warnings): a journal that cannot be read is no reason to write nothing."""
    from starter import reporting
    from starter.journal import journal

    try:
        async with journal(settings) as records:
            lines = reporting.entries(await records.lines(f"{tenant}/{id}"))
            return lines, await records.card(tenant, id), []
    except Unable as error:
        return [], None, [f"without the journal: {error}"]
