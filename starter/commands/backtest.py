"""`rung policy backtest` and `rung policy advise`: a policy on the tickets of the past.

Need no server. Must never say what an escalation would have changed: a replay cannot know it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import Json, Unfit, say

if TYPE_CHECKING:
    from starter.backtesting import Progress, Report

Log = Annotated[Path, typer.Argument(metavar="LOG", help="Past tickets: .jsonl or .csv, plain or .gz.")]
Map = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="What the words of the log mean; YAML or JSON.")
]
Zone = Annotated[str, typer.Option(metavar="ZONE", help="Of instants without an offset, and of nights and weeks.")]
Until = Annotated[str, typer.Option(metavar="ISO", help="When the log ends; its last instant if left out.")]
Workers = Annotated[int, typer.Option(min=0, max=256, help="Processes; 0 = as many as there are cores.")]
People = Annotated[bool, typer.Option("--people", help="Turn roles into people of people.yaml.")]


def add_to(app: typer.Typer) -> None:
    """Enter both commands beside the others about policies."""
    app.command(
        "backtest",
        epilog="Example: rung policy backtest tests/data/ticket_history_500.jsonl --policy standard "
        "--policy it-support",
    )(backtest)
    app.command("advise", epilog="Example: rung policy advise tests/data/ticket_history_500.jsonl --policy standard")(
        advise
    )


def backtest(
    log: Log,
    policy: Annotated[
        list[str] | None, typer.Option(metavar="NAME|FILE", help="The policy; a second one is compared with it.")
    ] = None,
    map_file: Map = None,
    zone: Zone = "",
    until: Until = "",
    people: People = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report with charts there.")] = None,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Play past tickets under a policy, or under two.

    What would have been broken, which rungs would have fired when, and who would have been told.
    """
    from starter.showing import backtest as showing
    from starter.showing.page import page

    report = _tested(log, policy or ["standard"], map_file, zone, until, workers, people)
    if html is not None:
        _write(html, report)
    if as_json:
        say(showing.data(report))
    else:
        showing.show(page(), report)
        if html is not None:
            print(f"\nwritten: {html}")


def advise(
    log: Log,
    policy: Annotated[str, typer.Option(metavar="NAME|FILE", help="The policy whose targets are judged.")] = "standard",
    map_file: Map = None,
    zone: Zone = "",
    until: Until = "",
    fewest: Annotated[int, typer.Option(min=2, help="No advice on fewer promises than that.")] = 30,
    workers: Workers = 0,
    as_json: Json = False,
) -> None:
    """Judge the targets of a policy by past tickets.

    How many promises were kept, which targets 80, 90 or 95 % would attain, and whether to relax or to tighten.
    """
    from starter.showing import advice as showing
    from starter.showing.page import page

    report = _tested(log, [policy], map_file, zone, until, workers, people=False)
    if as_json:
        say(showing.data(report, fewest))
    else:
        showing.show(page(), report, fewest)


def _tested(
    log: Path, policies: list[str], map_file: Path | None, zone: str, until: str, workers: int, people: bool
) -> Report:
    from starter.backtesting import Job, back_test, default_workers, find_policies
    from starter.people import roster
    from starter.reading import seconds
    from starter.settings import load
    from starter.ticket_logs import open_log, read_map

    settings = load()
    found = find_policies(settings.catalog(), policies)
    rules = read_map(map_file)
    local = known_zone(zone) or rules.zone or found[0].calendars[found[0].document.calendar].zone
    opened = open_log(log, rules, local)
    lines, last = opened.span()
    end = seconds(until, "--until") if until else last
    job = Job(opened, found, local, end, roster(settings) if people else None)
    with progress_bar(lines) as progress:
        return back_test(job, lines, workers or default_workers(), progress)


def known_zone(zone: str) -> str:
    """Its name, "" for none given. Raises Unfit."""
    from policies.business_time import zone_of

    try:
        return zone and zone_of(zone).key
    except (LookupError, ValueError, OSError):
        raise Unfit([f"--zone: no time zone '{zone}'; write one like 'Asia/Seoul'"]) from None


@contextmanager
def progress_bar(lines: int) -> Iterator[Progress]:
    """A bar on stderr where somebody watches, else nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("tickets"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=lines)
        yield lambda more: bar.advance(task, more)


def _write(path: Path, report: Report) -> None:
    from starter.showing.backtest_page import page

    try:
        path.write_text(page(report), encoding="utf-8")
    except OSError as error:
        raise Unfit([f"--html {path}: {error.strerror}; name a file in a folder that exists"]) from None
