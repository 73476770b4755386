"""`rung policy diff`: two policies side by side. Needs no server; must never change a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starter.answering import Json, say

EPILOG = (
    "Example: rung policy diff standard.v1 policies/published/it-support.v1.yaml --scenario "
    "tests/scenarios/pause-over-weekend.timeline"
)


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A policy by name (standard, bank.v2) or file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The one to compare it with.")],
    scenario: Annotated[
        list[Path] | None, typer.Option(metavar="FILE.timeline", help="Play it under both; several times.")
    ] = None,
    tickets: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="A list of tickets with opened_at, played without news.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What differs between two policies, in words, and what changes for given tickets.

    Scripts and tickets are played under A and under B, whatever policy they name.
    """
    from policies.difference import differences
    from starter.comparing import compare, policy_of
    from starter.comparing import tickets as tickets_of
    from starter.rehearsing import read
    from starter.settings import load
    from starter.showing import difference as showing
    from starter.showing.page import page

    catalog = load().catalog()
    left, right = policy_of(catalog, a), policy_of(catalog, b)
    scripts = [read(path) for path in scenario or []]
    scripts += tickets_of(tickets, left.calendars[left.document.calendar].zone) if tickets else []
    compared = [compare(catalog, left, right, script) for script in scripts]
    changes = differences(left, right)
    if as_json:
        say(showing.data(left, right, changes, compared))
    else:
        showing.show(page(), left, right, changes, compared)
