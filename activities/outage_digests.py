"""Whom an outage concerns, from the journal's cards and the roster of that moment: their digests, page by page.

Cards lag behind and that is fine for a courtesy; a due is named only where its ticket is known to have heard. Must
never send anything, and never hold an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice

from temporalio import activity

from activities.ports import Card, Directory, Journal
from activities.requests import (
    MUTED,
    OVER,
    PAUSED,
    REPRIORITISED,
    RESUMED,
    UNMUTED,
    DigestPage,
    DigestPlan,
    DigestRequest,
    DigestRow,
    OutageNotice,
    UpdatePlan,
)
from activities.values import MOST_ROWS
from policies.case import say
from policies.event import Event
from policies.outage import ENDS, MUTE, PAUSE_CLOCK, REPRIORITISE, Outage
from policies.outage_digest import LONGEST, VIA, Concerned, Digest, covered, digests, still_to_tell
from policies.outage_update import stakeholders
from policies.ticket import Ticket

PAGE = 50
"""People at a time: their rows together stay far below what a history takes as one message."""
MOST = 1_000_000
"""Cards that are read: all of them."""
OVER_WITH = ("closed", "resolved")
KINDS = {
    PAUSE_CLOCK: {"declared": PAUSED, "ended": RESUMED},
    MUTE: {"declared": MUTED, "ended": UNMUTED},
    REPRIORITISE: {"declared": REPRIORITISED, "ended": OVER},
}


class OutageDigests:
    """Near work: it reads, and others send."""

    def __init__(self, journal: Journal, directory: Directory) -> None:
        self.journal, self.directory = journal, directory

    @activity.defn
    async def plan_digests(self, plan: DigestPlan) -> DigestPage:
        """One page of digests; whoever asks again gets the same people in the same order, as they are by then."""
        roster = await self.directory.roster()
        found, nobodys = digests(roster, await self._concerned(plan), plan.now)
        if plan.what == "ended":
            found = (*found, *still_to_tell(roster, plan.told, found, plan.now))
        behind = sorted((one for one in found if one.person > plan.after), key=lambda one: one.person)
        page = list(islice(behind, PAGE))
        following = page[-1].person if len(behind) > len(page) else ""
        unreached = [f"{one.person}: reached by none of {', '.join(VIA)}" for one in page if not one.ways]
        if nobodys and not plan.after:
            unreached.append(f"{nobodys} of its tickets belong to nobody who is there")
        return DigestPage(tuple(_request(plan, one) for one in page if one.ways), following, tuple(unreached))

    @activity.defn
    async def plan_update(self, notice: OutageNotice) -> UpdatePlan:
        """Who of the stakeholders is there now, and how many tickets the cards know within the scope."""
        ways, unreached = stakeholders(await self.directory.roster(), notice.outage, notice.now)
        cards = await self.journal.cards(limit=MOST)
        return UpdatePlan(ways, unreached, sum(1 for _ in _open(cards, notice.outage)))

    async def _concerned(self, plan: DigestPlan) -> list[Concerned]:
        """TRAP: the card of a ticket that has not heard of the end yet names a due that will never be."""
        outage, since = plan.outage, datetime.fromtimestamp(plan.outage.since, UTC)
        unsent: Mapping[str, int] = {}
        heard = frozenset[str]()
        if plan.what == "ended" and outage.effect == MUTE:
            unsent = await self.journal.not_sent(f"muted by {outage.name.replace(':', ' ')}", since)
        if plan.what == "ended" and outage.effect in ENDS:
            heard = frozenset(await self.journal.heard_of(_end_in_words(outage), since))
        cards = await self.journal.cards(limit=MOST)
        found = (_concerned(card, heard, unsent) for card in _open(cards, outage))
        return [one for one in found if plan.announced or one.unsent]


def _open(cards: Iterable[Card], outage: Outage) -> Iterable[Card]:
    return (
        card for card in cards
        if card.state not in OVER_WITH and covered(outage, _ticket(card), int(card.opened_at.timestamp()))
    )  # fmt: skip


def _concerned(card: Card, heard: frozenset[str], unsent: Mapping[str, int]) -> Concerned:
    ticket = _ticket(card)
    due = card.next_due if ticket.key in heard else None
    return Concerned(ticket, int(due.timestamp()) if due else None, unsent.get(ticket.key, 0))


def _ticket(card: Card) -> Ticket:
    return Ticket(
        card.ticket, card.tenant, card.summary[:LONGEST], tier=card.tier, service=card.service, region=card.region,
        team=card.team, assignee=card.assignee, tags=card.tags,
    )  # fmt: skip


def _end_in_words(outage: Outage) -> str:
    """As the time lines of its tickets tell it."""
    return say(Event(ENDS[outage.effect], outage.over_at or 0, actor=outage.ended_by, reason=outage.name))


def _request(plan: DigestPlan, digest: Digest) -> DigestRequest:
    """The tenant stands where the customer would: cards hold no customers, and numbers repeat among tenants."""
    outage = plan.outage
    rows = tuple(
        DigestRow(one.ticket.id, one.ticket.tenant, one.ticket.summary, one.due, unsent=one.unsent)
        for one in digest.tickets[:MOST_ROWS]
    )
    return DigestRequest(
        f"outage/{outage.id}/{plan.what}/{digest.person}", digest.person, digest.ways[0],
        KINDS[outage.effect][plan.what] if rows else OVER, outage.id, outage.reason, rows, len(digest.tickets),
        digest.ways[1:],
    )  # fmt: skip
