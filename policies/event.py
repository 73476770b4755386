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
WAIVED = "waived"
MIGRATED = "migrated"

SIGNALS = (
    PAUSE, RESUME, REPLIED, CONTACTED, ASSIGNED, ACKNOWLEDGED, REPRIORITISED, RESOLVED, REOPENED, CLOSED, MERGED,
)  # fmt: skip
"""Facts from outside: always accepted."""
COMMANDS = (ESCALATED, SNOOZED, WAIVED, MIGRATED)
"""What an update lays down once it has been granted."""
HUMAN_ACTIVITY = (REPLIED, ASSIGNED, ACKNOWLEDGED, REPRIORITISED)
"""What moves the expiry of an acknowledgement (semantics 3.3)."""


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
    """assigned: the person; merged: the other ticket; migrated: `policy.vN`; snoozed: the person; waived: the clock."""
    urgency: str = ""
    tier: str = ""
    level: int = 0
    until: int = 0
    """snoozed: when it ends at the latest."""
    serial: int = 0
    """The how-many-th news of this ticket, by arrival: its name in keys and records."""
    idle: bool = False
    """It changed nothing when it came: no rung stands on it."""
