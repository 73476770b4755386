"""What strangers wrote - names, summaries, reasons - as single lines of bearable length that turn nothing around.

Everything a template may use has gone through here. Must never touch a key, an address or the ticket that is stored.
"""

from __future__ import annotations

from dataclasses import replace

from activities.fitting import tamed
from activities.requests import NotifyRequest, Situation
from policies.plan import Effect, Reason
from policies.ticket import Ticket

NAME, SUMMARY, SENTENCE, NUMBER, WORD = 80, 160, 300, 40, 40
"""Letters at most."""


def tamed_name(name: str) -> str:
    return tamed(name, NAME)


def tamed_title(title: str) -> str:
    return tamed(title, SUMMARY)


def tamed_ticket(ticket: Ticket) -> Ticket:
    """The facts that messages name."""
    return replace(
        ticket, id=tamed(ticket.id, NUMBER), summary=tamed(ticket.summary, SUMMARY), type=tamed(ticket.type, WORD),
        tier=tamed(ticket.tier, WORD), urgency=tamed(ticket.urgency, WORD), service=tamed(ticket.service, NAME),
        assignee=tamed(ticket.assignee, NAME), customer=tamed(ticket.customer, NAME),
    )  # fmt: skip


def tamed_effect(effect: Effect) -> Effect:
    """The author's sentence and the facts behind it."""
    reason = effect.reason
    return replace(effect, why=tamed(effect.why, SENTENCE), reason=_tamed_reason(reason))


def tamed_request(request: NotifyRequest) -> NotifyRequest:
    """The same request, fit to be read."""
    delivery = replace(request.delivery, role=tamed(request.delivery.role, NAME))
    return replace(
        request, effect=tamed_effect(request.effect), ticket=tamed_ticket(request.ticket), delivery=delivery,
        situation=_tamed_situation(request.situation),
    )  # fmt: skip


def _tamed_reason(reason: Reason) -> Reason:
    return replace(
        reason, of=tamed(reason.of, NAME), to=tamed(reason.to, NAME), text=tamed(reason.text, SUMMARY),
        clock=tamed(reason.clock, NAME),
    )  # fmt: skip


def _tamed_situation(situation: Situation) -> Situation:
    return replace(
        situation, clock=tamed(situation.clock, NAME), level_title=tamed(situation.level_title, NAME),
        may_decide=tamed(situation.may_decide, SENTENCE),
    )  # fmt: skip
