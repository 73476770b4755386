"""`rung policy recognise`: the major incidents a policy would have seen in the tickets of the past.

Needs no server. Must never say that they were incidents: a log does not know.
"""

from __future__ import annotations

from typing import Annotated

import typer

from starter.answering import Json, say
from starter.commands.backtest import Log, Map, Zone, known_zone, progress_bar


def add_to(app: typer.Typer) -> None:
    """Enter the command beside the others about policies."""
    app.command(
        "recognise",
        epilog="Example: rung policy recognise tests/data/ticket_history_500.jsonl --try 'tickets=5 within=15m'",
    )(recognise)


def recognise(
    log: Log,
    policy: Annotated[str, typer.Option(metavar="NAME|FILE", help="Whose major_incidents.")] = "global-shop",
    tries: Annotated[
        list[str] | None,
        typer.Option("--try", metavar="RULE", help="A rule on its own, like 'tickets=5 within=15m'; several times."),
    ] = None,
    map_file: Map = None,
    zone: Zone = "",
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Most incidents to list for people.")] = 20,
    as_json: Json = False,
) -> None:
    """Let past tickets arrive one after the other and list the major incidents that would have been recognised.

    With what the log says of their tickets: how many customers, how many were resolved within one hour, how many were
    made more urgent later. Whether they were one incident it does not say.
    """
    from starter.backtesting import find_policy
    from starter.recognising import Recognition, tallies
    from starter.recognising import recognise as recognised
    from starter.settings import load
    from starter.showing import recognition as showing
    from starter.showing.page import page
    from starter.ticket_logs import open_log, read_map

    found = find_policy(load().catalog(), policy)
    counted = tallies(found, tries or [])
    rules = read_map(map_file)
    local = known_zone(zone) or rules.zone or found.calendars[found.document.calendar].zone
    opened = open_log(log, rules, local)
    lines, last = opened.span()
    with progress_bar(lines) as progress:
        told = recognised(opened, Recognition(log.name, found.name, local, last, counted), progress)
    if as_json:
        say(showing.data(told))
    else:
        showing.show(page(), told, limit)
