"""The registry of outages, kept by the fake, SQLite and PostgreSQL alike; the last look before firing; the telling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.adapters.sql import SqlJournal, migrate
from activities.adapters.sql_outages import SqlOutages
from activities.clearance import Clearance
from activities.outaging import AT_ONCE, Outaging
from activities.planning import Planning
from activities.ports import Outages, Refused, Unreachable
from activities.requests import Call, Cleared, FiringRequest, Push, Pushed
from policies.catalog import Catalog
from policies.event import Event
from policies.explanation import Standing
from policies.outage import MUTE, Outage, Scope
from policies.people import Roster
from policies.plan import Target
from policies.recognition import Arrival, Rule
from policies.ticket import Ticket
from starter.crowd import ListedCrowd, conditions, within
from tests.activities.test_journal import fresh_schema
from tests.support.fakes import FakeDirectory, FakeOutages
from tests.support.world import everybody
from workflows import options

INC_7 = Outage(
    "INC-7", Scope(services=("결제", "a'b"), tags=("x",)), since=1_000, expected=5_000, owner="lee",
    reason="; DROP TABLE outages", declared_by="kim", planned_end=9_000,
    approved_by="dana", priority="P1", stakeholders=("executives", "lee"), tell_customers=True,
)  # fmt: skip
END = Outage("INC-7", ended_at=2_000, ended_by="lee")


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def outages(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Outages]:
    if request.param == "fake":
        yield FakeOutages()
        return
    url = f"sqlite:///{tmp_path}/rung.db"
    if request.param == "postgresql":
        url = fresh_schema(request.getfixturevalue("postgres_url"), tmp_path.name)
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    yield SqlOutages(journal)
    await journal.close()


async def test_what_is_kept_is_read_back_the_same(outages: Outages) -> None:
    assert await outages.keep(INC_7) == INC_7
    assert await outages.one("INC-7") == INC_7
    assert await outages.one("INC-8") is None


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_outages_of_earlier_schemas_stay_and_have_nobody_told(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/rung.db"
    if database == "postgresql":
        url = fresh_schema(request.getfixturevalue("postgres_url"), f"{tmp_path.name}_old")
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    await SqlOutages(journal).keep(INC_7)

    def back_to_the_fifth() -> None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for column in ("approved_by", "priority", "stakeholders", "tell_customers"):
                connection.execute(sa.text(f"ALTER TABLE outages DROP COLUMN {column}"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0005'"))
        engine.dispose()

    await asyncio.to_thread(back_to_the_fifth)
    await asyncio.to_thread(migrate, url)
    expected = replace(INC_7, approved_by="", priority="", stakeholders=(), tell_customers=False)
    assert await SqlOutages(journal).known(9) == [expected]
    await journal.close()


async def test_what_was_said_first_stands(outages: Outages) -> None:
    await outages.keep(INC_7)
    assert await outages.keep(replace(INC_7, since=1, effect=MUTE, owner="x", scope=Scope())) == INC_7
    ended = replace(INC_7, ended_at=2_000, ended_by="lee")
    assert await outages.keep(END) == ended
    assert await outages.keep(Outage("INC-7", ended_at=9_000, ended_by="x")) == ended
    assert await outages.keep(INC_7) == ended


async def test_an_end_waits_for_its_declaration(outages: Outages) -> None:
    assert await outages.keep(END) == END
    assert list(await outages.concerning(0)) == []
    assert await outages.keep(INC_7) == replace(INC_7, ended_at=2_000, ended_by="lee")


async def test_the_expected_end_may_change_until_it_has_ended(outages: Outages) -> None:
    assert await outages.extend("INC-7", 7_000) is None
    await outages.keep(INC_7)
    assert await outages.extend("INC-7", 7_000) == replace(INC_7, expected=7_000)
    await outages.keep(END)
    assert (await outages.extend("INC-7", 9_000) or INC_7).expected == 7_000


async def test_a_ticket_gets_what_it_may_have_lived_to_see(outages: Outages) -> None:
    lasts, ended, early = replace(INC_7, id="lasts", since=3_000), replace(INC_7, ended_at=2_000), replace(INC_7, id="early", since=10, ended_at=20)  # fmt: skip
    for one in (lasts, ended, early):
        await outages.keep(one)
    assert [one.id for one in await outages.concerning(15)] == ["early", "INC-7", "lasts"]
    assert [one.id for one in await outages.concerning(1_999)] == ["INC-7", "lasts"]
    assert [one.id for one in await outages.concerning(2_000)] == ["lasts"]
    assert [one.id for one in await outages.concerning(2_000, ("early", "unheard"))] == ["early", "lasts"]
    assert [one.id for one in await outages.known(2)] == ["lasts", "INC-7"]


async def test_twenty_at_once_end_like_one(outages: Outages) -> None:
    said = [
        replace(INC_7, owner=f"o{n}") if n % 2 else Outage("INC-7", ended_at=2_000 + n, ended_by=f"o{n}")
        for n in range(20)
    ]
    await asyncio.gather(*(outages.keep(one) for one in said))
    stands = await outages.one("INC-7")
    assert stands is not None
    assert all([await outages.keep(one) == stands for one in said])
    assert (stands.since, stands.ended_at - 2_000) == (1_000, int(stands.ended_by[1:]))


# --- the last look -----------------------------------------------------------------------------------------

TICKET = Ticket("1", "acme", service="pay", team="seoul", assignee="kim")
REQUEST = FiringRequest(
    TICKET, opened_at=500, now=1_500, calls=(Call("k", (Target("assignee", ("sms",)),), (Target("duty-manager", ("sms",)),)),)
)  # fmt: skip
PAY = Outage("INC-7", Scope(services=("pay",)), since=1_000)


async def looked(outages: FakeOutages, request: FiringRequest = REQUEST, roster: Roster | None = None) -> Cleared:
    return await Clearance(outages, Planning(Catalog(), FakeDirectory(roster or everybody(), {}))).look_before_firing(
        request
    )


async def test_without_news_it_says_who_is_there() -> None:
    found = await looked(FakeOutages())
    assert (found.news, found.unasked) == ((), "")
    assert [(one.person, one.channel) for one in found.addressed["k"].deliveries] == [("kim", "sms")]


async def test_with_news_nobody_is_looked_for() -> None:
    outages = FakeOutages()
    await outages.keep(PAY)
    expected = Event("pause", 1_000, "outage:INC-7/declared", reason="outage:INC-7")
    assert await looked(outages) == Cleared((expected,))
    assert (await looked(outages, replace(REQUEST, known=("outage:INC-7/declared",)))).news == ()


async def test_a_registry_that_is_away_is_said_and_holds_nothing_up() -> None:
    outages = FakeOutages()
    outages.fail_next(Unreachable("no database"))
    found = await looked(outages)
    assert (found.news, found.unasked, list(found.addressed)) == ((), "no database", ["k"])


async def test_a_registry_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(FakeOutages):
        async def concerning(self, opened_at: int, ids: Sequence[str] = ()) -> Sequence[Outage]:
            await asyncio.Event().wait()
            return ()

    monkeypatch.setattr("activities.clearance.ANSWERS_WITHIN", 0.001)
    assert (await looked(Hanging())).unasked == "no answer in time"


async def test_a_registry_and_a_directory_that_hang_leave_the_look_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are given up before the engine gives up the look, which would say nothing at all then."""
    waited: list[float] = []

    async def given_up(call: Coroutine[Any, Any, object], seconds: float) -> None:
        call.close()
        waited.append(seconds)
        raise TimeoutError

    monkeypatch.setattr("activities.clearance.asyncio.wait_for", given_up)
    found = await looked(FakeOutages())
    assert (found.unasked, found.addressed, len(waited)) == ("no answer in time", {}, 2)
    assert sum(waited) <= 0.8 * options.NEAR.total_seconds()


