"""`rung oncall`: who is on call, who comes next, and where nobody would be. Needs no server.

Must never compute anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.answering import FAILED, Attempt, Json, say

if TYPE_CHECKING:
    from starter.on_call import OnCall

app = typer.Typer(
    help="Who is on call: now, next, and where nobody would be.", no_args_is_help=True, rich_markup_mode=None
)
At = Annotated[str, typer.Option("--at", metavar="ISO", help="Instead of now, like 2026-03-27T16:00:00+09:00.")]
Name = Annotated[str, typer.Argument(metavar="[SCHEDULE]", help="One schedule; all if left out.")]
People = Annotated[str, typer.Option("--people", metavar="FILE", help="Instead of RUNG_PEOPLE.")]
Days = Annotated[int, typer.Option("--days", min=1, max=366, metavar="N", help="How many days ahead.")]
NONE = "no schedules in {file}; docs/how-to/on-call.md shows how to write one"


@app.command("who", epilog="Example: rung oncall who --team support --at 2026-12-25T12:00:00+09:00")
def who(
    at: At = "",
    service: Annotated[str, typer.Option(metavar="NAME", help="Who answers for tickets of that service.")] = "",
    region: Annotated[str, typer.Option(metavar="NAME", help="... of that region.")] = "",
    team: Annotated[str, typer.Option(metavar="NAME", help="... of that team.")] = "",
    people: People = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Who is on call at this moment, by every schedule; with a service, a region or a team also who holds each role.

    Whoever is away is passed over for their deputy, as when a rung fires; who is in their quiet hours is named with
    whoever gets their pages meanwhile.
    """
    from policies.ticket import Ticket
    from starter.on_call import answering, on_duty
    from starter.showing import on_call as showing
    from starter.showing.page import page

    known, instant = _asked(people, at)
    duties = [on_duty(known, schedule, instant) for schedule in known.roster.schedules.values()]
    asked = bool(service or region or team)
    ticket = Ticket("asked", service=service, region=region, team=team)
    roles = answering(known, ticket, instant) if asked else []
    if as_json:
        say({"schedules": showing.duties_data(duties), "roles": showing.duties_data(roles)})
        return
    if duties:
        showing.show_duties(page(), duties, instant)
    else:
        print(NONE.format(file=known.file))
    if asked:
        print()
        showing.show_holders(page(), roles)


@app.command("next", epilog="Example: rung oncall next support --count 3")
def coming(
    schedule: Name = "", at: At = "",
    count: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="How many shifts after this one.")] = 5,
    people: People = "", as_json: Json = False,
) -> None:  # fmt: skip
    """The shift that is on and those after it, each on the clock of whoever has it."""
    from starter import on_call
    from starter.showing import on_call as showing
    from starter.showing.page import page

    known, instant = _asked(people, at)
    found = [(one, on_call.coming(known, one, instant, count)) for one in on_call.chosen(known, schedule)]
    if as_json:
        say(showing.shifts_data(known, found))
    elif found:
        showing.show_shifts(page(), known, found, instant)
    else:
        print(NONE.format(file=known.file))


@app.command("gaps", epilog="Example: rung oncall gaps --days 30")
def gaps(schedule: Name = "", days: Days = 30, at: At = "", people: People = "", as_json: Json = False) -> None:
    """Where nobody would be told: nobody is on call, or whoever is has no deputy while away. Ends with 1 if so."""
    from policies.coverage import gaps as uncovered
    from policies.rotation import DAY
    from starter.on_call import chosen
    from starter.showing import on_call as showing
    from starter.showing.page import page

    known, instant = _asked(people, at)
    found = [(one, uncovered(known.roster, one, instant, instant + days * DAY)) for one in chosen(known, schedule)]
    bad = any(shifts for _, shifts in found)
    if as_json:
        say(showing.shifts_data(known, found))
    elif bad:
        showing.show_gaps(page(), found, instant)
    else:
        print(f"OK    no gaps in the next {days} days" if found else NONE.format(file=known.file))
    if bad:
        raise typer.Exit(FAILED)


@app.command("check", epilog="Example: rung oncall check --days 90")
def check(days: Days = 90, at: At = "", people: People = "", as_json: Json = False) -> None:
    """What is wrong with the days to come, before a night shows it. Ends with 1 if anything FAILs.

    FAIL: a gap, a schedule that ends, a calendar that cannot be read. WARN: hours that are not covered on purpose,
    somebody on two schedules at once, somebody on call at night without sms or phone or in their quiet hours,
    calendar entries that name nobody, a schedule that nothing uses.
    """
    from policies.on_call_check import FAULT, findings
    from policies.rotation import DAY
    from starter.showing import on_call as showing
    from starter.showing.page import page

    known, instant = _asked(people, at)
    found = findings(known.roster, known.zones, instant, instant + days * DAY)
    faults = [one for one in found if one.level == FAULT]
    if as_json:
        say({"file": known.file, "days": days, "findings": showing.findings_data(known, found)})
    else:
        showing.show_findings(page(), known, found, instant)
        number = len(known.roster.schedules)
        if not number:
            print(NONE.format(file=known.file))
        elif not faults:
            print(f"OK    {number} {'schedule' if number == 1 else 'schedules'}, the next {days} days")
    if faults:
        raise typer.Exit(FAILED)


def _asked(people: str, at: str) -> tuple[OnCall, int]:
    """The directory, and the instant that is asked for."""
    from datetime import UTC, datetime

    from starter.on_call import read
    from starter.reading import seconds
    from starter.settings import load

    attempt = Attempt()
    given: dict[str, Any] = {"people": people} if people else {}
    settings = attempt(lambda: load(**given))
    instant = attempt(seconds, at, "--at") if at else int(datetime.now(UTC).timestamp())
    attempt.done()
    return read(settings), instant
