"""What replays add up to: leads, false alarms, who is told, and where two policies differ."""

from __future__ import annotations

from collections import Counter

import pytest

from policies.backtest import EXAMPLES, Backtest, Tally, loads, rank, weeks_between
from policies.event import Event
from policies.plan_maker import PlanMaker
from policies.rehearsal import Happening
from policies.replay import BREACHED, MET, UNDECIDED, Replay, replay
from policies.ticket import Ticket
from policies.ticket_log import Past
from tests.support.scenarios import CATALOG
from tests.support.world import everybody

MAKER = PlanMaker({name: CATALOG.policy(name) for name in ("standard.v1", "real-l.v1", "real-s.v1")})
HOUR, DAY = 3600, 86_400
MONDAY = 1_774_828_800  # Mon 30 Mar 2026 00:00 UTC, 09:00 in Seoul


def past(name: str, *events: tuple[float, str], urgency: str = "critical", resolved: bool = True) -> Past:
    """Hours after the opening and what happened then; `pause customer` has a reason."""
    happenings = []
    for index, (hours, said) in enumerate(events):
        kind, _, reason = said.partition(" ")
        at = MONDAY + int(hours * HOUR)
        happenings.append(Happening(at, Event(kind, at, str(index), reason=reason)))
    ticket = Ticket(name, tier="bronze", urgency=urgency, assignee="kim", team="seoul", contact="c@example.com")
    return Past(name, ticket, MONDAY, "P1", tuple(happenings), resolved)


def played(policy: str, one: Past, log_end: int = 0, people: bool = False) -> Replay:
    return replay(MAKER, policy, one, log_end, everybody() if people else None)


def tally(*replays: Replay) -> Tally:
    made = Tally()
    for one in replays:
        made.add(one, "Asia/Seoul")
    return made


def test_a_rung_leads_the_breach_by_wall_time_and_a_kept_promise_makes_it_a_false_alarm():
    """8 h: half is 4 h. The first is paused two hours between the rung and the breach."""
    late = played("real-l.v1", past("late", (5, "pause customer"), (7, "resume customer"), (11, "resolved")))
    kept = played("real-l.v1", past("kept", (7, "resolved")))
    made = tally(late, kept)
    assert made.leads["share-50", 0] == Counter({6 * 60: 1})
    assert (made.alarms["share-50", 0, BREACHED], made.alarms["share-50", 0, MET]) == (1, 1)
    assert (made.alarms["share-80", 0, BREACHED], made.alarms["share-80", 0, MET]) == (1, 1)
    assert ("share-100", 0) not in made.leads


def test_crossed_is_strictly_more():
    exact, more = (played("real-l.v1", past("T", (hours, "resolved"))) for hours in (4, 4 + 1 / 60))
    assert [one.crossed(50) for one in (exact, more)] == [False, True]


def test_what_is_not_decided_when_the_log_ends_is_neither_true_nor_false():
    running = past("T", (1, "replied"), resolved=False)
    made = tally(played("real-l.v1", running, MONDAY + 5 * HOUR))
    assert made.alarms == Counter({("share-50", 0, UNDECIDED): 1})
    assert (made.running, made.breaches(), made.past(50)) == (1, 0, 1)
    assert tally(played("real-l.v1", running, MONDAY + 9 * HOUR)).breaches() == 1


def test_a_broken_promise_stays_broken_when_the_target_grows():
    moved = past("T", (9, "reprioritised"), (10, "resolved"))
    events = [h.event for h in moved.happenings if h.event]
    easier = Event("reprioritised", events[0].at, "x", urgency="low")
    made = played(
        "real-l.v1", Past("T", moved.ticket, MONDAY, "P1", (Happening(easier.at, easier), moved.happenings[1]), True)
    )
    assert (made.broke("resolution"), made.crossed(100), made.urgency) == (True, False, "low")


def test_roles_are_told_where_nobody_knows_the_people():
    made = tally(played("standard.v1", past("T", (1.75, "resolved"))))
    pages = [(load.who, load.total) for load in loads(made, 1) if load.kind == "page"]
    assert ("assignee", 2) in pages
    assert all(load.weekly == load.total * 100 and load.night == 0 for load in loads(made, 1))


def test_people_are_told_once_whatever_the_channels():
    made = tally(played("standard.v1", past("T", (1.75, "resolved")), people=True))
    assert {load.who for load in loads(made, 1)} >= {"kim", "customer"}
    assert "assignee" not in {load.who for load in loads(made, 1)}


def test_night_is_by_the_local_clock():
    """Real-l counts day and night; the catch-all is told long after. Critical at 09:00 in Seoul breaks at 17:00."""
    made = tally(played("standard.v1", past("T", (60, "resolved"), urgency="critical")))
    nightly = {load.who: load.night for load in loads(made, 1) if load.night}
    assert nightly == {}
    shifted = Tally()
    shifted.add(played("standard.v1", past("T", (60, "resolved"), urgency="critical")), "America/New_York")
    assert any(load.night for load in loads(shifted, 1))


def test_weeks_are_local_and_begin_on_monday():
    assert weeks_between(MONDAY - 9 * HOUR, MONDAY - 9 * HOUR - 1, "Asia/Seoul") == 0
    assert weeks_between(MONDAY - 9 * HOUR - 1, MONDAY - 9 * HOUR, "Asia/Seoul") == 2


def test_two_policies_are_compared_ticket_by_ticket():
    made = Backtest([Tally(), Tally()])
    for name, hours in (("fast", 1), ("between", 6), ("slow", 20)):
        one = past(name, (hours, "resolved"))
        made.take([played("real-l.v1", one), played("real-s.v1", one)], "UTC")
    assert made.difference.broken == Counter({
        ("resolution", False, False): 1, ("resolution", False, True): 1, ("resolution", True, True): 1,
    })  # fmt: skip
    assert made.difference.only == {("resolution", 1): ["between"]}


def test_named_tickets_are_the_first_of_the_log_however_it_was_cut():
    ones = [past(f"T{n}", (6, "resolved")) for n in range(EXAMPLES + 5)]
    pairs = [[played("real-l.v1", one), played("real-s.v1", one)] for one in ones]
    whole, parts = Backtest([Tally(), Tally()]), Backtest([Tally(), Tally()])
    for pair in pairs:
        whole.take(list(pair), "UTC")
        piece = Backtest([Tally(), Tally()])
        piece.take(list(pair), "UTC")
        parts.merge(piece)
    assert parts == whole
    assert len(whole.difference.only["resolution", 1]) == EXAMPLES


def test_what_a_policy_promises_nothing_to_is_counted_apart():
    made = Backtest([Tally(), Tally()])
    made.take([None, played("real-s.v1", past("T", (1, "resolved")))], "UTC")
    assert (made.tallies[0].unfit, made.tallies[0].tickets.total(), made.difference.broken) == (1, 0, Counter())


@pytest.mark.parametrize(("percent", "value"), [(10, 1), (50, 5), (51, 6), (100, 10)])
def test_a_rank_is_the_nearest(percent, value):
    assert rank(Counter(range(1, 11)), percent) == value
    assert rank(Counter(), percent) is None
