"""Targets from past work: quantiles with their intervals, and an advice only where there is enough to go by."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import comb

import pytest

from policies.attainment import KEEP, RELAX, TIGHTEN, TOO_FEW, Attainments, Sample, advise, enclosing, goal
from policies.replay import BREACHED, MET, UNDECIDED, Promise

HOUR = 3600


def promise(minutes: int, stopped: bool = True, target: int = HOUR) -> Promise:
    outcome = BREACHED if minutes * 60 > target else MET if stopped else UNDECIDED
    return Promise("resolution", outcome, target, minutes * 60, stopped)


def found(*promises: Promise) -> Attainments:
    made = Attainments()
    sample = made.samples.setdefault(("resolution", "gold", "high", HOUR), Sample())
    for one in promises:
        sample.add(one)
    return made


@pytest.mark.parametrize(("size", "ranks"), [(20, (6, 15)), (30, (10, 21)), (100, (40, 61))])
def test_the_ranks_around_a_median_are_those_of_the_printed_tables(size, ranks):
    assert enclosing(size, 50) == ranks


@pytest.mark.parametrize("percent", [80, 90, 95])
@pytest.mark.parametrize("size", [2, 30, 59, 100, 401])
def test_the_interval_is_the_narrowest_with_at_most_half_the_error_on_each_side(size, percent):
    """Against exact fractions."""
    low, high = enclosing(size, percent)
    share = Fraction(percent, 100)

    def below(hits: int) -> Fraction:
        return sum((comb(size, n) * share**n * (1 - share) ** (size - n) for n in range(hits + 1)), Fraction(0))

    half = Fraction(25, 1000)
    assert low == 0 or below(low - 1) <= half < below(low)
    assert high == size + 1 or 1 - below(high - 1) <= half < 1 - below(high - 2)


def test_large_samples_do_not_leave_the_range_of_numbers():
    assert enclosing(25_000, 95) == (23682, 23818)


def test_a_target_is_the_quantile_and_lies_in_its_interval():
    made = goal(Sample(Counter(range(1, 101))), 90)
    assert (made.minutes, made.low, made.high) == (90, 84, 96)


def test_what_is_longer_than_everything_seen_is_not_made_up():
    made = goal(Sample(Counter(range(1, 31))), 95)
    assert (made.minutes, made.high) == (29, None)


def test_promises_that_still_run_count_as_longer_than_all_that_ended():
    sample = Sample(Counter(range(1, 81)), running=20)
    assert [goal(sample, percent).minutes for percent in (80, 90)] == [80, None]


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(47, TIGHTEN), (48, KEEP), (60, KEEP), (72, KEEP), (73, RELAX)]
)  # fmt: skip
def test_the_rule_is_strict_on_both_sides(minutes, verdict):
    (advice,) = advise(found(*[promise(minutes)] * 30))
    assert advice.verdict == verdict


def test_few_promises_get_no_advice_and_no_targets():
    (advice,) = advise(found(*[promise(90)] * 29))
    assert (advice.verdict, advice.goals, advice.size, advice.attained) == (TOO_FEW, (), 29, 0)
    (advice,) = advise(found(*[promise(90)] * 29), fewest=29)
    assert advice.verdict == RELAX


def test_an_undecided_promise_is_neither_kept_nor_broken():
    (advice,) = advise(found(promise(10), promise(10), promise(90), promise(5, stopped=False)))
    assert (advice.met, advice.broken, advice.running, advice.attained) == (2, 1, 1, 6667)


def test_pieces_add_up():
    whole, left, right = (
        found(promise(10), promise(70), promise(5, False)),
        found(promise(10)),
        found(promise(70), promise(5, False)),
    )
    left.merge(right)
    assert left == whole
