"""An outage as the Temporal UI shows it: its scope, what it does, how far the telling has come.

In Markdown, for an engineer who looks at its workflow. No names of people. Must never feed a decision.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from policies.outage import Outage, state
    from workflows.contract import OutageProgress
    from workflows.limits import DETAILS, clipped
    from workflows.shown import moment


def details_of(progress: OutageProgress, now: int) -> str:
    """Markdown. No table: the UI runs its columns together."""
    outage = progress.outage
    lines = [f"**{state(outage, now).replace('_', ' ')}** - {outage.effect}: {outage.scope.said()}", ""]
    lines += _times(outage, now)
    lines += _told("began", progress.told, progress.failed, progress.people, progress.telling == "declared")
    if outage.ended_at:
        lines += _told(
            "ended", progress.told_end, progress.failed_end, progress.people_end, progress.telling == "ended"
        )
    if progress.unreached:
        lines += ["", f"Not told to people: {len(progress.unreached)} ('show' has them)"]
    return clipped("\n".join(lines), DETAILS)


def _times(outage: Outage, now: int) -> list[str]:
    begun = "since" if outage.since <= now else "begins" if not outage.ended_at else "was due"
    named = (
        (begun, outage.since), ("ends as planned", 0 if outage.ended_at else outage.planned_end),
        ("expected to end", 0 if outage.ended_at else outage.expected), ("ended", outage.ended_at),
    )  # fmt: skip
    return [f"- {name} {moment(at):%a %d %b %Y %H:%M} UTC" for name, at in named if at]


def _told(what: str, tickets: int, failed: int, people: int, goes_on: bool) -> list[str]:
    refused = f", {failed} could not be told" if failed else ""
    return [f"- told that it {what}: tickets {tickets}{' so far' if goes_on else ''}{refused}; people {people}"]
