"""Many tickets in a short time are one major incident: says so while tickets arrive, one after the other (P3).

A ticket counts at its own instant, however late its news comes, and once. Of the past only what a further ticket may
still belong to is kept. Must never have a clock: who calls it says what time it is.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from policies.condition import OnlyFor, fits
from policies.plan import Target
from policies.ticket import PRIORITIES, URGENCIES, Ticket

PROPOSED, DECLARED, JOINED, ENDED = "proposed", "declared", "joined", "ended"


@dataclass(frozen=True)
class Rule:
    """`tickets` of them in less than `within` seconds that share the facts `same`, from at least `customers` different
    customers, are one incident.

    It lasts until `ends_after` seconds have passed without a further one; shorter than `within` counts as `within`.
    """

    name: str
    tickets: int
    within: int
    ends_after: int
    same: tuple[str, ...] = ("service",)
    customers: int = 1
    does: str = PROPOSED
    only_for: OnlyFor | None = None
    urgency: str = ""
    priority: str = ""
    """What the linked tickets are raised to; of a proposed incident only once a person has confirmed it."""
    tell: tuple[Target, ...] = ()
    effect: str = ""
    """What its outage does (policies/outage.py); "" = it raises the urgency, if there is one to raise to."""

    @property
    def quiet(self) -> int:
        return max(self.ends_after, self.within, 1)

    def met(self, window: "list[Seen]") -> bool:
        """Whether these tickets are enough. Those of no known customer count as of one."""
        enough = len(window) >= max(self.tickets, 1)
        return enough and (self.customers <= 1 or len({one.customer for one in window}) >= self.customers)

    def shared(self, ticket: Ticket) -> tuple[str, ...] | None:
        """What a ticket may share with others; None when the rule is not for it or a fact is not given."""
        facts = tuple(str(getattr(ticket, name)) for name in self.same)
        return facts if all(facts) and fits(self.only_for, ticket) else None


@dataclass(frozen=True)
class Arrival:
    """A ticket that was opened `at`; both in UTC seconds. An instant after `heard` (0 = unknown) is cut to it."""

    ticket: Ticket
    at: int
    heard: int = 0

    @property
    def counts_at(self) -> int:
        return min(self.at, self.heard) if self.heard else self.at


@dataclass(frozen=True, order=True)
class Seen:
    """A ticket in memory, by its key, and the incident it was linked to."""

    at: int
    ticket: str
    incident: str = ""
    customer: str = ""


@dataclass(frozen=True)
class Group:
    """The tickets of one rule that share the same, in order of their instants."""

    rule: str
    shared: tuple[str, ...]
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class Incident:
    """A major incident: `first` and `last` are the instants of its first and its latest ticket, UTC seconds."""

    id: str
    rule: str
    shared: tuple[str, ...]
    first: int
    last: int
    ends_at: int
    tickets: int
    ended: bool = False


@dataclass(frozen=True)
class Finding:
    """What was recognised at `at` (UTC seconds), and the tickets it links: all at once, or those that joined.

    `urgency` and `priority` are what they are raised to at once, `tell` who is told: once an incident. After `ended`
    a late ticket may still join; the incident goes on then, and ends again later.
    """

    kind: str
    at: int
    incident: str
    rule: str
    shared: tuple[str, ...]
    tickets: tuple[str, ...] = ()
    urgency: str = ""
    priority: str = ""
    tell: tuple[Target, ...] = ()


@dataclass(frozen=True)
class State:
    """All that is remembered. `latest` is the latest instant of a ticket; `too_late` counts what could not be used."""

    rules: tuple[Rule, ...] = ()
    latest: int = 0
    groups: Mapping[str, Group] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    """Key of a ticket -> its instant."""
    too_late: int = 0

    @property
    def patience(self) -> int:
        """Seconds after which no ticket is waited for any more."""
        return max((one.quiet for one in self.rules), default=0)

    @property
    def wake_at(self) -> int | None:
        """When the next incident ends if nothing comes; None while none is open."""
        return min((one.ends_at for one in self.incidents.values() if not one.ended), default=None)


Step = tuple[State, tuple[Finding, ...]]


def begin(rules: Iterable[Rule]) -> State:
    """Nothing has arrived yet."""
    return State(tuple(rules))


def arrive(state: State, arrival: Arrival) -> Step:
    """A ticket has been opened; it counts for the first rule that it is for, and once.

    Whatever the order, the same tickets end up linked, as long as none comes `ends_after` or more behind the latest.
    """
    key, at = arrival.ticket.key, arrival.counts_at
    if key in state.known:
        return state, ()
    rule, shared = rule_for(state.rules, arrival.ticket)
    patience = state.patience
    if at <= state.latest - (rule.quiet if rule else patience):
        return replace(state, too_late=state.too_late + 1), ()
    state = replace(state, known={**state.known, key: at})
    ended: tuple[Finding, ...] = ()
    if at > state.latest:
        state, ended = settle(replace(state, latest=at), at)
        state = _forget(state, patience)
    if rule is None:
        return state, ended
    state, found = _count(state, rule, shared, Seen(at, key, customer=arrival.ticket.customer))
    return state, (*ended, *found)


def rule_for(rules: tuple[Rule, ...], ticket: Ticket) -> tuple[Rule | None, tuple[str, ...]]:
    """The first that the ticket is for, so that it is linked once, and what it may share with others."""
    for rule in rules:
        shared = rule.shared(ticket)
        if shared is not None:
            return rule, shared
    return None, ()


def counts(rules: tuple[Rule, ...], arrival: Arrival) -> bool:
    """Whether it may make or join an incident: a rule is for it, and it was not opened long before it is heard."""
    rule, _ = rule_for(rules, arrival.ticket)
    return rule is not None and arrival.heard - arrival.counts_at < rule.quiet


def settle(state: State, now: int) -> Step:
    """Time has come to `now` (UTC seconds): incidents that nothing was added to for long enough have ended."""
    over = [one for one in state.incidents.values() if not one.ended and one.ends_at <= now]
    if not over:
        return state, ()
    over.sort(key=lambda one: (one.ends_at, one.id))
    kept = {**state.incidents, **{one.id: replace(one, ended=True) for one in over}}
    found = tuple(Finding(ENDED, one.ends_at, one.id, one.rule, one.shared) for one in over)
    return replace(state, incidents=kept), found


def _forget(state: State, patience: int) -> State:
    """Without what no ticket that may still come can belong to: later than `patience` none is taken."""
    quiet = {rule.name: rule.quiet for rule in state.rules}
    groups = dict(_remembered(state, quiet))
    named = {one.incident for group in groups.values() for one in group.seen}
    return replace(
        state,
        groups=groups,
        incidents={id: one for id, one in state.incidents.items() if id in named or not one.ended},
        known={key: at for key, at in state.known.items() if at > state.latest - patience},
    )


def _remembered(state: State, quiet: Mapping[str, int]) -> Iterator[tuple[str, Group]]:
    for name, group in state.groups.items():
        # TRAP: twice: a ticket may come `quiet` late, and its neighbour be `quiet` before it
        since = state.latest - 2 * quiet[group.rule]
        if group.seen[0].at > since:
            yield name, group
        elif group.seen[-1].at > since:
            yield name, replace(group, seen=group.seen[bisect_right(group.seen, since, key=_at) :])


def _at(seen: Seen) -> int:
    return seen.at


def _count(state: State, rule: Rule, shared: tuple[str, ...], new: Seen) -> Step:
    """One rule's view of a new ticket."""
    name = json.dumps([rule.name, *shared], ensure_ascii=False)
    seen = list(state.groups[name].seen) if name in state.groups else []
    place = bisect_left(seen, new)
    seen.insert(place, new)
    start = _first_to_link(seen, place, rule)
    found: tuple[Finding, ...] = ()
    if start is not None:
        state, found = _link(state, rule, shared, seen, start, new.at)
    group = Group(rule.name, shared, tuple(seen))
    return replace(state, groups={**state.groups, name: group}), found


