"""One digest for all that an outage did to the tickets of one person: worded for its reader, harmless to repeat."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.dispatching import Dispatch
from activities.notifications import Notifications
from activities.ports import Busy, Contact
from activities.requests import (
    MUTED,
    OVER,
    PAUSED,
    REPRIORITISED,
    RESUMED,
    UNMUTED,
    DigestRequest,
    DigestRow,
    Done,
    OutageUpdate,
)
from activities.segments import length
from activities.wording import Wording
from policies.outage import Outage, Scope
from policies.people import Roster
from tests.support.fakes import FakeDirectory, FakeNotifier

KEY = "outage/INC-7/declared/kim/email"
NOON = 1774843200
ROWS = tuple(DigestRow(f"4{n:03}", "Hanbit", "The payment page does not open") for n in range(50))
REQUEST = DigestRequest(KEY, "kim", "email", PAUSED, "INC-7", "payment provider down", ROWS[:2])


class Rig:
    def __init__(self, language: str = "en", outbox: SqlOutbox | None = None) -> None:
        kim = Contact("kim", "Kim", "kim@rung.example", zone="Asia/Seoul", language=language)
        self.mail = FakeNotifier("email")
        self.telling = Notifications(
            {"email": self.mail}, FakeDirectory(Roster(), {"kim": kim}), Wording(), dispatch=Dispatch(outbox)
        )

    async def send(self, request: DigestRequest) -> Done:
        stage = ActivityEnvironment()
        stage.info = replace(stage.info, schedule_to_close_timeout=timedelta(hours=2))  # time enough to be held
        done: Done = await stage.run(self.telling.digest, request)
        return done

    async def refused(self, request: DigestRequest) -> str:
        with pytest.raises(ApplicationError) as refused:
            await self.send(request)
        assert refused.value.non_retryable
        assert self.mail.sent == {}
        return refused.value.message


async def test_an_outage_is_told_once_for_all_tickets() -> None:
    rig = Rig()
    done = await rig.send(REQUEST)
    assert (done.text, done.provider) == ("email to kim", "fake")
    assert await rig.send(REQUEST) == done
    [(message, to)] = rig.mail.sent.values()
    assert (message.key, to.person, message.severity, message.language) == (KEY, "kim", "info", "en")
    assert message.subject == "[SLA] outage INC-7: the clocks of your tickets have stopped - #4000, #4001"
    assert message.body == (
        "Outage INC-7: the clocks of your tickets have stopped. Payment provider down. Tickets concerned: 2.\n\n"
        "[SLA] #4000 - Hanbit - The payment page does not open\n\n"
        "[SLA] #4001 - Hanbit - The payment page does not open\n"
    )
    assert (message.action, message.press.link) == (("", ""), "")


async def test_its_end_tells_when_each_ticket_is_due_on_the_readers_own_clock() -> None:
    rig = Rig("ko")
    await rig.send(replace(REQUEST, kind=RESUMED, rows=(replace(ROWS[0], due=NOON),)))
    [(message, _)] = rig.mail.sent.values()
    assert message.language == "ko"
    assert "기한 2026년 3월 30일 (월) 13:00 KST." in message.body


async def test_of_many_tickets_forty_are_named_and_the_others_counted() -> None:
    rig = Rig()
    await rig.send(replace(REQUEST, rows=ROWS, count=900))
    [(message, _)] = rig.mail.sent.values()
    assert "Tickets concerned: 900." in message.body
    assert message.body.count("Hanbit") == 40
    assert message.text.endswith("And 860 more.")
    assert length(message.short).parts <= 2


@pytest.mark.parametrize("kind", [PAUSED, RESUMED, MUTED, UNMUTED, REPRIORITISED, OVER])
async def test_every_kind_says_something_of_its_own(kind: str) -> None:
    rig = Rig()
    await rig.send(replace(REQUEST, kind=kind))
    [(message, _)] = rig.mail.sent.values()
    others = [
        Wording().outage(replace(REQUEST, kind=other), Contact("kim")) for other in (PAUSED, OVER) if other != kind
    ]
    assert "outage INC-7" in message.subject
    assert message.subject not in [one.subject for one in others]


UPDATE = OutageUpdate(
    "outage/INC-7/update/1/kim/email", "kim", "email",
    Outage("INC-7", Scope(("payments",)), since=NOON - 3_600, priority="P1"), NOON, 120,
)  # fmt: skip


async def test_a_stakeholder_reads_how_it_stands_in_their_language_and_zone_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    outbox = SqlOutbox(url, window=60)
    rig = Rig("ko", outbox)
    for _ in range(2):
        done: Done = await ActivityEnvironment().run(rig.telling.tell_stakeholder, UPDATE)
        assert done.text == "email to kim"
    [(message, _)] = rig.mail.sent.values()
    assert (message.key, message.language, message.severity) == (UPDATE.key, "ko", "warning")
    assert message.subject == "장애 INC-7 지속 시간: 1시간"
    assert "서비스: payments\n" in message.body
    assert "시작 시각: 2026년 3월 30일 (월) 12:00 KST\n열린 티켓: 120\n예상 종료: 알 수 없음" in message.body
    [sent] = (await outbox.outcomes(UPDATE.key)).values()
    assert sent.state == "accepted"
    await outbox.close()


async def test_its_last_word_to_a_stakeholder_is_how_long_it_was() -> None:
    over = replace(UPDATE, outage=replace(UPDATE.outage, ended_at=NOON + 3_600), now=NOON + 9_000)
    message = Wording().outage_update(over, Contact("kim"))
    assert (message.subject, message.severity) == ("Outage INC-7 is over after 2h", "info")
    assert "Expected end" not in message.body


async def test_what_can_never_be_sent_is_final_and_says_why() -> None:
    assert await Rig().refused(replace(REQUEST, kind="pausd")) == "a digest has no kind 'pausd'"
    assert await Rig().refused(replace(REQUEST, channel="sms")) == (
        "no channel 'sms' is configured (configured: email)"
    )
    assert "lee" in await Rig().refused(replace(REQUEST, person="lee"))


async def test_a_busy_provider_is_tried_again_when_it_says() -> None:
    rig = Rig()
    rig.mail.fail_next(Busy("slow down", 7))
    with pytest.raises(ApplicationError) as busy:
        await rig.send(REQUEST)
    assert not busy.value.non_retryable
    assert busy.value.next_retry_delay is not None
    assert busy.value.next_retry_delay.total_seconds() == 7
    assert list(rig.mail.sent) == []
    await rig.send(REQUEST)
    assert list(rig.mail.sent) == [KEY]


async def test_it_stands_in_the_outbox_goes_out_once_and_is_no_page(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    outbox = SqlOutbox(url, window=60)
    rig = Rig(outbox=outbox)
    done = await rig.send(REQUEST)
    rig.mail.sent.clear()
    assert (await rig.send(REQUEST)).provider == done.provider == "fake"
    assert rig.mail.sent == {}
    other = replace(REQUEST, key="outage/INC-7/ended/kim/email", kind=RESUMED)
    await rig.send(other)  # within the window of the first one, and yet not held
    assert list(rig.mail.sent) == [other.key]
    assert await outbox.pages(["kim"], datetime(2020, 1, 1, tzinfo=UTC)) == {"kim": 0}
    await outbox.close()
