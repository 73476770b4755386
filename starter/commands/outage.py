"""`rung outage`: one command stops, and starts again, the clocks of every ticket an outage covers.

Everything typed is checked before a server is asked. Must never end or change what somebody else declared by accident:
what stands is shown instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from starter.answering import Attempt, Json, say, warn

if TYPE_CHECKING:
    from policies.outage import Outage
    from starter.outages import Desk

T = TypeVar("T")
app = typer.Typer(
    help="Declare outages and maintenance; stop and restart clocks.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The incident's own, like INC-7.")]
Many = list[str] | None
Service = Annotated[Many, typer.Option(metavar="SERVICE", help="Tickets of this service; several times.")]
Region = Annotated[Many, typer.Option(metavar="REGION", help="Tickets of this region; several times.")]
Tenants = Annotated[Many, typer.Option("--tenant", metavar="TENANT", help="Tickets of this tenant; several times.")]
Tier = Annotated[Many, typer.Option(metavar="TIER", help="Tickets of this tier; several times.")]
Tag = Annotated[Many, typer.Option(metavar="TAG", help="Tickets with this tag; several times, one is enough.")]
Everything = Annotated[bool, typer.Option("--all", help="Every ticket there is is meant.")]
Ahead = Annotated[bool, typer.Option("--ahead", help="Even if it covers no ticket yet, or no service known.")]
Effect = Annotated[
    str, typer.Option(metavar="EFFECT", help="pause_clock, mute_keep_clock, reprioritise or raise_urgency.")
]  # fmt: skip
Urgency = Annotated[str, typer.Option(metavar="URGENCY", help="reprioritise, raise_urgency: what its tickets become.")]
Occurred = Annotated[str, typer.Option("--occurred-at", metavar="ISO", help="When it happened.  [default: now]")]
From = Annotated[str, typer.Option("--from", metavar="ISO", help="Maintenance: when it begins; may lie ahead.")]
To = Annotated[str, typer.Option("--to", metavar="ISO", help="Maintenance: when it ends by itself.")]
Expected = Annotated[str, typer.Option("--expected-end", metavar="ISO", help="When it should be over.")]
Owner = Annotated[str, typer.Option(metavar="WHO", help="A person or role; reminded when it lasts too long.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
ApprovedBy = Annotated[
    str,
    typer.Option("--approved-by", metavar="NAME", help="Who stands for one larger than RUNG_OUTAGE_LIMIT."),
]
Priority = Annotated[str, typer.Option(metavar="P1..P4", help="Stakeholders hear of it hourly, 2-, 4-hourly, daily.")]
Stakeholders = Annotated[
    str, typer.Option(metavar="WHO,WHO", help="Roles or people who hear of it while it lasts; needs --priority.")
]
TellCustomers = Annotated[
    bool,
    typer.Option(
        "--tell-customers", help="Mail each customer of its tickets once that it lasts, once that it is over."
    ),
]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so; it goes to the time lines.")]


def ask(question: Callable[[Desk], Awaitable[T]]) -> T:
    """One question to the desk, in a loop of its own."""
    from activities.adapters.sql_outages import SqlOutages
    from starter import connection
    from starter.journal import journal
    from starter.outages import Desk, services_of
    from starter.settings import load

    async def asked() -> T:
        settings = load()
        async with journal(settings) as records:
            desk = Desk(
                SqlOutages(records), records, lambda: connection.connect(settings), services_of(settings.catalog()),
                settings.outage_limit,
            )  # fmt: skip
            return await question(desk)

    return asyncio.run(asked())


@app.command(
    "declare",
    epilog="Example: rung outage declare INC-7 --service payments --region kr --reason 'card network is down'",
)
def declare(
    id: Id, service: Service = None, region: Region = None, tenant: Tenants = None, tier: Tier = None, tag: Tag = None,
    everything: Everything = False, ahead: Ahead = False, effect: Effect = "pause_clock", urgency: Urgency = "",
    reason: Why = "", expected_end: Expected = "", owner: Owner = "", by: By = "", occurred_at: Occurred = "",
    starts: From = "", ends: To = "", approved_by: ApprovedBy = "", priority: Priority = "",
    stakeholders: Stakeholders = "", tell_customers: TellCustomers = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Stop the clocks of every ticket within the scope, also of those that are opened while it lasts.

    Counts from --occurred-at on, whenever a ticket hears of it. Declaring it again changes nothing.
    """
    from starter.gateway import Refused
    from starter.showing import outages as showing

    scope = (service, region, tenant, tier, tag)
    outage = declared(
        id, scope, effect, urgency, reason, expected_end, owner, by, occurred_at, everything, (starts, ends),
        approved_by=approved_by, priority=priority.upper(), stakeholders=_names(stakeholders),
        tell_customers=tell_customers,
    )  # fmt: skip
    answer = ask(lambda desk: desk.declare(outage, everything, ahead))
    if answer.already and stated(answer.outage) != stated(outage):
        lines = showing.lines(answer.outage)
        known = "; ".join(line.strip() for line in (*lines[:3], *(line for line in lines if line in showing.MAILED)))
        raise Refused(f"{id} was declared otherwise before ({known}); that stands. Declare this one under another id")
    if as_json:
        say({"already": answer.already, **showing.data(answer.outage)})
        return
    print(f"outage {id} is declared" + (" already" if answer.already else ""))
    _print(showing.lines(answer.outage))


