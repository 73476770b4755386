"""`rung policy migrate`: moves the open tickets of one policy to another, on purpose and with a preview.

Must never move anything unseen: without a terminal to ask, it wants --yes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import FAILED, Json, Unfit, say
from starter.commands.ticket import ask

if TYPE_CHECKING:
    from starter.gateway import Gateway
    from starter.migration import Migration, Move

EPILOG = "Example: rung policy migrate --from standard.v1 --to it-support.v1 --dry-run"


def migrate(
    before: Annotated[str, typer.Option("--from", metavar="POLICY", help="The version they are under: standard.v1.")],
    after: Annotated[str, typer.Option("--to", metavar="POLICY", help="The version they go to: standard.v2.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it goes to every ticket's time line.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who decided it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show dues and rungs before and after.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Put all open tickets of one policy under another.

    Shows what moves first. What has fired stays fired and a breach stays a fact. When it was cut off, run it again.
    """
    from starter.settings import load

    catalog = load().catalog()
    old, new = catalog.latest(before), catalog.latest(after)
    if old == new:
        raise Unfit([f"{old} is both --from and --to; name two policies"])
    if not dry_run and not reason:
        raise Unfit(["say why with --reason: it goes to every ticket's time line; --dry-run needs none"])
    if not dry_run and not yes and (as_json or not sys.stdin.isatty()):
        raise Unfit(["nobody can be asked here; look at it with --dry-run, then add --yes"])
    catalog.policy(new)  # a faulty one is told before any ticket is asked
    ask(lambda gateway, settings: _migrate(gateway, old, new, reason, by, dry_run, yes, as_json))


async def _migrate(
    gateway: Gateway, old: str, new: str, reason: str, by: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    from starter.migration import Migration
    from starter.showing.progress import progress

    migration = Migration(gateway, old, new)
    tickets = await migration.find()
    with progress("Looking at open tickets", len(tickets), quiet=as_json) as tick:
        seen = await migration.look(tickets, tick)
    if dry_run or not as_json:
        _show(seen, [], migration, as_json)
    if dry_run:
        return _end_badly(seen)
    movable = [move for move in seen if move.preview is not None]
    if movable and not yes:
        typer.confirm(f"Move {len(movable)} tickets from {old} to {new}?", abort=True)
    with progress("Moving", len(movable), quiet=as_json) as tick:
        moved = await migration.carry_out(movable, reason, by, tick)
    _show_done(seen, moved, migration, as_json)


def _show(seen: Sequence[Move], moved: Sequence[Move], migration: Migration, as_json: bool) -> None:
    from starter.showing import migration as showing
    from starter.showing.page import page

    policy = migration.gateway.catalog.policy(migration.after)
    zone = policy.calendars[policy.document.calendar].zone
    if as_json:
        done = {(move.tenant, move.id) for move in moved if move.done}
        rows = showing.data(seen, zone)
        for row, move in zip(rows, seen, strict=True):
            row["moved"] = (move.tenant, move.id) in done
        say({"from": migration.before, "to": migration.after, "tickets": rows})
    else:
        showing.show(page(), seen, zone, int(datetime.now(UTC).timestamp()))
        told = sum(move.preview is not None for move in seen)
        print(f"{told} of {len(seen)} open tickets under {migration.before} can move to {migration.after}")


def _show_done(seen: Sequence[Move], moved: Sequence[Move], migration: Migration, as_json: bool) -> None:
    if as_json:
        _show(seen, moved, migration, as_json)
    else:
        print(f"{sum(move.done for move in moved)} moved to {migration.after}")
        for move in moved:
            if move.fault:
                print(f"error: {move.tenant}/{move.id}: {move.fault}", file=sys.stderr)
    _end_badly([*seen, *moved])


def _end_badly(moves: Sequence[Move]) -> None:
    if any(move.fault for move in moves):
        raise typer.Exit(FAILED)
