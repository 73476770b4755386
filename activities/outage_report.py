"""The report of an outage, drafted for its review: how long, whom it touched, what was kept and broken, what it cost.

Markdown in UTC, and the same text for the same facts. The cause is left to people. Must never hold a customer or an
address, and never claim a figure that nobody has asked the tickets for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from activities.report import UNKNOWN, said
from policies.duration import say_duration
from policies.outage import MUTE, Outage
from policies.outage_report import Touched, account, loss
from policies.scenario import say_instant

MOST = 50
"""Tickets with a broken promise that are named; the others are counted."""


@dataclass(frozen=True)
class OutageStory:
    """All that the report tells. `written_at` is a UTC second, `cost` what a minute costs (0 = not known)."""

    outage: Outage
    written_at: int
    heard: int = 0
    """Tickets whose time lines know of it, by the journal."""
    tickets: tuple[Touched, ...] | None = None
    """None = they have not been asked."""
    cost: int = 0

    @property
    def lasted(self) -> int:
        """Seconds until its end, or until the writing."""
        over = self.outage.over_at
        return max((self.written_at if over is None else over) - self.outage.since, 0)


def markdown(story: OutageStory) -> str:
    """The whole text, which ends with a line break."""
    parts = (_head(story), _impact(story), _broken(story), _time_line(story), _cause(), _actions())
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(story: OutageStory) -> Iterator[str]:
    outage = story.outage
    yield f"# Review of outage {said(outage.id)}" + (f": {said(outage.reason)}" if outage.reason else "")
    yield ""
    yield f"Draft of {_at(story.written_at)}, times in UTC. The outage {'is over' if outage.over_at else 'lasts'}."
    yield ""
    yield "## Summary"
    yield ""
    facts = [
        ("Scope", outage.scope.said()), ("Effect", outage.effect + (f" {outage.urgency}" if outage.urgency else "")),
        ("Priority", outage.priority), ("Owner", outage.owner), ("Approved by", outage.approved_by),
        ("Lasted", f"{say_duration(story.lasted // 60 * 60)} by the clock"),
    ]  # fmt: skip
    yield from (f"- {name}: {said(value)}" for name, value in facts if value)


def _impact(story: OutageStory) -> Iterator[str]:
    yield "## Impact"
    yield ""
    yield f"- Tickets that heard of it: {story.heard:,}"
    if story.tickets is None:
        yield f"- Promises: 'rung outage report {story.outage.id} --out FILE' asks the tickets and writes this anew"
    else:
        sums = account(story.tickets)
        yield f"- Clocks stood still for {say_duration(sums.stopped)} of open time in all"
        yield f"- Promises saved, by definition of the pause: {sums.saved:,}; broken all the same: {sums.broken:,}"
        if story.outage.effect == MUTE:
            yield f"- Messages to staff that were not sent: {sums.unsent:,}"
    cost = loss(story.outage, story.cost, story.written_at)
    minutes = -(-story.lasted // 60)
    yield "- Loss: " + (
        "not estimated, no cost per minute is known" if cost is None
        else f"{cost:,} ({minutes:,} minutes at {story.cost:,})"
    )  # fmt: skip
    yield f"- Who was affected, and how: {UNKNOWN}"


def _broken(story: OutageStory) -> Iterator[str]:
    broken = [one for one in story.tickets or () if one.broken]
    yield "## Promises broken all the same"
    yield ""
    if story.tickets is None:
        yield "Not known: the tickets have not been asked."
        return
    yield from (f"- {said(one.ticket)}: {said(', '.join(one.broken))}" for one in broken[:MOST])
    if len(broken) > MOST:
        yield f"- and {len(broken) - MOST:,} more tickets"
    if not broken:
        yield "None."


def _time_line(story: OutageStory) -> Iterator[str]:
    outage = story.outage
    lines = [
        (outage.since, "it began" + (f"; declared by {outage.declared_by}" if outage.declared_by else "")),
        (outage.planned_end, "its planned end"), (outage.expected, "its expected end, as it stood last"),
        (outage.over_at or 0, "it was over" + (f"; ended by {outage.ended_by}" if outage.ended_by else "")),
    ]  # fmt: skip
    yield "## Time line"
    yield ""
    yield from (f"- {_at(at)}: {said(text)}" for at, text in sorted(lines) if at)
    yield f"- When it was noticed, what was tried: {UNKNOWN}"


def _cause() -> Iterator[str]:
    yield "## Cause"
    yield ""
    yield f"- What failed: {UNKNOWN}"
    yield f"- Why it was not noticed before: {UNKNOWN}"


def _actions() -> Iterator[str]:
    yield "## Actions"
    yield ""
    yield f"- Who does what by when: {UNKNOWN}"
    yield "- 'rung ticket action add', on one of its tickets, makes an item that its owner is reminded of"


def _at(at: int) -> str:
    return say_instant(at, "UTC")
