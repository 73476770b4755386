"""While an outage mutes a ticket nobody of ours is told: so nobody counts as told, nor as one who did not answer.

A page that was called back before it went has told nobody either.

Under answer.v1 the first level has 15 minutes; a ticket of the pager is paged again every 5.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from policies import event as news
from policies.case import Case, evolve
from policies.event import Event
from policies.lifecycle import decide
from policies.plan import Effect, Plan
from policies.recall import note_recalled, told, untold
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

OPENED = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
MINUTE = 60
PAGER = Ticket("1", "acme", tier="gold", urgency="high", service="pager", team="seoul")
CORE = Ticket("2", "acme", tier="gold", urgency="high", service="mail", team="seoul")
LED = Ticket("3", "acme", tier="gold", urgency="high", service="core", team="seoul")
"""Its lead is told after 20 minutes, whoever has answered."""


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


# --- opened while muted ------------------------------------------------------------------------------------


def opened_while_muted(until: int) -> tuple[Plan, Case, tuple[Effect, ...]]:
    """Its first level fires in silence at the opening; the mute ends, and what is decided then."""
    plan = plan_for(CORE)
    first = decide(plan, muted(Case(CORE, OPENED, OPENED), OPENED), OPENED)
    assert (pages(first.effects), first.case.level) == ([], 0)
    case = evolve(first.case, Event(news.UNMUTED, until, "outage:I/ended", reason="outage:I"))
    after = decide(plan, case, until)
    return plan, after.case, after.effects


def test_a_chain_that_began_in_silence_begins_when_the_mute_is_over() -> None:
    plan, case, effects = opened_while_muted(OPENED + 10 * MINUTE)
    assert pages(effects) == ["team"]
    assert [(one.due, one.late, one.level) for one in effects] == [(OPENED + 10 * MINUTE, 0, 1)]
    nothing_more = decide(plan, case, OPENED + 15 * MINUTE)
    assert (nothing_more.effects, nothing_more.wake_at) == ((), OPENED + 25 * MINUTE)
    assert pages(decide(plan, case, OPENED + 25 * MINUTE).effects) == ["unanswered-L1"]


def test_a_run_that_is_older_than_that_goes_on_as_it_began() -> None:
    plan, case, _ = opened_while_muted(OPENED + 10 * MINUTE)
    older = replace(case, silence_stays=True, records={n: r for n, r in case.records.items() if ".u" not in n})
    assert decide(plan, replace(older, silence_stays=False), OPENED + 11 * MINUTE).effects != ()
    decision = decide(plan, older, OPENED + 11 * MINUTE)
    assert (decision.effects, decision.wake_at) == ((), decide(plan, older, OPENED + 30 * MINUTE).wake_at)


def test_a_chain_begins_with_the_highest_level_that_was_silent() -> None:
    """The lead's rung of the 20th minute was silent too: the lead is the one who is told, and has an hour."""
    plan = plan_for(LED)
    case = decide(plan, muted(Case(LED, OPENED, OPENED), OPENED), OPENED).case
    case = decide(plan, case, OPENED + 20 * MINUTE).case
    case = evolve(case, Event(news.UNMUTED, OPENED + 40 * MINUTE, "outage:I/ended", reason="outage:I"))
    after = decide(plan, case, OPENED + 41 * MINUTE)
    assert pages(after.effects) == ["lead"]
    assert [(one.due, one.late, one.level) for one in after.effects] == [(OPENED + 40 * MINUTE, MINUTE, 2)]
    assert after.wake_at == OPENED + 101 * MINUTE
    assert pages(decide(plan, after.case, OPENED + 101 * MINUTE).effects) == ["unanswered-L2"]


def test_what_a_silent_rung_did_beside_is_not_done_again() -> None:
    plan, case, effects = opened_while_muted(OPENED + 10 * MINUTE)
    assert {one.kind for one in effects} == {"page"}
    assert decide(plan, case, OPENED + 11 * MINUTE).effects == ()


