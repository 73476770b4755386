"""The facts a promise depends on, as the helpdesk states them.

Changing one of them while the ticket is open is a retarget (semantics 2.7). Must never hold what is only
known later: that belongs to the case.
"""

from dataclasses import dataclass, field, replace
from typing import Any

TIERS = ("diamond", "gold", "silver", "bronze")
URGENCIES = ("critical", "high", "medium", "low")
TYPES = ("support", "bug", "feature_request", "incident", "change_request")
GRADES = ("high", "medium", "low")
"""How impact and business value are stated (S6)."""
PRIORITIES = ("P1", "P2", "P3", "P4")
PRIORITY_OF_URGENCY = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}


@dataclass(frozen=True)
class Ticket:
    """One ticket. Strings are the helpdesk's own, lower-case where a policy compares them."""

    id: str
    tenant: str = "default"
    summary: str = ""
    type: str = "support"
    tier: str = ""
    urgency: str = ""
    priority: str = ""
    service: str = ""
    region: str = ""
    team: str = ""
    assignee: str = ""
    customer: str = ""
    contact: str = ""
    """Where the customer gets mail."""
    language: str = "en"
    zone: str = ""
    tags: tuple[str, ...] = field(default=())
    impact: str = ""
    value: str = ""
    """Business value of what is affected."""
    risk: int = 0
    """Score 1-100; 0 = not assessed."""
    complexity: int = 0
    """1-10; 0 = not assessed."""
    predicted: int = 0
    """Predicted resolution time in open seconds; 0 = nothing predicted (E7)."""

    @property
    def key(self) -> str:
        """`tenant/id`: the head of every idempotency key."""
        return f"{self.tenant}/{self.id}"

    @property
    def promised_by(self) -> tuple[str | int, ...]:
        """The facts whose change is a retarget: targets, windows and conditions may depend on them."""
        return (self.tier, self.urgency, self.impact, self.value, self.risk, self.complexity, self.predicted)

    def changed(self, **facts: str | int) -> "Ticket":
        """A copy with the facts that are not empty."""
        given: dict[str, Any] = {name: value for name, value in facts.items() if value}
        return replace(self, **given)


@dataclass(frozen=True)
class Version:
    """How the facts stood from an instant on (UTC seconds), until the next version."""

    since: int
    ticket: Ticket
