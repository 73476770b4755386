"""What an audit found, as a table for people: the worst first, and once a kind what to do.

Must never leave out a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from policies.audit import Finding
from starter.showing.page import plain, table

if TYPE_CHECKING:
    from starter.auditing import Audited


def listed(found: Sequence[Finding]) -> Table:
    """Kind, ticket, since, what."""
    made = table("finding", "ticket", "since (UTC)", "what")
    for one in found:
        since = f"{datetime.fromtimestamp(one.since, UTC):%Y-%m-%d %H:%M}" if one.since else "-"
        made.add_row(Text(one.kind, style="bold red"), plain(one.ticket) or "-", since, plain(one.said))
    return made


def lines(found: Audited) -> Iterator[Text]:
    """What to do for each kind, what was repaired, and the sum."""
    for kind, step in dict.fromkeys((one.kind, one.next) for one in found.findings):
        yield Text(f"next, {kind}: {step}", style="bold")
    left = {one.ticket for one in found.findings}
    if found.poked:
        helped = sum(ticket not in left for ticket in found.poked)
        yield Text(f"{len(found.poked)} poked, {helped} of them go on")
    elif any(one.repairable for one in found.findings):
        yield Text("'rung audit --repair' wakes those that did not fire")
    if not found.findings:
        yield Text(f"all is well ({found.looked_at} tickets were looked at closely)")
