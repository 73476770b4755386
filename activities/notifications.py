"""Telling people: one message to one person through one channel, harmless to repeat.

The address is looked up when the message is sent, so no history holds one; when it goes, and with which others, the
outbox says. Must never choose whom to tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from temporalio import activity
from temporalio.converter import value_to_type

from activities.dispatching import Dispatch
from activities.outbox import SEND, Planned, Turn
from activities.outcome import final, told
from activities.ports import Contact, Directory, Message, Notifier, Press
from activities.pressing import Pressing
from activities.requests import DigestRequest, Done, NotifyRequest, OutageUpdate
from activities.values import MOST_ROWS
from activities.wording import Wording
from policies.dispatch import UNKNOWN
from policies.people import CUSTOMER
from policies.ticket import Ticket

Worded = Callable[[Turn, Contact], Message]


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
        return await self._tell(planned(request), lambda turn, to: self._message(turn, request, to), request.ticket)

    @activity.defn
    async def digest(self, request: DigestRequest) -> Done:
        """Deliver what an outage has done to all the tickets of one person as one message."""
        digest = Planned(request.key, "", "", request.key, "digest", request.person, request.channel, alone=True)
        return await self._tell(digest, lambda _, to: self._news(request, to))

    @activity.defn
    async def tell_stakeholder(self, update: OutageUpdate) -> Done:
        """Tell one of those who answer for an outage how it stands."""
        news = Planned(update.key, "", "", update.key, "update", update.person, update.channel, alone=True)
        return await self._tell(news, lambda _, to: self.wording.outage_update(update, to))

    async def _tell(self, message: Planned, worded: Worded, ticket: Ticket | None = None) -> Done:
        """Through the outbox; whoever may have it already is asked first."""
        notifier = self._notifier(message.channel)
        with told():
            to = await self._contact(ticket, message.person)
            turn = await self.dispatch.turn(message)
            if turn.what == SEND:
                before = turn.outcome.provider if turn.outcome.state == UNKNOWN else ""
                turn = await self.dispatch.sent(turn, notifier.send(replace(worded(turn, to), via=before), to))
        return await self.dispatch.concluded(turn, f"{message.channel} to {message.person}", message.kind == "page")

    def _message(self, turn: Turn, request: NotifyRequest, to: Contact) -> Message:
        """As it is to go out."""
        return self._bundle(turn, to) if turn.contents else self._worded(request, to, turn.key)

    def _news(self, request: DigestRequest, to: Contact) -> Message:
        try:
            return self.wording.outage(request, to)
        except KeyError as error:
            raise final(f"a digest has no kind '{request.kind}'") from error

    def _notifier(self, channel: str) -> Notifier:
        notifier = self.notifiers.get(channel)
        if notifier is None:
            known = ", ".join(sorted(self.notifiers)) or "none"
            raise final(f"no channel '{channel}' is configured (configured: {known})")
        return notifier

    def _worded(self, request: NotifyRequest, to: Contact, key: str) -> Message:
        message = self.wording.message(request, to)
        return replace(message, key=key, press=self._button(request, message.language))

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

    async def _contact(self, ticket: Ticket | None, person: str) -> Contact:
        if ticket is None or person != CUSTOMER:
            return await self.directory.contact(person)
        return Contact(
            person=CUSTOMER, name=ticket.customer, email=ticket.contact, zone=ticket.zone or "UTC",
            language=ticket.language,
        )  # fmt: skip


def planned(request: NotifyRequest) -> Planned:
    """What the outbox needs to know of it; without the customer's address."""
    ticket, delivery, effect = request.ticket, request.delivery, request.effect
    content = replace(request, ticket=replace(ticket, contact=""))
    page = f"{effect.key}@{request.life}" if request.life else effect.key
    return Planned(
        request.key, ticket.tenant, ticket.id, page, effect.kind, delivery.person, delivery.channel,
        ticket.urgency, json.dumps(asdict(content), ensure_ascii=False), alone=delivery.person == CUSTOMER,
        life=request.life,
    )  # fmt: skip


def request_of(content: str) -> NotifyRequest:
    """The request again. Fields that a later version added are as they are by default."""
    found = value_to_type(NotifyRequest, json.loads(content))
    assert isinstance(found, NotifyRequest)
    return found