def _first_to_link(seen: list[Seen], place: int, rule: Rule) -> int | None:
    """From which ticket on all belong to an incident, now that there is one more at `place`; None = from none."""
    at = seen[place].at
    going_on = place > 0 and seen[place - 1].incident and at - seen[place - 1].at < rule.quiet
    if going_on and place == len(seen) - 1:
        return place
    for index in range(place, len(seen)):
        end = seen[index].at
        if end - at >= rule.within:
            break
        start = bisect_right(seen, end - rule.within, key=_at)
        if rule.met(seen[start : bisect_right(seen, end, key=_at)]):
            return start
    return place if going_on else None


def _link(state: State, rule: Rule, shared: tuple[str, ...], seen: list[Seen], start: int, now: int) -> Step:
    """Link what is not linked from `start` on, up to the first long silence; `seen` is changed."""
    end = start + 1
    while end < len(seen) and seen[end].at - seen[end - 1].at < rule.quiet:
        end += 1
    before = seen[start - 1].incident if start and seen[start].at - seen[start - 1].at < rule.quiet else ""
    id = before or next((one.incident for one in seen[start:end] if one.incident), "")
    kind = JOINED if id else rule.does
    id = id or "/".join([rule.name, *shared, seen[start].ticket])
    linked = [n for n in range(start, end) if not seen[n].incident]
    for n in linked:
        seen[n] = replace(seen[n], incident=id)
    if not linked:
        return state, ()
    incident = _grown(state, rule, shared, id, [seen[n] for n in linked])
    raised = (rule.urgency, rule.priority) if rule.does == DECLARED else ("", "")
    tickets = tuple(seen[n].ticket for n in linked)
    found = Finding(kind, now, id, rule.name, shared, tickets, *raised, () if kind == JOINED else rule.tell)
    return replace(state, incidents={**state.incidents, id: incident}), (found,)


def _grown(state: State, rule: Rule, shared: tuple[str, ...], id: str, more: list[Seen]) -> Incident:
    """The incident with these tickets; the last one says when it ends."""
    known = state.incidents.get(id)
    first, last = min(one.at for one in more), max(one.at for one in more)
    if known:
        first, last = min(first, known.first), max(last, known.last)
    ends_at = last + rule.quiet
    # one that had ended goes on when a late ticket moves its end past the present
    ended = known is not None and known.ended and ends_at <= state.latest
    tickets = len(more) + (known.tickets if known else 0)
    return Incident(id, rule.name, shared, first, last, ends_at, tickets, ended)


def raised(finding: Finding, ticket: Ticket) -> tuple[str, str]:
    """The urgency and the priority to set on a linked ticket; "" where it has as much: nothing is ever lowered."""
    return _higher(URGENCIES, finding.urgency, ticket.urgency), _higher(PRIORITIES, finding.priority, ticket.priority)


def _higher(order: tuple[str, ...], wanted: str, current: str) -> str:
    known = current in order and wanted in order
    return "" if known and order.index(wanted) >= order.index(current) else wanted
