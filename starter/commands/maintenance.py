"""`rung maintenance`: windows that come again by a rule, each of which becomes an outage of its own.

Everything typed is checked before a server is asked, and `--dry-run` shows the windows without planning any. Must never
say more of a window than that it is planned: `rung outage show` knows what became of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from starter.answering import Json, say
from starter.commands.outage import ApprovedBy, By, Effect, Owner, Priority, Stakeholders, Urgency, Why, ask
from starter.commands.scope import Ahead, Everything, Region, Service, Tag, Tenants, Tier, names

app = typer.Typer(help="Plan maintenance that comes again by a rule.", no_args_is_help=True, rich_markup_mode=None)
Id = Annotated[str, typer.Argument(metavar="ID", help="The rule's own: MW-12. Windows are MW-12.2099-03-28.")]
From = Annotated[str, typer.Option("--from", metavar="WALL", help="The first window's beginning, in --zone's time.")]
To = Annotated[str, typer.Option("--to", metavar="WALL", help="Its end, in --zone's time.")]
Zone = Annotated[str, typer.Option(metavar="ZONE", help="In whose time: Asia/Seoul.")]
Every = Annotated[
    str, typer.Option(metavar="RULE", help="daily, weekly, monthly or RRULE, like FREQ=MONTHLY;BYDAY=2SU.")
]
Until = Annotated[str, typer.Option(metavar="DAY", help="The last day, or wall time, on which one may begin.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show the next five windows.")]
SHOWN = 5


@app.command(
    "plan",
    epilog="Example: rung maintenance plan MW-12 --service payments --from 2099-03-28T22:00 --to 2099-03-29T02:00 "
    "--zone Asia/Seoul --every weekly",
)
def plan(
    id: Id, starts: From, ends: To, zone: Zone, every: Every, until: Until = "", service: Service = None,
    region: Region = None, tenant: Tenants = None, tier: Tier = None, tag: Tag = None, everything: Everything = False,
    early: Ahead = False, effect: Effect = "pause_clock", urgency: Urgency = "", reason: Why = "", owner: Owner = "",
    by: By = "", approved_by: ApprovedBy = "", priority: Priority = "", stakeholders: Stakeholders = "",
    dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Declare a window again and again, each a day before it begins.

    Both ends are wall times, the same on both sides of a change to summer time. Planning it again changes nothing.
    """
    from policies.maintenance import Maintenance, ahead
    from policies.outage import Outage
    from starter.declaring import scope_of
    from starter.maintenance import MaintenanceDesk, sensible
    from starter.showing import maintenance as showing

    what = Outage(
        id, scope_of(service, region, tenant, tier, tag), effect, owner=owner, reason=reason, urgency=urgency.lower(),
        declared_by=by, approved_by=approved_by, priority=priority.upper(), stakeholders=names(stakeholders),
    )  # fmt: skip
    rule, now = Maintenance(what, zone, starts, ends, every, until), int(datetime.now(UTC).timestamp())
    sensible(rule, everything, now)
    if dry_run:
        already = False
        if not early:
            ask(lambda desk: desk.check(what))
    else:
        already = ask(lambda desk: MaintenanceDesk(desk).plan(rule, everything, early)).already
    windows = ahead(rule, now, SHOWN)
    if as_json:
        timetable = showing.windows_data(windows, zone)
        say({"already": already, "planned": not dry_run, **showing.rule_data(rule), "windows": timetable})
        return
    planned = f"maintenance {id} is planned" + (" already" if already else "")
    print(f"nothing was planned; maintenance {id} would be" if dry_run else planned)
    print("\n".join(f"  {line}" for line in showing.lines(rule)))
    print("\n".join(showing.said_windows(windows, zone)))


@app.command("show", epilog="Example: rung maintenance show MW-12")
def show(id: Id, as_json: Json = False) -> None:
    """The rule, the next windows, and what could not be declared and why."""
    from starter.maintenance import MaintenanceDesk
    from starter.showing import maintenance as showing

    found = ask(lambda desk: MaintenanceDesk(desk).one(id))
    if as_json:
        say(showing.data(found))
        return
    print(f"maintenance {id}")
    print("\n".join(f"  {line}" for line in [*showing.lines(found.rule), *showing.progress(found)]))
    print("\n".join(showing.said_windows(found.ahead, found.rule.zone)))


@app.command("list", epilog="Example: rung maintenance list")
def list_rules(
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Rules that go on, and those that are over and still known."""
    from starter.maintenance import MaintenanceDesk
    from starter.showing import maintenance as showing
    from starter.showing.page import page

    found = ask(lambda desk: MaintenanceDesk(desk).known(limit))
    if as_json:
        say([showing.data(one) for one in found])
    elif found:
        page().print(showing.listed(found))
    else:
        print("no maintenance is planned; 'rung maintenance plan' plans one")


@app.command("stop", epilog="Example: rung maintenance stop MW-12 --by lee")
def stop(id: Id, by: By = "", as_json: Json = False) -> None:
    """No more windows, nor the one that was declared and has not begun. One that lasts goes on to its end."""
    from starter.maintenance import MaintenanceDesk
    from starter.showing import maintenance as showing

    answer = ask(lambda desk: MaintenanceDesk(desk).stop(id, by))
    if as_json:
        say({"already": answer.already, **showing.data(answer.maintaining)})
        return
    print(f"maintenance {id} {showing.said_stop(answer.maintaining, answer.already)}")
    print("\n".join(f"  {line}" for line in showing.after_stop(answer.maintaining)))
