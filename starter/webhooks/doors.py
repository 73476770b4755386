"""What every door needs: the tickets, the claims, the time, and how an acknowledgement is carried to its ticket.

One way in for links, buttons and replies, so that all of them refuse alike. Must never act without a proof of who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

from activities.claims import Claim, Claims
from activities.outbox import Outbox
from policies.event import ACKNOWLEDGED
from policies.explanation import Standing
from starter.gateway import TicketClosed
from starter.reception import IGNORED, PENDING, Ear, tell
from starter.webhooks.words import Tongue, Word, english

ENDED = ("met", "breached")
"""Readings of a promise that has come to its end."""
KNOWN = "is known already"


class Tickets(Ear, Protocol):
    """The part of the gateway that doors need."""

    async def standing(self, tenant: str, ticket: str, at: datetime | None = None) -> Standing: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Doors:
    """`public_url` is how providers and people call us, without a slash at its end. An empty secret shuts a door."""

    tickets: Tickets
    claims: Claims
    public_url: str
    slack_secret: str = ""
    twilio_token: str = ""
    now: Callable[[], datetime] = utc_now
    tongue: Tongue = english
    twilio2_token: str = ""
    outbox: Outbox | None = None
    """Where receipts go; without one they are taken and forgotten."""

    def signed_by(self, is_signed: Callable[[str], bool]) -> str:
        """The account whose token signed a call, or nothing."""
        tokens = {"twilio": self.twilio_token, "twilio2": self.twilio2_token}
        return next((name for name, token in tokens.items() if token and is_signed(token)), "")


def standing_against(claim: Claim, standing: Standing) -> Word | None:
    """Why the claim has nothing left to do, or None."""
    if standing.state in ("closed", "resolved"):
        return Word(standing.state, 409, {"ticket": claim.ticket})
    ended = {f"{one.clock}.{one.cycle}" for one in standing.readings if one.state in ENDED}
    if claim.round in ended:
        return Word("earlier", 409)
    return None


async def acknowledge(doors: Doors, claim: Claim, proof: str, actor: str = "") -> Word:
    """Carry it to the ticket, once for each `proof` (a token, a message id). Raises GatewayError."""
    standing = await doors.tickets.standing(claim.tenant, claim.ticket)
    if (refused := standing_against(claim, standing)) is not None:
        return refused
    event_id = f"answer-{sha256(proof.encode()).hexdigest()[:24]}"
    try:
        found = await tell(
            doors.tickets, claim.tenant, claim.ticket, ACKNOWLEDGED, event_id=event_id, actor=actor or claim.person,
            occurred_at=doors.now().isoformat(),
        )  # fmt: skip
    except TicketClosed:
        return Word("closed", 409, {"ticket": claim.ticket})
    facts = {"ticket": claim.ticket, "why": found.why}
    if found.outcome == PENDING:
        return Word("noted", 202, facts)
    if found.outcome == IGNORED:
        return Word("before", 200, facts) if found.why.endswith(KNOWN) else Word("ignored", 409, facts)
    return Word("acknowledged", 200, facts)
