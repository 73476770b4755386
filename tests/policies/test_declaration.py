"""From what was recognised to the outage that is declared for it: whom it covers, under which id, in whose words."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from policies.condition import OnlyFor
from policies.declaration import command, declares, outage_for, outage_id, unnamed
from policies.major_incident import rules_of
from policies.outage import MUTE, PAUSE_CLOCK, RAISE, Outage, Scope
from policies.recognition import DECLARED, PROPOSED, Arrival, Finding, Incident, Rule, arrive, begin, counts
from policies.ticket import Ticket
from tests.support.scenarios import CATALOG

AT = 1_790_000_000
RULE = Rule("mail", 2, 900, 3_600, same=("tenant", "service"), does=DECLARED, urgency="high")
TICKETS = tuple(Ticket(f"T-{number}", "acme", service="mail box") for number in (1, 2))


def found(rule: Rule) -> tuple[Finding, Incident]:
    state = begin([rule])
    findings: tuple[Finding, ...] = ()
    for number, ticket in enumerate(TICKETS):
        state, findings = arrive(state, Arrival(ticket, AT + number))
    return findings[0], state.incidents[findings[0].incident]


def outage(rule: Rule) -> Outage | None:
    return outage_for("shop.v1", rule, *found(rule))


def test_it_covers_what_the_tickets_share_and_whom_the_rule_is_for_from_the_first_ticket_on() -> None:
    rule = replace(RULE, only_for=OnlyFor(tier=["gold", "diamond"], service=["mail box", "chat"]))
    made = outage(replace(RULE, only_for=None))
    assert made == Outage(
        outage_id("mail/acme/mail box/acme/T-1", AT), Scope(("mail box",), tenants=("acme",)), RAISE, since=AT,
        reason="2 tickets in less than 15m share tenant acme, service mail box", urgency="high",
        declared_by="rule mail of shop.v1",
    )  # fmt: skip
    finding = Finding(DECLARED, AT, "mail/x", "mail", ("acme", "mail box"))
    narrow = outage_for("shop.v1", rule, finding, Incident("mail/x", "mail", finding.shared, AT, AT, AT + 3_600, 2))
    assert narrow is not None
    assert narrow.scope == Scope(("mail box",), tenants=("acme",), tiers=("gold", "diamond"))


@pytest.mark.parametrize("effect", [PAUSE_CLOCK, MUTE])
def test_one_that_holds_clocks_or_people_back_is_expected_to_end_and_carries_no_urgency(effect: str) -> None:
    made = outage(replace(RULE, effect=effect, urgency=""))
    assert made is not None
    assert (made.effect, made.expected, made.urgency) == (effect, AT + 1 + 3_600, "")


def test_the_id_is_the_same_in_every_replay_and_another_for_another_first_instant() -> None:
    assert outage_id("till/acme/T-1", AT) == "till-407c77f0b2"
    assert outage_id("till/acme/T-1", AT + 1) != outage_id("till/acme/T-1", AT)


def test_what_a_scope_cannot_name_is_for_people_to_decide() -> None:
    by_team = replace(RULE, same=("tenant", "team"))
    for_urgent = replace(RULE, only_for=OnlyFor(urgency=["critical"]))
    assert (unnamed(RULE), unnamed(by_team), unnamed(for_urgent)) == ((), ("team",), ("urgency",))
    assert [declares(rule) for rule in (RULE, by_team, for_urgent)] == [True, False, False]
    assert outage_for("shop.v1", by_team, *found(RULE)) is None


def test_a_rule_that_proposes_or_says_nothing_to_do_declares_nothing() -> None:
    assert not declares(replace(RULE, does=PROPOSED))
    assert not declares(replace(RULE, urgency=""))


def test_the_command_is_one_that_a_shell_takes_apart_again() -> None:
    made = outage(RULE)
    assert made is not None
    assert shlex.split(command(made)) == [
        "rung", "outage", "declare", made.id, "--service", "mail box", "--tenant", "acme", "--effect", "raise_urgency",
        "--urgency", "high", "--reason", made.reason, "--occurred-at", "2026-09-21T14:13:20+00:00",
    ]  # fmt: skip


def test_the_published_rules_of_the_shop_say_whom_they_declare_for() -> None:
    till, service = rules_of(CATALOG.policy("global-shop.v2"))
    assert (declares(till), unnamed(till), declares(service), unnamed(service)) == (True, (), False, ())


def test_tickets_that_are_taken_in_long_after_they_were_opened_are_not_counted() -> None:
    ticket = TICKETS[0]
    assert counts((RULE,), Arrival(ticket, AT, AT + 3_599))
    assert not counts((RULE,), Arrival(ticket, AT, AT + 3_600))
    assert not counts((RULE,), Arrival(replace(ticket, service=""), AT, AT))
