"""A rung asks the store for the pages of a week only where a budget counts, and never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.testing import ActivityEnvironment

from activities import budgets
from activities.budgets import FRESH, Budgets
from activities.planning import Planning
from activities.ports import Unreachable
from activities.requests import AddressRequest
from policies.catalog import PUBLISHED, Catalog
from policies.people import Addressed, Person, Roster
from policies.plan import Target
from policies.ticket import Ticket
from tests.support.fakes import FakeDirectory

NOW = datetime(2026, 3, 24, 3, tzinfo=UTC)
DUTY = Target("duty-manager", ("email",))
REQUEST = AddressRequest(Ticket("1", urgency="high"), (Target("desk", ("email",)),), (DUTY,), 0, kind="page")
PEOPLE = {"kim": Person("kim", deputy="lee", pages_per_week=40), "lee": Person("lee")}


class Counted:
    """The pages of each, and what was asked."""

    def __init__(self, pages: Mapping[str, int], fault: Exception | None = None) -> None:
        self.had, self.fault = pages, fault
        self.asked: list[tuple[tuple[str, ...], datetime]] = []

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        self.asked.append((tuple(people), since))
        if self.fault:
            raise self.fault
        return {person: self.had[person] for person in people if person in self.had}


class Silent(Counted):
    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        await super().pages(people, since)
        await asyncio.Event().wait()
        raise AssertionError("nobody waits for it")


async def told(
    load: Counted | None, request: AddressRequest = REQUEST, people: Mapping[str, Person] = PEOPLE
) -> Addressed:
    roster = Roster(people, roles={"desk": ("kim",), "duty-manager": ("chief",)})
    asked = Planning(Catalog(PUBLISHED), FakeDirectory(roster, {}), Budgets(load, lambda: NOW) if load else None)
    found: Addressed = await ActivityEnvironment().run(asked.address_rung, request)
    return found


async def test_the_pages_of_the_last_seven_days_count_against_the_budget() -> None:
    load = Counted({"kim": 41})
    found = await told(load)
    assert [one.person for one in found.deliveries] == ["lee"]
    assert [one.reason for one in found.not_sent] == ["kim had 41 pages in 7 days (budget 40); lee stands in"]
    assert load.asked == [(("kim",), datetime(2026, 3, 17, 3, tzinfo=UTC))]


async def test_whoever_has_not_been_paged_is_not_tired() -> None:
    assert [one.person for one in (await told(Counted({}))).deliveries] == ["kim"]


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, kind="inform"), replace(REQUEST, kind=""), replace(REQUEST, breach=True),
        replace(REQUEST, ticket=Ticket("1", urgency="critical")),
    ],
)  # fmt: skip
async def test_what_no_budget_holds_up_asks_nobody(request_: AddressRequest) -> None:
    load = Counted({"kim": 41})
    found = await told(load, request_)
    assert ([one.person for one in found.deliveries], found.not_sent, load.asked) == (["kim"], (), [])


async def test_without_a_budget_nobody_is_asked() -> None:
    load = Counted({"kim": 41})
    found = await told(load, people={"kim": Person("kim", deputy="lee")})
    assert ([one.person for one in found.deliveries], load.asked) == (["kim"], [])


async def test_a_store_that_is_away_leaves_everybody_fresh(caplog: pytest.LogCaptureFixture) -> None:
    for load in (Counted({}, Unreachable("the database is away")), None):
        found = await told(load)
        assert ([one.person for one in found.deliveries], found.not_sent, found.disturbed) == (["kim"], (), ())
    assert [record.getMessage().partition(" ({")[0] for record in caplog.records] == [
        "pages are not counted (the database is away); no budget holds one back"
    ]


async def test_a_store_that_does_not_answer_holds_no_page_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "PATIENCE", 0.0)
    load = Silent({})
    assert [one.person for one in (await told(load)).deliveries] == ["kim"]


async def test_many_rungs_at_a_time_ask_once_and_later_ones_anew() -> None:
    now = [NOW]
    load = Counted({"kim": 39})
    known = Budgets(load, lambda: now[0])
    assert [await known.tired(PEOPLE) for _ in range(3)] == [{}, {}, {}]
    assert len(load.asked) == 1
    load.had = {"kim": 40}
    now[0] += FRESH
    assert list(await known.tired(PEOPLE)) == ["kim"]
    other = {**PEOPLE, "lee": Person("lee", pages_per_week=1)}
    assert list(await known.tired(other)) == ["kim"]
    assert [people for people, _ in load.asked] == [("kim",), ("kim",), ("kim", "lee")]


async def test_a_store_that_is_away_is_not_waited_for_by_every_rung() -> None:
    load = Counted({}, Unreachable("the database is away"))
    known = Budgets(load, lambda: NOW)
    assert [await known.tired(PEOPLE) for _ in range(3)] == [{}, {}, {}]
    assert len(load.asked) == 1
