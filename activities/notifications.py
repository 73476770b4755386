"""Telling people: one message to one person through one channel, harmless to repeat.

The address is looked up when the message is sent, so no history holds one; when it goes, and with which others, the
outbox says. Must never choose whom to tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from temporalio import activity
from temporalio.converter import value_to_type

from activities.dispatching import Dispatch
from activities.outbox import SEND, Planned, Turn
from activities.outcome import final, told
from activities.ports import Contact, Directory, Message, Notifier, Press
from activities.pressing import Pressing
from activities.requests import Done, NotifyRequest
from activities.wording import MOST_ROWS, Wording
from policies.dispatch import UNKNOWN
from policies.people import CUSTOMER
from policies.ticket import Ticket


class Notifications:
    """Sends through the notifier of the channel."""

    def __init__(
        self, notifiers: Mapping[str, Notifier], directory: Directory, wording: Wording,
        pressing: Pressing | None = None, dispatch: Dispatch | None = None,
    ) -> None:  # fmt: skip
        self.notifiers = notifiers
        self.directory = directory
        self.wording = wording
        self.pressing = pressing
        self.dispatch = dispatch or Dispatch()

    @activity.defn
    async def notify(self, request: NotifyRequest) -> Done:
        """Deliver one message. A channel nobody configured and an unknown person are final."""
        delivery = request.delivery
        notifier = self.notifiers.get(delivery.channel)
        if notifier is None:
            known = ", ".join(sorted(self.notifiers)) or "none"
            raise final(f"no channel '{delivery.channel}' is configured (configured: {known})")
        with told():
            to = await self._contact(request.ticket, delivery.person)
            turn = await self.dispatch.turn(planned(request))
            if turn.what == SEND:
                turn = await self.dispatch.sent(turn, notifier.send(self._message(turn, request, to), to))
        return await self.dispatch.concluded(
            turn, f"{delivery.channel} to {delivery.person}", request.effect.kind == "page"
        )  # fmt: skip

    def _message(self, turn: Turn, request: NotifyRequest, to: Contact) -> Message:
        """As it is to go out; whoever may have it already is asked first."""
        found = self._bundle(turn, to) if turn.contents else self._worded(request, to)
        return replace(found, via=turn.outcome.provider if turn.outcome.state == UNKNOWN else "")

    def _worded(self, request: NotifyRequest, to: Contact) -> Message:
        message = self.wording.message(request, to)
        return replace(message, press=self._button(request, message.language))

    def _bundle(self, turn: Turn, to: Contact) -> Message:
        """Several messages as one, each ticket with a button of its own."""
        requests = [request_of(content) for content in turn.contents]
        message = self.wording.digest(turn.key, requests, to)
        buttons = [(one.ticket.id, self._button(one, message.language)) for one in requests[:MOST_ROWS]]
        presses = [replace(press, label=f"{press.label} #{id}") for id, press in buttons if press.link]
        return replace(message, presses=tuple(presses))

    def _button(self, request: NotifyRequest, language: str) -> Press:
        if self.pressing is None:
            return Press()
        return self.pressing.button(request, self.wording.phrases(language)("buttons.acknowledge"))

    async def _contact(self, ticket: Ticket, person: str) -> Contact:
        if person != CUSTOMER:
            return await self.directory.contact(person)
        return Contact(
            person=CUSTOMER, name=ticket.customer, email=ticket.contact, zone=ticket.zone or "UTC",
            language=ticket.language,
        )  # fmt: skip


def planned(request: NotifyRequest) -> Planned:
    """What the outbox needs to know of it; without the customer's address."""
    ticket, delivery, effect = request.ticket, request.delivery, request.effect
    content = replace(request, ticket=replace(ticket, contact=""))
    return Planned(
        request.key, ticket.tenant, ticket.id, effect.key, effect.kind, delivery.person, delivery.channel,
        ticket.urgency, json.dumps(asdict(content), ensure_ascii=False), alone=delivery.person == CUSTOMER,
    )  # fmt: skip


def request_of(content: str) -> NotifyRequest:
    """The request again. Fields that a later version added are as they are by default."""
    found = value_to_type(NotifyRequest, json.loads(content))
    assert isinstance(found, NotifyRequest)
    return found
