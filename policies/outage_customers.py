"""Customers of an outage's tickets: who hears of it, one mail an address within one tenant, and when that is looked at.

An address is known by its digest everywhere but in the mail itself: whichever ticket it is met at, on whatever page or
attempt, its key is the same. Must never put an address into a key or a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from policies.explanation import Standing
from policies.outage import Outage
from policies.outage_update import DAY, HOUR, WEEK
from policies.ticket import Ticket

DECLARED, ENDED = "declared", "ended"
IN_WORDS = {DECLARED: "has begun", ENDED: "has ended"}
SPARED = ("resolved", "closed")
"""States of tickets whose customers have had another mail: that it is solved."""
_DIGITS = 24


@dataclass(frozen=True)
class Customer:
    """Who reads one mail. `ticket` is the oldest of theirs: its address, name, language and zone count."""

    ticket: Ticket
    tickets: tuple[str, ...]
    """Numbers of all of theirs, the oldest first."""

    @property
    def digest(self) -> str:
        """The same for one address within one tenant; another in each tenant."""
        return sha256(f"{self.ticket.tenant}\0{normal(self.ticket.contact)}".encode()).hexdigest()[:_DIGITS]


def page_of(outage: str, what: str) -> str:
    """What the keys of all these mails begin with."""
    return f"outage/{outage}/{what}/customer"


def normal(address: str) -> str:
    """Letter case tells no two mailboxes apart that people have."""
    return address.strip().casefold()


def concerned(outage: Outage, what: str, standing: Standing) -> bool:
    """Whether the customer of a ticket that stands like this is to hear of it.

    Of the beginning: if the ticket lies within the scope and waits for it. Of the end: if it was there before.
    """
    if standing.state in SPARED or not outage.scope.covers(standing.ticket):
        return False
    if what == ENDED:
        return outage.over_at is not None and standing.opened_at < outage.over_at
    return outage.name in standing.paused_by or f"outage {outage.id}" in standing.muted_by.split(", ")


def customers(standings: Iterable[Standing]) -> tuple[tuple[Customer, ...], int]:
    """(one each, by digest; tickets without an address)."""
    theirs: dict[tuple[str, str], list[Ticket]] = {}
    nameless = 0
    for standing in sorted(standings, key=_oldest_first):
        ticket = standing.ticket
        if normal(ticket.contact):
            theirs.setdefault((ticket.tenant, normal(ticket.contact)), []).append(ticket)
        else:
            nameless += 1
    found = (Customer(tickets[0], tuple(one.id for one in tickets)) for tickets in theirs.values())
    return tuple(sorted(found, key=lambda one: one.digest)), nameless


def _oldest_first(standing: Standing) -> tuple[int, int, str]:
    """Of those opened at once 8 comes before 15."""
    return standing.opened_at, len(standing.ticket.key), standing.ticket.key


def next_round(first: int, last: int) -> int:
    """When customers of tickets that were opened since the round at `last` are looked for. UTC seconds.

    An outage older than a week is looked at once a day: its history would grow for ever.
    """
    return last + (HOUR if last - first < WEEK else DAY)
