"""Telling people: one message to one person through one channel, harmless to repeat.

The address is looked up when the message is sent, so no history holds one. Must never choose whom to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outcome import EXPECTED, done
from activities.ports import Contact, Directory, Message, Notifier, Refused
from activities.pressing import Pressing
from activities.requests import DigestRequest, Done, NotifyRequest
from activities.wording import Wording
from policies.people import CUSTOMER
from policies.ticket import Ticket


class Notifications:
    """Sends through the notifier of the channel."""

    def __init__(
        self, notifiers: Mapping[str, Notifier], directory: Directory, wording: Wording,
        pressing: Pressing | None = None,
    ) -> None:  # fmt: skip
        self.notifiers = notifiers
        self.directory = directory
        self.wording = wording
        self.pressing = pressing

    @activity.defn
    async def notify(self, request: NotifyRequest) -> Done:
        """Deliver one message. A channel nobody configured and an unknown person are final."""
        delivery = request.delivery
        notifier = self._notifier(delivery.channel)
        try:
            to = await self._contact(request.ticket, delivery.person)
        except Refused as error:
            raise _final(str(error)) from error
        message = self._worded(request, to)
        return await done(notifier.send(message, to), f"{delivery.channel} to {delivery.person}")

    @activity.defn
    async def digest(self, request: DigestRequest) -> Done:
        """Deliver what an outage has done to all the tickets of one person as one message."""
        notifier = self._notifier(request.channel)
        try:
            to = await self.directory.contact(request.person)
            message = self.wording.outage(request, to)
        except Refused as error:
            raise _final(str(error)) from error
        except KeyError as error:
            raise _final(f"a digest has no kind '{request.kind}'") from error
        return await done(notifier.send(message, to), f"{request.channel} to {request.person}")

    def _notifier(self, channel: str) -> Notifier:
        notifier = self.notifiers.get(channel)
        if notifier is None:
            known = ", ".join(sorted(self.notifiers)) or "none"
            raise _final(f"no channel '{channel}' is configured (configured: {known})")
        return notifier

    def _worded(self, request: NotifyRequest, to: Contact) -> Message:
        message = self.wording.message(request, to)
        if self.pressing is None:
            return message
        label = self.wording.phrases(message.language)("buttons.acknowledge")
        return replace(message, press=self.pressing.button(request, label))

    async def _contact(self, ticket: Ticket, person: str) -> Contact:
        if person != CUSTOMER:
            return await self.directory.contact(person)
        return Contact(
            person=CUSTOMER, name=ticket.customer, email=ticket.contact, zone=ticket.zone or "UTC",
            language=ticket.language,
        )  # fmt: skip


def _final(message: str) -> ApplicationError:
    return ApplicationError(message, type="Refused", non_retryable=True, category=EXPECTED)
