"""What is wrong with a policy's rules on major incidents.

Must never count a ticket: what a rule finds in a log is told by `rung policy recognise`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.compiler import Policy
from policies.condition import OnlyFor
from policies.document import MajorIncident
from policies.duration import BadDuration, parse_duration
from policies.fault import Fault
from policies.people import TICKET_ROLES
from policies.written import Written

HERE = "major_incidents"


def check_major_incidents(written: Written, policy: Policy) -> Iterator[Fault]:
    """Faults of each rule, and names that stand there twice."""
    yield from check_rules(written, policy.document.major_incidents)


def check_rules(written: Written, rules: Sequence[MajorIncident]) -> Iterator[Fault]:
    """The same of rules that stand under `major_incidents` in any file."""
    names: set[str] = set()
    for index, one in enumerate(rules):
        if one.name in names:
            yield written.fault([HERE, index, "name"], f"the name '{one.name}' is taken; names are the incidents' keys")
        names.add(one.name)
        yield from _check_reached(written, index, one, rules[:index])
        yield from _check_lengths(written, index, one)
        yield from _check_never(written, index, one)
        for number, told in enumerate(one.tell):
            if told.who in TICKET_ROLES:
                message = f"an incident of many tickets has no '{told.who}'; name a role of people.yaml"
                yield written.fault([HERE, index, "tell", number, "who"], message)


def _check_reached(
    written: Written, index: int, one: MajorIncident, before: Sequence[MajorIncident]
) -> Iterator[Fault]:
    """A ticket counts for the first rule that it is for."""
    for other in before:
        if other.only_for in (None, OnlyFor(), one.only_for) and set(other.same) <= set(one.same):
            message = f"never reached: '{other.name}' takes the same tickets; move it up, or take one of them away"
            yield written.fault([HERE, index], message)
            return


def _check_lengths(written: Written, index: int, one: MajorIncident) -> Iterator[Fault]:
    for name, text in (("within", one.within), ("ends_after", one.ends_after)):
        try:
            empty = parse_duration(text) == 0
        except BadDuration:
            yield written.fault(
                [HERE, index, name], f"'{text}': nights and weekends count here; write hours like '24h'"
            )
            return
        if empty and written.whole(HERE, index, name):
            yield written.fault([HERE, index, name], "must be longer than 0")
            return
    if parse_duration(one.ends_after) < parse_duration(one.within) and written.whole(HERE, index):
        message = f"is shorter than within; write at least {one.within}, or one storm would count as two"
        yield written.fault([HERE, index, "ends_after"], message)


def _check_never(written: Written, index: int, one: MajorIncident) -> Iterator[Fault]:
    if not written.whole(HERE, index):
        return
    if one.customers > one.tickets:
        message = f"{one.tickets} tickets never come from {one.customers} customers; write at most {one.tickets}"
        yield written.fault([HERE, index, "customers"], message)
    if one.customers > 1 and "customer" in one.same:
        message = "tickets that share their customer come from one; take customer out of same, or customers away"
        yield written.fault([HERE, index, "customers"], message)
    if one.effect and one.set_urgency:
        message = "an outage does one thing; keep set_urgency, or effect"
        yield written.fault([HERE, index, "effect"], message)
    if len(set(one.same)) < len(one.same):
        yield written.fault([HERE, index, "same"], "names a fact twice; keep one")
    if one.only_for and one.only_for.predicted_from:
        message = "never holds here, since nothing is promised yet when tickets are counted; take it away"
        yield written.fault([HERE, index, "only_for", "predicted_from"], message)
