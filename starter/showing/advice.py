"""An advice on targets as a table and as data. Must never show a target without its sample and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.attainment import CONFIDENCE, GOALS, RELAX_ABOVE, TIGHTEN_BELOW, Advice, Goal, advise
from policies.duration import say_duration
from starter.backtesting import Report
from starter.showing.backtest import head
from starter.showing.page import clock_name, table


def remarks(fewest: int) -> tuple[str, ...]:
    """How it was counted: method, source, rule, what is left out."""
    relax, tighten = (f"{percent / 100:.1f} x target" for percent in (RELAX_ABOVE, TIGHTEN_BELOW))
    return (
        "Time is the business time a promise used, in minutes rounded up. A target for p % is the p-quantile; "
        f"low..high holds it with {CONFIDENCE} % confidence, whatever the distribution (order statistics; David, "
        "Nagaraja 2003, 7.1).",
        f"Rule: relax when the predicted mean is above {relax}, tighten when it is below {tighten}. The prediction is "
        "the mean of the log: it assumes a future like the past.",
        "Promises still running when the log ended count as longer than all that ended, and in the mean with what "
        f"they had used: the mean is then too low. Fewer than {fewest} promises: no advice (--fewest).",
    )


def show(console: Console, report: Report, fewest: int) -> None:
    for line in head(report):
        console.print(Text(line))
    advices = found(report, fewest)
    for clock in dict.fromkeys(advice.clock for advice in advices):
        console.print()
        console.print(Text(clock_name(clock).capitalize(), style="bold"))
        console.print(_table([advice for advice in advices if advice.clock == clock]))
    console.print()
    for line in remarks(fewest):
        console.print(Text(line))


def found(report: Report, fewest: int) -> list[Advice]:
    (tally,) = report.found.tallies
    return list(advise(tally.attainments, fewest))


def _table(advices: Sequence[Advice]) -> Table:
    numbers = ("Target", "n", "Kept", "Mean", *(f"for {percent} %" for percent in GOALS))
    made = table("Ticket", *numbers, "Advice", right=numbers)
    made.padding = (0, 1, 0, 0)
    for advice in advices:
        goals = [_goal(goal) for goal in advice.goals] or ["-"] * len(GOALS)
        made.add_row(
            f"{advice.tier}\n{advice.urgency}", say_duration(advice.target), f"{advice.size:,}", _attained(advice),
            _short(advice.mean), *goals, advice.verdict,
        )  # fmt: skip
    return made


def _attained(advice: Advice) -> str:
    return "-" if advice.attained is None else f"{advice.attained / 100:.1f} %"


def _goal(goal: Goal) -> str:
    return f"{_short(goal.minutes)}\n{_short(goal.low)}..{_short(goal.high)}"


def _short(minutes: int | None) -> str:
    """For reading: from 2 h on in hours, from 10 h on without tenths."""
    if minutes is None:
        return "?"
    if minutes < 120:
        return f"{minutes}m"
    return f"{minutes / 60:.1f}h" if minutes < 600 else f"{minutes / 60:,.0f}h"


def data(report: Report, fewest: int) -> dict[str, Any]:
    """For programs; targets and means in minutes of business time, null where the sample cannot tell."""
    return {
        "log": report.log, "policy": report.policies[0], "zone": report.zone,
        "tickets": report.found.lines - report.found.bad, "bad_lines": report.found.bad, "fewest": fewest,
        "rule": {"relax_above": RELAX_ABOVE / 100, "tighten_below": TIGHTEN_BELOW / 100},
        "cells": [_cell(advice) for advice in found(report, fewest)],
        "method": list(remarks(fewest)),
    }  # fmt: skip


def _cell(advice: Advice) -> dict[str, Any]:
    return {
        "clock": advice.clock, "tier": advice.tier, "urgency": advice.urgency, "target": advice.target // 60,
        "promises": advice.size, "running_at_the_end": advice.running, "met": advice.met, "broken": advice.broken,
        "attained": None if advice.attained is None else advice.attained / 10_000, "mean": advice.mean,
        "advice": advice.verdict,
        "targets": [
            {"percent": g.percent, "target": g.minutes, "low": g.low, "high": g.high, "confidence": CONFIDENCE / 100}
            for g in advice.goals
        ],
    }  # fmt: skip
