"""`rung people`: try an edit of people.yaml before a rung fires, see what people bear. Needs no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.answering import Json, say

if TYPE_CHECKING:
    from policies.people import Roster

app = typer.Typer(
    help="Who is there: people, teams, roles, and how many pages they had.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("check", epilog="Example: rung people check activities/adapters/people.sample.yaml")
def check(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="RUNG_PEOPLE if left out.")] = "", as_json: Json = False
) -> None:
    """Every fault of the people file, with line and next step.

    Warns about roles that the policies tell and nobody holds, about calendars that cannot be read, and about quiet
    hours and budgets of pages that nobody stands in for.
    """
    from starter.people import holders, is_sample, people_of, restless, roster, silent, unheld
    from starter.settings import load

    given: dict[str, Any] = {"people": file} if file else {}
    settings = load(**given)
    found = roster(settings)
    names, warnings = people_of(found.people), [*silent(found), *unheld(settings, found), *restless(found)]
    if as_json:
        say({
            "file": str(settings.people), "sample": is_sample(settings), "people": names,
            "teams": list(found.teams), "roles": {role: holders(found, role) for role in found.roles},
            "schedules": list(found.schedules),
            "quiet_hours": [name for name in names if found.people[name].quiet],
            "pages_per_week": {name: n for name in names if (n := found.people[name].pages_per_week)},
            "warnings": warnings,
        })  # fmt: skip
        return
    _show(settings.people.name, found, len(names), warnings, is_sample(settings))


@app.command("load", epilog="Example: rung people load --json")
def load(
    people: Annotated[str, typer.Option("--people", metavar="FILE", help="Instead of RUNG_PEOPLE.")] = "",
    as_json: Json = False,
) -> None:
    """How many pages everybody had in the last 7 days, against their budget (`pages_per_week`).

    Pages that were sent count, a bundle of them once, in every channel together. When the budget is used up, pages
    that are not urgent go to the deputy.
    """
    import asyncio
    from datetime import UTC, datetime

    from starter.load import loads
    from starter.settings import load as read_settings
    from starter.showing import load as showing
    from starter.showing.page import page

    given: dict[str, Any] = {"people": people} if people else {}
    found = asyncio.run(loads(read_settings(**given), datetime.now(UTC)))
    if as_json:
        say({"days": 7, "people": showing.data(found)})
    else:
        showing.show(page(), found)


def _show(file: str, found: Roster, people: int, warnings: list[str], sample: bool) -> None:
    from rich.text import Text

    from starter.showing.page import page, plain
    from starter.showing.wrapped import print_wrapped

    counted = ((people, "person", "people"), (len(found.teams), "team", "teams"), (len(found.roles), "role", "roles"))
    print(f"OK    {file}: {', '.join(f'{n} {one if n == 1 else many}' for n, one, many in counted)}")
    console = page()
    for line in warnings:
        print_wrapped(console, Text("WARN  "), Text(plain(line)))
    if sample:
        told = "these are the sample's, whom nobody reaches; write your own and set RUNG_PEOPLE"
        print_wrapped(console, Text("      "), Text(told))
