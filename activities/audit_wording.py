"""How the audit speaks to the operator: one message for all that is new, the worst first.

Plain English, as the logs are: it goes to whoever runs Rung. Must never hold a customer's words.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from activities.ports import Message
from activities.requests import Alarm
from policies.audit import KINDS, Finding

MOST = 20
"""Findings that one message spells out."""


def message_of(alarm: Alarm, key: str) -> Message:
    """Subject and short line count the kinds; the body has each with its next step."""
    found = alarm.findings
    subject = f"Rung's audit: {counted(found)}"
    first = found[0] if found else Finding("")
    short = f"{subject}. First: {about(first)}. 'rung audit' shows all."
    lines = [line for finding in found[:MOST] for line in (described(finding), f"  next: {finding.next}")]
    if len(found) > MOST:
        lines.append(f"and {len(found) - MOST} more")
    lines += ["", f"Known before and still so: {alarm.known}." if alarm.known else "", "'rung audit' looks again."]
    return Message(key=key, subject=subject, body="\n".join(lines).strip(), short=short, severity="breach")


def counted(found: tuple[Finding, ...]) -> str:
    """`2 overdue, 1 wedged`, in the order of the kinds."""
    many = Counter(finding.kind for finding in found)
    return ", ".join(f"{many[kind]} {kind}" for kind in KINDS if many[kind]) or "nothing"


def about(finding: Finding) -> str:
    return f"{finding.kind} {finding.ticket}".strip()


def described(finding: Finding) -> str:
    """`overdue acme/7 since 2026-03-27 04:00 UTC: resolution-75 is due and did not fire`."""
    since = f" since {datetime.fromtimestamp(finding.since, UTC):%Y-%m-%d %H:%M} UTC" if finding.since else ""
    return f"{about(finding)}{since}: {finding.said}"
