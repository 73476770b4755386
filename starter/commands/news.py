"""`rung ticket pause ...`: news that a ticket takes as it is, and commands that it may refuse.

Must never guess what a person meant: a resume without a name asks the ticket, and refuses when there are two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from starter.answering import Json, Tenant, Unable, Unfit, say, warn
from starter.commands.ticket import Ticket, ask

At = Annotated[str, typer.Option("--at", metavar="ISO", help="When it happened.  [default: now]")]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who did it.")]
EventId = Annotated[
    str, typer.Option("--event-id", metavar="ID", help="Names it: a second one of the same name is dropped.")
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it goes to the time line.")]
Pause = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="NAME",
        help="customer, vendor, approval, outage or manual; like outage:INC-7 or manual:kim where several may stand.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """The commands in the order of a ticket's life."""
    for name, command, example in (
        ("pause", pause, "pause 4711 --reason customer --by kim"),
        ("resume", resume, "resume 4711 --reason customer"),
        ("reply", reply, "reply 4711 --by kim"),
        ("contact", contact, "contact 4711 --by ann"),
        ("assign", assign, "assign 4711 kim"),
        ("transfer", transfer, "transfer 4711 network-l2 --by kim"),
        ("assess", assess, "assess 4711 --risk 70 --complexity 8 --predicted 6h"),
        ("ack", acknowledge, "ack 4711 --by kim"),
        ("escalate", escalate, "escalate 4711 2 --reason 'press is calling' --as-level 1"),
        ("snooze", snooze, "snooze 4711 kim --until 2099-03-27T18:00:00+09:00"),
        ("reprioritise", reprioritise, "reprioritise 4711 --urgency critical"),
        ("migrate", migrate, "migrate 4711 --to it-support.v1 --reason 'new contract' --dry-run"),
        ("resolve", resolve, "resolve 4711 --by kim"),
        ("reopen", reopen, "reopen 4711 --reason 'it is down again'"),
        ("waive", waive, "waive 4711 --clock resolution --reason 'agreed with the customer'"),
        ("approve-credit", approve_credit, "approve-credit 4711 --as-level 3 --by choi"),
        ("merge", merge, "merge 4711 4700"),
        ("close", close, "close 4711 --by kim"),
    ):
        app.command(name, epilog=f"Example: rung ticket {example}")(command)


