"""Two providers of one channel: the second is asked when the first is down for certain, and never because it was slow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from activities.adapters.http import Http
from activities.adapters.smtp import MailServer, SmtpNotifier
from activities.adapters.twilio import SmsNotifier, TwilioAccount
from activities.ports import Busy, Contact, Down, Message, Receipt, Refused, Unreachable
from activities.providers import Providers
from policies.provider_health import LAST, REMEMBERED, Tried, by_health
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.server import free_port
from starter.sink import Fault

TO = Contact("kim", "Kim", email="kim@example.com", phone="+8210")
MESSAGE = Message("acme/4711/resolution.1/half/kim/sms", "Subject", "Body", short="Short")


@dataclass
class One:
    name: str
    errors: list[Exception] = field(default_factory=list)
    asked: int = 0
    channel: str = "sms"

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return Receipt(self.name)


class Pair:
    def __init__(self, first: list[Exception] | None = None, second: list[Exception] | None = None) -> None:
        self.first, self.second = One("one", first or []), One("two", second or [])
        self.now = 0.0
        self.both = Providers({"one": self.first, "two": self.second}, lambda: self.now)

    async def send(self, via: str = "") -> str:
        return (await self.both.send(replace(MESSAGE, via=via), TO)).provider


async def test_the_first_is_asked_as_long_as_it_works() -> None:
    pair = Pair()
    assert [await pair.send() for _ in range(3)] == ["one", "one", "one"]
    assert pair.second.asked == 0


@pytest.mark.parametrize("error", [Down("connection refused"), Busy("slow down", 20), Refused("bad token")])
async def test_the_second_takes_what_the_first_has_certainly_not_taken(error: Exception) -> None:
    assert await Pair([error]).send() == "two"


async def test_after_an_unknown_outcome_nobody_else_is_asked_in_that_attempt() -> None:
    pair = Pair([Unreachable("reset after send")])
    with pytest.raises(Unreachable) as error:
        await pair.send()
    assert error.value.provider == "one"
    assert pair.second.asked == 0


async def test_after_an_unknown_outcome_the_same_provider_is_asked_first() -> None:
    pair = Pair([Unreachable("reset")])
    with pytest.raises(Unreachable):
        await pair.send()
    assert await pair.send(via="one") == "one"


async def test_who_still_gives_no_answer_is_followed_by_the_other() -> None:
    pair = Pair([Unreachable("reset"), Unreachable("reset again")])
    with pytest.raises(Unreachable):
        await pair.send()
    assert await pair.send(via="one") == "two"


async def test_who_failed_of_late_comes_last_until_it_is_forgotten() -> None:
    pair = Pair([Down("down")])
    assert [await pair.send(), await pair.send()] == ["two", "two"]
    assert pair.first.asked == 1
    pair.now += REMEMBERED
    assert await pair.send() == "one"


async def test_a_number_that_both_refuse_is_refused_and_that_is_no_fault_of_theirs() -> None:
    pair = Pair([Refused("no such number")], [Refused("no such number")])
    with pytest.raises(Refused, match="no such number"):
        await pair.send()
    assert await pair.send() == "one"


async def test_as_long_as_one_may_still_take_it_it_is_not_refused() -> None:
    for first, second, kind in (
        (Refused("blocked"), Busy("slow", 20), Busy), (Down("down"), Refused("blocked"), Down),
        (Busy("slow", 60), Busy("slow", 20), Busy),
    ):  # fmt: skip
        with pytest.raises(kind) as error:
            await Pair([first], [second]).send()
        if isinstance(error.value, Busy):
            assert error.value.retry_after == 20


def test_order_is_by_fresh_failures_and_then_as_it_was_given() -> None:
    bad, good = Tried(990, False), Tried(990, True)
    assert by_health({"a": [], "b": []}, 1_000) == ["a", "b"]
    assert by_health({"a": [bad], "b": [good]}, 1_000) == ["b", "a"]
    assert by_health({"a": [bad], "b": [bad]}, 1_000) == ["a", "b"]
    assert by_health({"a": [bad] * LAST, "b": [bad] * (2 * LAST)}, 1_000) == ["a", "b"]
    assert by_health({"a": [bad], "b": [good]}, 990 + REMEMBERED) == ["a", "b"]


async def test_a_closed_port_is_down_and_a_lost_answer_is_unknown(http: Http, http_sink: HttpSink) -> None:
    gone = SmsNotifier(http, TwilioAccount("AC1", "token", "+1", f"http://127.0.0.1:{free_port()}", "twilio"))
    there = SmsNotifier(http, TwilioAccount("AC2", "token", "+1", http_sink.url, "twilio2"))
    receipt = await Providers({"twilio": gone, "twilio2": there}).send(MESSAGE, TO)
    assert receipt.provider == "twilio2"
    http_sink.fail_next(Fault(lost=True))
    with pytest.raises(Unreachable) as error:
        await Providers({"twilio2": there, "twilio": gone}).send(replace(MESSAGE, key="other/key"), TO)
    assert not isinstance(error.value, Down)
    assert error.value.provider == "twilio2"


async def test_mail_goes_by_the_second_server_when_nobody_listens_at_the_first(mail_sink: MailSink) -> None:
    gone = SmtpNotifier(MailServer("127.0.0.1", free_port(), "rung@example.com", tls="none"))
    there = SmtpNotifier(MailServer("127.0.0.1", mail_sink.port, "rung@example.com", tls="none", name="smtp2"))
    both = Providers({"smtp": gone, "smtp2": there})
    assert (await both.send(MESSAGE, TO)).provider == "smtp2"
    assert [mail.key for mail in mail_sink.received] == [MESSAGE.key]
