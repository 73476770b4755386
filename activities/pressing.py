"""Which messages can be answered by a press, and the button they carry.

A page to somebody of ours can be acknowledged; what only informs, and what customers read, cannot. Must never sign the
time of sending: a message that is sent again carries the same button.
"""

from __future__ import annotations

from dataclasses import dataclass

from activities.claims import ACKNOWLEDGE, Claim, Claims
from activities.ports import Press
from activities.requests import NotifyRequest
from policies.people import CUSTOMER

HOUR = 3_600
APPROVAL = "approval"
"""A page that asks for a decision: to have read it is no answer."""


@dataclass(frozen=True)
class Pressing:
    """`url` is how people reach our doors; a button lives for `hours` from the instant of its page."""

    claims: Claims
    url: str
    hours: int

    def button(self, request: NotifyRequest, label: str) -> Press:
        """The button of this message; an empty one where there is nothing to press."""
        effect, to = request.effect, request.delivery
        if effect.kind != "page" or to.role == CUSTOMER or effect.reason.kind == APPROVAL:
            return Press()
        until = effect.due + effect.late + self.hours * HOUR
        claim = Claim(request.ticket.tenant, request.ticket.id, effect.cycle, to.person, ACKNOWLEDGE, until)
        token = self.claims.sign(claim)
        return Press(label, f"{self.url}/a/{token}", token)
