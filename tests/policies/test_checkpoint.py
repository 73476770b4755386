"""What a plan remembers of its checkpoints holds only while nothing moves them."""

from __future__ import annotations

from dataclasses import replace

from policies import event as news
from policies.case import Case, evolve
from policies.event import Event
from policies.lifecycle import decide
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

MONDAY_NINE = 1_774_224_000
HOUR = 3_600


def test_a_pause_told_beforehand_holds_back_what_fell_due_while_nobody_looked():
    ticket = Ticket("T-1", tier="gold", urgency="high")
    plan = make_plan("standard.v1", ticket, MONDAY_NINE, MONDAY_NINE)
    case = Case(ticket, MONDAY_NINE, MONDAY_NINE)
    case = evolve(case, Event(news.PAUSE, MONDAY_NINE + 5 * HOUR, "p", reason="outage:x"))
    case = evolve(case, Event(news.RESUME, MONDAY_NINE + 7 * HOUR, "r", reason="outage:x"))
    looked = decide(plan, case, MONDAY_NINE)

    within = decide(plan, looked.case, MONDAY_NINE + 6 * HOUR)
    after = decide(plan, looked.case, MONDAY_NINE + 7 * HOUR)

    assert within == decide(replace(plan), replace(looked.case), MONDAY_NINE + 6 * HOUR)
    assert after == decide(replace(plan), replace(looked.case), MONDAY_NINE + 7 * HOUR)
    assert len(after.effects) > len(within.effects)
