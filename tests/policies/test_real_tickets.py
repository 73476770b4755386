"""500 real tickets on the pure core: the counts of an independent program, exactly."""

import pytest

from policies.case import Case, evolve
from policies.explanation import readings
from tests.support.scenarios import make_plan
from tests.support.ticket_histories import (
    NEVER_PAUSED,
    PAUSED_BY_CUSTOMER,
    POLICIES,
    TABLE,
    Outcome,
    count,
    on_paper,
    read_histories,
)

HISTORIES = read_histories()


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    return {policy: [on_paper(history, policy) for history in HISTORIES] for policy in POLICIES}


@pytest.mark.parametrize("policy", POLICIES)
def test_crossings_and_breaches_are_those_of_an_independent_program(
    policy: str, outcomes: dict[str, list[Outcome]]
) -> None:
    assert count(outcomes[policy]) == TABLE[policy]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_rungs_that_fired_are_the_shares_that_were_crossed(policy: str, outcomes: dict[str, list[Outcome]]) -> None:
    for outcome in outcomes[policy]:
        assert outcome.fired == tuple(sorted(f"share-{share}" for share in outcome.crossed)), outcome


@pytest.mark.parametrize("policy", POLICIES)
def test_a_promise_is_broken_exactly_when_all_of_it_was_crossed(
    policy: str, outcomes: dict[str, list[Outcome]]
) -> None:
    assert [o.id for o in outcomes[policy] if o.breached != (100 in o.crossed)] == []


def test_a_pause_never_makes_a_ticket_slower(outcomes: dict[str, list[Outcome]]) -> None:
    pairs = zip(outcomes[PAUSED_BY_CUSTOMER], outcomes[NEVER_PAUSED], strict=True)
    assert [paused.id for paused, plain in pairs if paused.consumed > plain.consumed] == []


def test_taking_all_news_at_once_gives_the_same_clock_as_hearing_it_in_time(
    outcomes: dict[str, list[Outcome]],
) -> None:
    """The worker was down from the opening to the end."""
    for history, heard in zip(HISTORIES, outcomes[PAUSED_BY_CUSTOMER], strict=True):
        scenario = history.scenario(PAUSED_BY_CUSTOMER)
        case = Case(scenario.ticket, scenario.opened_at, scenario.opened_at)
        for event in history.events:
            case = evolve(case, event)
        plan = make_plan(scenario.policy, scenario.ticket, scenario.opened_at, scenario.until)
        (reading,) = readings(plan, case, scenario.until)
        assert (reading.consumed, reading.breached) == (heard.consumed, heard.breached), history.id


def test_the_file_holds_what_the_table_was_counted_on() -> None:
    assert len(HISTORIES) == 500
    assert sum(history.has("reopened") for history in HISTORIES) == 3
    assert sum(history.has("pause", "customer") for history in HISTORIES) == 125
