"""A review gets its place in the planning system, and each of the invited their invitation, once over all attempts.

Must never choose when it is, or whom it invites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from activities.invitations import Invitations
from activities.ports import Contact, Message, Notifier, Receipt, Review, Reviews

Worded = Callable[[Contact], tuple[Review, Message]]
"""The review as somebody reads it, and the mail that invites them to it."""


@dataclass(frozen=True)
class Reviewing:
    """`invitation` words an .ics text for a review; without a planning system there are only invitations."""

    reviews: Reviews | None
    mail: Notifier
    invitation: Callable[[Review], str]

    async def scheduled(self, key: str, invited: Sequence[Contact], worded: Worded, draft: str) -> Receipt:
        """The planning system's receipt. Raises what may work later, and Refused with what never will."""
        invitees = tuple(contact.email for contact in invited)
        sent, failed = Invitations.so_far(), []
        if (receipt := sent.scheduled) is None:
            planned = replace(worded(Contact(""))[0], invitees=invitees, draft=draft)
            receipt = sent.stand_on(await self.reviews.schedule(planned) if self.reviews else Receipt("invitations"))
        for contact in invited:
            if contact.person not in sent.became:
                failed += await sent.outcome(contact.person, self._invite(key, contact, invitees, worded))
        sent.conclude(failed)
        return receipt

    async def _invite(self, key: str, contact: Contact, invitees: tuple[str, ...], worded: Worded) -> Receipt:
        review, message = worded(contact)
        text = self.invitation(replace(review, invitees=invitees))
        return await self.mail.send(replace(message, key=f"{key}/{contact.person}/email", invitation=text), contact)
