"""`rung ticket action`: what somebody has to do after an incident; they are reminded until it is done (T4).

Must never make an item that nobody can be reminded of: its ticket must be known, its due must lie ahead.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer

from starter.answering import Json, Tenant, Unfit, say, warn
from starter.commands.news import By, EventId, Why
from starter.commands.ticket import Ticket

if TYPE_CHECKING:
    from policies.action_item import Item
    from starter.action_items import Items
    from starter.settings import Settings
    from starter.whose import Known

T = TypeVar("T")
LONGEST = 200
app = typer.Typer(
    help="What somebody has to do after an incident.", no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip
ItemId = Annotated[str, typer.Argument(metavar="ITEM", help="As 'rung ticket action list' shows it.")]


@app.command("add", epilog="Example: rung ticket action add 4711 'Alarm on the queue' --owner kim --due 3bd")
def add(
    id: Ticket,
    title: Annotated[str, typer.Argument(metavar="WHAT", help="What is to be done, in one line.")],
    owner: Annotated[str, typer.Option(metavar="WHO", help="A role or a person, as people.yaml calls them.")],
    due: Annotated[str, typer.Option(metavar="WHEN", help="Open time from now like 3bd or 8h, or an instant.")],
    via: Annotated[list[str] | None, typer.Option(metavar="CHANNEL", help="How they are reminded.  [email]")] = None,
    tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Make an action item; its owner is reminded until it is done.

    A business day before it is due, when it is due, then every business day, from then on with the team's lead. The
    ticket may be closed.
    """
    from policies.document import Channel
    from starter.people import strangers
    from starter.settings import load
    from starter.showing.page import local

    given = (("WHAT", title, "what is to be done"), ("--owner", owner, "whose it is"))
    faults = [f"{name} is empty; say {what}" for name, text, what in given if not text.strip()]
    faults += [f"WHAT has {len(title)} characters; {LONGEST} are enough"] if len(title) > LONGEST else []
    known = get_args(Channel)
    faults += [f"channel '{one}' is unknown; write one of {', '.join(known)}" for one in via or () if one not in known]
    if faults:
        raise Unfit(faults)
    settings = load()
    told = tuple(via or ("email",))
    item, zone = asyncio.run(_added(settings, tenant, id, title.strip(), owner, due, told, by, event_id))
    warnings = strangers(settings, owner) if owner not in _roles(settings) else []
    if as_json:
        say({"tenant": tenant, "ticket": id, **_data(item, zone), "warnings": warnings})
        return
    warn(warnings)
    print(f"{tenant}/{id} action item {item.id} for {item.owner}, due {local(item.due, zone)} {zone}")


def _roles(settings: Settings) -> tuple[str, ...]:
    from policies.people import TICKET_ROLES
    from starter.people import roster

    return (*TICKET_ROLES, *roster(settings).roles)


async def _added(
    settings: Settings, tenant: str, id: str, title: str, owner: str, due: str, via: tuple[str, ...], by: str, name: str
) -> tuple[Item, str]:
    from activities.requests import ItemOpening
    from policies.action_item import Item
    from starter import connection
    from starter.action_items import Items
    from starter.whose import due_at, known

    ticket = await known(settings, tenant, id)
    item = Item(name or f"by-hand-{uuid.uuid4().hex[:6]}", title, owner, due_at(ticket, due, _now()), made_by=by)
    opening = ItemOpening(
        ticket.ticket, item, via, ticket.catch_all, ticket.policy.name, ticket.opened_at, ticket.business_day
    )  # fmt: skip
    await Items(await connection.connect(settings)).add(opening)
    return item, ticket.zone


@app.command("list", epilog="Example: rung ticket action list 4711")
def list_items(id: Ticket, tenant: Tenant = "default", as_json: Json = False) -> None:
    """The action items of a ticket, open and done."""
    from starter.settings import load
    from starter.showing import action as showing
    from starter.showing.page import page

    async def question(items: Items, settings: Settings) -> Any:
        from starter.whose import known

        return await items.of(tenant, id), (await known(settings, tenant, id)).zone

    found, zone = asyncio.run(_ask(load(), question))
    if as_json:
        say({"tenant": tenant, "ticket": id, "items": [showing.data(item, zone, _now()) for item in found]})
    elif found:
        page().print(showing.show(found, zone, _now()))
    else:
        print(f"{tenant}/{id} has no action items; 'rung ticket action add' makes one")


@app.command("done", epilog="Example: rung ticket action done 4711 resolution.1-breach --by kim")
def done(
    id: Ticket, item: ItemId, reason: Why = "", tenant: Tenant = "default", by: By = "", event_id: EventId = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """It is done: nobody is reminded any more."""
    _command(tenant, id, item, "done", as_json, actor=by, reason=reason, request_id=event_id)


@app.command("move", epilog="Example: rung ticket action move 4711 resolution.1-breach --due 2099-04-03T18:00:00+09:00 "
             "--reason 'the vendor delivers then'")  # fmt: skip
def move(
    id: Ticket, item: ItemId,
    due: Annotated[str, typer.Option(metavar="WHEN", help="Open time from now like 3bd or 8h, or an instant.")],
    reason: Why = "", tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """A new date, and why."""
    from starter.settings import load
    from starter.whose import due_at, known

    if not reason.strip():
        raise Unfit(["say why with --reason: it goes to the time line"])
    settings = load()
    at = asyncio.run(_due(settings, tenant, id, due, known, due_at))
    until = datetime.fromtimestamp(at, UTC).isoformat()
    _command(tenant, id, item, "move", as_json, actor=by, reason=reason, request_id=event_id, until=until)


async def _due(
    settings: Settings, tenant: str, id: str, due: str,
    known: Callable[[Settings, str, str], Awaitable[Known]], due_at: Callable[[Known, str, int], int],
) -> int:  # fmt: skip
    return due_at(await known(settings, tenant, id), due, _now())


def _command(tenant: str, id: str, item: str, name: str, as_json: bool, **fields: Any) -> None:
    from starter.settings import load

    answer = asyncio.run(_ask(load(), lambda items, settings: items.command(tenant, id, item, name, **fields)))
    if as_json:
        say({"tenant": tenant, "ticket": id, "item": item, "ok": answer.ok, "text": answer.text})
    else:
        print(f"{tenant}/{id} {answer.text}")


async def _ask(settings: Settings, question: Callable[[Items, Settings], Awaitable[T]]) -> T:
    from starter import connection
    from starter.action_items import Items

    return await question(Items(await connection.connect(settings)), settings)


def _data(item: Item, zone: str) -> dict[str, Any]:
    from starter.showing import action as showing

    return showing.data(item, zone, _now())


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
