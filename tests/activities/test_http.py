"""How answers become errors, and what never gets into one."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime

import pytest

from activities.adapters.http import WITHIN, Call, Http, header_key, retry_after
from activities.adapters.slack import SlackNotifier
from activities.adapters.twilio import SmsNotifier, TwilioAccount
from activities.ports import Busy, Contact, Message, Refused, Unreachable
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.sink import Fault
from workflows import options

NOW = datetime(2026, 3, 27, 4, 0, 0, tzinfo=UTC)
SECRET = "T0000/B0000/abcdefghijklmnopqrstuvwx"


def call(sink: HttpSink, path: str = "/slack/x", key: str = "k") -> Call:
    return Call("chat", sink.url + path, key, body=b'{"attachments":[{"text":"t"}]}')


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_a_success(http: Http, http_sink: HttpSink, status: int) -> None:
    http_sink.fail_next(Fault(status))

    assert (await http.send(call(http_sink))).status == status


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451])
async def test_a_4xx_is_final_and_says_what_the_provider_said(http: Http, http_sink: HttpSink, status: int) -> None:
    http_sink.fail_next(Fault(status, body="no\nsuch\x00 thing"))

    with pytest.raises(Refused) as refused:
        await http.send(call(http_sink))

    assert str(refused.value) == f"chat (127.0.0.1:{http_sink.port}) answered {status}: no such thing"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(http: Http, http_sink: HttpSink, status: int) -> None:
    http_sink.fail_next(Fault(status, {"Location": f"{http_sink.url}/slack/elsewhere"}))

    with pytest.raises(Refused, match="set the final address"):
        await http.send(call(http_sink))

    assert len(http_sink.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(http: Http, http_sink: HttpSink, status: int) -> None:
    http_sink.fail_next(Fault(status), Fault(status, {"Retry-After": "7"}))

    with pytest.raises(Unreachable):
        await http.send(call(http_sink))
    with pytest.raises(Busy) as busy:
        await http.send(call(http_sink))

    assert busy.value.retry_after == 7


async def test_a_long_answer_is_quoted_to_200_characters(http: Http, http_sink: HttpSink) -> None:
    http_sink.fail_next(Fault(400, body="x" * 500_000))

    with pytest.raises(Refused) as refused:
        await http.send(call(http_sink))

    assert str(refused.value).endswith("answered 400: " + "x" * 200)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Fri, 27 Mar 2026 04:01:30 GMT", 90.0),
        ("Friday, 27-Mar-26 04:01:30 GMT", 90.0),
        ("Fri Mar 27 04:01:30 2026", 90.0),
        ("Fri, 27 Mar 2026 03:00:00 GMT", 0.0),
        ("99999999999999999999", 86400.0),
        ("Fri, 27 Mar 2099 03:00:00 GMT", 86400.0),
        ("-3", None),
        ("1.5", None),
        ("inf", None),
        ("٣", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


async def test_a_date_is_measured_by_the_given_clock(http_sink: HttpSink) -> None:
    http = Http(now=lambda: NOW)
    http_sink.fail_next(Fault(503, {"Retry-After": "Fri, 27 Mar 2026 04:00:42 GMT"}))

    with pytest.raises(Busy) as busy:
        await http.send(call(http_sink))
    await http.close()

    assert busy.value.retry_after == 42


@pytest.mark.parametrize(
    "fault",
    [Fault(409, {"Idempotency-Key": "a/k"}), Fault(409, body='{"done":"a/k"}')],
    ids=["header", "body"],
)
async def test_a_409_that_names_our_key_means_done_already(http: Http, http_sink: HttpSink, fault: Fault) -> None:
    http_sink.fail_next(fault)

    assert (await http.send(call(http_sink, key="a/k"))).status == 409


async def test_any_other_409_is_a_conflict_and_final(http: Http, http_sink: HttpSink) -> None:
    http_sink.fail_next(Fault(409, body="the ticket is closed"))

    with pytest.raises(Refused, match="the ticket is closed"):
        await http.send(call(http_sink, key="a/k"))


async def test_no_answer_in_time_is_unreachable(http_sink: HttpSink) -> None:
    http = Http(timeout=0.05)
    http_sink.fail_next(Fault(delay=float("inf")))

    with pytest.raises(Unreachable, match="did not answer in time"):
        await http.send(call(http_sink))
    await http.close()

    assert http_sink.received == []


def test_a_provider_of_ten_seconds_is_waited_for_and_the_attempt_outlasts_the_exchange() -> None:
    assert 10 + 5 < WITHIN < options.ATTEMPT.total_seconds() - 5


async def test_a_server_that_is_not_there_is_unreachable(http: Http) -> None:
    sink = await HttpSink().start()
    await sink.stop()

    with pytest.raises(Unreachable, match="cannot be reached"):
        await http.send(call(sink))


async def test_a_server_that_speaks_no_tls_is_unreachable(http: Http, mail_sink: MailSink) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        await http.send(Call("chat", f"https://127.0.0.1:{mail_sink.port}/slack/x", "k"))


@pytest.mark.parametrize("url", ["", "slack/x", "ftp://example.com/x", "http://[::1/x", "http://"])
async def test_an_address_that_is_none_is_refused(http: Http, url: str) -> None:
    with pytest.raises(Refused, match="check its address"):
        await http.send(Call("chat", url, "k"))


async def test_a_header_that_is_none_is_refused_without_being_shown(http: Http, http_sink: HttpSink) -> None:
    broken = Call("chat", f"{http_sink.url}/slack/x", "k", headers={"Authorization": "Bearer a\r\nX-Evil: 1"})

    with pytest.raises(Refused) as refused:
        await http.send(broken)

    assert "Evil" not in str(refused.value)
    assert http_sink.requests == []


async def test_a_cancelled_call_stays_cancelled(http: Http, http_sink: HttpSink) -> None:
    http_sink.fail_next(Fault(delay=float("inf")))
    sending = asyncio.create_task(http.send(call(http_sink)))
    await http_sink.until_tried(1)
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_chat_webhook_never_shows_its_address(
    http: Http, http_sink: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack, kim = SlackNotifier(http), Contact("kim", slack=f"{http_sink.url}/services/{SECRET}")
    http_sink.fail_next(Fault(404, body=f"no_service /services/{SECRET} {SECRET[-24:]}"), Fault(503), Fault(lost=True))
    told = []
    for _ in range(3):
        with pytest.raises((Refused, Unreachable)) as error:
            await slack.send(Message("k", "subject", "body"), kim)
        told.append("".join(traceback.format_exception(error.value)))

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("asyncio")]
    assert [text for text in told + ours if SECRET in text or SECRET[-24:] in text] == []
    assert "no_service ••• •••" in told[0]


async def test_a_token_that_the_provider_echoes_is_blotted_out(http: Http, http_sink: HttpSink) -> None:
    account = TwilioAccount("AC1", "top-secret-token", "+15550000001", http_sink.url)
    http_sink.fail_next(Fault(401, body='{"code":20003,"message":"bad top-secret-token"}'))

    with pytest.raises(Refused) as refused:
        await SmsNotifier(http, account).send(Message("k", "s", "b"), Contact("kim", phone="+821000000001"))

    assert "20003" in str(refused.value)
    assert "top-secret-token" not in str(refused.value) + repr(account)


def test_a_key_fits_a_header_stays_unique_and_stays_readable() -> None:
    assert header_key("acme/4711/1/L2 page/이지훈\r\nX: 1") == (
        "acme/4711/1/L2%20page/%EC%9D%B4%EC%A7%80%ED%9B%88%0D%0AX:%201"
    )
    long = [header_key("acme/" + "x" * 400 + end) for end in ("a", "b")]
    assert len(set(long)) == 2
    assert all(len(key) <= 255 and key.startswith("acme/xxx") for key in long)