def declared(
    id: str, scope: tuple[Many, Many, Many, Many, Many], effect: str, urgency: str, reason: str, expected: str,
    owner: str, by: str, occurred: str, everything: bool = False, plan: tuple[str, str] = ("", ""),
    **more: Any,
) -> Outage:  # fmt: skip
    """The outage as it was typed; `plan` is the beginning and the end of maintenance. Raises Unfit with every fault."""
    from policies.outage import Outage, Scope, faults
    from starter.answering import Unfit
    from starter.reading import happened, instant

    now, attempt = datetime.now(UTC), Attempt()
    if occurred and plan[0]:
        raise Unfit(["--occurred-at tells of what has happened, --from of what is planned; give one of them"])
    if plan[0] and not plan[1]:
        raise Unfit(["maintenance that is planned ends by itself: say when with --to"])
    since = attempt(happened, occurred, "--occurred-at", now) if occurred else now
    since = attempt(instant, plan[0], "--from") if plan[0] else since
    planned = attempt(instant, plan[1], "--to") if plan[1] else None
    ends = attempt(instant, expected, "--expected-end") if expected else None
    attempt.done()
    services, regions, tenants, tiers, tags = (tuple(dict.fromkeys(values or ())) for values in scope)
    outage = Outage(
        id, Scope(services, regions, tenants, tuple(tier.lower() for tier in tiers), tags), effect,
        int(since.timestamp()), int(ends.timestamp()) if ends else 0, owner=owner, reason=reason,
        urgency=urgency.lower(), declared_by=by, planned_end=int(planned.timestamp()) if planned else 0,
        **more,
    )  # fmt: skip
    if found := faults(outage, everything):
        raise Unfit(found)
    return outage


def _names(typed: str) -> tuple[str, ...]:
    """`executives, customer-relations`."""
    return tuple(dict.fromkeys(name.strip() for name in typed.split(",") if name.strip()))


def stated(outage: Outage) -> tuple[Any, ...]:
    """What a second declaration must not say otherwise; of one that is planned, when it is, too."""
    begins = outage.planned_end and outage.since
    return outage.scope, outage.effect, outage.urgency, outage.planned_end, begins, outage.tell_customers


@app.command("rehearse", epilog="Example: rung outage rehearse --service payments --region kr")
def rehearse(
    service: Service = None, region: Region = None, tenant: Tenants = None, tier: Tier = None, tag: Tag = None,
    everything: Everything = False, effect: Effect = "pause_clock", urgency: Urgency = "", expected_end: Expected = "",
    occurred_at: Occurred = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="At most so many are asked.")] = 200,
    as_json: Json = False,
) -> None:  # fmt: skip
    """What a declaration would do now, without doing it.

    Which tickets, their dues before and after (with --expected-end: once it has ended then), who would be spared.
    """
    from starter.commands.ticket import ask as ask_tickets
    from starter.outage_rehearsing import rehearse as rehearsed
    from starter.showing import outages as showing

    scope = (service, region, tenant, tier, tag)
    outage = declared("REHEARSAL", scope, effect, urgency, "", expected_end, "", "", occurred_at, everything)
    found = ask_tickets(lambda gateway, settings: rehearsed(gateway, outage, limit))
    warn(found.faults)
    if as_json:
        say(showing.rehearsal_data(found))
    else:
        print("\n".join(showing.said_rehearsal(outage, found)))


