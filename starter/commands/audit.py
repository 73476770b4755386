"""`rung audit`: does every ticket go on as promised? The round that the schedule runs, by hand."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import FAILED, Json, say

if TYPE_CHECKING:
    from starter.auditing import Audited

EPILOG = "Example: rung audit --repair"


def audit(
    repair: Annotated[
        bool, typer.Option("--repair/--dry-run", help="Wake overdue tickets, then look again; or only look.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Does every ticket go on as promised?

    Looks for wedged tickets, rungs that did not fire, messages stuck in sending, pages of the last day that did not
    arrive, tickets without a plan or a worker. Nobody is paged by hand. Ends with 1 when anything is found.
    """
    from starter.auditing import by_hand
    from starter.settings import load

    found = asyncio.run(by_hand(load(), repair))
    if as_json:
        findings = [{**asdict(one), "repairable": one.repairable} for one in found.findings]
        say({"ok": not found.findings, "looked_at": found.looked_at, "poked": found.poked, "findings": findings})
    else:
        _show(found)
    if found.findings:
        raise typer.Exit(FAILED)


def _show(found: Audited) -> None:
    from starter.showing.audit import lines, listed
    from starter.showing.page import page

    console = page()
    if found.findings:
        console.print(listed(found.findings))
    for line in lines(found):
        console.print(line)
