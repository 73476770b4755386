"""The facts of a message, label by label: what its reader needs in order to act (A1).

Must never hold a word (these are the phrases') nor anything that a ticket's customer should not read.
"""

from __future__ import annotations

from activities.reader import Reader
from activities.requests import NotifyRequest, Situation

Facts = tuple[tuple[str, str], ...]


def facts_of(request: NotifyRequest, reader: Reader) -> Facts:
    """Promise, use, overrun, due, new ETA, status, level, authority, owner; what is unknown is left out."""
    situation, ticket, say = request.situation, request.ticket, reader.phrases
    over, late = overrun(situation), broken(situation)
    facts = (
        ("promise", _promise(request, reader)),
        ("used", _used(situation, reader)),
        ("overrun", reader.duration(over) if over else ""),
        ("was_due" if late else "due", reader.moment(situation.due)),
        ("eta", reader.moment(situation.eta) or (say("values.no_eta") if late else "")),
        ("status", _status(situation, reader)),
        ("level", f"L{request.effect.level} {situation.level_title}".strip() if request.effect.level else ""),
        ("may_decide", situation.may_decide),
        ("may_spend", say("values.spend", amount=reader.number(situation.may_spend)) if situation.may_spend else ""),
        ("owner", ticket.assignee or say("values.nobody")),
        ("service", ticket.service),
        ("told_as", say.named("roles", request.delivery.role)),
    )
    return labelled(facts, reader)


def labelled(facts: Facts, reader: Reader) -> Facts:
    """Names of labels -> the labels; without those that say nothing."""
    return tuple((reader.phrases(f"labels.{name}"), value) for name, value in facts if value)


def broken(situation: Situation) -> bool:
    """Whether the target is used up."""
    return 0 < situation.target <= situation.consumed


def overrun(situation: Situation) -> int:
    """Seconds of working time beyond the target."""
    return max(situation.consumed - situation.target, 0) if situation.target > 0 else 0


def _promise(request: NotifyRequest, reader: Reader) -> str:
    ticket, say = request.ticket, reader.phrases
    clock = say.named("clocks", request.situation.clock)
    if not (clock and ticket.tier and ticket.urgency):
        return clock
    tier, urgency = say.named("tiers", ticket.tier), say.named("urgencies", ticket.urgency)
    return say("values.promise", clock=clock, tier=tier, urgency=urgency)


def _used(situation: Situation, reader: Reader) -> str:
    if not situation.target:
        return ""
    used, target = reader.duration(situation.consumed), reader.duration(situation.target)
    return reader.phrases("values.used", used=used, target=target)


def _status(situation: Situation, reader: Reader) -> str:
    state, sla = reader.phrases.named("states", situation.state), reader.phrases.named("sla", situation.sla)
    return reader.phrases("values.status", state=state, sla=sla) if state and sla else state
