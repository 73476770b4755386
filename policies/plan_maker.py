"""Plans for many tickets of one policy: what is the same for all is made once.

Two tickets with the same facts differ in their plans only by name, instants and working time; the working time is
cut out of whole years that are kept. The result is what `compile_plan` gives, to the last field (a property test says
so). For back-tests; must never be used where a plan is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from policies.business_time import WorkingTime, zone_of
from policies.compiler import HORIZON, Hours, Policy, compile_plan
from policies.condition import Document, OnlyFor
from policies.document import PolicyDocument
from policies.plan import Plan
from policies.promise import adjusted, prioritised
from policies.ticket import Ticket

MOST_KEPT = 4096
"""Patterns kept: facts from a log may be as many as its tickets."""
ALWAYS = ("tier", "urgency", "priority")
FACT_OF = {
    "keywords": "summary", "risk_from": "risk", "complexity_from": "complexity", "predicted_from": "predicted",
}  # fmt: skip
"""Condition -> the fact it asks for, where the names differ."""
Key = tuple[Any, ...]


@dataclass
class Kept:
    """What is kept of one policy."""

    policy: Policy
    facts: tuple[str, ...]
    plans: dict[Key, Plan] = field(default_factory=dict)
    years: dict[Key, WorkingTime] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy) -> Kept:
        return cls(policy, tuple(dict.fromkeys((*ALWAYS, *asked_for(policy.document)))))

    def plan(self, ticket: Ticket, opened_at: int, now: int) -> Plan:
        document = self.policy.document
        zone = self.policy.calendars[document.calendar].zone
        day = datetime.fromtimestamp(opened_at, zone_of(zone)).date()
        key: Key = tuple(getattr(ticket, fact) for fact in self.facts)
        key = (*key, day) if document.adjustments else key
        pattern = self.plans.get(key)
        if pattern is None:
            pattern = self.plans[key] = compile_plan(self.policy, ticket, opened_at, now)
            _bound(self.plans)
            return pattern
        return self._like(pattern, ticket, opened_at, now, day, key)

    def _like(self, pattern: Plan, ticket: Ticket, opened_at: int, now: int, day: date, key: Key) -> Plan:
        document = self.policy.document
        treated, stated = adjusted(document, ticket, day), prioritised(document, ticket)
        until = max(opened_at, now or opened_at) + HORIZON
        working = {name: self._working(name, treated, stated, opened_at, until, key) for name in pattern.working}
        named = replace(ticket, priority=treated.priority)
        return replace(pattern, ticket=named, opened_at=opened_at, until=until, working=working)

    def _working(self, name: str, treated: Ticket, stated: Ticket, since: int, until: int, key: Key) -> WorkingTime:
        first, last = _year(since), _year(until)
        closing = any(one.closed for one in self.policy.document.adjustments)
        kept: Key = (name, treated.urgency, first, last, *(key if closing else ()))
        if kept not in self.years:
            self.years[kept] = Hours(self.policy, treated, stated, _new_year(first), _new_year(last + 1)).of(name)
            _bound(self.years)
        return WorkingTime.of(self.years[kept].intervals(since, until), since, until)


class PlanMaker:
    """Plans of some policies by name."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self.kept = {name: Kept.of(policy) for name, policy in policies.items()}

    def __call__(self, policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        """As `policies.rehearsal.Compile`. Raises KeyError for a policy it does not know, Uncompilable."""
        return self.kept[policy].plan(ticket, opened_at, now)


def asked_for(document: PolicyDocument) -> Iterator[str]:
    """The facts that some condition of the policy asks for: on others its plans cannot depend."""
    for condition in _conditions(document):
        for name in type(condition).model_fields:
            if getattr(condition, name) not in (None, []):
                yield FACT_OF.get(name, name)


def _conditions(node: object) -> Iterator[OnlyFor]:
    if isinstance(node, OnlyFor):
        yield node
    elif isinstance(node, Document):
        for name in type(node).model_fields:
            yield from _conditions(getattr(node, name))
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _conditions(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _conditions(value)


def _bound(kept: dict[Key, Any]) -> None:
    """The oldest goes when there are too many."""
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


def _year(at: int) -> int:
    return datetime.fromtimestamp(at, UTC).year


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
