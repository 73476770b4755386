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

from starter.answering import Json, say, warn
from starter.commands.scope import Ahead, Everything, Region, Service, Tag, Tenants, Tier, names

if TYPE_CHECKING:
    from policies.outage import Outage
    from starter.outages import Desk

T = TypeVar("T")
app = typer.Typer(
    help="Declare outages and maintenance; stop and restart clocks.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The incident's own, like INC-7.")]
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
    """Stop the clocks of every ticket within the scope.

    Of those that are opened while it lasts, too. Counts from --occurred-at on, whenever a ticket hears of it. Declaring
    it again changes nothing.
    """
    from starter.declaring import Written, agreed, doubtful, kept, utc_now
    from starter.showing import outages as showing

    now = utc_now()
    written = Written(
        id, service or (), region or (), tenant or (), tier or (), tag or (), everything, effect, urgency, reason,
        owner, by, occurred_at, starts, ends, expected_end, approved_by, priority, names(stakeholders),
        tell_customers,
    )  # fmt: skip
    outage = written.outage(now)
    answer = ask(lambda desk: desk.declare(outage, everything, ahead))
    at = int(now.timestamp())
    agreed(written, outage, answer, showing.briefly(answer.outage, at))
    warn([*_strangers(outage), *kept(outage, answer), *doubtful(outage, now)])
    if as_json:
        say({"already": answer.already, **showing.data(answer.outage, at)})
        return
    print(f"outage {id} is declared{showing.after_declaration(answer, at)}")
    _print(showing.lines(answer.outage, at))


def _strangers(outage: Outage) -> list[str]:
    from starter.people import strangers_of
    from starter.settings import load

    return asyncio.run(strangers_of(load(), outage))


@app.command("rehearse", epilog="Example: rung outage rehearse --service payments --region kr")
def rehearse(
    service: Service = None, region: Region = None, tenant: Tenants = None, tier: Tier = None, tag: Tag = None,
    everything: Everything = False, effect: Effect = "pause_clock", urgency: Urgency = "", expected_end: Expected = "",
    occurred_at: Occurred = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="At most so many are asked.")] = 200,
    as_json: Json = False,
) -> None:  # fmt: skip
    """What a declaration would do now; it does nothing.

    Which tickets, their dues before and after (with --expected-end: once it has ended then), who would be spared.
    """
    from starter.commands.ticket import ask as ask_tickets
    from starter.declaring import Written, utc_now
    from starter.outage_rehearsing import rehearse as rehearsed
    from starter.showing import outages as showing

    outage = Written(
        "REHEARSAL", service or (), region or (), tenant or (), tier or (), tag or (), everything, effect, urgency,
        occurred_at=occurred_at, expected_end=expected_end,
    ).outage(utc_now())  # fmt: skip
    found = ask_tickets(lambda gateway, settings: rehearsed(gateway, outage, limit))
    refusal = ask(lambda desk: desk.refusal(outage))
    warn([*found.faults, *(f"a declaration would be refused: {line}" for line in refusal)])
    if as_json:
        say({**showing.rehearsal_data(found), "refused": refusal})
    else:
        print("\n".join(showing.said_rehearsal(outage, found)))


