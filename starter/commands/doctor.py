"""`rung doctor`: is everything there, and if not, what to do next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import FAILED, Json, say

if TYPE_CHECKING:
    from starter.health import Finding

EPILOG = "Example: rung doctor --register"


def doctor(
    register: Annotated[
        bool,
        typer.Option("--register", help="Before the first worker: add search attributes and the journal's tables."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Is everything there, and if not, what to do next.

    Checks settings, people, policies, journal, server, search attributes, worker, tickets that are stuck, e-mail.
    """
    found = asyncio.run(_examined(register, as_json))
    failed = any(finding.status == "fail" for finding in found)
    if as_json:
        say({"ok": not failed, "findings": [vars(finding) for finding in found]})
    if failed:
        raise typer.Exit(FAILED)


async def _examined(register: bool, as_json: bool) -> list[Finding]:
    from starter.health import examine
    from starter.showing.finding import show
    from starter.showing.page import page

    console, found = page(), []
    async for finding in examine(register):
        found.append(finding)
        if not as_json:
            console.print(show(finding))
    return found
