"""A credit that waits for approval: the first word of somebody entitled counts, and nothing is decided twice (A4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from policies import event as news
from policies.approval import rule, waiting
from policies.case import Case, evolve
from policies.event import Event
from policies.explanation import stand
from policies.lifecycle import Decision, decide, still_wanted
from policies.plan import Effect, Plan
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul, where the office closes at 18:00: gold is broken at 17:00."""
HOUR = 3_600
BREACH = MONDAY + 8 * HOUR
TICKET = Ticket(id="T-1", tenant="acme", tier="gold", urgency="high", assignee="kim", team="seoul")
CREDIT = "acme/T-1/resolution.1/breach/credit"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan("approvals.v1", TICKET, MONDAY, MONDAY)


def opened() -> Case:
    return Case(TICKET, MONDAY, MONDAY)


def broken(plan: Plan) -> Decision:
    """The breach has asked for its credit."""
    return decide(plan, opened(), BREACH)


def said(case: Case, kind: str, at: int, level: int = 3, to: str = "", reason: str = "") -> Case:
    return evolve(case, Event(kind, at, f"{kind}-{at}", "choi", reason=reason, to=to, level=level))


def of_kind(decision: Decision, *kinds: str) -> list[Effect]:
    return [effect for effect in decision.effects if effect.kind in kinds]


def lines(case: Case, rung: str = "approve-breach") -> list[str]:
    return [entry.text for entry in case.time_line if entry.rung == rung]


def test_the_rung_asks_and_grants_nothing(plan: Plan) -> None:
    decision = broken(plan)
    assert of_kind(decision, "credit") == []
    (page,) = [effect for effect in of_kind(decision, "page") if effect.reason.kind == "approval"]
    assert (page.key, [target.who for target in page.targets]) == (f"{CREDIT}/approval", ["department-head"])
    assert [target.who for target in page.fallback] == ["executives", "duty-manager"]
    assert decision.case.level == 2  # to be asked is not to be reached
    (asked,) = waiting(decision.case)
    assert (asked.due, asked.level, asked.value) == (BREACH + 4 * HOUR + 15 * HOUR, 3, "10%")


def test_what_is_granted_bears_the_key_of_a_credit_that_nobody_was_asked_for(plan: Plan) -> None:
    case = said(broken(plan).case, news.APPROVED, BREACH + 60)
    decision = decide(plan, case, BREACH + 60)
    assert [(effect.key, effect.value) for effect in of_kind(decision, "credit")] == [(CREDIT, "10%")]
    assert decide(plan, decision.case, BREACH + 61).effects == ()


def test_the_first_word_counts_and_the_second_is_a_line(plan: Plan) -> None:
    case = said(broken(plan).case, news.DENIED, BREACH + 60, reason="too early")
    case = said(case, news.APPROVED, BREACH + 61, level=4)
    decision = decide(plan, case, BREACH + 61)
    assert of_kind(decision, "credit") == []
    assert case.time_line[-1].kind == "ignored"
    assert lines(decision.case)[-1] == 'approve-breach: credit "10%" withheld: refused by choi: too early'


def test_a_level_below_may_not_decide(plan: Plan) -> None:
    case = said(broken(plan).case, news.APPROVED, BREACH + 60, level=2)
    assert of_kind(decide(plan, case, BREACH + 60), "credit") == []
    assert len(waiting(case)) == 1
    assert rule(case, "", 2, True, BREACH + 61).fault == (
        "level 2 may not decide on the credit of resolution.1/breach; level 3 or above may; "
        "if yours is another say so with as_level (--as-level)"
    )
    assert rule(case, "", 4, True, BREACH + 61).asked == waiting(case)[0]


def test_a_word_after_the_deadline_changes_nothing(plan: Plan) -> None:
    case = broken(plan).case
    (asked,) = waiting(case)
    case = said(case, news.DENIED, asked.due + 1, reason="late")
    decision = decide(plan, case, asked.due + 1)
    assert [effect.key for effect in of_kind(decision, "credit")] == [CREDIT]
    assert lines(decision.case)[-1] == 'approve-breach: credit "10%"; nobody decided within 4h'


