"""Whom an outage covers and what a ticket hears of it: the same, however late, often or disordered it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import event as news
from policies.case import DERIVED, Case, evolve
from policies.event import Event
from policies.explanation import readings, stand
from policies.lifecycle import decide, still_wanted
from policies.outage import (
    MUTE,
    RAISE,
    REPRIORITISE,
    Outage,
    Scope,
    all_news,
    as_declared,
    as_ended,
    faults,
    heard,
    lasting,
    merged,
    news_for,
    state,
    strange,
    unmatched,
)
from policies.outage_report import Account, Touched, account, loss, touched
from policies.plan import Effect, Target
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

HOUR, DAY = 3_600, 86_400
OPENED = int(datetime(2026, 3, 27, 7, 0, tzinfo=UTC).timestamp())
"""Friday 16:00 in Seoul; the weekend ends with the change to summer time in Europe."""
LATER = OPENED + 30 * DAY
TICKET = Ticket(
    "1", "acme", tier="gold", urgency="high", service="pay", region="kr", tags=("till", "shop"), team="seoul"
)
INC_7 = Outage("INC-7", Scope(services=("pay",)), since=OPENED + HOUR, declared_by="lee")


def hears(
    outage: Outage, ticket: Ticket = TICKET, opened_at: int = OPENED, known: tuple[str, ...] = (), now: int = LATER
):
    return [
        (e.kind, e.at - OPENED, e.event_id, e.reason, e.urgency, e.actor)
        for e in news_for(outage, ticket, opened_at, known, now)
    ]


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), True),
        (Scope(services=("pay",)), True),
        (Scope(services=("mail", "pay")), True),
        (Scope(services=("mail",)), False),
        (Scope(services=("pay",), regions=("kr",)), True),
        (Scope(services=("pay",), regions=("us",)), False),
        (Scope(tenants=("acme",), tiers=("gold", "diamond")), True),
        (Scope(tenants=("other",)), False),
        (Scope(tags=("shop", "none")), True),
        (Scope(tags=("none",)), False),
        (Scope(services=("PAY",)), False),
    ],
)  # fmt: skip
def test_every_kind_that_is_given_must_fit_by_any_of_its_values(scope: Scope, covered: bool) -> None:
    assert scope.covers(TICKET) is covered
    assert bool(hears(replace(INC_7, scope=scope))) is covered


FIRST = ("pause", HOUR, "outage:INC-7/declared", "outage:INC-7", "", "lee")
LAST = ("resume", 2 * HOUR, "outage:INC-7/ended", "outage:INC-7", "", "kim")
ENDED = replace(INC_7, ended_at=OPENED + 2 * HOUR, ended_by="kim")


@pytest.mark.parametrize(
    ("outage", "opened_at", "known", "now", "expected"),
    [
        (INC_7, OPENED, (), LATER, [FIRST]),
        (INC_7, OPENED, (), OPENED + HOUR - 1, []),
        (INC_7, OPENED, (), OPENED + HOUR, [FIRST]),
        (INC_7, OPENED, ("outage:INC-7/declared",), LATER, []),
        (ENDED, OPENED, (), LATER, [FIRST, LAST]),
        (ENDED, OPENED, ("outage:INC-7/declared",), LATER, [LAST]),
        (ENDED, OPENED, ("outage:INC-7/declared", "outage:INC-7/ended"), LATER, []),
        (ENDED, OPENED, (), OPENED + 2 * HOUR - 1, [FIRST]),
        # opened in the middle of it, at its very end, and after it
        (ENDED, OPENED + HOUR + 5, (), LATER, [("pause", HOUR + 5, *FIRST[2:]), LAST]),
        (ENDED, OPENED + 2 * HOUR, (), LATER, []),
        (ENDED, OPENED + 3 * HOUR, (), LATER, []),
        # the end is said to lie before the beginning, or before the ticket that has stopped for it
        (replace(INC_7, ended_at=OPENED), OPENED, (), LATER, []),
        (replace(ENDED, ended_at=OPENED), OPENED, ("outage:INC-7/declared",), LATER, [("resume", HOUR, *LAST[2:])]),
        (replace(ENDED, ended_at=1), OPENED + DAY, ("outage:INC-7/declared",), LATER, [("resume", DAY, *LAST[2:])]),
        # only its end has been heard of
        (Outage("INC-7", ended_at=OPENED + HOUR), OPENED, (), LATER, []),
    ],
)  # fmt: skip
def test_a_ticket_hears_what_it_lived_to_see_and_has_not_heard(outage, opened_at, known, now, expected) -> None:
    assert hears(outage, TICKET, opened_at, known, now) == expected


def test_a_ticket_that_stopped_goes_on_even_if_it_is_not_covered_any_more() -> None:
    gone = replace(TICKET, tier="silver")
    outage = replace(ENDED, scope=Scope(tiers=("gold",)))
    assert hears(outage, gone) == []
    assert hears(outage, gone, known=("outage:INC-7/declared",)) == [LAST]


def test_the_other_effects() -> None:
    muted, raised = replace(ENDED, effect=MUTE), replace(ENDED, effect=REPRIORITISE, urgency="critical")
    assert [one[:2] for one in hears(muted)] == [("muted", HOUR), ("unmuted", 2 * HOUR)]
    assert hears(raised) == [
        ("reprioritised", HOUR, "outage:INC-7/declared", "outage:INC-7", "critical", "outage INC-7")
    ]


def test_which_outages_last_by_the_news() -> None:
    ids = ("e-1", "outage:INC-7/declared", "outage:INC-8/declared", "outage:INC-7/ended", "x/declared")
    assert heard(ids) == ids[1:4]
    assert lasting(heard(ids)) == ("INC-8",)


# --- what was said first stands ----------------------------------------------------------------------------


def test_an_end_may_come_before_its_declaration() -> None:
    end = Outage("INC-7", ended_at=OPENED + 2 * HOUR, ended_by="kim")
    assert merged(merged(None, end), INC_7) == merged(merged(None, INC_7), end) == ENDED


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_whatever_is_said_again_changes_nothing(order: list[int]) -> None:
    said = (
        INC_7,
        replace(INC_7, since=OPENED + 5, effect=MUTE),
        Outage("INC-7", ended_at=77),
        Outage("INC-7", ended_at=88),
    )
    stands = None
    for index in order:
        stands = merged(stands, said[index])
    first = next((said[i] for i in order if i < 2), Outage("INC-7"))
    end = next((said[i] for i in order if i > 1), Outage("INC-7"))
    assert stands == replace(first, ended_at=end.ended_at, ended_by=end.ended_by)


# --- facts that change -------------------------------------------------------------------------------------

GOLD_ONLY = Outage("G", Scope(tiers=("gold",)), since=OPENED + HOUR)


def retiered(at: int, tier: str, case: Case | None = None) -> Case:
    return evolve(case or Case(TICKET, OPENED, OPENED), Event(news.REPRIORITISED, at, tier=tier))


def pauses(case: Case, outage: Outage, now: int = LATER) -> list[tuple[str, int]]:
    found = news_for(outage, case.ticket, case.opened_at, (), now, case.versions)
    return [(event.kind, event.at - OPENED) for event in found]


@pytest.mark.parametrize(
    ("changed", "tier", "paused"),
    [
        (0, "silver", False),  # out of the scope before it began
        (HOUR - 1, "silver", False),
        (HOUR + 1, "silver", True),  # within it when it began: whoever is told late stands as if told in time
        (3 * HOUR, "silver", True),
    ],
)
def test_a_ticket_that_has_left_the_scope_is_paused_if_it_was_within_it_meanwhile(
    changed: int, tier: str, paused: bool
) -> None:
    case, over = retiered(OPENED + changed, tier), replace(GOLD_ONLY, ended_at=OPENED + 2 * HOUR)
    assert pauses(case, GOLD_ONLY) == ([(news.PAUSE, HOUR)] if paused else [])
    assert pauses(case, over) == ([(news.PAUSE, HOUR), (news.RESUME, 2 * HOUR)] if paused else [])


@pytest.mark.parametrize(
    ("changed", "paused"), [(HOUR, True), (2 * HOUR - 1, True), (2 * HOUR, False), (3 * HOUR, False)]
)
def test_a_ticket_that_comes_into_the_scope_is_paused_if_that_was_before_the_end(changed: int, paused: bool) -> None:
    silver = Case(replace(TICKET, tier="silver"), OPENED, OPENED)
    case, over = retiered(OPENED + changed, "gold", silver), replace(GOLD_ONLY, ended_at=OPENED + 2 * HOUR)
    assert pauses(case, over) == ([(news.PAUSE, HOUR), (news.RESUME, 2 * HOUR)] if paused else [])
    assert pauses(silver, over) == []


def test_what_is_not_so_yet_covers_nothing() -> None:
    silver = Case(replace(TICKET, tier="silver"), OPENED, OPENED)
    case = retiered(OPENED + 3 * HOUR, "gold", silver)
    assert pauses(case, GOLD_ONLY, OPENED + 3 * HOUR - 1) == []
    assert pauses(case, GOLD_ONLY, OPENED + 3 * HOUR) == [(news.PAUSE, HOUR)]


def test_all_that_is_derived_from_news_is_forgotten_with_more_news() -> None:
    assert {name for name, one in vars(Case).items() if isinstance(one, cached_property)} == set(DERIVED)


def test_the_versions_of_a_ticket_are_its_facts_as_they_followed() -> None:
    case = retiered(OPENED + 2 * HOUR, "bronze", retiered(OPENED + HOUR, "silver"))
    assert [(one.since - OPENED, one.ticket.tier) for one in case.versions] == [
        (0, "gold"), (HOUR, "silver"), (2 * HOUR, "bronze"),
    ]  # fmt: skip
    assert case.versions[-1].ticket == case.ticket


# --- clocks ------------------------------------------------------------------------------------------------


def told(case: Case, *outages: Outage, now: int = LATER) -> Case:
    for event in all_news(outages, case.ticket, case.opened_at, heard(case.seen), now):
        case = evolve(case, event)
    return case


INSTANTS = st.integers(0, 5 * DAY)
SPELLS = st.lists(st.tuples(INSTANTS, INSTANTS).filter(lambda pair: pair[0] != pair[1]), max_size=1)
"""A pause that lasts: of two pieces of news of one instant the one that comes later counts."""


@st.composite
def outages(draw: st.DrawFn) -> list[Outage]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        since = draw(INSTANTS)
        ends = draw(st.one_of(st.none(), INSTANTS))
        found.append(
            Outage(f"I-{number}", Scope(), since=OPENED + since, ended_at=0 if ends is None else OPENED + ends)
        )
    return found


@given(outages(), INSTANTS, st.randoms(use_true_random=False), SPELLS)
@settings(deadline=None, derandomize=True, database=None, max_examples=200)
def test_dues_are_those_of_a_ticket_that_heard_in_time(declared, opened, dice, customer) -> None:
    """Declarations and ends reach it late, twice and in any order; it is paused for other reasons, too."""
    start = Case(TICKET, OPENED + opened, OPENED + opened)
    others = [
        e
        for a, b in customer
        if a != b
        for e in (
            Event(news.PAUSE, OPENED + min(a, b), reason="customer"),
            Event(news.RESUME, OPENED + max(a, b), reason="customer"),
        )
    ]
    in_time = start
    by_hand = [
        event for one in declared if one.over_at is None or one.over_at > max(one.since, start.opened_at)
        for event in (Event(news.PAUSE, max(one.since, start.opened_at), reason=one.name),
                      *([Event(news.RESUME, one.over_at, reason=one.name)] if one.over_at else []))
    ]  # fmt: skip
    for event in sorted([*others, *by_hand], key=lambda e: e.at):
        in_time = evolve(in_time, event)
    tellings = [*declared, *(replace(one, ended_at=0) for one in declared), *declared, *others]
    dice.shuffle(tellings)
    late = start
    for one in [*tellings, *declared]:
        late = told(late, one) if isinstance(one, Outage) else evolve(late, one)
    plan = make_plan("standard.v1", TICKET, start.opened_at, start.opened_at)
    assert readings(plan, late, LATER) == readings(plan, in_time, LATER)


# --- muted -------------------------------------------------------------------------------------------------


def test_while_muted_the_rungs_fire_as_records_and_nobody_of_ours_is_told() -> None:
    plan = make_plan("standard.v1", TICKET, OPENED, OPENED)
    plain = Case(TICKET, OPENED, OPENED)
    muted = told(plain, replace(INC_7, effect=MUTE, since=OPENED))
    loud, quiet = decide(plan, plain, OPENED + 20 * HOUR), decide(plan, muted, OPENED + 20 * HOUR)
    assert {e.kind for e in loud.effects} >= {"page", "flag"}
    assert [e for e in quiet.effects if any(t.who != "customer" for t in e.targets)] == []
    acts = [(e.kind, e.value) for e in loud.effects if not e.targets]
    assert [(e.kind, e.value) for e in quiet.effects if not e.targets] == acts
    assert quiet.case.records.keys() == loud.case.records.keys()
    assert (quiet.case.level, max(r.level for r in quiet.case.records.values())) == (0, 0)
    lines = [e.text for e in quiet.case.time_line if e.kind == "not_sent"]
    assert lines
    assert all(text.endswith(": muted by outage INC-7") for text in lines)
    assert readings(plan, quiet.case, LATER) == readings(plan, loud.case, LATER)
    standing = stand(plan, quiet.case, OPENED + 20 * HOUR)
    assert (standing.state, standing.paused_by, standing.muted_by) == ("open", (), "outage INC-7")


def test_after_its_end_and_before_its_beginning_nothing_is_muted() -> None:
    case = told(Case(TICKET, OPENED, OPENED), replace(ENDED, effect=MUTE))
    assert [case.muted_by(OPENED + at) for at in (HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR)] == [
        "",
        "outage INC-7",
        "outage INC-7",
        "",
    ]


def test_two_outages_mute_until_both_are_over() -> None:
    other = replace(ENDED, id="INC-8", effect=MUTE, since=OPENED + 90 * 60, ended_at=OPENED + 3 * HOUR)
    case = told(Case(TICKET, OPENED, OPENED), replace(ENDED, effect=MUTE), other)
    assert case.muted_by(OPENED + 100 * 60) == "outage INC-7, outage INC-8"
    assert case.muted_by(OPENED + 2 * HOUR) == "outage INC-8"


def test_a_page_on_its_way_is_called_back_and_one_by_hand_is_not() -> None:
    plan = make_plan("standard.v1", TICKET, OPENED, OPENED)
    case = told(Case(TICKET, OPENED, OPENED), replace(INC_7, effect=MUTE))
    page = Effect("k", "page", "r", "resolution.1", OPENED, until="resolved", targets=(Target("kim", ("sms",)),))
    by_hand = replace(page, reason=replace(page.reason, kind="escalated"))
    assert still_wanted(plan, case, page, OPENED + HOUR) == "muted by outage INC-7"
    assert still_wanted(plan, case, by_hand, OPENED + HOUR) == ""
    assert still_wanted(plan, case, page, OPENED) == ""


def test_who_escalates_by_hand_is_heard_all_the_same() -> None:
    plan = make_plan("standard.v1", TICKET, OPENED, OPENED)
    case = told(Case(TICKET, OPENED, OPENED), replace(INC_7, effect=MUTE, since=OPENED))
    case = evolve(case, Event(news.ESCALATED, OPENED + 60, "x", actor="lee", level=2))
    pages = [e for e in decide(plan, case, OPENED + 60).effects if e.kind == "page"]
    assert [one.rung for one in pages] == ["escalate-L2"]


def test_a_reprioritised_ticket_keeps_its_urgency_after_the_end() -> None:
    case = told(Case(TICKET, OPENED, OPENED), replace(ENDED, effect=REPRIORITISE, urgency="critical"))
    assert (case.ticket.urgency, case.ticket.priority) == ("critical", "P1")


# --- the report --------------------------------------------------------------------------------------------


def test_the_report_holds_what_stood_still_and_what_it_saved() -> None:
    """Gold x high: an answer within one hour, a solution within eight; nobody answers."""
    plan = make_plan("standard.v1", TICKET, OPENED, OPENED)
    short = replace(INC_7, since=OPENED + 600, ended_at=OPENED + 1_800)
    case = told(Case(TICKET, OPENED, OPENED), short)
    at = OPENED + HOUR + 600
    found = touched(plan, case, short, at)
    assert found == Touched("acme/1", OPENED + 600, OPENED + 1_800, 1_200, ("first_response",), ())
    later = touched(plan, case, short, at + HOUR)
    assert later == Touched("acme/1", OPENED + 600, OPENED + 1_800, 1_200, (), ("first_response",))
    other = replace(INC_7, since=OPENED + 300, ended_at=OPENED + 1_800, id="INC-8")
    both = told(case, other)
    assert touched(plan, both, other, at).stopped == 300  # type: ignore[union-attr]  # the rest stood still anyway
    assert touched(plan, case, other, at) is None
    assert account([found, later]) == Account(2, 2_400, 1, 1, 0)


def test_the_loss_is_by_the_length_of_the_outage_in_begun_minutes() -> None:
    ended = replace(INC_7, since=OPENED, ended_at=OPENED + 121)
    assert loss(ended, 10, OPENED + HOUR) == 30
    assert loss(replace(ended, ended_at=0), 10, OPENED + HOUR) == 600
    assert loss(ended, 0, OPENED + HOUR) is None


def test_raised_urgencies_are_never_lowered_and_stay_after_the_end() -> None:
    outage = replace(ENDED, effect=RAISE, urgency="high")
    for before, after in (("low", "high"), ("high", "high"), ("critical", "critical")):
        case = told(Case(replace(TICKET, urgency=before), OPENED, OPENED), outage)
        assert case.ticket.urgency == after
        assert outage.name + "/declared" in {event.event_id for event in case.events}


def test_the_report_counts_what_staff_was_not_told() -> None:
    plan, muted = make_plan("standard.v1", TICKET, OPENED, OPENED), replace(INC_7, effect=MUTE, since=OPENED)
    case = decide(plan, told(Case(TICKET, OPENED, OPENED), muted), OPENED + HOUR).case
    found = touched(plan, case, muted, OPENED + HOUR)
    assert found is not None
    assert (found.stopped, found.saved, found.broken, found.until) == (0, (), ("first_response",), None)
    assert found.unsent == sum(line.kind == "not_sent" for line in case.time_line) > 0


# --- faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outage", "said"),
    [
        (INC_7, []),
        (replace(INC_7, id="IN/7"), ["id 'IN/7': write 1 to 60 letters, digits, dots, dashes or underscores, like INC-7"]),
        (replace(INC_7, id=""), ["id '': write 1 to 60 letters, digits, dots, dashes or underscores, like INC-7"]),
        (replace(INC_7, effect="pause"), ["effect 'pause' is unknown (did you mean 'pause_clock'?)"]),
        (replace(INC_7, effect=REPRIORITISE), ["reprioritise to what? give the urgency: critical, high, medium, low"]),
        (replace(INC_7, effect=REPRIORITISE, urgency="urgent"), ["urgency 'urgent' is unknown (known: critical, high, low, medium)"]),
        (replace(INC_7, urgency="high"), ["only the effects reprioritise and raise_urgency take an urgency"]),
        (replace(INC_7, scope=Scope(tiers=("glod",))), ["tier 'glod' is unknown (did you mean 'gold'?)"]),
        (replace(INC_7, scope=Scope()), ["the scope names nothing, so it is every ticket there is; narrow it, or say so with --all"]),
        (replace(INC_7, scope=Scope(tags=("",))), ["tags: at most 50, each of 1 to 200 characters"]),
        (replace(INC_7, expected=OPENED), ["the expected end is not after the beginning; correct one of them"]),
        (replace(INC_7, reason="x" * 201), ["the reason has 201 characters; 200 are enough"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_declaration(outage: Outage, said: list[str]) -> None:
    assert faults(outage) == said


def test_everything_may_be_meant() -> None:
    assert faults(replace(INC_7, scope=Scope()), everything_is_meant=True) == []


def test_a_scope_that_meets_nothing_says_so() -> None:
    assert (unmatched(Scope(services=("pay",)), [TICKET]), strange(Scope(services=("pay",)), [TICKET])) == ("", [])
    assert strange(Scope(services=("pya",)), [TICKET]) == ["service 'pya' is unknown (did you mean 'pay'?)"]
    assert strange(Scope(services=("mail",)), [TICKET], ("mail",)) == []
    assert unmatched(Scope(services=("mail",)), [TICKET]) == "no open ticket is within the scope (service mail)"
    nowhere = Scope(services=("pay",), regions=("us", "jp"))
    assert unmatched(nowhere, [TICKET]) == "no open ticket is within the scope (service pay, region us or jp)"


# --- how it stands, and whose words stand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outage", "now", "said"),
    [
        (Outage("I", ended_at=5), 9, "undeclared"),
        (Outage("I", since=10), 9, "planned"),
        (Outage("I", since=10), 10, "open"),
        (Outage("I", since=10, planned_end=20), 30, "open"),
        (Outage("I", since=10, ended_at=9), 9, "called_off"),
        (Outage("I", since=10, ended_at=9), 99, "called_off"),
        (Outage("I", since=10, ended_at=10), 10, "ended"),
        (Outage("I", since=10, ended_at=20), 99, "ended"),
    ],
)
def test_its_state_at_an_instant(outage: Outage, now: int, said: str):
    assert state(outage, now) == said


def test_a_declaration_is_the_one_that_stands_whatever_became_of_it_since():
    stands = replace(INC_7, expected=LATER, ended_at=LATER, ended_by="kim")
    assert as_declared(stands, INC_7)
    for other in (replace(INC_7, since=OPENED), replace(INC_7, effect=MUTE), replace(INC_7, declared_by="kim")):
        assert not as_declared(stands, other)


def test_an_end_is_the_one_that_stands_if_instant_and_name_are_its_own():
    stands = replace(INC_7, ended_at=LATER, ended_by="kim")
    assert as_ended(stands, Outage("INC-7", ended_at=LATER, ended_by="kim"))
    assert not as_ended(stands, Outage("INC-7", ended_at=LATER, ended_by="lee"))
    assert not as_ended(stands, Outage("INC-7", ended_at=LATER + 1, ended_by="kim"))
