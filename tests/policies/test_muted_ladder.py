"""While an outage mutes a ticket nobody of ours is told: so nobody counts as told, nor as one who did not answer.

Under answer.v1 the first level has 15 minutes; a ticket of the pager is paged again every 5.
"""

from __future__ import annotations

from datetime import UTC, datetime

from policies import event as news
from policies.case import Case, evolve
from policies.event import Event
from policies.lifecycle import decide
from policies.plan import Effect, Plan
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

OPENED = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
MINUTE = 60
PAGER = Ticket("1", "acme", tier="gold", urgency="high", service="pager", team="seoul")
CORE = Ticket("2", "acme", tier="gold", urgency="high", service="mail", team="seoul")


def plan_for(ticket: Ticket) -> Plan:
    return make_plan("answer.v1", ticket, OPENED, OPENED)


def muted(case: Case, since: int, until: int = 0) -> Case:
    case = evolve(case, Event(news.MUTED, since, "outage:I/declared", reason="outage:I"))
    return evolve(case, Event(news.UNMUTED, until, "outage:I/ended", reason="outage:I")) if until else case


def pages(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.rung for effect in effects if effect.kind == "page"]


def test_who_was_paged_before_a_mute_is_still_waited_for_after_it() -> None:
    """Paged at the opening; muted from 10 to 20 minutes, in which the repeats fire silently."""
    plan, ticket = plan_for(PAGER), PAGER
    case = decide(plan, Case(ticket, OPENED, OPENED), OPENED + 5 * MINUTE).case
    assert case.records["again@1"].level == 1
    case = decide(plan, muted(case, OPENED + 6 * MINUTE), OPENED + 10 * MINUTE).case
    assert (case.records["again@1"].level, case.records["again@1"].since) == (1, OPENED + 5 * MINUTE)


def test_a_level_first_told_after_the_mute_has_its_time_from_then() -> None:
    """Repeats of the 5th to the 25th minute are muted; the first one that is heard is that of the 30th."""
    plan = plan_for(PAGER)
    case = muted(Case(PAGER, OPENED, OPENED), OPENED)
    for minute in (0, 5, 10, 15, 20, 25):
        case = decide(plan, case, OPENED + minute * MINUTE).case
    assert (case.records["again@1"].level, case.records["again@1"].since) == (0, 0)
    case = evolve(case, Event(news.UNMUTED, OPENED + 26 * MINUTE, "outage:I/ended", reason="outage:I"))
    heard = decide(plan, case, OPENED + 30 * MINUTE)
    assert pages(heard.effects) == ["again"]
    later = heard
    for minute in (35, 40):
        later = decide(plan, later.case, OPENED + minute * MINUTE)
        assert pages(later.effects) == ["again"]
    assert "unanswered-L1" in pages(decide(plan, later.case, OPENED + 45 * MINUTE).effects)


def test_a_level_that_did_not_answer_while_muted_is_passed_when_the_mute_ends() -> None:
    """Paged at the opening, silent at 15 minutes, muted from 10 to 40: the ladder must not end there."""
    plan = plan_for(CORE)
    case = decide(plan, Case(CORE, OPENED, OPENED), OPENED).case
    quiet = decide(plan, muted(case, OPENED + 10 * MINUTE), OPENED + 15 * MINUTE)
    assert pages(quiet.effects) == []
    after = evolve(quiet.case, Event(news.UNMUTED, OPENED + 40 * MINUTE, "outage:I/ended", reason="outage:I"))
    decision = decide(plan, after, OPENED + 40 * MINUTE)
    assert pages(decision.effects) == ["unanswered-L1"]
    assert pages(decide(plan, decision.case, OPENED + 101 * MINUTE).effects) == ["unanswered-L2"]
