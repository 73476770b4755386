"""What stands in for a system that nobody configured: it refuses with the name of the variable to set.

So a flag or a credit that cannot be done is a line on the time line, not a crash at start. Must never pretend.
"""

from __future__ import annotations

from collections.abc import Sequence

from activities.ports import Contact, Credit, Message, Receipt, Refused, Review


class Unconfigured:
    """Helpdesk, credits, reviews or mail; `variable` is what to set."""

    channel = "email"

    def __init__(self, what: str, variable: str) -> None:
        self._reason = f"no {what} is configured; set {variable}"

    async def send(self, message: Message, to: Contact) -> Receipt:
        raise Refused(self._reason)

    async def flag(self, ticket: str, text: str, key: str) -> Receipt:
        raise Refused(self._reason)

    async def comment(self, ticket: str, text: str, key: str) -> Receipt:
        raise Refused(self._reason)

    async def reassign(self, ticket: str, to: str, key: str) -> Receipt:
        raise Refused(self._reason)

    async def priority(self, ticket: str, value: str, key: str) -> Receipt:
        raise Refused(self._reason)

    async def closed(self, tickets: Sequence[str]) -> None:
        """Nobody is asked."""

    async def grant(self, credit: Credit) -> Receipt:
        raise Refused(self._reason)

    async def revoke(self, key: str, reason: str) -> Receipt:
        raise Refused(self._reason)

    async def schedule(self, review: Review) -> Receipt:
        raise Refused(self._reason)
