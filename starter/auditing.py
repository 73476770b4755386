"""A round of the audit by hand: the same look as the workers', from this process, so it works when they are down.

Must never page anybody or call the dead man's switch: whoever asks is there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from activities.adapters.http import Http
from activities.auditing import Auditing
from activities.requests import Look, Looked, Pokes
from policies.audit import POKE, Finding
from starter.connection import connect
from starter.journal import journal, outbox
from starter.outfit import auditing
from starter.settings import Settings
from starter.watching import Engine

ASKED_AT_MOST = 5_000
"""Tickets that the helpdesk is asked about: by hand there is no next round."""
LOOKS_AGAIN = 10
"""Looks, a second apart, at tickets that were poked."""


@dataclass(frozen=True)
class Audited:
    """What was found, how many tickets were looked at closely, and which were poked."""

    findings: tuple[Finding, ...]
    looked_at: int
    poked: tuple[str, ...] = ()


async def by_hand(settings: Settings, repair: bool, look: Look | None = None) -> Audited:
    """Raises as `connect` and `journal` do."""
    http = Http()
    try:
        async with journal(settings) as records, outbox(settings) as messages:
            audit = auditing(settings, http, records, messages, Engine(await connect(settings)))
            return await _round(audit, repair, look or Look(asked_at_most=ASKED_AT_MOST))
    finally:
        await http.close()


async def _round(audit: Auditing, repair: bool, look: Look) -> Audited:
    found = await audit.look(look)
    tickets = poked_of(found) if repair else ()
    if not tickets:
        return Audited(found.findings, found.looked_at)
    await audit.poke(Pokes(tickets))
    for _ in range(LOOKS_AGAIN):
        found = await audit.look(look)
        if not poked_of(found):
            break
        await asyncio.sleep(1)
    return Audited(found.findings, found.looked_at, tickets)


def poked_of(found: Looked) -> tuple[str, ...]:
    """The tickets that a poke may help."""
    return tuple(finding.ticket for finding in found.findings if finding.repair == POKE)
