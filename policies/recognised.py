"""What a set of rules would have recognised in the past: each incident in numbers, and what a log says of its tickets.

A log does not say which tickets really were one incident, so nothing here says so either: only what is counted, beside
the same count over all tickets. Must never hold a whole log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from policies import event as news
from policies.document import PolicyDocument
from policies.promise import prioritised
from policies.recognition import ENDED, JOINED, Arrival, Finding, Rule, State, arrive, begin, settle
from policies.ticket import URGENCIES
from policies.ticket_log import Past

HOUR = 3_600


@dataclass(frozen=True)
class Fate:
    """As much of a past ticket as is counted: when it was opened and last resolved (UTC seconds, 0 = never)."""

    opened_at: int
    resolved_at: int
    customer: str
    region: str
    raised: bool
    """Whether people made it more urgent later on."""


@dataclass
class Recognised:
    """One incident. `begun` is its first ticket's instant, `found_at` the one of the ticket that made it, `last` its
    latest ticket's (UTC seconds)."""

    id: str
    rule: str
    does: str
    shared: tuple[str, ...]
    begun: int
    found_at: int
    last: int
    at_once: int
    tickets: int = 0
    one_customer: int = 0
    """Of the tickets at once: how many came from the customer who sent most."""
    customers: int = 0
    one_region: int = 0
    one_hour: int = 0
    """Of the tickets at once: the most that were resolved within one hour."""
    raised: int = 0
    """Of the tickets at once."""


@dataclass
class Tally:
    """Arrivals one after the other under one set of rules. `tickets` and `raised` count all of them."""

    state: State
    document: PolicyDocument
    incidents: dict[str, Recognised] = field(default_factory=dict)
    tickets: int = 0
    raised: int = 0
    fates: dict[str, Fate] = field(default_factory=dict)
    """Of the tickets that may still be linked."""

    @classmethod
    def of(cls, rules: Sequence[Rule], document: PolicyDocument) -> Tally:
        """`document` says what priority a ticket has."""
        return cls(begin(rules), document)

    def take(self, past: Past) -> None:
        """The next line of the log."""
        ticket, fate = prioritised(self.document, past.ticket), fate_of(past)
        self.tickets += 1
        self.raised += fate.raised
        self.fates.setdefault(ticket.key, fate)
        before = self.state.latest
        self.state, found = arrive(self.state, Arrival(ticket, past.opened_at))
        for finding in found:
            self._note(finding)
        if self.state.latest > before:
            self._forget()

    def _note(self, finding: Finding) -> None:
        if finding.kind == ENDED:
            return
        fates = [self.fates[key] for key in finding.tickets]
        first, last = min(f.opened_at for f in fates), max(f.opened_at for f in fates)
        if finding.kind != JOINED:
            self.incidents[finding.incident] = _begun(finding, fates, first, last)
        one = self.incidents[finding.incident]
        one.begun, one.last, one.tickets = min(one.begun, first), max(one.last, last), one.tickets + len(fates)

    def _forget(self) -> None:
        reach = 2 * max((rule.quiet for rule in self.state.rules), default=0)
        for key in list(self.fates):
            if self.fates[key].opened_at > self.state.latest - reach:
                break
            del self.fates[key]

    def open_at_the_end(self, log_end: int) -> int:
        """How many incidents had not ended when the log did."""
        state, _ = settle(self.state, log_end)
        return sum(not one.ended for one in state.incidents.values())


def fate_of(past: Past) -> Fate:
    """What became of a ticket of the log."""
    events = [happening.event for happening in past.happenings if happening.event]
    resolved = [event.at for event in events if event.kind == news.RESOLVED]
    urgencies = [event.urgency for event in events if event.kind == news.REPRIORITISED and event.urgency in URGENCIES]
    first = past.ticket.urgency
    raised = first in URGENCIES and any(URGENCIES.index(one) < URGENCIES.index(first) for one in urgencies)
    return Fate(past.opened_at, max(resolved, default=0), past.ticket.customer, past.ticket.region, raised)


def _begun(finding: Finding, fates: list[Fate], first: int, last: int) -> Recognised:
    customers = Counter(fate.customer for fate in fates)
    resolved = sorted(fate.resolved_at for fate in fates if fate.resolved_at)
    return Recognised(
        finding.incident, finding.rule, finding.kind, finding.shared, first, max(finding.at, last), last, len(fates),
        one_customer=max(customers.values()), customers=len(customers),
        one_region=max(Counter(fate.region for fate in fates).values()),
        one_hour=max((sum(at <= other < at + HOUR for other in resolved) for at in resolved), default=0),
        raised=sum(fate.raised for fate in fates),
    )  # fmt: skip


@dataclass(frozen=True)
class Sum:
    """What one rule found. Shares are in hundredths of a percent of the tickets linked at once; None of nothing."""

    rule: str
    incidents: int
    tickets: int
    at_once: int
    one_customer: int | None
    one_region: int | None
    one_hour: int | None
    raised: int | None
    lists: int
    """Incidents of whose tickets at once more than half came from one customer."""


def sums(tally: Tally) -> list[Sum]:
    """A row for each rule, in the order of the policy, also for those that found nothing."""
    return [_sum(rule.name, [o for o in tally.incidents.values() if o.rule == rule.name]) for rule in tally.state.rules]


def _sum(rule: str, found: list[Recognised]) -> Sum:
    at_once = sum(one.at_once for one in found)

    def part(of: str) -> int | None:
        return sum(getattr(one, of) for one in found) * 10_000 // at_once if at_once else None

    return Sum(
        rule, len(found), sum(one.tickets for one in found), at_once, part("one_customer"), part("one_region"),
        part("one_hour"), part("raised"), sum(one.one_customer * 2 > one.at_once for one in found),
    )  # fmt: skip