def pause(
    id: Ticket, reason: Pause = "manual", tenant: Tenant = "default", at: At = "", by: By = "",
    event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Stop the clocks that this reason stops."""
    _tell(tenant, id, "pause", at, by, event_id, as_json, reason=reason)


def resume(
    id: Ticket, reason: Pause = "", tenant: Tenant = "default", at: At = "", by: By = "",
    event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """End a pause. Without --reason the one that stands."""
    if not reason:
        _happened(at)
        reason = _standing_pause(tenant, id)
    _tell(tenant, id, "resume", at, by, event_id, as_json, reason=reason)


def _standing_pause(tenant: str, id: str) -> str:
    standing = ask(lambda gateway, settings: gateway.standing(tenant, id)).paused_by
    if not standing:
        raise Unable([f"ticket {tenant}/{id} is not paused; there is nothing to resume"])
    if len(standing) > 1:
        raise Unable([f"ticket {tenant}/{id} is paused by {', '.join(standing)}; name one with --reason"])
    return standing[0]


def reply(
    id: Ticket, tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False
) -> None:
    """The customer got an answer: stops response clocks."""
    _tell(tenant, id, "replied", at, by, event_id, as_json)


def contact(
    id: Ticket, tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False
) -> None:
    """The customer wrote again: starts next response."""
    _tell(tenant, id, "contacted", at, by, event_id, as_json)


def assign(
    id: Ticket,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="As people.yaml calls them.")],
    tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Somebody else works on it."""
    _needed(person, "PERSON", "who works on it")
    _tell(tenant, id, "assigned", at, by, event_id, as_json, person, to=person)


def transfer(
    id: Ticket,
    team: Annotated[str, typer.Argument(metavar="TEAM", help="As people.yaml calls it.")],
    tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Another team owns it now."""
    _needed(team, "TEAM", "the team that owns it now")
    _tell(tenant, id, "transferred", at, by, event_id, as_json, team=team, to=team)


def assess(
    id: Ticket,
    impact: Annotated[str, typer.Option(metavar="IMPACT", help="high, medium or low.")] = "",
    value: Annotated[str, typer.Option(metavar="VALUE", help="Business value of it: high, medium or low.")] = "",
    risk: Annotated[int | None, typer.Option(metavar="0-100", help="Risk score.")] = None,
    complexity: Annotated[int | None, typer.Option(metavar="0-10", help="How difficult it is.")] = None,
    predicted: Annotated[str, typer.Option(metavar="DURATION", help="Predicted time to solve it, like 6h.")] = "",
    tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """What has become known of it; the policy may promise or escalate differently, no clock is restarted."""
    from policies.ticket import GRADES

    texts = {"impact": impact.lower(), "value": value.lower(), "predicted": predicted}
    scores = {"risk": risk, "complexity": complexity}
    found: dict[str, Any] = {name: text for name, text in texts.items() if text}
    found |= {name: score for name, score in scores.items() if score is not None}
    if not found:
        raise Unfit(["nothing is assessed; give --impact, --value, --risk, --complexity or --predicted"])
    unknown = [name for name in ("impact", "value") if found.get(name, GRADES[0]) not in GRADES]
    if unknown:
        raise Unfit([f"{name} '{found[name]}' is unknown; write one of {', '.join(GRADES)}" for name in unknown])
    _tell(tenant, id, "assessed", at, by, event_id, as_json, **found)


def acknowledge(
    id: Ticket, tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False
) -> None:
    """Somebody is on it: stops rungs that wait for that."""
    _tell(tenant, id, "acknowledged", at, by, event_id, as_json)


def reprioritise(
    id: Ticket,
    urgency: Annotated[str, typer.Option(metavar="URGENCY", help="The new one.")] = "",
    tier: Annotated[str, typer.Option(metavar="TIER", help="The new one.")] = "",
    tenant: Tenant = "default", at: At = "",
    by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Change the promise; the time used is kept."""
    faults = _unknown(urgency, tier)
    if faults:
        raise Unfit(faults)
    _tell(tenant, id, "reprioritised", at, by, event_id, as_json, urgency=urgency.lower(), tier=tier.lower())


def _unknown(urgency: str, tier: str) -> list[str]:
    from policies.ticket import TIERS, URGENCIES

    if not urgency and not tier:
        return ["nothing to change; write --urgency or --tier or both"]
    given = (("urgency", urgency, URGENCIES), ("tier", tier, TIERS))
    return [
        f"{name} '{value}' is unknown; write one of {', '.join(known)}{_meant(value, known)}"
        for name, value, known in given
        if value and value.lower() not in known
    ]


def _meant(value: str, known: tuple[str, ...]) -> str:
    """Only what is near: what exists has been listed."""
    from policies.suggestion import did_you_mean

    hint = did_you_mean(value, known)
    return hint if "did you mean" in hint else ""


def resolve(
    id: Ticket, tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False
) -> None:
    """It is solved: stops every clock."""
    _tell(tenant, id, "resolved", at, by, event_id, as_json)


def reopen(
    id: Ticket, reason: Why = "", tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """It was not solved."""
    _tell(tenant, id, "reopened", at, by, event_id, as_json, reason=reason)


def merge(
    id: Ticket,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The ticket that lives on.")],
    tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """It is the same as another one: ends it."""
    _needed(other, "OTHER", "the ticket that lives on")
    if other == id:
        raise Unfit([f"ticket {tenant}/{id} cannot be merged into itself; name the one that lives on"])
    ask(lambda gateway, settings: gateway.standing(tenant, other))  # it must be there
    _tell(tenant, id, "merged", at, by, event_id, as_json, to=other)


def close(
    id: Ticket, tenant: Tenant = "default", at: At = "", by: By = "", event_id: EventId = "", as_json: Json = False
) -> None:
    """End it for good."""
    _tell(tenant, id, "closed", at, by, event_id, as_json)


# --- commands, which the ticket may refuse -----------------------------------------------------------------


def escalate(
    id: Ticket,
    level: Annotated[int, typer.Argument(metavar="LEVEL", min=1, max=9, help="Up to which level.")],
    reason: Why = "",
    as_level: Annotated[int, typer.Option(metavar="N", min=1, max=9, help="The level you act as.")] = 1,
    tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Go up the ladder by hand.

    The level is paged, those in between are informed.
    """
    _command(
        tenant, id, "escalate", as_json, level=level, as_level=as_level, reason=reason, actor=by, request_id=event_id
    )


def snooze(
    id: Ticket,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who is left alone.")],
    until: Annotated[str, typer.Option(metavar="ISO", help="Until when, at the latest.")],
    reason: Why = "",
    tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Silence one person; the clocks run on.

    The next level up ends it early.
    """
    from starter.reading import instant

    _needed(person, "PERSON", "who is left alone")
    moment = instant(until, "--until")
    if moment <= datetime.now(UTC):
        raise Unfit([f"--until '{until}' is in the past; write an instant to come"])
    _command(
        tenant, id, "snooze", as_json, person, to=person, until=moment.isoformat(), reason=reason, actor=by,
        request_id=event_id,
    )  # fmt: skip


def waive(
    id: Ticket,
    clock: Annotated[str, typer.Option(metavar="CLOCK", help="Which promise, like resolution.  [default: all]")] = "",
    reason: Why = "", tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Excuse a breach: its credit is taken back.

    The breach itself stays on record.
    """
    if not reason.strip():
        raise Unfit(["say why with --reason: it goes to the time line"])
    _command(tenant, id, "waive", as_json, to=clock, reason=reason, actor=by, request_id=event_id)


def approve_credit(
    id: Ticket,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no; needs --reason.")] = False,
    credit: Annotated[str, typer.Option(metavar="RUNG", help="Which, by its rung.  [default: what waits]")] = "",
    as_level: Annotated[int, typer.Option(metavar="N", min=1, max=9, help="The level you act as.")] = 1,
    reason: Why = "", tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Grant or refuse a credit that waits for approval.

    The first word counts. Without one the policy says what happens at the deadline.
    """
    if refuse and not reason.strip():
        raise Unfit(["say why with --reason: it goes to the time line"])
    _command(
        tenant, id, "approve_credit", as_json, approve=not refuse, to=credit, as_level=as_level, reason=reason,
        actor=by, request_id=event_id,
    )  # fmt: skip


def migrate(
    id: Ticket,
    to: Annotated[str, typer.Option(metavar="POLICY", help="Like standard.v2.")], reason: Why = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    tenant: Tenant = "default", by: By = "", event_id: EventId = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Put an open ticket under another policy."""
    from starter.settings import load

    policy = load().catalog().latest(to)
    _command(
        tenant, id, "migrate_policy", as_json, to=policy, reason=reason, dry_run=dry_run, actor=by,
        request_id=event_id,
    )  # fmt: skip


def _tell(
    tenant: str, id: str, kind: str, at: str, by: str, event_id: str, as_json: bool, person: str = "",
    team: str = "", **fields: str | int,
) -> None:  # fmt: skip
    """Check on paper, send, say what became of it."""
    from policies.case import say as in_words
    from starter import reception
    from starter.showing.page import plain
    from workflows.contract import read_news

    known = {"occurred_at": _happened(at), "actor": by, "event_id": event_id, **fields}
    given: dict[str, Any] = {name: value for name, value in known.items() if value != ""}
    told = in_words(read_news(kind, [given], 1 << 40))
    sent = ask(lambda gateway, settings: reception.tell(gateway, tenant, id, kind, **given))
    warnings = _strangers(person, team)
    if as_json:
        became = {"event_id": sent.event_id, "outcome": sent.outcome, "why": sent.why, "warnings": warnings}
        became |= {"stops": list(sent.stops)} if sent.stops is not None else {}
        say({"tenant": tenant, "id": id, "kind": kind, **became, **fields})
        return
    warn(warnings)
    print(plain(f"{tenant}/{id} {told} (event {sent.event_id})"))
    if sent.said():
        print(plain(f"  {sent.said()}"))


def _needed(text: str, name: str, what: str) -> None:
    if not text.strip():
        raise Unfit([f"{name} is empty; name {what}"])


def _strangers(person: str, team: str = "") -> list[str]:
    from starter.people import strangers
    from starter.settings import load

    return strangers(load(), person, team) if person or team else []


def _happened(at: str) -> str:
    from starter.reading import happened

    return happened(at, "--at", datetime.now(UTC)).isoformat() if at else ""


def _command(tenant: str, id: str, name: str, as_json: bool, person: str = "", **fields: Any) -> None:
    from workflows.contract import read_command

    read_command(name, [{key: value for key, value in fields.items() if value}], 1 << 40)
    answer = ask(lambda gateway, settings: gateway.command(tenant, id, name, **fields))
    warnings = _strangers(person)
    if as_json:
        told = {"ok": answer.ok, "text": answer.text, "warnings": warnings}
        say({"tenant": tenant, "id": id, "command": name, **told})
    else:
        warn(warnings)
        print(answer.text or f"{tenant}/{id} {name}: done")
    if not answer.ok:
        raise typer.Exit(1)
