"""What became of a ticket's messages: to whom, by which channel, how far it got, and who says so.

Must never show what a message said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from activities.outbox import Sent
from policies.dispatch import DELIVERED, FAILED, UNKNOWN
from starter.showing.page import iso, local, plain, table, year_of

SHOWN = 10
"""Messages that people see, the newest; programs get all."""
STYLES = {DELIVERED: "green", FAILED: "bold red", UNKNOWN: "yellow"}


def messages_table(sent: Sequence[Sent], zone: str, now: int) -> Table:
    """One row a message, the oldest first."""
    made = table("Message", "State", "Since", "By")
    year = year_of(now, zone)
    if len(sent) > SHOWN:
        made.add_row(Text(f"{len(sent) - SHOWN} before", style="dim"))
    for one in sent[-SHOWN:]:
        bundle = f", in a bundle of {one.size}" if one.bundle else ""
        made.add_row(
            plain(f"{one.channel} to {one.person}"), Text(one.outcome.state, style=STYLES.get(one.outcome.state, "")),
            local(since(one), zone, year), Text(plain(f"{_by(one)}{bundle}"), style="dim"),
        )  # fmt: skip
    return made


def since(one: Sent) -> int:
    """When it came to stand as it does, in UTC seconds."""
    return int((one.settled or one.sent or one.created).timestamp())


def _by(one: Sent) -> str:
    """The provider, and why where it did not arrive."""
    outcome = one.outcome
    said = outcome.reason if outcome.state in (FAILED, UNKNOWN) else ""
    return ": ".join(part for part in (outcome.provider, said) if part)


def data(sent: Sequence[Sent], zone: str) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "key": one.key, "person": one.person, "channel": one.channel, "state": one.outcome.state,
            "provider": one.outcome.provider, "reference": one.outcome.reference, "reason": one.outcome.reason,
            "at": iso(since(one), zone), "due": iso(int(one.due.timestamp()), zone), "bundle": one.bundle,
            "bundle_size": one.size,
        }
        for one in sent
    ]  # fmt: skip
