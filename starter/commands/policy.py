"""`rung policy`: see which there are, check them, rehearse them on paper.

Needs no server. Must never change a published file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.answering import FAILED, Json, Unfit, say
from starter.commands import backtest, comparing, recognise

if TYPE_CHECKING:
    from policies.people import Roster
    from starter.checking import Checked
    from starter.rehearsing import Played
    from starter.settings import Settings

app = typer.Typer(
    help="See, check, compare and rehearse policies; no server needed.", no_args_is_help=True, rich_markup_mode=None
)
app.command("diff", epilog=comparing.EPILOG)(comparing.diff)
backtest.add_to(app)
recognise.add_to(app)


@app.command("list", epilog="Example: rung policy list")
def list_policies(as_json: Json = False) -> None:
    """The policies there are."""
    from policies.written import Faulty
    from starter.settings import load
    from starter.showing.page import page, table

    catalog = load().catalog()
    made, found = table("Policy", "Newest", "Calendar", "Title"), []
    for name in catalog.policy_names():
        newest = catalog.latest(name.rpartition(".v")[0]) == name
        try:
            document = catalog.policy(name).document
            calendar, title = document.calendar, document.title
        except Faulty as error:
            calendar, title = "-", f"{len(error.faults)} faults; 'rung policy check {name}' lists them"
        made.add_row(name, "yes" if newest else "", calendar, title)
        found.append({
            "name": name, "newest": newest, "calendar": calendar, "title": title, "file": str(catalog.path(name))
        })  # fmt: skip
    if as_json:
        say(found)
    else:
        page().print(made)


@app.command("check", epilog="Example: rung policy check policies/published/bank.v1.yaml")
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME|FILE", help="Like bank, selections/default or a file; all if left out."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as faults.")] = False,
    most_pages: Annotated[
        int, typer.Option(metavar="N", min=1, help="Warn of more pages for one ticket in 30 days.")
    ] = 20,
    as_json: Json = False,
) -> None:
    """Every fault of policies, their calendars and selections, and what they probably do not mean (warnings).

    Without names all of them, and whether published files are as they were published. Warnings are looked for where
    nothing is wrong; they leave the exit code at 0 unless --strict is given.
    """
    from starter.checking import check as checked
    from starter.checking import unchanged
    from starter.settings import load

    settings = load()
    roles, people = _roles(settings)
    catalog = settings.catalog()
    found = checked(catalog, names or [], int(datetime.now(UTC).timestamp()), roles, most_pages)
    found = [one.strict() for one in found] if strict else found
    _show_checked(found if names else [*found, unchanged(catalog)], people, as_json)


@app.command("publish", epilog="Example: rung policy publish standard")
def publish(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="bank: its newest version, bank.v2, or selections/default.")
    ],
    as_json: Json = False,
) -> None:
    """Freeze a policy: enter it and its calendars in the ledger. Or a selection: which ticket gets which policy."""
    from starter.publishing import publish as entered
    from starter.settings import load

    settings = load()
    roles, people = _roles(settings)
    if people:
        raise Unfit(people)
    files = entered(settings.catalog(), name, int(datetime.now(UTC).timestamp()), roles)
    if as_json:
        say({"published": files})
    else:
        print("\n".join(f"published {file}" for file in files) or f"{name} is published already; nothing was changed")


def _roles(settings: Settings) -> tuple[tuple[str, ...], list[str]]:
    """The roles of people.yaml, or its faults."""
    from activities.ports import Refused
    from starter.people import roster

    try:
        return tuple(roster(settings).roles), []
    except Refused as error:
        return (), str(error).splitlines()


def _show_checked(found: Sequence[Checked], people: list[str], as_json: bool) -> None:
    from starter.checking import told

    faults = [*people, *dict.fromkeys(str(fault) for checked in found for fault in checked.faults)]
    warnings = list(dict.fromkeys(str(warning) for checked in found for warning in checked.warnings))
    if as_json:
        say({
            "ok": not faults, "faults": faults, "warnings": warnings,
            "checked": [{
                "name": c.name, "faults": [str(fault) for fault in c.faults],
                "warnings": [str(warning) for warning in c.warnings],
                "details": [{"severity": "fault", **told(fault)} for fault in c.faults]
                + [{"severity": "warning", **told(warning)} for warning in c.warnings],
            } for c in found],
        })  # fmt: skip
    else:
        for checked in found:
            print(f"{'FAIL' if checked.faults else 'WARN' if checked.warnings else 'OK':<4}  {checked.name}")
        print("".join(["Faults\n", *(f"      {line}\n" for line in faults)]) if faults else "", end="")
        _show_warnings(warnings)
    if faults:
        raise typer.Exit(FAILED)


def _show_warnings(warnings: Sequence[str]) -> None:
    """Wrapped, as they are sentences; a fault is a line, as editors read it."""
    from rich.text import Text

    from starter.showing.page import page, plain
    from starter.showing.wrapped import print_wrapped

    print("Warnings\n" if warnings else "", end="")
    for line in warnings:
        print_wrapped(page(), Text("      "), Text(plain(line)))


@app.command("schema", epilog="Example: rung policy schema > policy.schema.json")
def schema(as_json: Json = False) -> None:
    """The JSON schema of policy and calendar files, for editors; JSON with and without --json.

    Name it in the first line of a file: # yaml-language-server: $schema=policy.schema.json
    """
    from starter.schema import policy_schema

    say(policy_schema())


@app.command(
    "rehearse",
    epilog="Example: rung policy rehearse --policy standard --ticket 'tier=gold urgency=high assignee=kim' "
    "--opened 2026-03-27T16:00:00+09:00 --event '2026-03-27T17:30:00+09:00 pause customer'",
)
def rehearse(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE.timeline", help="Scripts to play.")] = None,
    policy: Annotated[str, typer.Option(metavar="NAME|FILE", help="Without a script: which one.")] = "standard",
    ticket: Annotated[str, typer.Option(metavar="FACTS", help="Without a file: like 'tier=gold urgency=high'.")] = "",
    opened: Annotated[str, typer.Option(metavar="ISO", help="Without a file: when the ticket comes in.")] = "",
    event: Annotated[
        list[str] | None, typer.Option(metavar="'ISO EVENT'", help="Without a file: what happens; several times.")
    ] = None,
    until: Annotated[str, typer.Option(metavar="ISO", help="Without a file: how long to play.")] = "",
    people: Annotated[
        str, typer.Option("--people", metavar="FILE", help="Turn roles into people of this file; say who is told.")
    ] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Say why each line stands at its instant.")] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw it into a file, too.")] = None,
    as_json: Json = False,
) -> None:
    """Play a ticket on paper and show its time line.

    A script that says what is expected is compared: exit code 1 and the difference when it comes otherwise.
    """
    from starter.commands.drawing import put
    from starter.rehearsing import drafted, inline, play, read
    from starter.settings import load

    settings = load()
    if files and (ticket or opened or event):
        raise Unfit(["name a file, or --ticket and --opened, not both"])
    if svg and len(files or []) > 1:
        raise Unfit(["--svg draws one script; name one file"])
    catalog, policy = drafted(settings.catalog(), policy)
    scripts = [read(path) for path in files or []] or [inline(catalog, policy, ticket, opened, event or [], until)]
    roster, zones = _people(people) if people else (None, {})
    played = [play(catalog, script, roster) for script in scripts]
    if svg:
        put(svg, played[0], zones)
    _show_played(played, as_json, explain, zones)


def _people(file: str) -> tuple[Roster, dict[str, str]]:
    from activities.ports import Refused
    from starter.people import roster, zones
    from starter.settings import load

    given: dict[str, Any] = {"people": file}
    settings = load(**given)
    try:
        return roster(settings), zones(settings)
    except Refused as error:
        raise Unfit(str(error).splitlines()) from None


def _show_played(found: Sequence[Played], as_json: bool, explained: bool, zones: Mapping[str, str]) -> None:
    from starter.showing import rehearsal as showing
    from starter.showing.page import page

    if as_json:
        data: list[Any] = [showing.data(played, explained, zones) for played in found]
        say(data[0] if len(data) == 1 else data)
    else:
        for played in found:
            showing.show(page(), played, explained, zones)
    if any(played.missing or played.unexpected for played in found):
        raise typer.Exit(FAILED)
