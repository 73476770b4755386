"""A message takes its turn: one bundle with a link for each ticket, receipts that are waited for, straight on without an outbox.

Real SQLite, the real notifier of mails; time is passed in, and the activity's own clock as the server would give it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.claims import Claims
from activities.dispatching import Dispatch
from activities.notifications import Notifications, planned, request_of
from activities.outbox import Outbox, Planned, Sent, Turn, Unsettled
from activities.ports import Busy, Contact, Down, Message, Receipt, Refused, Unreachable
from activities.pressing import Pressing
from activities.requests import Done, NotifyRequest
from activities.wording import Wording
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, SENDING, UNKNOWN, Outcome
from policies.people import CUSTOMER, Delivery, Roster
from starter.sample_messages import BREACH, BROKEN, sample

NOON = datetime(2026, 3, 27, 3, 0, tzinfo=UTC)
LEE = Contact("lee", "Lee", email="lee@example.com", phone="+1", language="en")
TICKET = sample("en").ticket


def page(ticket: str = "4711", channel: str = "sms", kind: str = "page", **more: str) -> NotifyRequest:
    about = replace(TICKET, id=ticket, **more)  # type: ignore[arg-type]  # texts
    rung = f"{about.key}/resolution.1/half"
    effect = replace(BREACH, kind=kind, key=rung, due=int(NOON.timestamp()), cycle="resolution.1")
    return NotifyRequest(f"{rung}/lee/{channel}", effect, Delivery("lee", channel, "team-lead"), about, BROKEN)


@dataclass
class Provider:
    """A channel that keeps what it gets, and answers as it is told to."""

    channel: str = "sms"
    errors: list[Exception] = field(default_factory=list)
    got: list[Message] = field(default_factory=list)
    awaited: bool = False

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.got.append(message)
        if self.errors:
            raise self.errors.pop(0)
        return Receipt("twilio", f"SM{len(self.got)}", self.awaited)


class People:
    async def roster(self) -> Roster:
        return Roster()

    async def contact(self, person: str) -> Contact:
        if person != "lee":
            raise Refused(f"no {person}")
        return LEE


@dataclass
class Desk:
    """Everything around one activity. `at` is how late it is, for the wall and for the ticket."""

    outbox: Outbox | None
    provider: Provider = field(default_factory=Provider)
    receipt_seconds: int = 0
    pressing: Pressing | None = None
    at: float = 0.0

    async def notify(
        self, request: NotifyRequest, elapsed: float = 0.0, within: float = 180.0, attempt: int = 1
    ) -> Done:
        dispatch = Dispatch(self.outbox, self.receipt_seconds, lambda: NOON + timedelta(seconds=self.at))
        notifiers = {self.provider.channel: self.provider}
        telling = Notifications(notifiers, People(), Wording(), self.pressing, dispatch)
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info, scheduled_time=NOON, current_attempt_scheduled_time=NOON + timedelta(seconds=elapsed),
            schedule_to_close_timeout=timedelta(seconds=within), attempt=attempt,
        )  # fmt: skip
        done = await environment.run(telling.notify, request)
        assert isinstance(done, Done)
        return done

    async def refused(self, request: NotifyRequest, elapsed: float = 0.0, within: float = 180.0) -> ApplicationError:
        with pytest.raises(ApplicationError) as error:
            await self.notify(request, elapsed, within)
        return error.value

    async def state(self, ticket: str = "4711") -> Sent:
        assert self.outbox is not None
        [found] = await self.outbox.sent(TICKET.tenant, ticket)
        return found


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[SqlOutbox]:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    made = SqlOutbox(url, 60)
    yield made
    await made.close()


class Away(Outbox):
    """An outbox that fails, or that never answers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, 0

    async def _away(self) -> None:
        self.asked += 1
        if self.error is None:
            await asyncio.Event().wait()
        else:
            raise self.error

    async def turn(self, message: Planned, now: datetime, patience: int | None = None) -> Turn:
        await self._away()
        raise AssertionError

    async def note(
        self, key: str, news: Outcome, now: datetime, settled: bool = False, again_at: datetime | None = None
    ) -> Outcome | None:
        await self._away()
        return None

    async def give_up(self, key: str, reason: str, now: datetime) -> Outcome | None:
        await self._away()
        return None

    async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
        await self._away()
        return ()

    async def forget(self, before: datetime, most: int) -> int:
        await self._away()
        return 0

    async def sent(self, tenant: str, ticket: str) -> Sequence[Sent]:
        return []

    async def outcomes(self, page: str) -> Mapping[str, Outcome]:
        await self._away()
        return {}

    async def pages(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        return {}


async def test_a_message_goes_at_once_and_its_state_is_known(outbox: SqlOutbox) -> None:
    desk = Desk(outbox)
    done = await desk.notify(page())
    assert done == Done("sms to lee", "twilio", "SM1", "")
    state = await desk.state()
    assert (state.outcome, state.sent, state.settled) == (Outcome(ACCEPTED, "twilio", "SM1"), NOON, NOON)


async def test_what_follows_within_the_window_goes_as_one_message_and_each_hears_of_it(outbox: SqlOutbox) -> None:
    desk = Desk(outbox)
    await desk.notify(page("first"))
    desk.at = 1
    for ticket in ("A-1", "A-2"):
        waiting = await desk.refused(page(ticket))
        assert (waiting.type, waiting.next_retry_delay) == ("Waiting", timedelta(seconds=59))
        assert "goes with others at 03:01:00 UTC" in waiting.message
    desk.at = 60
    for ticket in ("A-1", "A-2"):
        assert (await desk.refused(page(ticket), 60)).type == "Waiting"
    desk.at = 64
    assert (await desk.notify(page("A-1"), 64)).how == "in a bundle of 2"
    done = await desk.notify(page("A-2"), 90)
    assert done == Done("sms to lee, in a bundle of 2", "twilio", "SM2", "in a bundle of 2")
    first, bundle = desk.provider.got
    assert "#first" in first.subject
    assert "#A-1" in bundle.body
    assert "#A-2" in bundle.body
    assert bundle.key == f"{TICKET.tenant}/bundle.{int(NOON.timestamp()) + 60}/lee/sms"


async def test_each_ticket_of_a_bundle_has_a_link_of_its_own(outbox: SqlOutbox) -> None:
    pressing = Pressing(Claims(["a secret of ours"]), "https://rung.example.com", 24)
    desk = Desk(outbox, Provider("email"), pressing=pressing)
    await desk.notify(page("first", "email"))
    desk.at = 60 - 1
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket, "email"))
    desk.at = 60
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket, "email"))
    desk.at = 64
    await desk.notify(page("A-1", "email"))
    presses = desk.provider.got[-1].presses
    assert [press.label for press in presses] == ["Acknowledge #A-1", "Acknowledge #A-2"]
    claims = [pressing.claims.read(press.token, int(NOON.timestamp())) for press in presses]
    assert [claim.ticket for claim in claims] == ["A-1", "A-2"]