@app.command("end", epilog="Example: rung outage end INC-7 --by lee")
def end(
    id: Id, occurred_at: Occurred = "", by: By = "",
    ahead: Annotated[bool, typer.Option("--ahead", help="Even if its declaration has not arrived yet.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """It is over: the same tickets go on, from --occurred-at on. Ending it again changes nothing."""
    from starter.reading import happened
    from starter.showing import outages as showing

    now = datetime.now(UTC)
    at = int((happened(occurred_at, "--occurred-at", now) if occurred_at else now).timestamp())
    answer = ask(lambda desk: desk.end(id, at, by, ahead))
    if as_json:
        say({"already": answer.already, **showing.data(answer.outage)})
        return
    print(f"outage {id} " + ("had ended already" if answer.already else "has ended"))
    _print(showing.lines(answer.outage))


@app.command("extend", epilog="Example: rung outage extend INC-7 --expected-end 2099-03-27T18:00:00+09:00")
def extend(
    id: Id,
    expected_end: Annotated[str, typer.Option("--expected-end", metavar="ISO", help="When it should be over.")],
    as_json: Json = False,
) -> None:
    """It takes longer: its owner is reminded at another instant. No clock depends on it."""
    from starter.reading import instant
    from starter.showing import outages as showing

    expected = int(instant(expected_end, "--expected-end").timestamp())
    answer = ask(lambda desk: desk.extend(id, expected))
    if as_json:
        say(showing.data(answer.outage))
        return
    print(f"outage {id} is expected to last longer")
    _print(showing.lines(answer.outage))


@app.command("show", epilog="Example: rung outage show INC-7")
def show(id: Id, as_json: Json = False) -> None:
    """What stands, how often tickets have been told so far, and who heard of it."""
    from starter.showing import outages as showing

    found = ask(lambda desk: desk.progress(id))
    if as_json:
        say({**showing.data(found.outage), **showing.telling(found)})
        return
    print(f"outage {id}")
    _print([*showing.lines(found.outage), *showing.said_telling(found)])


@app.command("status", epilog="Example: rung outage status INC-7 --lang ko --zone Asia/Seoul")
def status(
    id: Id,
    lang: Annotated[str, typer.Option(metavar="LANG", help="ko, en, ja, es, fr or zh.")] = "en",
    zone: Annotated[str, typer.Option(metavar="ZONE", help="In whose time it is told.")] = "UTC",
    as_json: Json = False,
) -> None:
    """A text for customers of its tickets, for the helpdesk to send; with --tell-customers Rung has mailed it."""
    from activities.phrases import languages
    from activities.ports import Contact
    from activities.wording import Wording
    from starter.answering import Unfit

    if lang not in languages():
        raise Unfit([f"no messages in '{lang[:20]}'; there are {', '.join(languages())}"])
    text = Wording().status(ask(lambda desk: desk.one(id)), Contact("", language=lang, zone=zone))
    if as_json:
        say({"id": id, "language": lang, "text": text})
    else:
        print(text)


@app.command("report", epilog="Example: rung outage report INC-7 --cost-per-minute 250")
def report(
    id: Id,
    cost: Annotated[
        int, typer.Option("--cost-per-minute", metavar="N", min=0, help="Estimates the loss; 0 = not known.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """What it meant: tickets it touched, clock time that stood still, promises saved and broken all the same.

    Saved by definition of the pause: what would be broken by now had nobody declared anything. The loss is the
    outage's length at --cost-per-minute, whatever the tickets say.
    """
    from policies.outage_report import loss
    from starter.showing import outages as showing
    from starter.showing.page import page

    found = ask(lambda desk: desk.report(id))
    found = replace(found, loss=loss(found.outage, cost, int(datetime.now(UTC).timestamp())))
    warn(found.faults)
    if as_json:
        say(showing.report_data(found))
        return
    print(f"outage {id}")
    _print(showing.lines(found.outage))
    print("\n".join(showing.said_report(found)))
    if found.tickets:
        page().print(showing.reported(found))


@app.command("list", epilog="Example: rung outage list")
def list_outages(
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Outages, the newest first."""
    from starter.showing import outages as showing
    from starter.showing.page import page

    found = ask(lambda desk: desk.known(limit))
    if as_json:
        say([showing.data(outage) for outage in found])
    elif found:
        page().print(showing.listed(found))
    else:
        print("no outage was ever declared; 'rung outage declare' declares one")


def _print(lines: list[Any]) -> None:
    for line in lines:
        print(f"  {line}")
