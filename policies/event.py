"""News about a ticket: one shape for everything that happens to it.

`at` is when it happened, not when it arrived: the clocks use it (semantics 2.4). An event never says what to do.
"""

from dataclasses import dataclass

OPENED = "opened"
PAUSE = "pause"
RESUME = "resume"
REPLIED = "replied"
CONTACTED = "contacted"
ASSIGNED = "assigned"
ACKNOWLEDGED = "acknowledged"
REPRIORITISED = "reprioritised"
RESOLVED = "resolved"
REOPENED = "reopened"
CLOSED = "closed"
MERGED = "merged"
ESCALATED = "escalated"
SNOOZED = "snoozed"
TRANSFERRED = "transferred"
ASSESSED = "assessed"
WAIVED = "waived"
MIGRATED = "migrated"
MUTED = "muted"
UNMUTED = "unmuted"
APPROVED = "approved"
DENIED = "denied"

SIGNALS = (
    PAUSE, RESUME, REPLIED, CONTACTED, ASSIGNED, ACKNOWLEDGED, REPRIORITISED, RESOLVED, REOPENED, CLOSED, MERGED,
    TRANSFERRED, ASSESSED,
)  # fmt: skip
"""Facts from outside: always accepted."""
COMMANDS = (ESCALATED, SNOOZED, WAIVED, MIGRATED, APPROVED, DENIED)
"""What an update lays down once it has been granted."""
HUSHES = (MUTED, UNMUTED)
"""What only an outage says: while it stands the clocks run and nobody of ours is told."""
RULINGS = (APPROVED, DENIED)
"""What people say to a credit that waits for approval."""
HUMAN_ACTIVITY = (REPLIED, ASSIGNED, ACKNOWLEDGED, REPRIORITISED, TRANSFERRED)
"""What moves the expiry of an acknowledgement (semantics 3.3)."""

FACTS = (ASSIGNED, TRANSFERRED, REPRIORITISED, ASSESSED)
"""What changes the facts of the ticket."""


@dataclass(frozen=True)
class Event:
    """One piece of news. Which optional fields count depends on `kind`."""

    kind: str
    at: int
    event_id: str = ""
    actor: str = ""
    reason: str = ""
    """pause/resume: the pause's name; elsewhere: why."""
    to: str = ""
    """assigned: the person; transferred: the team; merged: the other ticket; migrated: `policy.vN`; snoozed: the
    person; waived: the clock; approved, denied: the credit, by its rung."""
    urgency: str = ""
    tier: str = ""
    level: int = 0
    until: int = 0
    """snoozed: when it ends at the latest."""
    serial: int = 0
    """The how-many-th news of this ticket, by arrival: its name in keys and records."""
    idle: bool = False
    """It changed nothing when it came: no rung stands on it."""
    impact: str = ""
    value: str = ""
    risk: int = -1
    """assessed: 0-100; -1 = not said."""
    complexity: int = -1
    """assessed: 0-10; -1 = not said."""
    predicted: int = -1
    """assessed: predicted resolution time in open seconds; -1 = not said."""

    @property
    def facts(self) -> dict[str, str | int]:
        """The facts of the ticket that it changes, by name."""
        if self.kind == ASSIGNED:
            return {"assignee": self.to} if self.to else {}
        if self.kind == TRANSFERRED:
            return {"team": self.to} if self.to else {}
        if self.kind == REPRIORITISED:
            given: dict[str, str | int] = {"urgency": self.urgency, "tier": self.tier}
        elif self.kind == ASSESSED:
            given = {"impact": self.impact, "value": self.value}
        else:
            return {}
        scores = {"risk": self.risk, "complexity": self.complexity, "predicted": self.predicted}
        said = {name: score for name, score in scores.items() if score >= 0 and self.kind == ASSESSED}
        return {**{name: value for name, value in given.items() if value}, **said}
