"""Which policy the published rules give to which ticket; who says nothing special gets the standard promise."""

import pytest

from policies.catalog import PUBLISHED, Catalog
from policies.ticket import TIERS, TYPES, URGENCIES, Ticket

CATALOG = Catalog(PUBLISHED)


@pytest.mark.parametrize("tier", ["", *TIERS])
@pytest.mark.parametrize("urgency", ["", *URGENCIES])
@pytest.mark.parametrize("type_", ["", *(name for name in TYPES if name != "change_request")])
def test_a_ticket_that_says_nothing_special_gets_the_standard_promise(tier: str, urgency: str, type_: str) -> None:
    ticket = Ticket(
        "T-1", tier=tier, urgency=urgency, type=type_, service="payroll", summary="The printer is out of ink"
    )
    assert CATALOG.selected(ticket).policy == "standard"


@pytest.mark.parametrize(
    ("ticket", "policy"),
    [
        (Ticket("T-1"), "standard"),
        (Ticket("T-1", type="incident", service="mail", summary="Phishing of a whole department"), "security-incident"),
        (Ticket("T-1", summary="How do I report phishing?"), "standard"),
        (Ticket("T-1", tags=("security-incident", "bank")), "security-incident"),
        (Ticket("T-1", type="change_request", service="atm"), "change-request"),
        (Ticket("T-1", service="atm"), "bank"),
        (Ticket("T-1", tags=("factory",)), "factory"),
        (Ticket("T-1", service="checkout"), "global-shop"),
        (Ticket("T-1", type="incident", service="network"), "it-support"),
        (Ticket("T-1", service="network"), "standard"),
    ],
)
def test_what_a_ticket_is_comes_before_where_it_happens(ticket: Ticket, policy: str) -> None:
    assert CATALOG.selected(ticket).policy == policy


def test_every_published_policy_is_reached_by_a_tag_with_its_name() -> None:
    families = {name.rpartition(".v")[0] for name in CATALOG.policy_names()}
    assert {CATALOG.selected(Ticket("T-1", tags=(name,))).policy for name in families} == families
