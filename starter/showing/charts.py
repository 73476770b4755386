"""The charts of a back-test report, as SVG to be put into a page.

Drawn by matplotlib without a screen; letters stay letters, so that the reader's own font and zoom work. The same
numbers as in the tables. Must never need the network, and never depend on the day it is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import matplotlib.ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from policies.backtest import Tally, loads, rank
from policies.replay import BREACHED, MET, SHARES
from starter.backtesting import Report
from starter.showing.backtest import clocks_of, rungs_of
from starter.showing.page import clock_name, plain

BLUE, ORANGE, GREY, RED = "#0f5f9e", "#d97706", "#9aa5b1", "#b42318"
OF_POLICY = (BLUE, ORANGE)
WIDTH, ROW = 4.6, 0.37
"""Inches. Narrow: on a telephone a chart is shrunk by a fifth and its letters must stay readable."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "rung", "font.family": "sans-serif", "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": GREY, "axes.axisbelow": True, "xtick.color": "#475467",
    "ytick.color": "#1d2939", "xtick.labelsize": 9.5, "ytick.labelsize": 10.5, "text.color": "#1d2939",
    "legend.frameon": False, "legend.fontsize": 10, "text.parse_math": False,
}  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A picture with what it says in words, for those who do not see it."""

    title: str
    said: str
    svg: str


@dataclass(frozen=True)
class Bars:
    """One series of horizontal bars: a number for each label, and what is written at its end."""

    name: str
    colour: str
    values: tuple[float, ...]
    texts: tuple[str, ...]


def charts(report: Report) -> list[Chart]:
    """All that have something to show."""
    several = len(report.policies) > 1
    each = [
        (tally, f", {policy}" if several else "")
        for policy, tally in zip(report.policies, report.found.tallies, strict=True)
    ]  # fmt: skip
    made = [_broken(report), _crossed(report)]
    made += [_alarms(*one) for one in each]
    made += [_leads(*one) for one in each]
    made += [_loads(report, *one) for one in each]
    return [chart for chart in made if chart is not None]


def _broken(report: Report) -> Chart | None:
    clocks = sorted({clock for tally in report.found.tallies for clock in clocks_of(tally)})
    series = [
        Bars(policy, colour, tuple(map(float, counts)), tuple(f"{count:,}" for count in counts))
        for policy, tally, colour in zip(report.policies, report.found.tallies, OF_POLICY, strict=False)
        for counts in [[tally.breaches(clock) for clock in clocks]]
    ]
    return _grouped("Tickets with a broken promise", [clock_name(clock) for clock in clocks], series)


def _crossed(report: Report) -> Chart | None:
    series = [
        Bars(policy, colour, tuple(map(float, counts)), tuple(f"{count:,}" for count in counts))
        for policy, tally, colour in zip(report.policies, report.found.tallies, OF_POLICY, strict=False)
        for counts in [[tally.past(share) for share in SHARES]]
    ]
    return _grouped("Tickets past a share of the resolution target", [f"> {share} %" for share in SHARES], series)


def _alarms(tally: Tally, said: str) -> Chart | None:
    """Of each rung that warns: before a breach, and for nothing."""
    rungs = [
        (level, rung) for level, rung in rungs_of(tally) if any(tally.alarms[rung, level, o] for o in (MET, BREACHED))
    ]
    true, false = ([tally.alarms[rung, level, outcome] for level, rung in rungs] for outcome in (BREACHED, MET))
    series = [
        Bars("promise broken later", BLUE, tuple(map(float, true)), tuple(f"{n:,}" for n in true)),
        Bars("false alarm", GREY, tuple(map(float, false)), tuple(f"{n:,}" for n in false)),
    ]
    return _grouped(f"Warnings: true and false{said}", [_rung(*rung) for rung in rungs], series)


def _leads(tally: Tally, said: str) -> Chart | None:
    keys = [(level, rung) for level, rung in rungs_of(tally) if rank(tally.leads.get((rung, level), {}), 50)]
    middles, lows = ([rank(tally.leads[rung, level], p) or 0 for level, rung in keys] for p in (50, 10))
    series = [
        Bars("half had less", BLUE, tuple(n / 60 for n in middles), tuple(_hours(n) for n in middles)),
        Bars("one in ten had less", GREY, tuple(n / 60 for n in lows), tuple(_hours(n) for n in lows)),
    ]
    return _grouped(f"Hours of warning before a promise broke{said}", [_rung(*key) for key in keys], series)


def _loads(report: Report, tally: Tally, said: str) -> Chart | None:
    pages = [load for load in loads(tally, report.weeks) if load.kind == "page"][:8]
    weekly = Bars(
        "average week",
        BLUE,
        tuple(load.weekly / 100 for load in pages),
        tuple(f"{load.weekly / 100:,.1f}" for load in pages),
    )
    most = Bars("busiest week", GREY, tuple(float(p.busiest) for p in pages), tuple(f"{p.busiest:,}" for p in pages))
    return _grouped(f"Pages: whom the ladder calls{said}", [plain(load.who) for load in pages], [weekly, most])


def _rung(level: int, rung: str) -> str:
    return f"L{level} {plain(rung)}" if level else plain(rung)


def _hours(minutes: int) -> str:
    return f"{minutes / 60:,.1f} h"


def _grouped(title: str, labels: Sequence[str], series: Sequence[Bars]) -> Chart | None:
    """Groups of bars from top to bottom; None when there is nothing to draw."""
    if not labels or not any(value for bars in series for value in bars.values):
        return None
    thick = 0.8 / len(series)
    with matplotlib.rc_context(STYLE):
        height = 0.75 + max(ROW * len(labels) * max(len(series), 1.4) * 0.8, 0.9)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        for place, bars in enumerate(series):
            at = [index + (place - (len(series) - 1) / 2) * thick for index in range(len(labels))]
            drawn = axes.barh(at, bars.values, height=thick * 0.9, color=bars.colour, label=bars.name)
            axes.bar_label(drawn, labels=bars.texts, padding=3, fontsize=9.5)
        _dress(axes, labels)
        if len(series) > 1:
            figure.legend(loc="outside lower left", ncols=2)
        return Chart(title, _words(labels, series), _svg(figure))


def _dress(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), [_short(label) for label in labels])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.16)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4))
    axes.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.10g}"))
    axes.grid(axis="x", color="#e4e7ec")
    axes.spines["left"].set_visible(False)


def _short(label: str) -> str:
    return label if len(label) <= 28 else f"{label[:27]}…"


def _words(labels: Sequence[str], series: Sequence[Bars]) -> str:
    return "; ".join(
        f"{label}: " + ", ".join(f"{bars.name} {bars.texts[index]}" for bars in series)
        for index, label in enumerate(labels)
    )


def _svg(figure: Figure) -> str:
    """Without preamble, date and fixed size: the page decides how wide it is."""
    into = io.StringIO()
    figure.savefig(
        into, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    text = into.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1
    )
