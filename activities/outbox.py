"""The port of the outbox: messages on their way, in our words. What the states mean stands in `policies/dispatch.py`.

It may be away: then messages go straight out, one by one (ADR 0009). Must never hold an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from policies.dispatch import Outcome

SEND, WAIT, LOOK = "send", "wait", "look"


@dataclass(frozen=True)
class Planned:
    """A message that asks for its turn. `content` is what a bundle needs of it, kept until the bundle is out."""

    key: str
    tenant: str
    ticket: str
    page: str
    """The key without person and channel."""
    kind: str
    person: str
    channel: str
    urgency: str = ""
    content: str = ""
    alone: bool = False
    """Never one of a bundle."""
    life: str = ""
    """Part of `page`: a message of another life of its ticket is another message, though their keys are the same."""


@dataclass(frozen=True)
class Turn:
    """What a message is to do now: SEND under `key`, WAIT until an instant, or LOOK at what became of it.

    `contents` are those of a bundle. `settled`: no more news is waited for. `recorded`: the outbox knows of it.
    """

    what: str
    key: str
    outcome: Outcome = field(default_factory=Outcome)
    until: datetime | None = None
    contents: tuple[str, ...] = ()
    size: int = 1
    created: datetime | None = None
    sent: datetime | None = None
    settled: bool = False
    recorded: bool = True


@dataclass(frozen=True)
class Sent:
    """One message of a ticket, as views show it. `size` counts the messages of its bundle."""

    key: str
    person: str
    channel: str
    outcome: Outcome
    created: datetime
    due: datetime
    sent: datetime | None = None
    settled: datetime | None = None
    bundle: str = ""
    size: int = 1


@dataclass(frozen=True)
class Unsettled:
    """A message whose sending began at `at`, and nobody knows what became of it. `ticket` is `tenant/id`, or empty."""

    ticket: str
    key: str
    person: str
    channel: str
    at: datetime
    reason: str = ""


class Outbox(Protocol):
    """Messages on their way, no addresses. May be away: then messages go straight out (ADR 0009)."""

    async def turn(self, message: Planned, now: datetime, patience: int | None = None) -> Turn:
        """What is to be done with it now; asked at every attempt. `patience`: seconds it has left."""
        ...

    async def note(
        self, key: str, news: Outcome, now: datetime, settled: bool = False, again_at: datetime | None = None
    ) -> Outcome | None:
        """Add what became known; what is known then, or None for a key that nobody planned."""
        ...

    async def give_up(self, key: str, reason: str, now: datetime) -> Outcome | None:
        """No receipt came in time; what is known then."""
        ...

    async def sent(self, tenant: str, ticket: str) -> Sequence[Sent]:
        """A ticket's messages, the oldest first."""
        ...

    async def outcomes(self, page: str) -> Mapping[str, Outcome]:
        """Key -> what is known of it, of all messages of one `page`."""
        ...

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        """How many pages each of them got since then: one a bundle, one a rung, whatever the channels."""
        ...

    async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
        """Messages whose sending began between the two, and nobody knows what became of them; the oldest first."""
        ...

    async def forget(self, before: datetime, most: int) -> int:
        """Forget messages that are over and older than that; how many, at most so many."""
        ...
