"""`make bench`: business time beside what people use today, and beside the bound; one run, one core.

Prints one JSON object: calls a second, ratios, sizes, agreement; a summary with the goals goes to the error output.
Nothing is asserted here: machines differ.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
from typing import Any

from tests.bench.core import imports, snapshots, tickets
from tests.bench.duel import measured
from tests.bench.stopwatch import one_core

BTD, PANDAS, BOUND = "businesstimedelta", "pandas", "bound"
Goal = tuple[str, float, bool]
"""What is wanted, what was measured, whether that is enough."""


def main() -> None:
    begun = time.perf_counter()
    core = one_core()
    sys.stderr.write("about a minute: every contender gets 40 short turns\n")
    report: dict[str, Any] = {"duel": measured(), "snapshots": snapshots(), "import": imports(), **tickets()}
    report["goals"] = [{"goal": text, "measured": value, "met": met} for text, value, met in goals(report)]
    report["machine"] = {"python": platform.python_version(), "machine": platform.machine(), "core": core}
    report["max_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    report["seconds"] = round(time.perf_counter() - begun, 1)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    sys.stderr.write(_summary(report))


def goals(report: dict[str, Any]) -> list[Goal]:
    """The promises about speed, with what this run measured."""
    faster = {name: case["rung_is_faster_by"] for name, case in report["duel"].items()}
    speed = {name: case["per_s"]["rung"] for name, case in report["duel"].items()}
    room = report["snapshots"]["2_years"]["json_bytes"]
    found = [
        _at_least("A at least 100 x businesstimedelta", faster["A"][BTD], 100),
        _at_least("A at least 50 x pandas", faster["A"][PANDAS], 50),
        _at_least("B at least 1,000 x businesstimedelta", faster["B"][BTD], 1_000),
        _at_least("D as fast as A (9 tenths of it)", round(speed["D"] / speed["A"], 2), 0.9),
    ]
    found += [_at_least(f"{name} at least half the bound", faster[name][BOUND], 0.5) for name in faster]
    bare = {name: case["rung_is_faster_by_in_epoch_seconds"][BOUND] for name, case in report["duel"].items()}
    found += [_at_least(f"{name} in epoch seconds at least half the bound", bare[name], 0.5) for name in bare]
    found.append(("2 years of kr-office in less than 400 bytes", room, room < 400))
    brought = report["import"]["imports_holidays"]
    return [*found, ("policies.catalog does not import holidays", float(brought), not brought)]


def _at_least(text: str, value: float, wanted: float) -> Goal:
    return text, value, value >= wanted


def _line(name: str, case: dict[str, Any]) -> str:
    rates = ", ".join(f"{who} {rate:,}" for who, rate in case["per_s"].items())
    cannot = "".join(f"; {who} cannot: {why}" for who, why in case["cannot"].items())
    apart = "".join(
        f"; {who} agrees on {found['same']} of {found['asked']}, "
        f"{found['closing_or_next_opening']} more are our closing and its next opening"
        for who, found in case["agreement"].items() if found["same"] < found["asked"]
    )  # fmt: skip
    return f"{name} per second: {rates}{cannot}{apart}\n"


def _summary(report: dict[str, Any]) -> str:
    lines = [_line(name, case) for name, case in report["duel"].items()]
    lines += [f"{'met    ' if g['met'] else 'NOT MET'}  {g['goal']}: {g['measured']:,}\n" for g in report["goals"]]
    return "".join(lines) + f"in {report['seconds']} s\n"


if __name__ == "__main__":
    main()