async def test_a_refused_bundle_is_refused_to_each_so_that_each_falls_back(outbox: SqlOutbox) -> None:
    desk = Desk(outbox)
    await desk.notify(page("first"))
    desk.at = 1
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket))
    desk.at = 60
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket))
    desk.at, desk.provider.errors = 64, [Refused("number blocked")]
    for ticket in ("A-1", "A-2"):
        error = await desk.refused(page(ticket))
        assert (error.type, error.non_retryable, error.message) == ("Refused", True, "number blocked")
    assert len(desk.provider.got) == 2


async def test_a_bundle_of_unknown_outcome_goes_again_under_its_key_with_what_it_held(outbox: SqlOutbox) -> None:
    desk = Desk(outbox)
    await desk.notify(page("first"))
    desk.at = 1
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket))
    unknown = Unreachable("connection reset")
    unknown.provider = "twilio2"
    desk.at = 60
    for ticket in ("A-1", "A-2"):
        await desk.refused(page(ticket))
    desk.at, desk.provider.errors = 64, [unknown]
    assert (await desk.refused(page("A-1"))).type == "Unreachable"
    assert (await desk.refused(page("A-2"))).next_retry_delay == timedelta(seconds=5)
    desk.at = 69
    assert (await desk.notify(page("A-2"))).how == "in a bundle of 2"
    _, before, again = desk.provider.got
    assert again == replace(before, via="twilio2")


async def test_a_message_of_unknown_outcome_names_the_provider_that_may_have_it(outbox: SqlOutbox) -> None:
    unknown = Unreachable("reset")
    unknown.provider = "twilio"
    desk = Desk(outbox, Provider(errors=[unknown, Down("refused")]))
    assert (await desk.refused(page())).type == "Unreachable"
    assert (await desk.state()).outcome == Outcome(UNKNOWN, "twilio", reason="reset")
    await desk.refused(page())
    await desk.notify(page())
    assert [message.via for message in desk.provider.got] == ["", "twilio", "twilio"]
    assert len({message.key for message in desk.provider.got}) == 1


