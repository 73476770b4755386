"""What else costs time and room: snapshots, plans, decisions, scenarios, the import."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import tracemalloc
from typing import Any

from pydantic import TypeAdapter

from policies.business_time import DAY, Calendar, WorkingTime
from policies.catalog import Catalog
from policies.compiler import compile_plan, narrow
from policies.event import Event
from policies.lifecycle import decide
from policies.rehearsal import Happening, rehearse
from policies.ticket import Ticket
from tests.bench.stopwatch import milliseconds, rates
from tests.support.scenarios import load, make_plan, played, scenario_files

START = 1_767_225_600  # 2026-01-01T00:00:00Z
RECORD = TypeAdapter(WorkingTime)


def snapshots() -> dict[str, Any]:
    """60 days and 2 years of kr-office: to build, to write, to read, to keep."""
    calendar = narrow(Catalog().calendar("kr-office.v1"), "", START, START + 730 * DAY)
    return {name: snapshot(calendar, START + days * DAY) for name, days in (("60_days", 60), ("2_years", 730))}


def snapshot(calendar: Calendar, until: int) -> dict[str, Any]:
    working = calendar.working_time(START, until)
    text = RECORD.dump_json(working)
    return {
        "build_ms": round(milliseconds(lambda: calendar.working_time(START, until)), 2),
        "json_bytes": len(text),
        "json_bytes_as_steps": len(RECORD.dump_json(as_steps(working))),
        "read_ms": round(milliseconds(lambda: RECORD.validate_json(text).total_until(until), 20), 3),
        "read_as_steps_ms": round(milliseconds(_reader_of_steps(working), 20), 3),
        "memory_kb": memory(lambda: RECORD.validate_json(text), until),
    }


def as_steps(working: WorkingTime) -> WorkingTime:
    """The form of the first tickets."""
    steps, cursor = [], working.since
    for start, end in working.intervals(working.since, working.until):
        steps += [start - cursor, end - start]
        cursor = end
    return WorkingTime(working.since, working.until, tuple(steps))


def _reader_of_steps(working: WorkingTime) -> Any:
    text = RECORD.dump_json(as_steps(working))
    return lambda: RECORD.validate_json(text).total_until(working.until)


def memory(make: Any, until: int) -> float:
    """kB that a snapshot holds once it was asked something."""
    tracemalloc.start()
    working = make()
    working.total_until(until)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return round(held / 1024, 1)


def tickets() -> dict[str, Any]:
    """Plans, decisions and scenarios a second."""
    ticket = Ticket(id="B-1", tier="gold", urgency="high", assignee="kim", team="seoul", contact="c@example.com")
    plan = make_plan("standard.v1", ticket, START, START)
    story = [Happening(START + n * 3600, Event("replied", START + n * 3600, f"e{n}")) for n in range(20)]
    end = rehearse(make_plan, "standard.v1", ticket, START, story, START + 5 * DAY)
    policy = Catalog().policy("standard.v1")
    found = rates({
        "plans_per_s": (compile_plan, [(policy, ticket, START)]),
        "decisions_per_s_after_20_events": (decide, [(end.plan, end.case, START + 5 * DAY + n) for n in range(500)]),
    })  # fmt: skip
    scenarios = [load(path) for path in scenario_files()]
    begun = time.perf_counter()
    for scenario in scenarios:
        played(scenario)
    return {
        "plan_bytes": len(TypeAdapter(type(plan)).dump_json(plan)),
        **{name: round(rate) for name, rate in found.items()},
        "scenarios_per_s": round(len(scenarios) / (time.perf_counter() - begun)),
    }


def imports() -> dict[str, Any]:
    """What `import policies.catalog` costs in a fresh Python, and whether it brings `holidays` along."""
    runs = [_import_times("policies.catalog") for _ in range(3)]
    found = {name: min(run[name] for run in runs) for name in ("policies.catalog", "policies.business_time")}
    return {
        **{f"{name}_ms": round(microseconds / 1000, 1) for name, microseconds in found.items()},
        "imports_holidays": any(name.split(".")[0] == "holidays" for run in runs for name in run),
        "max_rss_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }


def _import_times(module: str) -> dict[str, int]:
    """Module -> microseconds with all it imports."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    cells = [line.removeprefix("import time:").split("|") for line in lines if "cumulative" not in line]
    return {name.strip(): int(cumulative) for _own, cumulative, name in (cell for cell in cells if len(cell) == 3)}
