"""The silent actions of a rung: helpdesk, service credits, reviews. All carry their key.

Must never decide whether something is due: the policies have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

from activities.outcome import done
from activities.ports import (
    Contact,
    Credit,
    Credits,
    Directory,
    Helpdesk,
    Message,
    Notifier,
    Receipt,
    Refused,
    Review,
    Reviews,
)
from activities.report import Kept, Report, markdown
from activities.requests import ActRequest, Done
from activities.reviewing import Reviewing
from activities.wording import Wording
from policies.people import ASSIGNEE, TEAM_LEAD

REVIEW_MINUTES = 45
INVITED = (TEAM_LEAD, ASSIGNEE, "department-head")
"""Roles that a post-incident review invites."""


@dataclass(frozen=True)
class World:
    """The ports these actions need; `invitation` words an .ics text for a review."""

    helpdesk: Helpdesk
    credits: Credits
    reviews: Reviews
    directory: Directory
    mail: Notifier
    invitation: Callable[[Review], str]


class Acts:
    """One activity a kind of action; the workflow calls the one that bears the effect's kind."""

    def __init__(self, world: World, wording: Wording) -> None:
        self.world = world
        self.wording = wording
        self.reviewing = Reviewing(world.reviews, world.mail, world.invitation)

    @activity.defn
    async def flag(self, request: ActRequest) -> Done:
        call = self.world.helpdesk.flag(request.ticket.key, request.effect.value, request.key)
        return await done(call, f'flag "{request.effect.value}"')

    @activity.defn
    async def comment(self, request: ActRequest) -> Done:
        text = self.wording.comment(request)
        return await done(
            self.world.helpdesk.comment(request.ticket.key, text, request.key), f'comment "{request.effect.value}"'
        )

    @activity.defn
    async def reassign(self, request: ActRequest) -> Done:
        call = self.world.helpdesk.reassign(request.ticket.key, request.effect.value, request.key)
        return await done(call, f"reassigned to {request.effect.value}")

    @activity.defn
    async def priority(self, request: ActRequest) -> Done:
        call = self.world.helpdesk.priority(request.ticket.key, request.effect.value, request.key)
        return await done(call, f"priority {request.effect.value}")

    @activity.defn
    async def credit(self, request: ActRequest) -> Done:
        credit = Credit(
            key=request.key, ticket=request.ticket.key, customer=request.ticket.customer, tier=request.ticket.tier,
            percent=request.effect.value, reason=request.effect.why,
        )  # fmt: skip
        return await done(self.world.credits.grant(credit), f"service credit {request.effect.value}")

    @activity.defn
    async def revoke(self, request: ActRequest) -> Done:
        """Take a credit back after a waiver; `effect.value` is the credit's key."""
        return await done(self.world.credits.revoke(request.effect.value, request.effect.why), "service credit revoked")

    @activity.defn
    async def review(self, request: ActRequest) -> Done:
        """Schedule the review and mail an invitation to those who are known."""
        return await done(self._review(request), "review scheduled")

    async def _review(self, request: ActRequest) -> Receipt:
        invited = await self._invited(request)
        return await self.reviewing.scheduled(
            request.key, invited, lambda to: self._worded(request, to), draft_of(request)
        )

    def _worded(self, request: ActRequest, to: Contact) -> tuple[Review, Message]:
        """The review as `to` reads it; the planning system has no language of its own."""
        message = self.wording.invitation(request, REVIEW_MINUTES, to)
        review = Review(
            key=request.key, ticket=request.ticket.key, title=message.subject, minutes=REVIEW_MINUTES,
            starts_at=datetime.fromtimestamp(request.at, UTC), agenda=message.words,
        )  # fmt: skip
        return review, message

    async def _invited(self, request: ActRequest) -> list[Contact]:
        roster = await self.world.directory.roster()
        people = dict.fromkeys(p for role in INVITED for p in roster.holders(role, request.ticket, request.at))
        found = []
        for person in people:
            try:
                contact = await self.world.directory.contact(person)
            except Refused:
                continue  # somebody the helpdesk knows and the directory does not: the review stands without them
            if contact.email:
                found.append(contact)
        return found


def draft_of(request: ActRequest) -> str:
    """The report as it stands when the review is planned; nothing where nothing of the past was given."""
    past, situation = request.past, request.situation
    if past is None:
        return ""
    report = Report(
        ticket=request.ticket, policy=past.policy, zone=situation.zone, opened_at=past.opened_at,
        written_at=situation.now, state=situation.state, level=past.level,
        promises=tuple(Kept(reading) for reading in past.readings), lines=past.lines, solved_at=past.resolved_at,
    )  # fmt: skip
    return markdown(report)
