"""The review of an outage: planned once, each of those who answer for it invited once, with a draft that claims nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.outage_report import OutageStory, markdown
from activities.outage_reviews import OutageReviews
from activities.ports import Receipt, Refused, Review, Unreachable
from activities.requests import OutageNotice
from activities.reviewing import Reviewing
from policies.outage import MUTE, Outage, Scope
from policies.outage_report import Touched
from tests.support.world import MemoryDesk, MemoryDirectory, MemoryJournal, MemoryNotifier, MemoryWorld

SINCE = int(datetime(2026, 3, 26, 8, 0, tzinfo=UTC).timestamp())
OVER = SINCE + 5_400
INC_7 = Outage(
    "INC-7", Scope(("payments",), ("kr",)), since=SINCE, ended_at=OVER, owner="lee", reason="card *network* is down",
    declared_by="kim", ended_by="lee", stakeholders=("pat", "nobody-at-all"), expected=SINCE + 3_600,
)  # fmt: skip
NOTICE = OutageNotice("outage/INC-7/review", INC_7, OVER + 60)
REVIEW = "2026-03-27T10:00:00+00:00"


class Planner(MemoryDesk):
    """Keeps what it was given."""

    def __init__(self, world: MemoryWorld) -> None:
        super().__init__(world)
        self.planned: list[Review] = []

    async def schedule(self, review: Review) -> Receipt:
        self.planned.append(review)
        return await super().schedule(review)


class Site:
    def __init__(self, planning: bool = True) -> None:
        self.world = MemoryWorld()
        self.planner = Planner(self.world)
        mail = MemoryNotifier(self.world, "email")
        reviewing = Reviewing(self.planner if planning else None, mail, lambda review: f"ics {review.starts_at}")
        self.reviews = OutageReviews(reviewing, MemoryDirectory(self.world), MemoryJournal(self.world))
        self.beats: list[Any] = []

    async def review(self, notice: OutageNotice = NOTICE) -> str:
        """One attempt, which goes on from what the one before it beat."""
        environment = ActivityEnvironment()
        environment.on_heartbeat = lambda *details: self.beats.append(details)
        if self.beats:
            (last,) = self.beats[-1]
            details = [{"scheduled": vars(last.scheduled) if last.scheduled else None, "became": dict(last.became)}]
            environment.info = replace(environment.info, heartbeat_details=details, attempt=2)
        return (await environment.run(self.reviews.review_outage, notice)).text

    @property
    def arrived(self) -> list[tuple[str, str]]:
        return [(one.kind, one.key.removeprefix("outage/INC-7/")) for one in self.world.arrived]


async def test_it_is_planned_with_a_draft_and_owner_and_stakeholders_are_invited() -> None:
    site = Site()
    assert await site.review() == "review of outage INC-7 scheduled"
    assert site.arrived == [
        ("review", "review"), ("email", "review/lee/email"), ("email", "review/pat/email"),
    ]  # fmt: skip
    (planned,) = site.planner.planned
    assert (planned.title, planned.starts_at.isoformat(), planned.minutes) == (
        "Review of outage INC-7 (1h 30m)", REVIEW, 60,
    )  # fmt: skip
    assert planned.invitees == ("lee@example.com", "pat@example.com")
    assert "# Review of outage INC-7: card \\*network\\* is down" in planned.draft
    assert "rung outage report INC-7 --out review-INC-7.md" in planned.agenda


async def test_without_a_planning_system_there_are_invitations() -> None:
    site = Site(planning=False)
    await site.review()
    assert site.arrived == [("email", "review/lee/email"), ("email", "review/pat/email")]


async def test_a_mail_that_fails_for_a_moment_is_tried_again_alone() -> None:
    site = Site()
    site.world.fault = lambda kind, key: Unreachable("no route") if "lee" in key else None
    with pytest.raises(ApplicationError, match="no route"):
        await site.review()
    site.world.fault = lambda kind, key: None
    await site.review()
    assert site.arrived == [("review", "review"), ("email", "review/pat/email"), ("email", "review/lee/email")]
    assert len(site.planner.planned) == 1


async def test_an_owner_without_an_address_is_said_and_nothing_is_planned() -> None:
    site = Site()
    with pytest.raises(ApplicationError, match="'nobody' has no mail address that the directory knows") as found:
        await site.review(replace(NOTICE, outage=replace(INC_7, owner="nobody", stakeholders=())))
    assert found.value.non_retryable
    assert site.arrived == []


async def test_a_planning_system_that_refuses_invites_nobody() -> None:
    site = Site()
    site.world.fault = lambda kind, key: Refused("no such room") if kind == "review" else None
    with pytest.raises(ApplicationError, match="no such room"):
        await site.review()
    assert site.arrived == []


# --- the draft ---------------------------------------------------------------------------------------------

TOUCHED = (
    Touched("acme/1", SINCE, OVER, 5_400, saved=("resolution",)),
    Touched("acme/2", SINCE, OVER, 1_800, saved=("first_response",), broken=("resolution",), unsent=2),
)
ASKED = """\
# Review of outage INC-7: card \\*network\\* is down

Draft of Thu 26 Mar 2026 09:31, times in UTC. The outage is over.

## Summary

- Scope: service payments, region kr
- Effect: pause\\_clock
- Owner: lee
- Lasted: 1h 30m by the clock

## Impact

- Tickets that heard of it: 3
- Clocks stood still for 2h of open time in all
- Promises saved, by definition of the pause: 2; broken all the same: 1
- Loss: 22,500 (90 minutes at 250)
- Who was affected, and how: (to be filled in at the review)

## Promises broken all the same

- acme/2: resolution

## Time line

- Thu 26 Mar 2026 08:00: it began; declared by kim
- Thu 26 Mar 2026 09:00: its expected end, as it stood last
- Thu 26 Mar 2026 09:30: it was over; ended by lee
- When it was noticed, what was tried: (to be filled in at the review)

## Cause

- What failed: (to be filled in at the review)
- Why it was not noticed before: (to be filled in at the review)

## Actions

- Who does what by when: (to be filled in at the review)
- 'rung ticket action add', on one of its tickets, makes an item that its owner is reminded of
"""


def test_the_draft_is_this_to_the_letter() -> None:
    assert markdown(OutageStory(INC_7, OVER + 60, 3, TOUCHED, 250)) == ASKED


def test_what_no_ticket_was_asked_is_not_claimed() -> None:
    text = markdown(OutageStory(INC_7, OVER + 60, 8_120))
    assert "- Tickets that heard of it: 8,120\n- Promises: 'rung outage report INC-7 --out FILE' asks" in text
    assert "Not known: the tickets have not been asked." in text
    assert "Loss: not estimated" in text
    assert "saved" not in text


def test_one_that_was_muted_says_what_was_not_sent_and_one_that_lasts_that_it_does() -> None:
    text = markdown(OutageStory(replace(INC_7, effect=MUTE, ended_at=0), OVER + 60, 2, TOUCHED))
    assert "- Messages to staff that were not sent: 2" in text
    assert "The outage lasts." in text
    assert "it was over" not in text


def test_of_many_broken_promises_fifty_are_named_and_the_rest_counted() -> None:
    many = tuple(Touched(f"acme/{n}", SINCE, OVER, broken=("resolution",)) for n in range(53))
    text = markdown(OutageStory(INC_7, OVER, 53, many))
    assert text.count(": resolution\n") == 50
    assert "- and 3 more tickets\n" in text
