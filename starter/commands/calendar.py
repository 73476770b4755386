"""`rung calendar`: business time on paper, with the intervals that make the answer.

Needs no server. Must never compute anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import FAILED, Attempt, Json, Unfit, say

if TYPE_CHECKING:
    from policies.business_time import WorkingTime
    from policies.document import CalendarDocument

HORIZONS = (92 * 86_400, 3 * 366 * 86_400)
"""How far ahead a due instant is looked for, in seconds: near first, as public holidays cost time."""
LONGEST = 20 * 366 * 86_400
"""How long a span may be measured, in seconds."""

app = typer.Typer(
    help="When is something due, how much working time went by.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Option("--calendar", metavar="NAME", help="Like kr-office.v1.")]
Urgency = Annotated[str, typer.Option(metavar="URGENCY", help="Opens the windows that are for such tickets only.")]
Start = Annotated[str, typer.Option("--start", metavar="ISO", help="From when on.")]


@app.command("list", epilog="Example: rung calendar list")
def list_calendars(as_json: Json = False) -> None:
    """The calendars there are."""
    from starter.settings import load
    from starter.showing.page import page, table

    catalog = load().catalog()
    found = [(name, catalog.calendar(name)) for name in catalog.calendar_names()]
    if as_json:
        say([{"name": n, "zone": c.zone, "business_day": c.business_day, "title": c.title} for n, c in found])
        return
    made = table("Calendar", "Zone", "Business day", "Title")
    for name, calendar in found:
        made.add_row(name, calendar.zone, calendar.business_day, calendar.title)
    page().print(made)


@app.command(
    "due", epilog="Example: rung calendar due --calendar kr-office.v1 --start 2026-03-27T16:00:00+09:00 --for 8h"
)
def due(
    calendar: Name, start: Start,
    length: Annotated[str, typer.Option("--for", metavar="LENGTH", help="Like 90m, 8h, 1h30m or 5bd.")],
    urgency: Urgency = "",
    pause: Annotated[
        list[str] | None, typer.Option(metavar="FROM/TO", help="Does not count; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """When so much working time will be used up."""
    from policies.clock import Clock, merge_pauses
    from starter.reading import seconds, span
    from starter.showing import working_time as showing
    from starter.showing.page import page

    attempt = Attempt()
    since, document = attempt(seconds, start, "--start"), attempt(_named, calendar)
    pauses = [attempt(span, text, "--pause") for text in pause or []]
    opens = attempt(_known, urgency)
    target = attempt(_length, length, document)
    attempt.done()
    merged = merge_pauses(pauses)
    for horizon in HORIZONS:
        working = _working(document, opens, since, since + horizon)
        due_at = Clock(working, since, pauses=merged).due(target)
        found = showing.Due(_full(document), document.zone, since, target, due_at, merged, working)
        if due_at is not None:
            break
    if as_json:
        say(showing.due_data(found))
    else:
        showing.show_due(page(), found)
    if found.due is None:
        raise typer.Exit(FAILED)


@app.command(
    "elapsed",
    epilog="Example: rung calendar elapsed --calendar kr-office.v1 "
    "--start 2026-03-27T16:00:00+09:00 --end 2026-03-30T11:00:00+09:00",
)
def elapsed(
    calendar: Name, start: Start,
    end: Annotated[str, typer.Option("--end", metavar="ISO", help="Until when.")],
    urgency: Urgency = "", as_json: Json = False,
) -> None:  # fmt: skip
    """How much working time lies between two instants."""
    from starter.reading import seconds
    from starter.showing import working_time as showing
    from starter.showing.page import page

    attempt = Attempt()
    since, until = attempt(seconds, start, "--start"), attempt(seconds, end, "--end")
    document, opens = attempt(_named, calendar), attempt(_known, urgency)
    attempt.done()
    if until < since:
        raise Unfit([f"--end '{end}' is before --start '{start}'; change them over"])
    if until - since > LONGEST:
        raise Unfit([f"--end '{end}' is more than 20 years after --start; ask for less"])
    working = _working(document, opens, since, until)
    if as_json:
        say(showing.elapsed_data(_full(document), document.zone, working, since, until))
    else:
        showing.show_elapsed(page(), _full(document), document.zone, working, since, until)


def _known(urgency: str) -> str:
    from policies.suggestion import did_you_mean
    from policies.ticket import URGENCIES

    if urgency and urgency.lower() not in URGENCIES:
        raise Unfit([f"--urgency '{urgency}' is unknown{did_you_mean(urgency, URGENCIES)}"])
    return urgency.lower()


def _length(text: str, document: CalendarDocument | None) -> int:
    """In open seconds; without a calendar only whether it is one."""
    from policies.duration import parse_duration

    return parse_duration(text, parse_duration(document.business_day) if document is not None else 0)


def _named(name: str) -> CalendarDocument:
    from starter.settings import load

    catalog = load().catalog()
    return catalog.calendar(_newest(name, catalog.calendar_names()))


def _working(document: CalendarDocument, urgency: str, since: int, until: int) -> WorkingTime:
    from policies.compiler import narrow

    return narrow(document, urgency, since, until).working_time(since, until)


def _newest(name: str, known: list[str]) -> str:
    """`kr-office` -> `kr-office.v2`; the catalog tells about a name nobody knows."""
    mine = [full for full in known if full == name or full.rpartition(".v")[0] == name]
    return mine[-1] if mine else name


def _full(document: CalendarDocument) -> str:
    return f"{document.calendar}.v{document.version}"
