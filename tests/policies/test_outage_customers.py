"""Whose tickets are an outage's, and that one address within one tenant is one customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.explanation import Standing
from policies.outage import REPRIORITISE, Outage, Scope, faults
from policies.outage_customers import DECLARED, ENDED, concerned, customers, next_round, page_of
from policies.outage_update import DAY, HOUR, WEEK
from policies.ticket import Ticket

LASTS = Outage("INC-7", Scope(services=("pay",)), since=1_000)
OVER = replace(LASTS, ended_at=2_000)
TICKET = Ticket("1", "acme", service="pay", contact="Ana@Customer.example ")


def standing(ticket: Ticket = TICKET, opened_at: int = 500, state: str = "paused", **more: object) -> Standing:
    return Standing(
        ticket, "plain.v1", "UTC", opened_at, state, "paused", 1, "", None, "", (),
        **{"paused_by": ("customer", "outage:INC-7"), **more},  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (standing(), True),
        (standing(paused_by=(), muted_by="outage INC-6, outage INC-7"), True),
        (standing(paused_by=("outage:INC-77",), muted_by="outage INC-71"), False),
        (standing(replace(TICKET, service="other")), False),
        (standing(state="resolved"), False),
        (standing(state="closed"), False),
    ],
)
def test_of_its_beginning_those_hear_whose_open_tickets_wait_for_it(found: Standing, expected: bool) -> None:
    assert concerned(LASTS, DECLARED, found) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (standing(state="open", paused_by=()), True),
        (standing(state="resolved", paused_by=()), False),
        (standing(state="open", opened_at=1_999), True),
        (standing(state="open", opened_at=2_000), False),
        (standing(replace(TICKET, service="other")), False),
    ],
)
def test_of_its_end_those_whose_tickets_were_there_before(found: Standing, expected: bool) -> None:
    assert concerned(OVER, ENDED, found) is expected
    assert not concerned(LASTS, ENDED, found)


def test_one_address_within_one_tenant_is_one_customer_in_the_words_of_the_oldest_ticket() -> None:
    late = replace(TICKET, id="2", contact=" ANA@customer.example", language="ko")
    other = replace(TICKET, id="3", tenant="zoo")
    found, nameless = customers(
        [standing(late, 700), standing(), standing(other), standing(replace(TICKET, id="4", contact=" "))]
    )
    ana, zoo = sorted(found, key=lambda one: one.ticket.tenant)
    assert (ana.ticket, ana.tickets, zoo.tickets, nameless) == (TICKET, ("1", "2"), ("3",), 1)
    assert (len(found), [len(one.digest) for one in found]) == (2, [24, 24])
    assert ana.digest != zoo.digest
    [again], _ = customers([standing(late)])
    assert again.digest == ana.digest


def test_a_tenant_and_an_address_are_not_run_together() -> None:
    one, other = (
        customers([standing(replace(TICKET, tenant=tenant, contact=contact))])[0][0]
        for tenant, contact in (("acme", "x@y"), ("acmex", "@y"))
    )
    assert one.digest != other.digest


def test_tickets_that_were_opened_at_once_are_named_in_the_order_of_their_numbers() -> None:
    [found], _ = customers(standing(replace(TICKET, id=str(number))) for number in (10, 9, 11, 8))
    assert found.tickets == ("8", "9", "10", "11")


def test_a_key_names_no_address() -> None:
    assert page_of("INC-7", DECLARED) == "outage/INC-7/declared/customer"


def test_tickets_opened_since_are_looked_for_hourly_and_after_a_week_daily() -> None:
    assert next_round(0, 0) == HOUR
    assert next_round(0, WEEK - 1) == WEEK - 1 + HOUR
    assert next_round(0, WEEK) == WEEK + DAY


def test_whose_tickets_do_not_wait_are_not_told_that_they_do() -> None:
    urgent = replace(LASTS, effect=REPRIORITISE, urgency="high", tell_customers=True)
    assert faults(replace(LASTS, tell_customers=True)) == []
    assert [fault.partition(";")[0] for fault in faults(urgent)] == [
        "customers are told that their tickets wait, and with the effect reprioritise none does"
    ]
