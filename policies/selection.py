"""Which policy a ticket gets: the first rule that fits, with the reason why each one before it did not.

Must never look at anything but the ticket and the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.condition import mismatches
from policies.document import SelectionDocument
from policies.promise import prioritised_by_urgency
from policies.ticket import Ticket
from policies.written import Fault, Written


@dataclass(frozen=True)
class Passed:
    """A rule that did not fit, and every reason: `tier is silver, not diamond`."""

    rule: int
    policy: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Selected:
    """The policy as the rule names it, the rule's number from 1, and the rules that were passed."""

    policy: str
    rule: int
    passed: tuple[Passed, ...]


def select(selection: SelectionDocument, ticket: Ticket) -> Selected:
    """The last rule has no condition, so that there is always one (checked when the file is read)."""
    facts = prioritised_by_urgency(ticket)
    passed: list[Passed] = []
    for number, rule in enumerate(selection.rules, 1):
        reasons = mismatches(rule.only_for, facts)
        if not reasons:
            return Selected(rule.policy, number, tuple(passed))
        passed.append(Passed(number, rule.policy, reasons))
    raise LookupError("no rule of the selection fits; its last rule needs no condition")


def check_selection(written: Written, selection: SelectionDocument) -> Iterator[Fault]:
    """Faults across rules: no rule for the rest, or a rule that is never reached."""
    last = len(selection.rules) - 1
    seen: dict[str, int] = {}
    for index, rule in enumerate(selection.rules):
        condition = rule.only_for.model_dump_json(exclude_defaults=True) if rule.only_for else "{}"
        if condition in seen:
            message = f"never reached: rule {seen[condition] + 1} takes the same tickets; remove one of them"
            yield written.fault(["rules", index], message)
        elif condition == "{}" and index < last:
            yield written.fault(["rules", index], "takes every ticket, so no rule after it is reached; move it last")
        seen.setdefault(condition, index)
    if "{}" not in seen:
        yield written.fault(["rules", last], "no rule takes the tickets that are left: add one without only_for")
