"""Answers that come back from messages: a question never acts, a proof acts once, everything else is refused in words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.slack import BUTTON
from activities.claims import ACKNOWLEDGE, Claim, Claims, NotValid
from activities.phrases import COMPLETE, Phrases
from starter.gateway import GatewayError, NoSuchTicket
from starter.server import free_port
from starter.webhooks.buttons import of_slack
from starter.webhooks.doors import Doors
from starter.webhooks.phones import phone_book
from starter.webhooks.router import application
from starter.webhooks.serving import kept_secret, served
from starter.webhooks.signatures import from_slack, from_twilio
from starter.webhooks.words import tongue
from tests.starter.on_paper import PaperGateway, unfit

OPEN = """
# Bank P1, nobody has acknowledged yet
ticket  id=4711 summary="VPN <b>is</b> down" tier=gold urgency=high assignee=kim team=support
Fri 27 Mar 2026 16:00   opened
"""
NOW = datetime(2026, 3, 27, 7, 30, tzinfo=UTC)
CLAIMS = Claims(["ours"])
CLAIM = Claim("default", "4711", "resolution.1", "kim", ACKNOWLEDGE, int(NOW.timestamp()) + 3_600)
URL = "https://rung.example.com"
SLACK, TWILIO = "slack-secret", "twilio-token"


@dataclass
class House:
    """The application in this process, with a ticket on paper behind it."""

    paper: PaperGateway
    now: datetime = NOW
    said: list[Any] = field(default_factory=list)
    languages: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        doors = Doors(self.paper, CLAIMS, URL, SLACK, TWILIO, now=lambda: self.now, tongue=self.tongue)
        transport = httpx.ASGITransport(application(doors, self.owner))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.request(method, path, **more)

    async def tongue(self, person: str) -> str:
        return self.languages.get(person, "en")

    async def owner(self, phone: str) -> str:
        return {"+821000000001": "kim"}.get(phone, "")

    async def slack(self, token: str, signed_with: str = SLACK, person: str = "lee", **more: Any) -> httpx.Response:
        payload = {"type": "block_actions", "user": {"id": "U1", "username": person},
                   "actions": [{"action_id": BUTTON, "value": token}], **more}  # fmt: skip
        return await self.slack_raw(urlencode({"payload": json.dumps(payload)}).encode(), signed_with)

    async def slack_raw(self, body: bytes, signed_with: str = SLACK) -> httpx.Response:
        timestamp = str(int(self.now.timestamp()))
        digest = hmac.new(signed_with.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}
        return await self.call("POST", "/slack/actions", content=body, headers=headers)

    async def sms(
        self, text: str, phone: str = "+821000000001", sid: str = "SM1", token: str = TWILIO
    ) -> httpx.Response:
        fields = {"From": phone, "Body": text, "MessageSid": sid}
        headers = {"X-Twilio-Signature": twilio(token, f"{URL}/sms/replies", fields)}
        return await self.call("POST", "/sms/replies", data=fields, headers=headers)

    @property
    def acknowledged(self) -> list[str]:
        """Who has acknowledged, as the ticket knows it."""
        return [event.actor for event in self.paper.rehearsal.case.events if event.kind == "acknowledged"]


def twilio(token: str, url: str, fields: Mapping[str, str]) -> str:
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


@pytest.fixture
def house() -> House:
    return House(PaperGateway.of(OPEN))


# --- links -------------------------------------------------------------------------------------------------


async def test_fifty_looks_change_nothing_and_a_press_twice_acknowledges_once(house: House) -> None:
    path = f"/a/{CLAIMS.sign(CLAIM)}"
    for _ in range(50):
        assert (await house.call("GET", path)).status_code == 200
        assert (await house.call("HEAD", path)).status_code == 200
    assert (house.acknowledged, house.paper.sent) == ([], [])

    first, second = await house.call("POST", path), await house.call("POST", path)

    assert house.acknowledged == ["kim"]
    assert (first.status_code, second.status_code) == (200, 200)
    assert "Ticket 4711 is yours" in first.text
    assert "nothing was done twice" in second.text


async def test_a_look_after_a_press_says_that_it_is_acknowledged_and_not_by_whom(house: House) -> None:
    mine, theirs = (f"/a/{CLAIMS.sign(replace(CLAIM, person=person))}" for person in ("kim", "lee"))
    assert "Nothing has happened yet" in (await house.call("GET", mine)).text
    await house.call("POST", mine)
    for path, said in ((mine, "You have acknowledged it before"), (theirs, "Somebody else has acknowledged it before")):
        page = (await house.call("GET", path)).text
        assert said in page
        assert "Nothing has happened yet" not in page
    assert "kim" not in (await house.call("GET", theirs)).text


async def test_looking_shows_what_a_press_would_do_and_keeps_it_out_of_caches_and_frames(house: House) -> None:
    page = await house.call("GET", f"/a/{CLAIMS.sign(CLAIM)}")
    assert "Acknowledge as kim" in page.text
    assert "VPN &lt;b&gt;is&lt;/b&gt; down" in page.text
    assert "<b>is</b>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("token", "status"),
    [
        (CLAIMS.sign(CLAIM)[:-3], 403),
        ("x" + CLAIMS.sign(CLAIM), 403),
        ("nonsense", 403),
        (Claims(["theirs"]).sign(CLAIM), 403),
        (CLAIMS.sign(Claim("default", "4711", "", "kim", "close", CLAIM.until)), 403),
        (CLAIMS.sign(Claim("default", "4711", "", "kim", ACKNOWLEDGE, int(NOW.timestamp()))), 410),
        (CLAIMS.sign(Claim("default", "4711", "resolution.1", "kim", ACKNOWLEDGE, 0)), 410),
    ],
    ids=["cut", "longer", "nonsense", "foreign", "other-action", "just-expired", "long-expired"],
)
async def test_a_bad_token_is_refused_with_a_page_and_does_nothing(
    house: House, token: str, status: int, method: str
) -> None:
    answer = await house.call(method, f"/a/{token}")
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert method == "HEAD" or "<h1>This link" in answer.text
    assert house.paper.sent == []


@pytest.mark.parametrize(
    ("news", "title"),
    [("resolved", "Ticket 4711 is resolved"), ("closed", "Ticket 4711 is closed")],
)
async def test_what_is_over_needs_no_acknowledgement(news: str, title: str) -> None:
    house = House(PaperGateway.of(f"{OPEN}Fri 27 Mar 16:20   {news}\n"))
    for method in ("GET", "POST"):
        answer = await house.call(method, f"/a/{CLAIMS.sign(CLAIM)}")
        assert (answer.status_code, title in answer.text) == (409, True)
    assert house.acknowledged == []


async def test_a_link_of_an_earlier_round_does_not_acknowledge_the_next() -> None:
    again = "Fri 27 Mar 16:10   replied by=kim\nFri 27 Mar 16:15   contacted\n"
    house = House(PaperGateway.of(f"{OPEN}{again}"))
    old = Claim("default", "4711", "first_response.1", "kim", ACKNOWLEDGE, CLAIM.until)
    answer = await house.call("POST", f"/a/{CLAIMS.sign(old)}")
    assert (answer.status_code, "an earlier round" in answer.text) == (409, True)
    assert house.acknowledged == []


async def test_when_nobody_answers_it_says_that_it_is_on_its_way(house: House) -> None:
    house.paper.answers = False
    answer = await house.call("POST", f"/a/{CLAIMS.sign(CLAIM)}")
    assert (answer.status_code, "as soon as it can" in answer.text) == (202, True)


async def test_when_the_server_is_away_nothing_of_it_is_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise GatewayError("cannot reach temporal at 10.0.0.7:7233")

    monkeypatch.setattr(house.paper, "standing", away, raising=False)
    for method in ("GET", "POST"):
        answer = await house.call(method, f"/a/{CLAIMS.sign(CLAIM)}")
        assert (answer.status_code, "10.0.0.7" in answer.text) == (503, False)


async def test_a_ticket_nobody_has_is_gone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: Any) -> None:
        raise NoSuchTicket("no ticket default/4711")

    monkeypatch.setattr(house.paper, "standing", gone, raising=False)
    assert (await house.call("POST", f"/a/{CLAIMS.sign(CLAIM)}")).status_code == 404


# --- buttons -----------------------------------------------------------------------------------------------


async def test_a_button_acknowledges_once_for_the_person_it_was_sent_to(house: House) -> None:
    token = CLAIMS.sign(CLAIM)
    assert (await house.slack(token)).status_code == 200
    assert (await house.slack(token)).status_code == 200
    assert house.acknowledged == ["kim"]


async def test_in_a_channel_whoever_presses_has_acknowledged(house: House) -> None:
    token = CLAIMS.sign(Claim("default", "4711", "", "team:support", ACKNOWLEDGE, CLAIM.until))
    await house.slack(token, person="lee")
    assert house.acknowledged == ["lee (Slack)"]


async def test_a_call_that_slack_has_not_signed_does_nothing(house: House) -> None:
    assert (await house.slack(CLAIMS.sign(CLAIM), signed_with="other")).status_code == 401
    assert house.acknowledged == []


NESTED = b"payload=" + b"[" * 100_000


@pytest.mark.parametrize(
    "call",
    [{"actions": None}, {"actions": 7}, {"actions": [1, None, "x"]}, {"actions": {"a": 1}}, {"user": "x"}, {"user": [1]},
     {"actions": [{"action_id": BUTTON}]}, {"actions": [{"action_id": BUTTON, "value": ["x"]}]}],
)  # fmt: skip
async def test_signed_calls_of_another_shape_are_taken_calmly(house: House, call: dict[str, Any]) -> None:
    assert (await house.slack(CLAIMS.sign(CLAIM), **call)).status_code == 200


@pytest.mark.parametrize("path", ["/slack/actions", "/sms/replies"])
async def test_what_nobody_has_signed_is_read_up_to_a_bound(house: House, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * 2**20:
            sent += 2**16
            yield b"x" * 2**16

    assert (await house.call("POST", path, content=endless())).status_code == 413
    assert sent <= 2**20


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://hooks.slack.com/actions/T1/2/3", True), ("https://hooks.slack-gov.com/actions/T1", True),
        ("http://hooks.slack.com/actions/T1", False), ("https://169.254.169.254/latest", False), ("", False),
        ("https://hooks.slack.com@evil.example/", False), ("https://evilslack.com/", False),
        ("https://hooks.slack.com.evil.example/", False), ("file:///etc/passwd", False), ("https://[::1", False),
        ("https://localhost#.slack.com", False), ("https://localhost\\.slack.com", False),
    ],
)  # fmt: skip
def test_the_presser_is_told_at_slack_and_nowhere_else(address: str, right: bool) -> None:
    assert of_slack(address) is right


@pytest.mark.parametrize("path", ["/a/{token}/", "//a/{token}", "/a//{token}", "/a/{token}/../x", "/slack/actions/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_address_is_sent_on_to_another(house: House, method: str, path: str) -> None:
    address = path.format(token=CLAIMS.sign(CLAIM))
    answer = await house.call(method, address, headers={"Host": "evil.example"})
    assert answer.status_code in (403, 404, 405)
    assert "location" not in answer.headers
    assert house.acknowledged == []


async def test_a_second_press_in_a_channel_gives_the_ticket_to_nobody_else(house: House) -> None:
    claim = Claim("default", "4711", "", "team:support", ACKNOWLEDGE, CLAIM.until)
    await house.slack(CLAIMS.sign(claim), person="lee")
    await house.slack(CLAIMS.sign(claim), person="pat")
    assert house.acknowledged == ["lee (Slack)"]
    assert "You have" not in (await house.call("POST", f"/a/{CLAIMS.sign(claim)}")).text


async def test_a_token_is_believed_after_the_secret_was_changed_until_the_old_one_is_taken_away() -> None:
    token = Claims(["old"]).sign(CLAIM)
    assert Claims(["new", "old"]).read(token, 0) == CLAIM
    assert Claims(["new", "old"]).sign(CLAIM) == Claims(["new"]).sign(CLAIM)
    with pytest.raises(NotValid):
        Claims(["new"]).read(token, 0)


@pytest.mark.parametrize("token", ["\N{SNOWMAN}.x", ".eJw.x", "a" * 60_000, "%00.x", "..", ".", "e30.e30"])
async def test_odd_tokens_are_refused(house: House, token: str) -> None:
    assert (await house.call("POST", f"/a/{quote(token)}")).status_code in (403, 404)
    assert house.paper.sent == []


async def test_a_paused_ticket_can_be_acknowledged_and_stays_paused() -> None:
    house = House(PaperGateway.of(f"{OPEN}Fri 27 Mar 16:20   pause customer\n"))
    assert (await house.call("POST", f"/a/{CLAIMS.sign(CLAIM)}")).status_code == 200
    assert house.acknowledged == ["kim"]
    assert house.paper.rehearsal.case.open_pauses() == ("customer",)


@pytest.mark.parametrize(
    "body", [NESTED, b"", b"payload=%7B", b"payload=[]", b"payload=%7B%22actions%22%3A[]%7D", b"\xff\xfe"]
)
async def test_signed_nonsense_is_taken_calmly(house: House, body: bytes) -> None:
    assert (await house.slack_raw(body)).status_code == 200
    assert house.paper.sent == []


async def test_a_button_with_a_forged_claim_does_nothing(house: House) -> None:
    assert (await house.slack(Claims(["theirs"]).sign(CLAIM))).status_code == 200
    assert house.acknowledged == []


def test_a_signed_call_of_slack_counts_for_five_minutes() -> None:
    # the example of Slack's documentation
    secret, timestamp = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d"
        b"10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert from_slack(secret, timestamp, body, signature, 1531420618 + 300)
    assert not from_slack(secret, timestamp, body, signature, 1531420618 + 301)
    assert not from_slack(secret, timestamp, body + b" ", signature, 1531420618)
    assert not from_slack("", timestamp, body, signature, 1531420618)


# --- replies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["ACK 4711", "ack #4711", " ok 4711 ", "확인 4711", "了解 4711", "Ack: default/4711"])
async def test_a_reply_acknowledges_for_whose_phone_it_is(house: House, text: str) -> None:
    answer = await house.sms(text)
    assert (answer.status_code, "is yours" in answer.text) == (200, True)
    assert house.acknowledged == ["kim"]


async def test_the_same_reply_twice_counts_once(house: House) -> None:
    await house.sms("ACK 4711")
    answer = await house.sms("ACK 4711")
    assert house.acknowledged == ["kim"]
    assert "nothing was done twice" in answer.text


@pytest.mark.parametrize("text", ["", "hello", "ACK", "ACK 4711 please", "STOP", "ack <4711>", "ACK " + "9" * 5_000])
async def test_a_reply_that_is_not_understood_says_how(house: House, text: str) -> None:
    answer = await house.sms(text)
    assert (answer.status_code, "like: ACK T-1" in answer.text) == (200, True)
    assert house.acknowledged == []


async def test_an_unknown_phone_or_a_foreign_signature_does_nothing(house: House) -> None:
    assert "not in the directory" in (await house.sms("ACK 4711", phone="+15550999")).text
    assert (await house.sms("ACK 4711", token="other")).status_code == 401
    assert house.acknowledged == []


def test_the_example_of_twilios_documentation_is_believed() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert from_twilio("12345", url, fields.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not from_twilio("12345", url, {**fields, "Digits": "1235"}.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not from_twilio("", url, fields.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


# --- languages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", COMPLETE)
async def test_the_doors_speak_the_language_of_whoever_the_message_was_for(house: House, language: str) -> None:
    house.languages["kim"] = language
    phrases = Phrases(language)
    path = f"/a/{CLAIMS.sign(CLAIM)}"
    asked, pressed, again = [await house.call(method, path) for method in ("GET", "POST", "POST")]
    assert f'<html lang="{language}">' in asked.text
    assert phrases("doors.ask.press", person="kim") in unescape(asked.text)
    assert phrases("doors.acknowledged.text", ticket="4711") in unescape(pressed.text)
    assert phrases("doors.before.title") in unescape(again.text)
    assert phrases("doors.how") in unescape((await house.sms("hello")).text)
    if language != "en":
        assert "Acknowledge" not in asked.text + pressed.text


@pytest.mark.parametrize(
    ("header", "language"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("xx, ja", "ja"), ("", "en"), ("*", "en"), ("xx", "en"), ("x" * 9_000, "en"),
     (",;q=,=", "en"), ("zh-Hant-TW,en", "zh"), ("fr-CH, fr;q=0.9", "fr")],
)  # fmt: skip
async def test_whoever_cannot_show_who_they_are_reads_the_language_of_their_browser(
    house: House, header: str, language: str
) -> None:
    answer = await house.call("GET", "/a/nonsense", headers={"Accept-Language": header})
    assert answer.status_code == 403
    assert Phrases(language)("doors.link_invalid.title") in unescape(answer.text)


async def test_the_directory_knows_who_reads_what_and_a_stranger_reads_english(tmp_path: Path) -> None:
    people = tmp_path / "people.yaml"
    people.write_text("people:\n  kim: {name: Kim, email: kim@example.com, languages: [ko, en]}\n")
    language = tongue(YamlDirectory(people))
    assert [await language(person) for person in ("kim", "left")] == ["ko", "en"]


# --- served ------------------------------------------------------------------------------------------------


async def test_the_doors_are_served_on_a_socket_and_a_taken_port_is_said(house: House) -> None:
    doors = Doors(house.paper, CLAIMS, URL, SLACK, TWILIO, now=lambda: NOW)
    port = free_port()
    async with served(application(doors, house.owner), port):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert (await client.get("/healthz")).json() == {"ok": True}
            assert (await client.post(f"/a/{CLAIMS.sign(CLAIM)}")).status_code == 200
            assert (await client.get("/docs")).status_code == 404
        with pytest.raises(GatewayError, match=f"port {port} cannot be used"):
            async with served(application(doors, house.owner), port):
                pass
    assert house.acknowledged == ["kim"]


def test_a_house_without_a_secret_makes_one_that_nobody_else_reads(tmp_path: Path) -> None:
    first = kept_secret(tmp_path)
    assert kept_secret(tmp_path) == first
    assert len(first) > 30
    assert (tmp_path / "link.secret").stat().st_mode & 0o077 == 0


async def test_a_phone_belongs_to_the_one_person_who_has_it(tmp_path: Path) -> None:
    people = tmp_path / "people.yaml"
    people.write_text(
        "people:\n"
        "  kim: {name: Kim, phone: '+82-10-0000-0001'}\n"
        "  lee: {name: Lee, phone: '+49 30 0000001'}\n"
        "  one: {name: One, phone: '+1 555 0100'}\n"
        "  two: {name: Two, phone: '+1 555 0100'}\n"
    )
    owner = phone_book(YamlDirectory(people))
    assert [await owner(phone) for phone in ("+821000000001", "+49 (30) 0000001")] == ["kim", "lee"]
    assert [await owner(phone) for phone in ("+15550100", "+15559999", "", "nobody")] == [""] * 4


def test_the_doors_alone_want_an_address_and_a_secret(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "set RUNG_PUBLIC_URL and RUNG_LINK_SECRET" in unfit("web")
    monkeypatch.setenv("RUNG_PUBLIC_URL", URL)
    assert "RUNG_LINK_SECRET is missing" in unfit("web")
    monkeypatch.setenv("RUNG_LINK_SECRET", "short")
    assert "RUNG_LINK_SECRET is too short" in unfit("web")