async def test_a_directory_that_is_away_leaves_the_effects_to_ask_for_themselves() -> None:
    class Away(FakeDirectory):
        async def roster(self) -> Roster:
            raise Refused("people.yaml:3 makes no sense")

    found = await Clearance(FakeOutages(), Planning(Catalog(), Away(Roster(), {}))).look_before_firing(REQUEST)
    assert found == Cleared()


class Counting:
    """The port `Recognition`: what it was told."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.told = fault, list[tuple[str, Arrival]]()

    async def report(self, policy: str, rules: tuple[Rule, ...], arrival: Arrival) -> None:
        if self.fault:
            raise self.fault
        self.told.append((policy, arrival))


async def counted(recognition: Counting, request: FiringRequest) -> Cleared:
    planning = Planning(Catalog(), FakeDirectory(everybody(), {}))
    return await Clearance(FakeOutages(), planning, recognition).look_before_firing(request)


SHOP = FiringRequest(
    Ticket("1", "acme", service="payment", contact="c@example.com"), 500, 600, policy="global-shop.v2", opens=True
)


async def test_a_ticket_that_opens_is_counted_without_whom_it_concerns() -> None:
    recognition = Counting()
    assert (await counted(recognition, SHOP)).uncounted == ""
    assert recognition.told == [("global-shop.v2", Arrival(replace(SHOP.ticket, contact=""), 500, 600))]


async def test_one_that_does_not_open_is_of_no_rule_or_was_opened_long_ago_is_not_counted() -> None:
    recognition = Counting()
    for request in (
        replace(SHOP, opens=False), replace(SHOP, policy="standard.v1"), replace(SHOP, now=500 + 1_800),
        replace(SHOP, ticket=Ticket("1", "acme")),
    ):  # fmt: skip
        assert (await counted(recognition, request)).uncounted == ""
    assert recognition.told == []


async def test_a_recognition_that_does_not_answer_is_said_and_the_rest_of_the_look_stands() -> None:
    found = await counted(Counting(Unreachable("no server")), replace(SHOP, calls=REQUEST.calls))
    assert (found.uncounted, found.unasked, list(found.addressed)) == ("no server", "", ["k"])
    assert (await counted(Counting(), replace(SHOP, policy="none.v1"))).uncounted.startswith("no policy 'none.v1'")


# --- the telling -------------------------------------------------------------------------------------------


class Pages:
    """A crowd in pages of 120; `fail_at` breaks once at that ticket."""

    def __init__(self, count: int, fail_at: int = -1) -> None:
        self.count, self.fail_at, self.heard = count, fail_at, list[int]()
        self.most = self.now = 0
        self.asked: list[tuple[int, int]] = []
        """(how many had been told, who was asked whether it has worked through it)."""

    async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
        start = int(position or 0)
        end = min(start + 120, self.count)
        return [str(n) for n in range(start, end)], str(end) if end < self.count else ""

    async def standing(self, ticket: str) -> Standing | None:
        raise AssertionError("nobody is asked")

    async def tell(self, ticket: str, outage: Outage) -> bool:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if int(ticket) == self.fail_at:
            self.fail_at = -1
            raise RuntimeError("the server is away")
        self.heard.append(int(ticket))
        return int(ticket) % 10 != 0

    async def caught_up(self, ticket: str) -> None:
        self.asked.append((len(self.heard), int(ticket)))


async def test_every_ticket_is_told_with_fifty_under_way() -> None:
    crowd, beats = Pages(300), list[tuple[object, ...]]()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    pushed = await environment.run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY))
    assert (pushed, sorted(crowd.heard), crowd.most) == (Pushed(270, 30), list(range(300)), AT_ONCE)
    assert ("120", 108, 12, 0, 0) in beats


async def test_a_telling_that_was_cut_off_goes_on_at_its_page() -> None:
    crowd, beats = Pages(300, fail_at=130), list[tuple[object, ...]]()
    outaging = Outaging(FakeOutages(), crowd)
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    with pytest.raises(RuntimeError):
        await environment.run(outaging.push_outage, Push(PAY))
    again = ActivityEnvironment()
    again.info = replace(again.info, heartbeat_details=list(beats[-1]), attempt=2)
    crowd.heard.clear()
    assert await again.run(outaging.push_outage, Push(PAY)) == Pushed(270, 30)
    assert sorted(crowd.heard) == list(range(120, 300))


class Sealed(Pages):
    """The server refuses to tell two of them, for good."""

    async def tell(self, ticket: str, outage: Outage) -> bool:
        if ticket in ("130", "131"):
            raise Refused("INVALID_ARGUMENT: too long")
        return await super().tell(ticket, outage)


async def test_one_that_cannot_be_told_keeps_nobody_of_its_page_from_hearing() -> None:
    crowd, beats = Sealed(300), list[tuple[object, ...]]()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    pushed = await environment.run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY))
    assert pushed == Pushed(269, 29, 2)
    assert sorted(crowd.heard) == [n for n in range(300) if n not in (130, 131)]
    again = ActivityEnvironment()
    again.info = replace(again.info, heartbeat_details=list(beats[-1]), attempt=2)
    assert await again.run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY)) == Pushed(269, 29, 2)


class Answering:
    """A client whose every signal fails like this."""

    def __init__(self, status: RPCStatusCode) -> None:
        self.status = status

    def get_workflow_handle(self, _id: str) -> Answering:
        return self

    async def signal(self, *_: object, **__: object) -> None:
        raise RPCError("no", self.status, b"")


def refusing(status: RPCStatusCode) -> ListedCrowd:
    return ListedCrowd(Answering(status))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.INTERNAL, RPCStatusCode.UNKNOWN])
async def test_what_is_wrong_with_one_ticket_is_no_reason_to_tell_it_again(status: RPCStatusCode) -> None:
    with pytest.raises(Refused, match=f"{status.name}: no"):
        await refusing(status).tell("ticket/acme/1", PAY)


@pytest.mark.parametrize(
    "status",
    [
        RPCStatusCode.UNAVAILABLE, RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.PERMISSION_DENIED,
    ],
)  # fmt: skip
async def test_what_may_pass_is_for_the_engine_to_try_again(status: RPCStatusCode) -> None:
    with pytest.raises(RPCError):
        await refusing(status).tell("ticket/acme/1", PAY)


async def test_a_ticket_that_is_over_is_no_fault() -> None:
    assert not await refusing(RPCStatusCode.NOT_FOUND).tell("ticket/acme/1", PAY)


async def test_the_next_ones_are_told_when_these_have_taken_it_in() -> None:
    """A page in handfuls of 200; the last four of each are asked, of those that are open: number 400 is not."""

    class OnePage(Pages):
        async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
            return [str(n) for n in range(self.count)], ""

    crowd = OnePage(401)
    await ActivityEnvironment().run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY))
    assert crowd.asked == [(200, n) for n in range(196, 200)] + [(400, n) for n in range(396, 400)]
    assert len(crowd.heard) == 401


class TwoLists(Pages):
    """Those that show it, a few, and all."""

    async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
        if part == "shown":
            return [str(n) for n in range(7, 300, 40)], ""
        assert part == "all"
        return await super().page(outage, part, begun, position)


async def test_of_the_end_those_that_show_it_hear_first_and_nobody_twice() -> None:
    crowd = TwoLists(300)
    pushed = await ActivityEnvironment().run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY, "over"))
    assert crowd.heard[:8] == list(range(7, 300, 40))
    assert sorted(crowd.heard) == list(range(300))
    assert pushed == Pushed(270, 30)


async def test_a_telling_of_the_end_that_was_cut_off_goes_on_in_its_list() -> None:
    crowd = TwoLists(300)
    again = ActivityEnvironment()
    again.info = replace(again.info, heartbeat_details=["120", 108, 12, 1], attempt=2)
    assert await again.run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY, "over")) == Pushed(270, 30)
    assert sorted(crowd.heard) == list(range(120, 300))


async def test_an_attempt_goes_on_where_one_of_an_older_build_stopped() -> None:
    crowd = Pages(300)
    again = ActivityEnvironment()
    again.info = replace(again.info, heartbeat_details=["240", 216, 24], attempt=2)
    assert await again.run(Outaging(FakeOutages(), crowd).push_outage, Push(PAY)) == Pushed(270, 30)
    assert sorted(crowd.heard) == list(range(240, 300))


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(), ""),
        (Scope(services=("pay", "결제"), tiers=("gold",)), " AND RungService IN ('pay', '결제') AND RungTier IN ('gold')"),
        (Scope(tenants=("acme",), regions=("kr",), tags=("x",)), " AND RungTenant IN ('acme')"),
        # what a query cannot say is left out: the list is longer, and each ticket judges for itself
        (Scope(services=("it's",), tiers=("gold",)), " AND RungTier IN ('gold')"),
        (Scope(services=("x" * 251,)), ""),
    ],
)  # fmt: skip
def test_a_list_holds_all_that_may_be_covered(scope: Scope, said: str) -> None:
    assert within(Outage("I", scope)) == f"WorkflowType='Ticket' AND ExecutionStatus='Running'{said}"


def test_customers_of_tickets_opened_since_are_those_that_show_it_and_are_young() -> None:
    assert conditions(Outage("INC-7", since=1), "joined", 3_600) == [
        "StartTime >= '1970-01-01T00:59:00Z'",
        "RungOutage = 'INC-7'",
    ]
    assert conditions(Outage("INC-7", since=1, ended_at=5), "all", 0) == []


def test_whom_the_first_list_has_stopped_is_not_in_the_second() -> None:
    """A clock that has just been stopped has no due."""
    assert conditions(Outage("INC-7", since=1), "rest", 0) == [
        "(RungNextDue IS NULL OR RungNextDue >= '1970-01-01T01:00:00Z')",
        "(RungOutage IS NULL OR RungOutage != 'INC-7')",
    ]
