"""`rung ticket report`: the draft of a post-incident review.

Must never overwrite a file that somebody has filled in, unless told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import Json, Tenant, Unable, Unfit, say, warn
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
        int, typer.Option("--cost-per-minute", metavar="N", min=0, help="Estimates the loss; 0 = not known.")
    ] = 0,
    tenant: Tenant = "default", as_json: Json = False,
) -> None:  # fmt: skip
    """Draft the report of a ticket for its review, as Markdown.

    Open or closed. Promises, time line, what was not sent and why, action items; the cause is left to people.
    """
    from activities.report import markdown
    from starter.settings import load
    from starter.showing import report as showing

    file = Path(out) if out else None
    if file is not None and file.exists() and not force:
        raise Unfit([f"{out} is there already, perhaps filled in; name another file or write --force"])
    found, warnings = asyncio.run(_gathered(load(), tenant, id, cost))
    if file is not None:
        _write(file, markdown(found))
    if as_json:
        say({**showing.data(found), "file": out, "warnings": warnings})
        return
    warn(warnings)
    print(f"{out}: {len(found.lines)} lines of the time line" if file else markdown(found), end="\n" if file else "")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unable([f"{file} cannot be written: {error.strerror or error}"]) from None


async def _gathered(settings: Settings, tenant: str, id: str, cost: int) -> tuple[Report, list[str]]:
    from starter import reporting

    lines, card, warnings = await _recorded(settings, tenant, id)
    found = await reporting.dossier_of(settings, tenant, id)
    if found is not None:
        return reporting.remembered(found, lines, await reporting.items_of(settings, tenant, id), cost), warnings
    if card is None:
        raise Unable(
            [f"nobody knows a ticket {tenant}/{id}; 'rung ticket list' shows those the journal has", *warnings]
        )
    zone = reporting.zone_of(card.policy, settings.catalog())
    warnings.append("the ticket does not answer: this is what the journal has, without the reckoning of its promises")
    items = await reporting.items_of(settings, tenant, id)
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
