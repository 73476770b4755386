"""What chat cards, text messages, calls and webhooks carry, and that no ticket text acts in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from activities.adapters import slack, teams
from activities.adapters.http import Http
from activities.adapters.twilio import PhoneNotifier, SmsNotifier, TwilioAccount, speech, text_message
from activities.adapters.webhook import WebhookNotifier, sign, verify
from activities.ports import Contact, Message
from activities.segments import length
from starter.http_sink import HttpSink

MESSAGE = Message(
    key="acme/4711/1/L1/assignee/kim/slack", subject="[SLA caution] #4711", body="Half is gone.\nOwner: kim",
    facts=(("Clock", "resolution"), ("Left", "4 h")), short="#4711: half is gone", severity="warning",
    ticket="acme/4711", language="ko",
)  # fmt: skip
NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)


def blocks(message: Message) -> list[Any]:
    attachments: Any = slack.card(message)["attachments"]
    return list(attachments[0]["blocks"])


def test_a_slack_card_has_a_headline_the_text_the_facts_and_the_key() -> None:
    assert blocks(MESSAGE) == [
        {"type": "header", "text": {"type": "plain_text", "text": "[SLA caution] #4711", "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "Half is gone.\nOwner: kim"}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Clock*\nresolution"},
                {"type": "mrkdwn", "text": "*Left*\n4 h"},
            ],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": MESSAGE.key}]},
    ]
    assert slack.card(MESSAGE)["text"] == "#4711: half is gone"


def test_a_ticket_cannot_page_everybody_through_slack() -> None:
    evil = "<!channel> & <https://evil.example|click>"
    card = json.dumps(slack.card(replace(MESSAGE, subject=evil, body=evil, facts=((evil, evil),), short=evil)))

    assert "<" not in card
    assert "&lt;!channel&gt; &amp; &lt;https" in card


def test_a_slack_card_keeps_slacks_limits_and_never_splits_an_escape() -> None:
    facts = tuple((f"L{n}" * 99, "&" * 5000) for n in range(23))
    head, body, *rest, _key = blocks(replace(MESSAGE, subject="<" * 999, body="&" * 9999, facts=facts))

    assert len(head["text"]["text"]) <= 150
    assert len(body["text"]["text"]) <= 3000
    assert [len(block["fields"]) for block in rest] == [10, 10, 3]
    texts = [field["text"] for block in rest for field in block["fields"]]
    assert max(map(len, texts)) <= 2000
    assert body["text"]["text"].endswith("&amp;…")


def test_a_slack_card_without_text_or_facts_has_no_empty_block() -> None:
    bare = Message(key="k", subject="", body="  \n")

    assert [block["type"] for block in blocks(bare)] == ["header", "context"]
    assert blocks(bare)[0]["text"]["text"] == "Rung"


def test_a_teams_message_is_an_adaptive_card_in_the_workflows_envelope() -> None:
    card: Any = teams.card(MESSAGE)
    [attachment] = card["attachments"]
    content = attachment["content"]

    assert (card["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert (content["type"], content["version"]) == ("AdaptiveCard", "1.4")
    title, text, facts, key = content["body"]
    assert (title["text"], title["color"]) == ("[SLA caution] #4711", "warning")
    assert text["text"] == "Half is gone.\n\nOwner: kim"
    assert facts["facts"] == [{"title": "Clock", "value": "resolution"}, {"title": "Left", "value": "4 h"}]
    assert key["text"] == MESSAGE.key


def test_a_ticket_cannot_hide_a_link_in_a_teams_card() -> None:
    evil = "[your bank](https://evil.example)"
    card = json.dumps(teams.card(replace(MESSAGE, subject=evil, body=evil, facts=((evil, evil),))))

    assert "](" not in card


async def test_a_teams_card_stays_below_28_kb(http: Http, http_sink: HttpSink) -> None:
    huge = replace(MESSAGE, body="결제😀" * 9999, facts=tuple(("가" * 99, "나" * 999) for _ in range(50)))
    await teams.TeamsNotifier(http).send(huge, Contact("kim", teams=f"{http_sink.url}/teams/kim"))

    [request] = http_sink.requests
    assert len(request.body) < 28_000
    [item] = http_sink.received
    assert "…: +30" in item.body


@pytest.mark.parametrize(
    ("short", "sent"),
    [
        ("one\n two\tthree", "one two three"),
        ("word " * 200, "word " * 59 + "word..."),
        ("x" * 500, "x" * 303 + "..."),
        ("결제 " * 300, "결제 " * 43 + "결제…"),
        ("x" * 306, "x" * 306),
        ("[" * 200, "[" * 151 + "..."),
        ("", "[SLA caution] #4711"),
    ],
)
def test_a_text_message_is_one_line_of_at_most_two_parts(short: str, sent: str) -> None:
    text = text_message(replace(MESSAGE, short=short))

    assert text == sent
    assert length(text).parts <= 2


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("ko", "ko-KR"), ("en", "en-US"), ("ja", "ja-JP"), ("pt-BR", "pt-BR"), ("xx", "en-US")],
)
def test_a_call_speaks_the_recipients_language(language: str, spoken: str) -> None:
    say = ElementTree.fromstring(speech(replace(MESSAGE, language=language))).find("Say")

    assert say is not None
    assert (say.get("language"), say.get("loop"), say.text) == (spoken, "2", "#4711: half is gone")


def test_a_ticket_cannot_dial_or_hang_up() -> None:
    evil = '</Say><Dial>+1900</Dial>\x00"&\ud800'
    twiml = ElementTree.fromstring(speech(replace(MESSAGE, short=evil, language='en"><Hangup/>-')))

    assert [element.tag for element in twiml.iter()] == ["Response", "Say"]
    assert twiml[0].text == '</Say><Dial>+1900</Dial> "&'


async def test_twilio_gets_a_form_with_its_key_and_a_login(http: Http, http_sink: HttpSink) -> None:
    number = TwilioAccount("AC1", "token", "+15550000001", http_sink.url)
    service = replace(number, sender="MG1")
    kim = Contact("kim", phone="+821000000001")
    receipts = [
        await SmsNotifier(http, number).send(MESSAGE, kim),
        await SmsNotifier(http, service).send(replace(MESSAGE, key="k2"), kim),
        await PhoneNotifier(http, number).send(replace(MESSAGE, key="k3"), kim),
    ]

    assert [receipt.reference for receipt in receipts] == ["SM1", "SM2", "CA3"]
    first, second, third = http_sink.requests
    assert first.path == second.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert third.path == "/2010-04-01/Accounts/AC1/Calls.json"
    assert parse_qs(first.body.decode()) == {
        "To": ["+821000000001"], "From": ["+15550000001"], "Body": ["#4711: half is gone"],
    }  # fmt: skip
    assert parse_qs(second.body.decode())["MessagingServiceSid"] == ["MG1"]
    assert first.headers["authorization"] == "Basic QUMxOnRva2Vu"
    assert first.headers["i-twilio-idempotency-token"] == MESSAGE.key


async def test_a_receiver_can_verify_a_webhook_and_finds_all_of_the_message(http: Http, http_sink: HttpSink) -> None:
    notifier = WebhookNotifier(http, "s3cret", now=lambda: NOW)
    await notifier.send(MESSAGE, Contact("press", "홍보팀", webhook=f"{http_sink.url}/webhook/press"))

    [request] = http_sink.requests
    given = request.headers["rung-timestamp"], request.body, request.headers["rung-signature"]
    assert verify("s3cret", *given, now=NOW)
    assert not verify("other", *given, now=NOW)
    assert request.headers["rung-key"] == MESSAGE.key
    assert json.loads(request.body) == {
        "key": MESSAGE.key, "ticket": "acme/4711", "severity": "warning", "subject": "[SLA caution] #4711",
        "body": MESSAGE.body, "short": MESSAGE.short, "language": "ko", "acknowledge": "", "acknowledge_each": [], "to": {"person": "press", "name": "홍보팀"},
        "facts": [{"label": "Clock", "value": "resolution"}, {"label": "Left", "value": "4 h"}],
    }  # fmt: skip


def test_a_signature_is_worth_nothing_for_another_body_time_or_form() -> None:
    stamp = str(int(NOW.timestamp()))
    good = sign("s", stamp, b"body")

    assert verify("s", stamp, b"body", good, NOW)
    assert verify("s", stamp, b"body", f"v1=old, {good}", NOW)
    assert verify("s", stamp, b"body", good, NOW + timedelta(seconds=300))
    assert not verify("s", stamp, b"body", good, NOW + timedelta(seconds=301))
    assert not verify("s", stamp, b"body", good, NOW - timedelta(seconds=301))
    assert not verify("s", stamp, b"body!", good, NOW)
    assert not verify("s", str(int(stamp) + 1), b"body", good, NOW)
    for broken in ("", "v1=", good.upper(), "한글", good[:-1]):
        assert not verify("s", stamp, b"body", broken, NOW)
    for broken in ("", "-1", "1e9", "9" * 30, "٣"):
        assert not verify("s", broken, b"body", good, NOW)


def test_a_webhook_without_a_secret_is_not_built(http: Http) -> None:
    with pytest.raises(ValueError, match="set one"):
        WebhookNotifier(http, "")
