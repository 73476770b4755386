"""A courtesy: people are told what an outage did to their tickets, and it holds nothing up.

Each person by the first of their ways that takes it. What nobody could be told is kept for whoever looks. Must never
fail the outage or make it wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.notifications import Notifications
    from activities.outage_digests import OutageDigests
    from activities.outage_reviews import OutageReviews
    from activities.requests import DigestPage, DigestPlan, DigestRequest, Done, OutageNotice, OutageUpdate, UpdatePlan
    from policies.outage import Outage
    from policies.outage_customers import IN_WORDS
    from policies.outage_update import next_update
    from workflows import options
    from workflows.contract import EFFECTS
    from workflows.mailing import Mailing

MOST_UNREACHED = 100
"""Lines about people who could not be told."""


class Courtesy:
    """What has been told to whom; the outage's workflow keeps one."""

    def __init__(self, now: Callable[[], int], changed: Callable[[], None]) -> None:
        self.now, self.changed = now, changed
        self.announced = False
        self.told: dict[str, list[str]] = {"declared": [], "ended": []}
        self.unreached: list[str] = []
        self.updated = 0
        self.review = ""
        self.mailing = Mailing(now, self._note)

    async def of(self, outage: Outage, what: str) -> None:
        """Digests; and the last word to stakeholders and to customers who had one before."""
        over = what == "ended"
        await asyncio.gather(
            self.digests(outage, what), *([self.update(outage, "over")] if over and self.updated > 0 else []),
            *([self.mailing.end(outage)] if over and self.mailing.begun else []),
        )  # fmt: skip

    async def digests(self, outage: Outage, what: str) -> None:
        """One message a person, page by page, once the cards say what the tickets have heard."""
        await workflow.sleep(options.JOURNALED, summary="cards are late")
        after: str | None = ""
        while after is not None:
            page = await self._page(outage, what, after)
            self._note(page.unreached)
            if what == "declared" and page.digests:
                self.announced = True
            await asyncio.gather(*(self._digest(request, what) for request in page.digests))
            after = page.following or None

    async def updates(self, outage: Callable[[], Outage]) -> None:
        """While it lasts stakeholders hear of it, by the cadence of its priority. Ends when it is cancelled."""
        first = last = self.now()
        while outage().stakeholders:
            self.updated += 1
            await self.update(outage(), str(self.updated))
            due = next_update(outage(), first, last)
            while (wait := due - self.now()) > 0:
                await workflow.sleep(wait, summary="the next update to stakeholders")
            last = due

    async def update(self, outage: Outage, name: str) -> None:
        """One to each of them who is there."""
        plan: UpdatePlan | None = await self._tried(
            OutageDigests.plan_update, OutageNotice("", outage, self.now()), "which stakeholders are there",
            start_to_close_timeout=options.PATIENT, schedule_to_close_timeout=options.COURTESY,
            retry_policy=options.PATIENT_RETRY,
        )  # fmt: skip
        found = plan or UpdatePlan(unreached=("who they are is not known",))
        self._note([f"update {name}: {line}" for line in found.unreached])
        key = f"outage/{outage.id}/update/{name}"
        updates = (
            (OutageUpdate(f"{key}/{person}", person, "", outage, self.now(), found.tickets), ways)
            for person, ways in sorted(found.ways.items())
        )
        await asyncio.gather(*(self._update(update, ways) for update, ways in updates))

    async def plan_review(self, outage: Outage) -> None:
        """Once it is over, whoever answers for it is invited to look back."""
        key = f"outage/{outage.id}/review"
        done: Done | None = await self._tried(
            OutageReviews.review_outage, OutageNotice(key, outage, self.now()), "schedule its review",
            task_queue=EFFECTS, start_to_close_timeout=options.ATTEMPT, schedule_to_close_timeout=options.REVIEWED,
            retry_policy=options.WORLD_RETRY,
        )  # fmt: skip
        self.review = done.text if done else ""
        self._note([] if done else [f"{outage.owner}: no review was scheduled"])

    async def _update(self, update: OutageUpdate, ways: Sequence[str]) -> None:
        for channel in ways:
            asked = replace(update, key=f"{update.key}/{channel}", channel=channel)
            if await self.send(Notifications.tell_stakeholder, asked, f"{channel} {update.person}: how it stands"):
                return
        self._note([f"{update.person}: no update ({', '.join(ways)})"])

    async def _page(self, outage: Outage, what: str, after: str) -> DigestPage:
        plan = DigestPlan(outage, what, self.now(), after, self.announced or what == "declared",
                          tuple(self.told["declared"]))  # fmt: skip
        found: DigestPage | None = await self._tried(
            OutageDigests.plan_digests, plan, "whom it concerns",
            start_to_close_timeout=options.PATIENT, schedule_to_close_timeout=options.COURTESY,
            retry_policy=options.PATIENT_RETRY,
        )  # fmt: skip
        return found or DigestPage(
            unreached=(f"nobody behind '{after}' was told that it has {IN_WORDS[what]}: no list",)
        )

    async def _digest(self, request: DigestRequest, what: str) -> None:
        """By the first way that takes it; one key a way, so that a repeat sends none."""
        for channel in (request.channel, *request.spare):
            asked = replace(request, key=f"{request.key}/{channel}", channel=channel, spare=())
            if await self.send(Notifications.digest, asked, f"{channel} {request.person}: it {IN_WORDS[what]}"):
                self.told[what].append(request.person)
                self.changed()
                return
        ways = ", ".join((request.channel, *request.spare))
        self._note([f"{request.person}: not told that it {IN_WORDS[what]} ({ways})"])

    async def send(self, method: Any, request: Any, summary: str) -> bool:
        """Whether somebody took it within the time of a courtesy."""
        done = await self._tried(
            method, request, summary, task_queue=EFFECTS, start_to_close_timeout=options.ATTEMPT,
            schedule_to_close_timeout=options.COURTESY, retry_policy=options.WORLD_RETRY,
        )  # fmt: skip
        return done is not None

    async def _tried(self, method: Any, request: Any, summary: str, **within: Any) -> Any:
        try:
            return await workflow.execute_activity_method(method, request, summary=summary, **within)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return None

    def _note(self, lines: Sequence[str]) -> None:
        self.unreached += lines[: max(MOST_UNREACHED - len(self.unreached), 0)]
        self.changed()
