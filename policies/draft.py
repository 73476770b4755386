"""A draft: a policy without faults and what it means for example tickets, so that it can be looked at from all sides.

Must never judge it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from policies.business_time import DAY
from policies.compiler import Policy, compile_plan
from policies.condition import LISTS, OnlyFor
from policies.fault import Fault
from policies.plan import Plan
from policies.promise import Uncompilable
from policies.ticket import TIERS, URGENCIES, Ticket
from policies.written import Written

MOST_PAGES = 20
"""For one ticket that nobody answers, in SPAN."""
SPAN = 30 * DAY
MOST_KINDS = 20
_FACTS = tuple(name for name in LISTS if name not in ("tier", "urgency"))
_USUAL = Ticket(id="")


@dataclass(frozen=True)
class Draft:
    """A policy without faults, the file it came from, and what it means for example tickets opened at `now`."""

    written: Written
    policy: Policy
    now: int
    most_pages: int = MOST_PAGES

    @cached_property
    def plans(self) -> Mapping[Ticket, Plan]:
        """For every tier by urgency, and once more with the facts that conditions ask for."""
        found = {}
        for ticket in self._tickets():
            try:
                found[ticket] = compile_plan(self.policy, ticket, self.now)
            except Uncompilable:
                continue
        return found

    @property
    def plain_plans(self) -> Mapping[Ticket, Plan]:
        """For every tier by urgency, with no other facts."""
        return {ticket: plan for ticket, plan in self.plans.items() if ticket == _example(ticket.tier, ticket.urgency)}

    def _tickets(self) -> Iterator[Ticket]:
        kinds: dict[Ticket, None] = {_example("", ""): None}
        for rung in self.policy.document.rungs:
            told = [*(one.only_for for one in rung.notify), *(one.only_for for one in rung.actions)]
            for condition in (rung.only_for, *told):
                kinds.update({fitting(rung.only_for, condition): None} if condition else {})
        for kind in list(kinds)[:MOST_KINDS]:
            for tier in TIERS:
                for urgency in URGENCIES:
                    yield replace(kind, tier=tier, urgency=urgency)

    def doubt(self, code: str, key: list[object], message: str, ticket: Ticket | None = None) -> Fault:
        return self.written.fault(key, message, code, say_ticket(ticket) if ticket else "")


def _example(tier: str, urgency: str) -> Ticket:
    return Ticket(id="example", tier=tier, urgency=urgency)


def fitting(*conditions: OnlyFor | None) -> Ticket:
    """A ticket with the first fact each condition asks for."""
    given = [condition for condition in conditions if condition]
    facts: dict[str, Any] = {name: getattr(c, name)[0] for c in given for name in _FACTS if getattr(c, name)}
    facts["tags"] = tuple(dict.fromkeys(tag for c in given for tag in c.tags))
    facts["summary"] = " ".join(c.keywords[0] for c in given if c.keywords)
    facts["risk"] = max((c.risk_from or 0 for c in given), default=0)
    facts["complexity"] = max((c.complexity_from or 0 for c in given), default=0)
    facts["predicted"] = SPAN if any(c.predicted_from for c in given) else 0
    return replace(_example("", ""), **facts)


def say_ticket(ticket: Ticket) -> str:
    """`tier=gold urgency=high`, as `rung policy rehearse --ticket` takes it."""
    names = ("tier", "urgency", *_FACTS, "summary", "risk", "complexity", "predicted")
    facts = [
        f"{name}={getattr(ticket, name)}" for name in names if getattr(ticket, name) != getattr(_USUAL, name)
    ]  # fmt: skip
    return " ".join([*facts, f"tags={','.join(ticket.tags)}"] if ticket.tags else facts)
