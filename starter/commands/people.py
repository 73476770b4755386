"""`rung people`: try an edit of people.yaml before a rung fires. Needs no server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from starter.answering import Json, say

app = typer.Typer(help="Check who is there: people, teams, roles.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def people() -> None:
    """Keeps `check` a command of its own while it is the only one."""


@app.command("check", epilog="Example: rung people check people.yaml")
def check(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="RUNG_PEOPLE if left out.")] = "", as_json: Json = False
) -> None:
    """Every fault of the people file, with line and next step.

    Warns about roles that the policies tell and nobody holds.
    """
    from starter.people import is_sample, people_of, roster, unheld
    from starter.settings import load

    given: dict[str, Any] = {"people": file} if file else {}
    settings = load(**given)
    found = roster(settings)
    names, warnings = people_of(found), unheld(settings, found)
    if as_json:
        say({
            "file": str(settings.people), "sample": is_sample(settings), "people": names,
            "teams": list(found.teams), "roles": {role: list(held) for role, held in found.roles.items()},
            "warnings": warnings,
        })  # fmt: skip
        return
    print(f"OK    {settings.people.name}: {len(names)} people, {len(found.teams)} teams, {len(found.roles)} roles")
    for line in warnings:
        print(f"WARN  {line}")
    if is_sample(settings):
        print("      these are the sample's, whom nobody reaches; write your own and set RUNG_PEOPLE")
