"""`rung people`: try an edit of people.yaml before a rung fires. Needs no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.answering import Json, say

if TYPE_CHECKING:
    from policies.people import Roster

app = typer.Typer(help="Check who is there: people, teams, roles.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def people() -> None:
    """Keeps `check` a command of its own while it is the only one."""


@app.command("check", epilog="Example: rung people check activities/adapters/people.sample.yaml")
def check(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="RUNG_PEOPLE if left out.")] = "", as_json: Json = False
) -> None:
    """Every fault of the people file, with line and next step.

    Warns about roles that the policies tell and nobody holds, and about calendars that cannot be read.
    """
    from starter.people import holders, is_sample, people_of, roster, silent, unheld
    from starter.settings import load

    given: dict[str, Any] = {"people": file} if file else {}
    settings = load(**given)
    found = roster(settings)
    names, warnings = people_of(found), [*silent(found), *unheld(settings, found)]
    if as_json:
        say({
            "file": str(settings.people), "sample": is_sample(settings), "people": names,
            "teams": list(found.teams), "roles": {role: holders(found, role) for role in found.roles},
            "schedules": list(found.schedules),
            "warnings": warnings,
        })  # fmt: skip
        return
    _show(settings.people.name, found, len(names), warnings, is_sample(settings))


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
