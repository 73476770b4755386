"""The review of an outage that is over: it gets its place, a draft, and those who answer for it are invited.

Plain English, as its other words to the house are. Must never end or change an outage, and never hold its workflow up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from temporalio import activity

from activities.outage_report import OutageStory, markdown
from activities.outcome import done
from activities.ports import Contact, Directory, Journal, Message, Receipt, Refused, Review
from activities.requests import Done, OutageNotice
from activities.reviewing import Reviewing
from policies.case import say
from policies.duration import say_duration
from policies.outage import Outage, beginning
from policies.outage_review import review_at
from policies.outage_update import stakeholders

MINUTES = 60
AGENDA = (
    "What happened, minute by minute", "What it meant for customers, and which promises broke",
    "What failed, and why it was not noticed before", "What will keep it from happening again: who, by when",
)  # fmt: skip


class OutageReviews:
    """In the world: it writes to a planning system and to people."""

    def __init__(self, reviewing: Reviewing, directory: Directory, journal: Journal) -> None:
        self.reviewing, self.directory, self.journal = reviewing, directory, journal

    @activity.defn
    async def review_outage(self, notice: OutageNotice) -> Done:
        """Its owner and its stakeholders, as far as the directory knows a mail address of them."""
        return await done(self._review(notice), f"review of outage {notice.outage.id} scheduled")

    async def _review(self, notice: OutageNotice) -> Receipt:
        outage, invited = notice.outage, await self._invited(notice)
        if not invited:
            raise Refused(f"'{outage.owner}' has no mail address that the directory knows")
        starts = datetime.fromtimestamp(review_at(outage, invited[0].zone), UTC)
        since = datetime.fromtimestamp(outage.since, UTC)
        heard = await self.journal.heard_of(say(beginning(outage, outage.since)), since)
        draft = markdown(OutageStory(outage, notice.now, len(heard)))
        return await self.reviewing.scheduled(
            notice.key, invited, lambda _: _worded(notice.key, outage, starts), draft
        )  # fmt: skip

    async def _invited(self, notice: OutageNotice) -> list[Contact]:
        """The owner first; who is away and has a deputy is invited with the deputy."""
        outage = notice.outage
        answers = replace(outage, stakeholders=tuple(dict.fromkeys((outage.owner, *outage.stakeholders))))
        people, _ = stakeholders(await self.directory.roster(), answers, notice.now)
        found = []
        for person in people:
            try:
                contact = await self.directory.contact(person)
            except Refused:
                continue  # gone since: the review stands without them
            if contact.email:
                found.append(contact)
        return found


def _worded(key: str, outage: Outage, starts: datetime) -> tuple[Review, Message]:
    lasted = say_duration(((outage.over_at or 0) - outage.since) // 60 * 60)
    title = f"Review of outage {outage.id} ({lasted})"
    lines = [
        f"Outage {outage.id} is over after {lasted}: {outage.scope.said()}.",
        f"Declared because: {outage.reason}" if outage.reason else "",
        f"The review begins {starts:%a %d %b %Y %H:%M} UTC and takes {MINUTES} minutes.",
        f"Its report: rung outage report {outage.id} --out review-{outage.id}.md", "",
        *(f"{number}. {point}" for number, point in enumerate(AGENDA, 1)),
    ]  # fmt: skip
    body = "\n".join(line for number, line in enumerate(lines) if line or number > 2) + "\n"
    review = Review(key, outage.name, title, starts, MINUTES, body)
    return review, Message(key=key, subject=title, body=body, short=f"{title}.", severity="info")