def test_nobody_is_told_after_the_mute_of_what_is_solved_or_taken() -> None:
    plan = plan_for(CORE)
    case = decide(plan, muted(Case(CORE, OPENED, OPENED), OPENED), OPENED).case
    ended = Event(news.UNMUTED, OPENED + 10 * MINUTE, "outage:I/ended", reason="outage:I")
    for kind in (news.RESOLVED, news.ACKNOWLEDGED):
        known = evolve(evolve(case, Event(kind, OPENED + 5 * MINUTE, "e")), ended)
        assert pages(decide(plan, known, OPENED + 10 * MINUTE).effects) == []


def test_an_acknowledgement_while_muted_puts_the_chain_off_until_it_expires() -> None:
    plan = plan_for(CORE)
    case = decide(plan, muted(Case(CORE, OPENED, OPENED), OPENED), OPENED).case
    case = evolve(case, Event(news.ACKNOWLEDGED, OPENED + 5 * MINUTE, "e"))
    case = evolve(case, Event(news.UNMUTED, OPENED + 10 * MINUTE, "outage:I/ended", reason="outage:I"))
    decision = decide(plan, case, OPENED + 10 * MINUTE)
    assert (pages(decision.effects), decision.wake_at) == ([], OPENED + 65 * MINUTE)
    assert pages(decide(plan, decision.case, OPENED + 65 * MINUTE).effects) == ["team"]


# --- called back before it went ----------------------------------------------------------------------------


def called_back() -> tuple[Plan, Case, Effect]:
    """The team is paged at the opening; a mute from the first minute on calls that page back."""
    plan = plan_for(CORE)
    first = decide(plan, Case(CORE, OPENED, OPENED), OPENED)
    [page] = [effect for effect in first.effects if effect.kind == "page"]
    assert first.case.level == 1
    case = muted(first.case, OPENED + MINUTE)
    return plan, untold(plan, note_recalled(case, page), page), page


def test_a_level_whose_page_was_called_back_is_not_reached() -> None:
    plan, case, _ = called_back()
    assert (case.level, case.records["team@1"].level, case.records["team@1"].outcome) == (0, 0, "fired")
    assert decide(plan, case, OPENED + 15 * MINUTE).effects == ()


def test_it_is_passed_only_after_its_time_from_when_its_page_went() -> None:
    plan, case, page = called_back()
    after = evolve(case, Event(news.UNMUTED, OPENED + 18 * MINUTE, "outage:I/ended", reason="outage:I"))
    decision = decide(plan, after, OPENED + 18 * MINUTE)
    assert decision.effects == ()
    case = told(decision.case, page, OPENED + 18 * MINUTE)
    assert case.level == 1
    early = decide(plan, case, OPENED + 32 * MINUTE)
    assert (early.effects, early.wake_at) == ((), OPENED + 33 * MINUTE)
    assert pages(decide(plan, early.case, OPENED + 33 * MINUTE).effects) == ["unanswered-L1"]


def test_told_twice_or_never_called_back_changes_nothing() -> None:
    plan, case, page = called_back()
    once = told(case, page, OPENED + 18 * MINUTE)
    assert told(once, page, OPENED + 30 * MINUTE) is once
    untouched = decide(plan, Case(CORE, OPENED, OPENED), OPENED).case
    assert told(untouched, page, OPENED + 30 * MINUTE) is untouched


def test_a_repeat_that_was_called_back_takes_nothing_back_from_an_earlier_one() -> None:
    plan = plan_for(PAGER)
    first = decide(plan, Case(PAGER, OPENED, OPENED), OPENED + 5 * MINUTE)
    second = decide(plan, first.case, OPENED + 10 * MINUTE)
    [page] = [effect for effect in second.effects if effect.kind == "page"]
    case = untold(plan, second.case, page)
    assert (case.records["again@1"].level, case.records["again@1"].since) == (1, OPENED + 5 * MINUTE)
    [earlier] = [effect for effect in first.effects if effect.rung == "again"]
    case = untold(plan, untold(plan, second.case, earlier), page)
    assert (case.records["again@1"].level, case.records["again@1"].since) == (0, 0)
    again = told(case, earlier, OPENED + 30 * MINUTE)
    assert (again.records["again@1"].level, again.records["again@1"].since) == (1, OPENED + 30 * MINUTE)
