"""What a policy says of major incidents, in numbers: its rules as the recognition wants them.

Must never look at a ticket.
"""

from __future__ import annotations

from policies.compiler import Policy
from policies.document import MajorIncident
from policies.duration import parse_duration
from policies.plan import Target
from policies.recognition import DECLARED, PROPOSED, Rule


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """In the order they are written; lengths in seconds of wall time."""
    return tuple(rule_of(policy, one) for one in policy.document.major_incidents)


def rule_of(policy: Policy, written: MajorIncident) -> Rule:
    """One of them; the policy says how long a business day is."""
    day = parse_duration(policy.calendar_of("resolution").business_day)
    return Rule(
        name=written.name,
        tickets=written.tickets,
        within=parse_duration(written.within, day),
        ends_after=parse_duration(written.ends_after, day),
        same=tuple(written.same),
        customers=written.customers,
        does=DECLARED if written.does == "declare" else PROPOSED,
        only_for=written.only_for,
        urgency=written.set_urgency or "",
        priority=written.set_priority or "",
        effect=written.effect or "",
        tell=tuple(Target(one.who, tuple(one.via)) for one in written.tell),
    )
