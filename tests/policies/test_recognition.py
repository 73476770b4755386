"""Recognition beside a slow counter: sessions and windows counted from scratch, by definition."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.condition import OnlyFor
from policies.recognition import (
    DECLARED,
    ENDED,
    JOINED,
    PROPOSED,
    Arrival,
    Finding,
    Rule,
    State,
    arrive,
    begin,
    raised,
    settle,
)
from policies.ticket import Ticket
from tests.policies.test_properties import examples

MINUTE, HOUR = 60, 3_600
NOON = 1_774_580_400
RULE = Rule("storm", 3, 10 * MINUTE, HOUR)


@dataclass(frozen=True)
class Opened:
    """An arrival before it has an order of its own."""

    id: int
    minute: int
    service: str
    customer: str

    def arrival(self) -> Arrival:
        ticket = Ticket(f"T-{self.id:03}", service=self.service, customer=self.customer)
        return Arrival(ticket, NOON + self.minute * MINUTE)


def opened(most: int) -> st.SearchStrategy[list[Opened]]:
    """Tickets within `most` minutes, each with its own id."""
    one = st.tuples(st.integers(0, most), st.sampled_from(["mail", "till", ""]), st.sampled_from(["ann", "bob", ""]))
    return st.lists(one, max_size=30).map(lambda rows: [Opened(n, *row) for n, row in enumerate(rows)])


rules = st.builds(
    lambda tickets, within, more, customers: Rule(
        "storm", tickets, within * MINUTE, (within + more) * MINUTE, customers=customers
    ),
    st.integers(1, 5), st.integers(1, 30), st.integers(0, 40), st.integers(1, 2),
)  # fmt: skip


def played(rules: list[Rule], arrivals: list[Arrival]) -> tuple[State, list[Finding]]:
    return played_on(begin(rules), arrivals)


def played_on(state: State, arrivals: list[Arrival]) -> tuple[State, list[Finding]]:
    found: list[Finding] = []
    for arrival in arrivals:
        state, more = arrive(state, arrival)
        found += more
    return state, found


def linked(found: list[Finding]) -> list[str]:
    return [ticket for finding in found for ticket in finding.tickets]


def slow(rule: Rule, arrivals: list[Arrival]) -> list[list[str]]:
    """Each incident's tickets, by definition: in every run of tickets without a long silence, from the first window
    that is full to the end of the run."""
    incidents = []
    for service in sorted({a.ticket.service for a in arrivals} - {""}):
        mine = sorted((a for a in arrivals if a.ticket.service == service), key=lambda a: (a.at, a.ticket.key))
        runs: list[list[Arrival]] = []
        for arrival in mine:
            if runs and arrival.at - runs[-1][-1].at < rule.ends_after:
                runs[-1].append(arrival)
            else:
                runs.append([arrival])
        for run in runs:
            for end in run:
                window = [a for a in run if end.at - rule.within < a.at <= end.at]
                if len(window) >= rule.tickets and len({a.ticket.customer for a in window}) >= rule.customers:
                    incidents.append([a.ticket.key for a in run[run.index(window[0]) :]])
                    break
    return incidents


@examples(300)
@given(rules, opened(400))
def test_in_order_the_incidents_are_those_of_a_slow_counter(rule: Rule, tickets: list[Opened]) -> None:
    arrivals = sorted((one.arrival() for one in tickets), key=lambda a: (a.at, a.ticket.key))
    _, found = played([rule], arrivals)
    mine: dict[str, list[str]] = {}
    for finding in found:
        mine.setdefault(finding.incident, []).extend(finding.tickets)
    assert sorted(sorted(tickets) for tickets in mine.values()) == sorted(
        sorted(tickets) for tickets in slow(rule, arrivals)
    )


@examples(300)
@given(st.data(), rules)
def test_in_any_order_the_same_tickets_are_linked_while_none_is_too_late(data: st.DataObject, rule: Rule) -> None:
    span = (rule.ends_after - 1) // MINUTE
    tickets = data.draw(opened(span))
    arrivals = [one.arrival() for one in data.draw(st.permutations(tickets))]
    state, found = played([rule], arrivals)
    assert state.too_late == 0
    assert sorted(linked(found)) == sorted(ticket for incident in slow(rule, arrivals) for ticket in incident)


@examples(300)
@given(st.data(), rules, opened(400))
def test_late_news_of_a_long_day_links_the_same_tickets(data: st.DataObject, rule: Rule, tickets: list[Opened]) -> None:
    """Each ticket's news comes late by less than `ends_after`; the day is longer than what is remembered."""
    late = st.integers(0, (rule.ends_after - 1) // MINUTE)
    heard = sorted((one.minute + data.draw(late), one.id, one) for one in tickets)
    arrivals = [one.arrival() for *_, one in heard]
    state, found = played([rule], arrivals)
    assert state.too_late == 0
    assert sorted(linked(found)) == sorted(ticket for incident in slow(rule, arrivals) for ticket in incident)


@examples(300)
@given(st.lists(rules, max_size=3), opened(2000), st.data())
def test_any_news_in_any_order_gives_a_state_and_links_no_ticket_twice(
    many: list[Rule], tickets: list[Opened], data: st.DataObject
) -> None:
    named = [Rule(f"rule-{n}", r.tickets, r.within, r.ends_after, customers=r.customers) for n, r in enumerate(many)]
    arrivals = [one.arrival() for one in data.draw(st.permutations([*tickets, *tickets]))]
    state, found = played(named, arrivals)
    assert len(linked(found)) == len(set(linked(found)))
    for one in state.incidents.values():
        assert one.first <= one.last < one.ends_at
    begun = [finding.incident for finding in found if finding.kind == PROPOSED]
    assert len(begun) == len(set(begun))
    _, last = settle(state, NOON + 10_000 * MINUTE)
    ended = {finding.incident for finding in [*found, *last] if finding.kind == ENDED}
    assert ended == set(begun)


@examples(200)
@given(rules, opened(3000))
def test_only_what_a_ticket_may_still_belong_to_is_kept(rule: Rule, tickets: list[Opened]) -> None:
    state = begin([rule])
    for arrival in sorted((one.arrival() for one in tickets), key=lambda a: a.at):
        state, _ = arrive(state, arrival)
        kept = [seen for group in state.groups.values() for seen in group.seen]
        assert all(seen.at > state.latest - 2 * rule.quiet for seen in kept)
        assert all(at > state.latest - rule.quiet for at in state.known.values())
        named = {seen.incident for seen in kept}
        assert all(one.id in named or not one.ended for one in state.incidents.values())


def at(minute: int, id: str, **facts: str) -> Arrival:
    return Arrival(Ticket(id, **{"service": "till", **facts}), NOON + minute * MINUTE)  # type: ignore[arg-type]


def test_an_hour_of_tickets_is_remembered_and_a_year_of_them_no_more():
    state = begin([RULE])
    for minute in range(365 * 24):
        state, _ = arrive(state, at(minute * 60, f"T-{minute}"))
    assert len(state.known) == 1
    assert sum(len(group.seen) for group in state.groups.values()) == 2
    assert state.incidents == {}


def test_one_by_one_pair_of_neighbours_decides_when_an_incident_has_ended():
    minutes = [0, 1, 2, 61, 120, 180]
    _, found = played([RULE], [at(minute, f"T-{minute}") for minute in minutes])
    assert [(f.kind, (f.at - NOON) // MINUTE, len(f.tickets)) for f in found] == [
        (PROPOSED, 2, 3), (JOINED, 61, 1), (JOINED, 120, 1), (ENDED, 180, 0),
    ]  # fmt: skip
    assert [b - a for a, b in pairwise(minutes)][-1] == 60


def test_the_name_of_an_incident_is_its_rule_what_is_shared_and_its_first_ticket():
    rule = Rule("storm", 2, 10 * MINUTE, HOUR, ("service", "region"))
    _, found = played([rule], [at(0, "T-1", region="eu"), at(1, "T-2", region="us"), at(2, "T-3", region="eu")])
    assert [f.incident for f in found] == ["storm/till/eu/default/T-1"]
    assert found[0].tickets == ("default/T-1", "default/T-3")


def test_tickets_of_two_tenants_with_one_id_are_two():
    _, found = played([RULE], [at(0, "T-1", tenant="a"), at(0, "T-1", tenant="b"), at(0, "T-1", tenant="c")])
    assert len(linked(found)) == 3


def test_a_rule_counts_only_the_tickets_it_is_for():
    rule = Rule("storm", 2, 10 * MINUTE, HOUR, only_for=OnlyFor(urgency=["critical"]))
    calm = [at(0, "T-1", urgency="low"), at(0, "T-2", urgency="critical")]
    assert played([rule], calm)[1] == []
    assert len(played([rule], [*calm, at(1, "T-3", urgency="critical")])[1]) == 1


def test_a_ticket_counts_for_the_first_rule_that_it_is_for():
    first = Rule("till", 2, 10 * MINUTE, HOUR, only_for=OnlyFor(service=["till"]))
    both = [at(0, "T-1"), at(0, "T-2"), at(0, "T-3"), at(1, "M-1", service="mail"), at(1, "M-2", service="mail")]
    _, found = played([first, RULE], [*both, at(2, "M-3", service="mail")])
    assert [(f.kind, f.rule, len(f.tickets)) for f in found] == [
        (PROPOSED, "till", 2), (JOINED, "till", 1), (PROPOSED, "storm", 3),
    ]  # fmt: skip


def test_a_ticket_that_lacks_what_a_rule_wants_shared_counts_for_the_next():
    first = Rule("local", 2, 10 * MINUTE, HOUR, ("service", "region"))
    _, found = played([first, RULE], [at(0, "T-1"), at(0, "T-2"), at(0, "T-3")])
    assert [f.rule for f in found] == ["storm"]


def test_an_instant_in_the_future_is_cut_to_when_it_was_heard_and_hides_nothing():
    wrong = Arrival(Ticket("T-0", service="till"), NOON + 10_000 * HOUR, heard=NOON)
    state, found = played([RULE], [wrong, at(1, "T-1"), at(2, "T-2")])
    assert [f.kind for f in found] == [PROPOSED]
    assert state.too_late == 0


def test_news_that_is_too_late_is_counted_and_changes_nothing():
    state, _ = played([RULE], [at(60, "T-1")])
    after, found = arrive(state, at(0, "T-2"))
    assert (after.too_late, found, after.groups) == (1, (), state.groups)


def test_a_late_ticket_prolongs_an_incident_that_had_ended():
    state, found = played([RULE], [at(0, "T-1"), at(1, "T-2"), at(2, "T-3"), at(62, "U-1", service="mail")])
    assert [f.kind for f in found] == [PROPOSED, ENDED]
    state, found = played_on(state, [at(30, "T-4"), at(70, "T-5"), at(200, "U-2", service="mail")])
    assert [(f.kind, (f.at - NOON) // MINUTE) for f in found] == [(JOINED, 30), (JOINED, 70), (ENDED, 130)]


def test_time_alone_ends_an_incident_once():
    state, _ = played([RULE], [at(0, "T-1"), at(0, "T-2"), at(0, "T-3")])
    assert state.wake_at == NOON + HOUR
    assert settle(state, NOON + HOUR - 1) == (state, ())
    state, found = settle(state, NOON + HOUR)
    assert [(f.kind, f.at) for f in found] == [(ENDED, NOON + HOUR)]
    assert state.wake_at is None
    assert settle(state, NOON + 2 * HOUR)[1] == ()


@pytest.mark.parametrize(
    ("urgency", "priority", "expected"),
    [
        ("medium", "P3", ("high", "P2")), ("high", "P2", ("", "")), ("critical", "P1", ("", "")), ("", "", ("high", "P2")),
    ],
)  # fmt: skip
def test_a_linked_ticket_is_raised_and_never_lowered(urgency: str, priority: str, expected: tuple[str, str]) -> None:
    finding = Finding(DECLARED, NOON, "i", "storm", ("till",), ("default/T-1",), "high", "P2")
    assert raised(finding, Ticket("T-1", urgency=urgency, priority=priority)) == expected


def test_what_is_only_proposed_raises_nothing_yet():
    rule = Rule("storm", 1, MINUTE, HOUR, urgency="high")
    _, (found,) = played([rule], [at(0, "T-1")])
    assert raised(found, Ticket("T-1", urgency="low")) == ("", "")
    _, (found,) = played([Rule("storm", 1, MINUTE, HOUR, urgency="high", does=DECLARED)], [at(0, "T-1")])
    assert raised(found, Ticket("T-1", urgency="low")) == ("high", "")
