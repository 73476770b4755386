"""A maintenance by rule as the Temporal UI shows it: its rule, the next window, what was missed.

In Markdown, for an engineer who looks at its workflow. No names of people. Must never feed a decision.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contract import Maintaining
    from workflows.limits import DETAILS, clipped
    from workflows.shown import moment


def details_of(found: Maintaining) -> str:
    """Markdown. No table: the UI runs its columns together."""
    rule = found.rule
    if not rule.id:
        return "waits for its rule"
    standing = "stopped" if found.stopped_at else "goes on"
    lines = [
        f"**{standing}** - {rule.outage.effect}: {rule.outage.scope.said()}", "",
        f"- {rule.every}, first {rule.begins} to {rule.ends} {rule.zone}", f"- windows declared: {found.declared}",
    ]  # fmt: skip
    if found.ahead:
        following = found.ahead[0]
        lines.append(f"- next: {following.id}, {moment(following.since):%a %d %b %Y %H:%M} UTC")
    lines += [f"- in trouble: {found.trouble}"] if found.trouble else []
    lines += [f"- missed: {len(found.missed)} ('show' has them)"] if found.missed else []
    return clipped("\n".join(lines), DETAILS)
