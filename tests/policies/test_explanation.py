"""What an explanation names: each stretch of a pause by the names that stood in it, and no others."""

from __future__ import annotations

from policies.case import Case, evolve
from policies.event import Event
from policies.explanation import explain
from policies.ticket import Ticket
from tests.support.scenarios import make_plan

MONDAY = 1_774_224_000  # 2026-03-23T00:00:00Z, 09:00 in Seoul
MINUTE = 60


def test_each_stretch_of_a_pause_names_who_held_it():
    ticket = Ticket("1", tier="gold", urgency="high")
    plan = make_plan("plain.v1", ticket, MONDAY, MONDAY)
    case = Case(ticket, MONDAY, MONDAY)
    for minute, kind, name in (
        (10, "pause", "manual"), (20, "resume", "manual"), (30, "pause", "customer"), (35, "pause", "vendor"),
        (40, "resume", "customer"), (50, "resume", "vendor"), (60, "pause", "outage:INC-7"),
    ):  # fmt: skip
        case = evolve(case, Event(kind, MONDAY + minute * MINUTE, f"{minute}", reason=name))
    (deadline,) = explain(plan, case, MONDAY + 70 * MINUTE)
    stretches = [((start - MONDAY) // MINUTE, end and (end - MONDAY) // MINUTE) for start, end in deadline.pauses]
    assert stretches == [(10, 20), (30, 50), (60, None)]
    assert deadline.paused_by == ("manual", "customer, vendor", "outage:INC-7")