def test_who_speaks_after_the_deadline_and_before_the_ticket_wakes_up_is_told_so(plan: Plan) -> None:
    case = broken(plan).case
    (asked,) = waiting(case)
    assert rule(case, "", 3, True, asked.due).asked == asked
    assert rule(case, "", 3, False, asked.due + 1).fault == (
        "the time to decide on the credit of resolution.1/breach is over; it is granted"
    )
    late = said(case, news.DENIED, asked.due + 1, reason="late")
    assert late.time_line[-1].kind == "ignored"


def test_the_deadline_is_a_wake_up_even_while_the_ticket_is_paused_or_solved(plan: Plan) -> None:
    case = broken(plan).case
    case = evolve(case, Event(news.PAUSE, BREACH + 60, "p", reason="customer"))
    case = evolve(case, Event(news.RESOLVED, BREACH + 120, "r"))
    decision = decide(plan, case, BREACH + 120)
    assert decision.wake_at == waiting(case)[0].due


def test_the_page_is_called_back_once_it_is_decided(plan: Plan) -> None:
    decision = broken(plan)
    (page,) = [effect for effect in of_kind(decision, "page") if effect.reason.kind == "approval"]
    assert still_wanted(plan, decision.case, page, BREACH + 1) == ""
    assert still_wanted(plan, said(decision.case, news.APPROVED, BREACH + 60), page, BREACH + 60) == "it is decided"


def test_two_that_wait_must_be_named(plan: Plan) -> None:
    case = broken(plan).case
    first = case.asked[0]
    case = replace(case, asked=(first, replace(first, key=f"{first.key}.2", name="resolution.1/breach.2")))
    assert rule(case, "", 3, True, BREACH + 61).fault == (
        "several credits wait; name one with 'to': resolution.1/breach, resolution.1/breach.2"
    )
    assert rule(case, "resolution.1/breach.2", 3, True, BREACH + 61).asked == case.asked[1]
    assert rule(case, "half", 3, True, BREACH + 61).fault == (
        "no credit of 'half' waits for approval; these wait: resolution.1/breach, resolution.1/breach.2"
    )


def test_the_same_word_again_is_no_fault_and_the_opposite_is(plan: Plan) -> None:
    case = said(broken(plan).case, news.APPROVED, BREACH + 60)
    for one in (case, decide(plan, case, BREACH + 60).case):  # before and after it was carried out
        assert rule(one, "breach", 3, True, BREACH + 61).already
        assert rule(one, "breach", 3, False, BREACH + 61).fault == (
            "the credit of resolution.1/breach is granted already; a waiver takes it back"
        )
    assert rule(opened(), "", 3, True, BREACH + 61).fault == "no credit waits for approval"


def test_the_standing_says_what_waits_and_until_when(plan: Plan) -> None:
    case = broken(plan).case
    assert [asked.name for asked in stand(plan, case, BREACH).waiting] == ["resolution.1/breach"]
    case = said(case, news.APPROVED, BREACH + 60)
    assert stand(plan, case, BREACH + 60).waiting == ()


def test_two_credits_of_one_rung_keep_their_keys() -> None:
    diamond = replace(TICKET, tier="diamond")
    plan = make_plan("approvals.v1", diamond, MONDAY, MONDAY)
    decision = decide(plan, Case(diamond, MONDAY, MONDAY), MONDAY + 4 * HOUR)
    asked = of_kind(decision, "credit")
    assert asked == []
    later = decide(plan, decision.case, MONDAY + 6 * HOUR)
    keys = [effect.key for effect in of_kind(later, "credit")]
    assert keys == ["acme/T-1/resolution.1/much-later/credit"]  # diamond's own needs nobody
