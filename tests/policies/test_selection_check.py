"""A rule is called unreachable exactly when no ticket can reach it, held against the core's own choice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policies.condition import fits
from policies.document import SelectionDocument
from policies.selection_check import check_rules
from policies.ticket import Ticket
from policies.written import read_sound, read_yaml

TIERS, SERVICES, TAGS, RISKS = ("diamond", "gold"), ("atm", "erp"), ("vip", "x"), (0, 40, 60)
TICKETS = [
    Ticket("T-1", tier=tier, service=service, tags=tags, risk=risk, summary=summary)
    for tier in ("", *TIERS)
    for service in ("", *SERVICES)
    for tags in ((), ("vip",), ("x",))
    for risk in RISKS
    for summary in ("", "a leak", "a gas leak")
]
"""Every kind of ticket that the rules below can tell apart."""
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.lists(st.sampled_from(TIERS), max_size=2, unique=True),
        "service": st.lists(st.sampled_from(SERVICES), max_size=2, unique=True),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        "keywords": st.lists(st.sampled_from(["leak", "gas leak"]), max_size=2, unique=True),
        "risk_from": st.sampled_from([40, 60]),
    },
)


def unreached(conditions: list[dict[str, Any]]) -> set[int]:
    rules = ", ".join(f"{{policy: p{n}, only_for: {told}}}" for n, told in enumerate(conditions))
    text = f"language: selection/1\nselection: s\nversion: 1\nrules: [{rules}]\n"
    document, written = read_sound(read_yaml(text, "s"), SelectionDocument)
    assert document is not None
    assert written.faults == ()
    faults = check_rules(written, document)
    return {int(f.key.removeprefix("rules[").removesuffix("]")) for f in faults if "never reached" in f.message}


@given(st.lists(CONDITIONS, min_size=1, max_size=5))
def test_what_is_called_unreachable_is_reached_by_no_ticket(conditions: list[dict[str, Any]]) -> None:
    document = SelectionDocument.model_validate({
        "language": "selection/1", "selection": "s", "version": 1,
        "rules": [{"policy": "p", "only_for": told} for told in conditions],
    })  # fmt: skip
    reached = {
        next(n for n, rule in enumerate(document.rules) if fits(rule.only_for, ticket))
        for ticket in TICKETS
        if any(fits(rule.only_for, ticket) for rule in document.rules)
    }
    assert unreached(conditions).isdisjoint(reached)


@given(CONDITIONS, CONDITIONS)
def test_a_rule_that_asks_for_more_than_one_before_it_is_always_found(
    wide: dict[str, Any], more: dict[str, Any]
) -> None:
    assert unreached([wide, {**more, **wide}]) == {1}


def test_rules_that_only_together_take_all_are_found_and_near_misses_are_not() -> None:
    gold, atm = {"tier": ["gold"]}, {"tier": ["diamond"], "service": ["atm"]}
    both = {"tier": ["gold", "diamond"], "service": ["atm"]}
    assert unreached([gold, atm, both]) == {2}
    assert unreached([gold, atm, {**both, "service": ["atm", "erp"]}]) == set()
    assert unreached([gold, {"tier": ["diamond"]}, {}]) == set()
