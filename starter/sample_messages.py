"""One sample of every message, for previews, checks and tests: a ticket, a person, the facts of the day.

All names are made up. Must never send anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from activities.parts import CUSTOMERS
from activities.ports import Contact, Message
from activities.requests import RESUMED, ActRequest, DigestRequest, DigestRow, NotifyRequest, OutageUpdate, Situation
from activities.wording import ActionItem, Wording
from policies.outage import Outage, Scope
from policies.people import ASSIGNEE, CUSTOMER, Delivery
from policies.plan import Effect, Reason
from policies.ticket import Ticket

NOW = 1774851120
"""Mon 30 Mar 2026 15:12 in Seoul."""
KEY = "acme/4711/resolution.1/sample"
_SUMMARIES = {
    "ko": ("한빛전자", "결제 페이지가 열리지 않습니다"), "ja": ("花山電機", "決済ページが開きません"),
    "es": ("Electrónica Hanbit", "La página de pago no se abre"), "zh": ("韩光电子", "支付页面无法打开"),
    "fr": ("Électronique Hanbit", "La page de paiement ne s'ouvre pas"),
    "en": ("Hanbit Electronics", "The payment page does not open"),
}  # fmt: skip
_PAGE = Effect(
    KEY, "page", "resolution-75", "resolution.1", NOW, level=2, clock="resolution",
    why="three quarters of the resolution time are used up", reason=Reason("share", "resolution", 75, 21_600),
)  # fmt: skip
BREACH = replace(
    _PAGE, rung="resolution-breach", level=4, breach=True, why="the resolution promise is broken",
    reason=Reason("share", "resolution", 100, 28_800),
)  # fmt: skip
_NOTICE = replace(
    _PAGE, kind="inform", rung="check-progress", level=0, clock="elapsed", why="a progress update is wanted",
    reason=Reason("after", "elapsed", seconds=7200),
)  # fmt: skip
_BY_HAND = replace(
    _PAGE, kind="inform", key=f"{KEY}.L2", why="escalated to L3 by Choi: the customer called the board", clock="",
    reason=Reason("escalated", level=3, of="Choi", text="the customer called the board"),
)  # fmt: skip
_NEWS = {
    "received": ("we have received your ticket", Reason("event", event="opened", times=1)),
    "progress": ("progress and the expected time of resolution", Reason("every", "elapsed", seconds=14_400)),
    "eta": ("progress and the expected time of resolution", Reason("every", "elapsed", seconds=14_400)),
    "risk": ("it may take longer than we promised", Reason("share", "resolution", 80, 23_040)),
    "resolved": ("solved - how to prevent it, and how did we do?", Reason("event", event="resolved")),
    "update": ("the ticket speaks of security", Reason("event", event="reopened", times=1)),
}
_RUNNING = Situation(
    state="open", sla="at_risk", clock="resolution", target=28_800, consumed=21_600, due=NOW + 7200,
    level_title="Team lead", zone="Asia/Seoul", now=NOW, may_decide="call in more people", may_spend=2_000_000,
)  # fmt: skip
BROKEN = replace(_RUNNING, sla="breached", consumed=29_520, due=NOW - 720, level_title="Executives")


@cache
def _wording() -> Wording:
    """Templates are compiled once."""
    return Wording()


@dataclass(frozen=True)
class Sample:
    """What a sample is about; tests put hostile texts here."""

    ticket: Ticket
    to: Contact
    why: str = ""
    """Instead of the policy author's sentence."""
    item: str = "Alarm when the payment page answers slowly"
    wording: Wording = field(default_factory=_wording)

    def message(self, name: str) -> Message:
        """The message `name`, worded for `to`. KeyError for one that is none."""
        if name == "disruption":
            return self.wording.disruption(KEY, self.lasting(), (self.ticket.id, f"{self.ticket.id}2"), self.to)
        if name in CUSTOMERS:
            return self.wording.message(self._news(name), self.to)
        return self._staff()[name]()

    def _staff(self) -> dict[str, Callable[[], Message]]:
        word, ticket, to = self.wording, self.ticket, self.to
        page, breach = self._request(_PAGE, _RUNNING), self._request(BREACH, BROKEN)
        return {
            "page": lambda: word.message(page, to),
            "breach": lambda: word.message(breach, to),
            "notice": lambda: word.message(self._request(_NOTICE, _RUNNING), to),
            "skipped": lambda: word.message(self._request(_BY_HAND, _RUNNING), to),
            "digest": lambda: word.digest(KEY, (breach, replace(page, ticket=replace(ticket, id=f"{ticket.id}2"))), to),
            "outage": lambda: word.outage(self._outage(), to),
            "outage_update": lambda: word.outage_update(
                OutageUpdate(KEY, "kim", "email", self.lasting(), NOW, 120), to
            ),
            "review": lambda: word.invitation(
                ActRequest(KEY, self._said(BREACH), ticket, BROKEN, NOW + 64_800), 45, to
            ),
            "reminder": lambda: word.reminder(
                KEY, ticket, ActionItem(self.item, ticket.assignee, NOW - 86_400), to, NOW
            ),
            "test": lambda: word.test(KEY, "email", to, NOW),
        }  # fmt: skip

    def lasting(self) -> Outage:
        """An outage in its second hour."""
        services = tuple(filter(None, (self.ticket.service,)))
        return Outage(
            "INC-7", Scope(services, regions=("kr",)), since=NOW - 5400, expected=NOW + 7200, priority="P1",
            reason=self.why or "the payment provider does not answer",
        )  # fmt: skip

    def _outage(self) -> DigestRequest:
        first = DigestRow(self.ticket.id, self.ticket.customer, self.ticket.summary, NOW + 7200)
        rows = (first, replace(first, id=f"{first.id}2", due=None))
        return DigestRequest(
            KEY, "kim", "email", RESUMED, "INC-7", self.why or "the payment provider answers again", rows
        )

    def _news(self, name: str) -> NotifyRequest:
        why, reason = _NEWS[name]
        effect = replace(_PAGE, kind="inform", level=0, why=why, reason=reason)
        situation = replace(
            _RUNNING, state="resolved" if name == "resolved" else "open", eta=NOW + 10_800 if name == "eta" else None
        )  # fmt: skip
        return replace(self._request(effect, situation), delivery=Delivery(CUSTOMER, "email", CUSTOMER))

    def _request(self, effect: Effect, situation: Situation) -> NotifyRequest:
        return NotifyRequest(KEY, self._said(effect), Delivery("kim", "email", ASSIGNEE), self.ticket, situation)

    def _said(self, effect: Effect) -> Effect:
        return replace(effect, why=self.why, reason=Reason()) if self.why else effect


def sample(language: str, zone: str = "Asia/Seoul", wording: Wording | None = None) -> Sample:
    """A friendly one in `language`."""
    customer, summary = _SUMMARIES.get(
        language.partition("-")[0], ("Hanbit Electronics", "The payment page does not open")
    )
    ticket = Ticket(
        "4711", tenant="acme", summary=summary, tier="gold", urgency="high", service="payments", team="platform",
        assignee="kim", customer=customer, contact="desk@hanbit.example", language=language, zone=zone,
    )  # fmt: skip
    to = Contact("kim", "Kim Min-su", "kim@rung.example", "+82-10-0000-0001", zone=zone, language=language)
    return Sample(ticket, to, wording=wording or _wording())
