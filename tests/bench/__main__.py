"""`make bench`: how fast the core is, against a bare `bisect` over precomputed intervals, which is the bound.

Prints one JSON object: operations a second, ratios, sizes. Nothing is asserted here: machines differ.
"""

from __future__ import annotations

import json
import random
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from pydantic import TypeAdapter

from policies.business_time import DAY, WorkingTime
from policies.catalog import Catalog
from policies.compiler import compile_plan, narrow
from policies.event import Event
from policies.lifecycle import decide
from policies.rehearsal import Happening, rehearse
from policies.ticket import Ticket
from tests.support.scenarios import load, make_plan, played, scenario_files

START = 1_767_225_600  # 2026-01-01T00:00:00Z
ROUNDS = 200_000


def rate(call: Callable[[int], object], rounds: int) -> float:
    """Calls a second."""
    begun = time.perf_counter()
    for index in range(rounds):
        call(index)
    return rounds / (time.perf_counter() - begun)


def bound(working: WorkingTime, seconds: int) -> Callable[[int], int]:
    """The least that adding business time can cost: two bisections."""
    starts, ends, sums = working._edges

    def add(at: int) -> int:
        i = bisect_right(starts, at) - 1
        wanted = sums[i] + min(at, ends[i]) - starts[i] + seconds
        j = bisect_left(sums, wanted) - 1
        return starts[j] + wanted - sums[j]

    return add


def main() -> None:
    dice = random.Random(7)
    calendar = narrow(Catalog().calendar("kr-office.v1"), "", START, START + 730 * DAY)
    begun = time.perf_counter()
    working = calendar.working_time(START, START + 730 * DAY)
    snapshot_ms = (time.perf_counter() - begun) * 1000
    instants = [START + 30 * DAY + dice.randrange(600 * DAY) for _ in range(ROUNDS)]
    pairs = [(at, at + dice.randrange(30 * DAY)) for at in instants]
    bare = bound(working, 8 * 3600)
    add = rate(lambda i: working.add(instants[i], 8 * 3600), ROUNDS)
    long = rate(lambda i: working.add(START + i % DAY, 2_000 * 3600), ROUNDS)
    elapsed = rate(lambda i: working.elapsed(*pairs[i]), ROUNDS)
    floor = rate(lambda i: bare(instants[i]), ROUNDS)
    ticket = Ticket(id="B-1", tier="gold", urgency="high", assignee="kim", team="seoul", contact="c@example.com")
    plan = make_plan("standard.v1", ticket, START, START)
    story = [Happening(START + n * 3600, Event("replied", START + n * 3600, f"e{n}")) for n in range(20)]
    end = rehearse(make_plan, "standard.v1", ticket, START, story, START + 5 * DAY)
    decisions = rate(lambda i: decide(end.plan, end.case, START + 5 * DAY + i), 2_000)
    policy = Catalog().policy("standard.v1")
    scenarios = [load(path) for path in scenario_files()]
    begun = time.perf_counter()
    for scenario in scenarios:
        played(scenario)
    report = {
        "add_8h_per_s": round(add), "add_2000h_per_s": round(long), "elapsed_per_s": round(elapsed),
        "bound_per_s": round(floor), "bound_over_add": round(floor / add, 2),
        "snapshot_2_years_ms": round(snapshot_ms, 1),
        "snapshot_2_years_bytes": len(TypeAdapter(WorkingTime).dump_json(working)),
        "plan_bytes": len(TypeAdapter(type(plan)).dump_json(plan)),
        "plans_per_s": round(rate(lambda _: compile_plan(policy, ticket, START), 100)),
        "decisions_per_s_after_20_events": round(decisions),
        "scenarios_per_s": round(len(scenarios) / (time.perf_counter() - begun)),
    }  # fmt: skip
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
