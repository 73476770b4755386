"""A message's way: receipts in any order end alike; the first page goes at once, the rest as one, critical ones ahead."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.dispatch import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    LINGER,
    MOST_AT_ONCE,
    PLANNED,
    QUIET,
    RANK,
    SENDING,
    SPARE,
    UNKNOWN,
    Outcome,
    Place,
    Slot,
    after,
    given_up,
    is_complete,
    place,
)

WINDOW = 60
NOBODY = Slot()
BUSY = Slot(last=1_000, at_once=1)
GATHERING = Slot(last=1_060, gathering=True, at_once=1)
OUTCOMES = st.builds(Outcome, st.sampled_from(list(RANK)), st.just("twilio"), st.sampled_from(["", "SM1", "SM2"]))


def play(*states: str, reference: str = "SM1") -> Outcome:
    known = Outcome(SENDING)
    for state in states:
        known = after(known, Outcome(state, "twilio", reference))
    return known


@pytest.mark.parametrize("states", sorted(set(permutations([ACCEPTED, FAILED, DELIVERED, DELIVERED, ACCEPTED]))))
def test_delivered_is_what_remains_in_whatever_order_receipts_come(states: tuple[str, ...]) -> None:
    assert play(*states) == Outcome(DELIVERED, "twilio", "SM1")


@pytest.mark.parametrize("states", sorted(set(permutations([ACCEPTED, FAILED, ACCEPTED]))))
def test_failed_is_not_undone_by_an_earlier_state_that_comes_later(states: tuple[str, ...]) -> None:
    assert play(*states).state == FAILED


def test_a_receipt_may_come_before_our_own_accepted() -> None:
    assert play(DELIVERED, ACCEPTED).state == DELIVERED
    assert play(FAILED, ACCEPTED).state == FAILED


def test_a_receipt_of_another_sending_says_nothing_of_this_one_unless_it_was_delivered() -> None:
    known = Outcome(ACCEPTED, "twilio2", "SM2")
    assert after(known, Outcome(FAILED, "twilio", "SM1", "lost")) == known
    assert after(known, Outcome(DELIVERED, "twilio", "SM1")).state == DELIVERED


def test_what_failed_at_one_provider_is_accepted_by_the_next() -> None:
    assert after(Outcome(FAILED, "twilio", "SM1", "lost"), Outcome(ACCEPTED, "twilio2", "SM2")) == Outcome(
        ACCEPTED, "twilio2", "SM2"
    )


def test_news_that_do_not_name_the_provider_keep_it() -> None:
    assert after(Outcome(ACCEPTED, "twilio", "SM1"), Outcome(FAILED, reason="30003")) == Outcome(
        FAILED, "twilio", "SM1", "30003"
    )


@given(OUTCOMES, OUTCOMES)
def test_the_same_news_twice_are_the_same_news_once(known: Outcome, news: Outcome) -> None:
    once = after(known, news)
    assert after(once, news) == once


@given(OUTCOMES, st.lists(OUTCOMES, max_size=6))
def test_delivered_is_final(known: Outcome, news: list[Outcome]) -> None:
    known = after(known, Outcome(DELIVERED, "twilio", "SM1"))
    for one in news:
        known = after(known, one)
    assert known.state == DELIVERED


def test_without_a_receipt_it_is_unknown_and_a_late_one_still_counts() -> None:
    unknown = given_up(Outcome(ACCEPTED, "twilio", "SM1"), "no receipt within 2 min")
    assert unknown == Outcome(UNKNOWN, "twilio", "SM1", "no receipt within 2 min")
    assert after(unknown, Outcome(DELIVERED, "twilio", "SM1")).state == DELIVERED
    assert given_up(Outcome(DELIVERED), "late").state == DELIVERED
    assert given_up(Outcome(FAILED), "late").state == FAILED
    assert after(Outcome(PLANNED), unknown).state == UNKNOWN


def test_the_first_message_to_a_contact_goes_at_once() -> None:
    assert place(1_000, NOBODY, WINDOW) == Place(1_000)
    assert place(1_060, BUSY, WINDOW) == Place(1_060)


def test_what_comes_within_the_window_goes_at_its_end_with_the_others() -> None:
    assert place(1_000, BUSY, WINDOW) == Place(1_060, held=True)
    assert place(1_001, BUSY, WINDOW) == Place(1_060, held=True)
    assert place(1_059, BUSY, WINDOW) == Place(1_060, held=True)
    assert place(1_030, GATHERING, WINDOW) == Place(1_060, held=True)


def test_who_comes_while_the_bundle_gathers_goes_with_it() -> None:
    assert place(1_063, GATHERING, WINDOW) == Place(1_060, held=True)


def test_who_comes_after_a_bundle_waits_for_the_next_one() -> None:
    assert place(1_063, Slot(last=1_060, at_once=1), WINDOW) == Place(1_120, held=True)


def test_a_bundle_that_nobody_came_for_holds_nobody_up() -> None:
    assert place(1_120, GATHERING, WINDOW) == Place(1_120)


def test_a_critical_ticket_goes_ahead_a_few_times_in_a_window() -> None:
    for at_once in range(1, MOST_AT_ONCE):
        slot = Slot(last=1_060, gathering=True, at_once=at_once)
        assert place(1_010, slot, WINDOW, may_overtake=True) == Place(1_010)
    full = Slot(last=1_060, gathering=True, at_once=MOST_AT_ONCE)
    assert place(1_010, full, WINDOW, may_overtake=True) == Place(1_060, held=True)


def test_without_a_window_nothing_waits() -> None:
    assert place(1_000, Slot(last=1_000), 0) == Place(1_000)


def test_what_has_too_little_time_to_wait_gathers_now_and_with_less_goes_alone() -> None:
    assert place(1_001, BUSY, WINDOW, patience=180) == Place(1_060, held=True)
    assert place(1_001, BUSY, WINDOW, patience=100) == Place(1_001, held=True)
    assert place(1_001, BUSY, WINDOW, patience=LINGER + SPARE - 1) == Place(1_001)
    assert place(1_063, GATHERING, WINDOW, patience=100) == Place(1_060, held=True)


def test_whom_a_bundle_left_behind_gathers_now_with_others_who_were() -> None:
    assert place(1_095, Slot(last=1_060), WINDOW, late=True) == Place(1_095, held=True)
    assert place(1_097, Slot(last=1_095, gathering=True), WINDOW, late=True) == Place(1_095, held=True)
    assert place(1_300, Slot(last=1_060), WINDOW, late=True) == Place(1_300, held=True)


def test_a_bundle_goes_when_all_are_there_and_not_at_once() -> None:
    assert not is_complete(1_060, waiting=3, there=3, came=(1_060, 1_060), now=1_060 + QUIET - 1)
    assert is_complete(1_060, waiting=3, there=3, came=(1_060, 1_060), now=1_060 + QUIET)


def test_a_bundle_goes_without_those_who_do_not_come_while_nobody_else_does() -> None:
    assert not is_complete(1_060, waiting=9, there=2, came=(1_060, 1_070), now=1_070 + QUIET - 1)
    assert is_complete(1_060, waiting=9, there=2, came=(1_060, 1_070), now=1_070 + QUIET)


def test_a_bundle_waits_for_nobody_for_ever() -> None:
    assert not is_complete(1_060, waiting=9, there=8, came=(1_060, 1_088), now=1_060 + LINGER - 1)
    assert is_complete(1_060, waiting=9, there=8, came=(1_060, 1_088), now=1_060 + LINGER)
