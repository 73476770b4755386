"""Receipts at the door: believed when signed, whatever their order; what names no message of ours is answered and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from activities.adapters.http import Http
from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.adapters.twilio import RECEIPTS, PhoneNotifier, SmsNotifier, TwilioAccount, receipts_at
from activities.outbox import Planned
from activities.ports import Contact, Message
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, SENDING, Outcome
from starter.http_sink import HttpSink
from starter.webhooks.doors import Doors
from starter.webhooks.receipts import outcome
from starter.webhooks.router import application
from tests.starter.on_paper import PaperGateway
from tests.starter.test_webhooks import CLAIMS, OPEN, URL, twilio

NOON = datetime(2026, 3, 27, 3, 0, tzinfo=UTC)
KEY = "acme/47 11/resolution.1/half/김/sms"
TOKEN, SECOND = "twilio-token", "second-token"


@dataclass
class Door:
    """The application in this process, with a real outbox behind it that knows one message."""

    outbox: SqlOutbox

    async def receipt(self, fields: Mapping[str, str], key: str = KEY, token: str = TOKEN, signed: str = "") -> int:
        url = receipts_at(URL + RECEIPTS, key)
        headers = {"X-Twilio-Signature": signed or twilio(token, url, fields)}
        return (await self.post(url, headers, data=dict(fields))).status_code

    async def post(self, url: str, headers: Mapping[str, str], **more: object) -> httpx.Response:
        doors = Doors(
            PaperGateway.of(OPEN), CLAIMS, URL, "", TOKEN, lambda: NOON, twilio2_token=SECOND, outbox=self.outbox
        )  # fmt: skip

        async def nobody(phone: str) -> str:
            return ""

        transport = httpx.ASGITransport(application(doors, nobody))
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.post(url, headers=dict(headers), **more)  # type: ignore[arg-type]  # data or content

    async def known(self) -> Outcome:
        [found] = await self.outbox.sent("acme", "47 11")
        return found.outcome


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    outbox = SqlOutbox(url)
    await outbox.turn(Planned(KEY, "acme", "47 11", "acme/47 11/resolution.1/half", "page", "김", "sms"), NOON)
    yield Door(outbox)
    await outbox.close()


def message(status: str, sid: str = "SM1", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "AccountSid": "AC1", **more}


async def test_a_receipt_says_what_became_of_its_message(door: Door) -> None:
    assert await door.receipt(message("sent")) == 204
    assert await door.known() == Outcome(ACCEPTED, "twilio", "SM1")
    assert await door.receipt(message("delivered")) == 204
    assert await door.known() == Outcome(DELIVERED, "twilio", "SM1")


async def test_receipts_twice_late_and_out_of_order_end_alike(door: Door) -> None:
    for status in ("delivered", "queued", "delivered", "sent", "undelivered"):
        assert await door.receipt(message(status)) == 204
    assert (await door.known()).state == DELIVERED


async def test_an_undelivered_message_says_why(door: Door) -> None:
    await door.receipt(message("undelivered", ErrorCode="30003"))
    assert await door.known() == Outcome(FAILED, "twilio", "SM1", "twilio says undelivered (error 30003)")


async def test_the_second_account_signs_with_a_token_of_its_own(door: Door) -> None:
    assert await door.receipt(message("delivered", "SM2"), token=SECOND) == 204
    assert await door.known() == Outcome(DELIVERED, "twilio2", "SM2")


async def test_a_receipt_that_is_tampered_with_foreign_or_unsigned_changes_nothing(door: Door) -> None:
    real = twilio(TOKEN, receipts_at(URL + RECEIPTS, KEY), message("sent"))
    assert await door.receipt(message("delivered"), signed=real) == 401
    assert await door.receipt(message("delivered"), token="somebody else's") == 401
    assert await door.receipt(message("delivered"), signed="nonsense") == 401
    assert await door.receipt(message("sent"), key="acme/another/key", signed=real) == 401
    assert (await door.post(receipts_at(URL + RECEIPTS, KEY), {}, content=b"x" * 100_000)).status_code == 413
    assert (await door.known()).state == SENDING


async def test_an_unknown_key_and_a_strange_receipt_are_answered_well_and_stored_nowhere(door: Door) -> None:
    assert await door.receipt(message("delivered"), key="acme/nobody/knows/this") == 204
    assert await door.receipt({"AccountSid": "AC1"}) == 204
    assert await door.receipt(message("delivered"), key="") == 204
    assert (await door.known()).state == SENDING


async def test_without_its_database_the_provider_is_asked_to_come_again(tmp_path: Path) -> None:
    lost = SqlOutbox(f"sqlite:///{tmp_path}/other.db")
    assert await Door(lost).receipt(message("delivered")) == 503
    await lost.close()


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"CallStatus": "completed", "AnsweredBy": "human"}, DELIVERED),
        ({"CallStatus": "completed"}, DELIVERED),
        ({"CallStatus": "completed", "AnsweredBy": "unknown"}, DELIVERED),
        ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, FAILED),
        ({"CallStatus": "completed", "AnsweredBy": "fax"}, FAILED),
        ({"CallStatus": "no-answer"}, FAILED),
        ({"CallStatus": "busy"}, FAILED),
        ({"CallStatus": "failed"}, FAILED),
        ({"CallStatus": "canceled"}, FAILED),
        ({"CallStatus": "ringing"}, ACCEPTED),
        ({"CallStatus": "in-progress"}, ACCEPTED),
        ({"MessageStatus": "read"}, DELIVERED),
        ({"MessageStatus": "failed"}, FAILED),
        ({"MessageStatus": "something new"}, ACCEPTED),
        ({"SmsStatus": "delivered", "SmsSid": "SM1"}, DELIVERED),
    ],
)
def test_what_a_provider_says_is_one_of_our_states(fields: dict[str, str], state: str) -> None:
    found = outcome(fields, "twilio")
    assert found is not None
    assert found.state == state
    assert bool(found.reason) == (state == FAILED)


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    made = Http(proxies_from_environment=False)
    yield made
    await made.close()


async def test_messages_and_calls_name_the_address_of_their_receipts_only_when_there_is_one(
    http: Http, sink: HttpSink
) -> None:
    to, said = Contact("kim", "Kim", phone="+8210"), Message(KEY, "Subject", "Body", short="Short")
    silent = TwilioAccount("AC1", "token", "+1", sink.url)
    told = TwilioAccount("AC1", "token", "+1", sink.url, receipts=URL + RECEIPTS)
    receipts = [
        await notifier(http, account).send(said, to)
        for account in (silent, told)
        for notifier in (SmsNotifier, PhoneNotifier)
    ]
    assert [one.awaited for one in receipts] == [False, False, True, True]
    forms = [parse_qs(request.body.decode()) for request in sink.requests]
    callback = [receipts_at(URL + RECEIPTS, KEY)]
    assert [form.get("StatusCallback") for form in forms] == [None, None, callback, callback]
    assert [form.get("MachineDetection") for form in forms] == [None, None, None, ["Enable"]]