async def test_who_is_certainly_not_reached_may_be_asked_of_anybody_next(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(errors=[Down("connection refused"), Busy("slow down", 20)]))
    await desk.refused(page())
    assert (await desk.state()).outcome.state == SENDING
    assert (await desk.refused(page())).next_retry_delay == timedelta(seconds=20)
    await desk.notify(page())
    assert [message.via for message in desk.provider.got] == ["", "", ""]


async def test_a_receipt_is_waited_for_and_then_it_is_delivered(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    waiting = await desk.refused(page())
    assert (waiting.type, waiting.next_retry_delay) == ("Waiting", timedelta(seconds=2))
    assert (await desk.refused(page(), elapsed=9)).next_retry_delay == timedelta(seconds=9)
    assert (await desk.refused(page(), elapsed=60)).next_retry_delay == timedelta(seconds=15)
    await outbox.note(page().key, Outcome(DELIVERED, "twilio", "SM1"), NOON)
    assert (await desk.notify(page(), elapsed=75)).how == "delivered"
    assert len(desk.provider.got) == 1


async def test_a_receipt_that_says_it_failed_is_final(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    await desk.refused(page())
    await outbox.note(page().key, Outcome(FAILED, "twilio", "SM1", "twilio says undelivered (error 30003)"), NOON)
    error = await desk.refused(page(), elapsed=2)
    assert (error.non_retryable, error.message) == (True, "twilio says undelivered (error 30003)")


async def test_without_a_receipt_a_page_goes_on_and_one_that_comes_late_is_still_noted(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    await desk.refused(page())
    assert (await desk.refused(page(), elapsed=119)).next_retry_delay == timedelta(seconds=1)
    error = await desk.refused(page(), elapsed=120)
    assert (error.non_retryable, error.message) == (True, "no receipt within 120 s from twilio")
    assert (await desk.state()).outcome.state == UNKNOWN
    await outbox.note(page().key, Outcome(DELIVERED, "twilio", "SM1"), NOON)
    assert (await desk.notify(page(), elapsed=130)).how == "delivered"
    assert len(desk.provider.got) == 1


async def test_the_receipt_is_given_up_in_time_for_the_next_channel(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    await desk.refused(page(), elapsed=80)
    error = await desk.refused(page(), elapsed=175)
    assert error.non_retryable


async def test_what_only_informs_is_done_without_a_receipt_and_says_so(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    told = page(kind="inform")
    await desk.refused(told, within=7200)
    assert (await desk.notify(told, elapsed=120, within=7200)).how == "no receipt within 120 s from twilio"


async def test_receipts_that_are_switched_off_meanwhile_are_not_missed(outbox: SqlOutbox) -> None:
    desk = Desk(outbox, Provider(awaited=True), receipt_seconds=120)
    await desk.refused(page())
    desk.receipt_seconds = 0
    assert (await desk.notify(page(), elapsed=200)).provider == "twilio"


async def test_the_customer_is_never_held_and_no_address_of_theirs_is_kept(outbox: SqlOutbox) -> None:
    asked = planned(replace(page(contact="ann@example.com"), delivery=Delivery(CUSTOMER, "email", CUSTOMER)))
    assert asked.alone
    assert "ann@example.com" not in asked.content


async def test_a_request_survives_the_outbox() -> None:
    assert request_of(planned(page()).content) == replace(page(), ticket=replace(page().ticket, contact=""))


@pytest.mark.parametrize("error", [Unreachable("no database"), Refused("no table"), RuntimeError("a fault of ours")])
async def test_with_the_outbox_away_a_message_goes_straight_out_and_says_so(error: Exception) -> None:
    away = Away(error)
    desk = Desk(away, Provider(awaited=True), receipt_seconds=120)
    assert (await desk.notify(page())).how == "not in the outbox"
    assert len(desk.provider.got) == 1
    assert away.asked == 1


async def test_what_has_waited_asks_twice_before_it_goes_by_itself() -> None:
    away = Away(Unreachable("no database"))
    assert (await Desk(away).notify(page(), attempt=2)).how == "not in the outbox"
    assert away.asked == 2


async def test_an_outbox_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.dispatching.WITHIN", 0.01)
    assert (await Desk(Away()).notify(page())).how == "not in the outbox"


async def test_without_an_outbox_all_is_as_it_was() -> None:
    desk = Desk(None, Provider(awaited=True), receipt_seconds=120)
    assert (await desk.notify(page())).how == ""
    desk.provider.errors = [Refused("no such number")]
    assert (await desk.refused(page())).message == "no such number"