@app.command("end", epilog="Example: rung outage end INC-7 --by lee")
def end(
    id: Id, occurred_at: Occurred = "", by: By = "",
    ahead: Annotated[bool, typer.Option("--ahead", help="Even if its declaration has not arrived yet.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """It is over: the same tickets go on, from --occurred-at on. Ending it again changes nothing."""
    from starter.declaring import ended_at, utc_now
    from starter.showing import outages as showing

    now = utc_now()
    over = ended_at(occurred_at, now)
    answer = ask(lambda desk: desk.end(id, over, by, ahead))
    at = int(now.timestamp())
    if as_json:
        say({"already": answer.already, **showing.data(answer.outage, at)})
        return
    print(f"outage {id} {showing.over(answer)}")
    _print(showing.lines(answer.outage, at))


@app.command("extend", epilog="Example: rung outage extend INC-7 --expected-end 2099-03-27T18:00:00+09:00")
def extend(
    id: Id,
    expected_end: Annotated[str, typer.Option("--expected-end", metavar="ISO", help="When it should be over.")],
    as_json: Json = False,
) -> None:
    """It takes longer: its owner is reminded at another instant. No clock depends on it."""
    from starter.declaring import expected_at
    from starter.showing import outages as showing

    expected = expected_at(expected_end)
    answer = ask(lambda desk: desk.extend(id, expected))
    if as_json:
        say(showing.data(answer.outage, _now()))
        return
    print(f"outage {id} is expected to end at another time")
    _print(showing.lines(answer.outage, _now()))


@app.command("show", epilog="Example: rung outage show INC-7")
def show(id: Id, as_json: Json = False) -> None:
    """What stands, how often tickets have been told, who heard of it."""
    from starter.showing import outages as showing

    found = ask(lambda desk: desk.progress(id))
    if as_json:
        say({**showing.data(found.outage, _now()), **showing.telling(found)})
        return
    print(f"outage {id}")
    _print([*showing.lines(found.outage, _now()), *showing.said_telling(found)])


@app.command("status", epilog="Example: rung outage status INC-7 --lang ko --zone Asia/Seoul")
def status(
    id: Id,
    lang: Annotated[str, typer.Option(metavar="LANG", help="ko, en, ja, es, fr or zh.")] = "en",
    zone: Annotated[str, typer.Option(metavar="ZONE", help="In whose time it is told.")] = "UTC",
    as_json: Json = False,
) -> None:
    """A text for customers of its tickets, for the helpdesk to send.

    Rung itself has mailed them where it was declared with --tell-customers.
    """
    from activities.phrases import languages
    from activities.ports import Contact
    from activities.wording import Wording
    from policies.outage import CALLED_OFF, UNDECLARED, state
    from starter.answering import Unable, Unfit
    from starter.reading import zone_named

    if lang not in languages():
        raise Unfit([f"no messages in '{lang[:20]}'; there are {', '.join(languages())}"])
    zone_named(zone, "--zone")
    outage, now = ask(lambda desk: desk.one(id)), _now()
    if (standing := state(outage, now)) == UNDECLARED or (standing == CALLED_OFF and not outage.planned_end):
        why = "only its end is known so far" if standing == UNDECLARED else "it ended before it began"
        raise Unable([f"there is nothing to tell customers of outage {id}: {why}"])
    text = Wording().status(outage, Contact("", language=lang, zone=zone), now)
    if as_json:
        say({"id": id, "language": lang, "text": text})
    else:
        print(text)


@app.command("report", epilog="Example: rung outage report INC-7 --out review-INC-7.md")
def report(
    id: Id,
    out: Annotated[str, typer.Option(metavar="FILE", help="Write the draft for its review there, as Markdown.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    cost: Annotated[
        int,
        typer.Option(
            "--cost-per-minute",
            metavar="N",
            min=0,
            show_default=False,
            help="For the loss. [default: by its services]",
        ),
    ] = 0,
    as_json: Json = False,
) -> None:
    """What it meant: tickets, time that stood still, promises, the loss.

    Saved by definition of the pause: what would be broken by now had nobody declared anything. The loss is the
    outage's length at --cost-per-minute, or at what RUNG_DOWNTIME_COSTS says of its services.
    """
    from activities.outage_report import markdown
    from policies.outage_report import cost_of
    from starter.drafts import file_for, write
    from starter.settings import load
    from starter.showing import outages as showing
    from starter.showing.page import page

    file = file_for(out, force)
    found = ask(lambda desk: desk.report(id))
    found = replace(found, cost=cost or cost_of(found.outage.scope.services, load().downtime_costs))
    write(file, markdown(found.story))
    warn(found.faults)
    if as_json:
        say({**showing.report_data(found, _now()), "file": out})
    elif file is not None:
        print(f"{out}: {showing.many(found.account.tickets, 'ticket')}")
    else:
        print(f"outage {id}")
        _print(showing.lines(found.outage, _now()))
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
        say([showing.data(outage, _now()) for outage in found])
    elif found:
        console = page()
        for line in showing.listed(console, found, _now()):
            console.print(line, soft_wrap=True)
    else:
        print("no outage was ever declared; 'rung outage declare' declares one")


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _print(lines: list[Any]) -> None:
    for line in lines:
        print(f"  {line}")
