"""Every message in every language on every channel, with friendly and with hostile texts."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from activities.adapters import slack, smtp, teams, twilio
from activities.fitting import END, ISOLATED
from activities.parts import CUSTOMERS, MESSAGES, STAFF
from activities.phrases import COMPLETE, Phrases
from activities.ports import Contact
from activities.reader import Reader
from activities.requests import NotifyRequest
from activities.segments import length
from activities.wording import Wording
from policies.people import Delivery
from starter.sample_messages import BREACH, BROKEN, KEY, sample
from tests.activities.snapshot import MOODS, file_of, hostile, made, written, written_of_outages

ALL = [pytest.param(language, mood, id=f"{language}-{mood}") for language in COMPLETE for mood in MOODS]
NOW = datetime(2026, 3, 30, 6, 12, tzinfo=UTC)
TAGS = {"html", "head", "meta", "title", "body", "div", "h1", "p", "br", "table", "tr", "th", "td"}


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_every_message_is_as_it_was_looked_at(language: str, mood: str) -> None:
    """After a change on purpose: `python -m tests.activities.snapshot --write`, and read the difference."""
    assert written(language, mood) == file_of(language, mood).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", COMPLETE)
def test_all_that_is_said_of_outages_is_as_it_was_looked_at(language: str) -> None:
    assert written_of_outages(language) == file_of(language, "outages").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_a_subject_is_one_line_that_turns_nothing_around(language: str, mood: str) -> None:
    for message in made(language, mood).values():
        assert message.subject
        for text in (message.subject, message.short, message.voice, *message.action):
            assert not set(text) & set("\r\n\0\x1b\u2028\u202a\u202b\u202c\u202d\u202e")
        assert "\u202e" not in message.body
        assert message.subject.count(ISOLATED) <= message.subject.count(END)


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_a_breach_says_all_that_is_asked_for(language: str, mood: str) -> None:
    """A1: subject, status, overrun, new ETA, needed action, owner."""
    message = made(language, mood)["breach"]
    say = Phrases(language)
    labels = [label for label, _ in message.facts]

    assert message.subject.startswith(f"{say('tags.breach')} #47")
    assert {say(f"labels.{name}") for name in ("status", "overrun", "was_due", "eta", "owner")} <= set(labels)
    assert message.action[0] == say("labels.needed")
    assert all(f"{label}" in message.body and value in message.body for label, value in message.facts)


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_a_text_message_has_two_parts_at_most(language: str, mood: str) -> None:
    for message in made(language, mood).values():
        assert length(message.short).parts <= 2
        assert twilio.text_message(message) == message.short


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize("level", range(5))
@pytest.mark.parametrize("summary", ["가" * 500, "w" * 500, ""])
def test_a_text_message_never_loses_number_due_or_action(language: str, level: int, summary: str) -> None:
    source = sample(language, "America/Argentina/Buenos_Aires")
    ticket = replace(source.ticket, id="INC-2026-0330-000-004711", summary=summary or "x")
    effect = replace(BREACH, level=level, why="w " * 150, late=7200)
    request = NotifyRequest(KEY, effect, Delivery("kim", "sms", "assignee"), ticket, BROKEN)
    wording = Wording()
    message, reader = wording.message(request, source.to), wording.reader(source.to)
    due, needed = reader.moment(request.situation.due, "short"), reader.sentence(reader.phrases(f"needed.{level}"))

    assert length(message.short).parts <= 2
    for kept in ("#INC-2026-0330-000-004711", due, needed):
        assert _folded(kept) in _folded(message.short)


def _folded(text: str) -> str:
    """As it may have been written to fit: without accents that GSM-7 lacks."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_a_voice_reads_no_signs_and_hears_no_commands(language: str, mood: str) -> None:
    for message in made(language, mood).values():
        assert message.voice
        assert not set(message.voice) & set("<>[]{}#*_|~`\\/")
        twiml = ElementTree.fromstring(twilio.speech(message))
        assert [element.tag for element in twiml.iter()] == ["Response", "Say"]


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_cards_are_json_within_limits_in_which_no_text_acts(language: str, mood: str) -> None:
    for message in made(language, mood).values():
        chat = json.dumps(slack.card(message))
        assert "<" not in chat
        assert json.loads(chat)
        team = json.dumps(teams.card(message))
        assert "](" not in team
        assert len(team.encode()) < 28_000


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(("language", "mood"), ALL)
def test_a_mail_has_no_tag_and_no_header_but_ours(language: str, mood: str) -> None:
    to = Contact("kim", "Kim\r\nBcc: x@y", email="kim@rung.example")
    for message in made(language, mood).values():
        parser = _Tags()
        parser.feed(smtp.page(message))
        assert parser.tags <= TAGS
        assert not any(name.startswith("on") for name in parser.attributes)
        mail = message_from_bytes(bytes(smtp.compose(message, to, "rung@rung.example", NOW)), policy=default)
        assert mail["Bcc"] is None
        assert len(str(mail["Subject"])) <= 250
        assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_ten_thousand_letters_are_cut_visibly() -> None:
    message = hostile("en").message("breach")

    assert len(message.body) < 3000
    assert message.subject.count("…") == 3


def test_a_text_from_right_to_left_is_isolated() -> None:
    source = sample("en")
    message = replace(source, ticket=replace(source.ticket, customer="שלום")).message("page")

    assert f" - {ISOLATED}שלום{END} - " in message.subject
    assert ISOLATED not in message.voice


# --- languages ---------------------------------------------------------------------------------------------


def test_no_language_lacks_a_phrase_or_a_message() -> None:
    assert Wording().missing() == []
    assert Wording().faults() == []


def test_the_languages_asked_for_are_there() -> None:
    assert {"ko", "en", "ja", "es", "fr", "zh"} <= set(COMPLETE)
    assert set(STAFF) | set(CUSTOMERS) == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_no_message_of_one_language_is_another_ones(name: str) -> None:
    source = sample("en")
    texts = {replace(source, to=replace(source.to, language=one)).message(name).text for one in COMPLETE}

    assert len(texts) == len(COMPLETE)


def test_each_person_reads_their_own_language_and_zone() -> None:
    source = sample("en")

    def due(language: str, zone: str) -> str:
        message = replace(source, to=replace(source.to, language=language, zone=zone)).message("page")
        return dict(message.facts)[Phrases(language)("labels.due")]

    assert due("en", "Asia/Seoul") == "Mon 30 Mar 2026 17:12 KST"
    assert due("ko", "Asia/Seoul") == "2026년 3월 30일 (월) 17:12 KST"
    assert due("ja", "Asia/Tokyo") == "2026年3月30日(月) 17:12 JST"
    assert due("fr", "Europe/Paris") == "lun. 30 mars 2026 10:12 CEST"
    assert due("es", "America/Sao_Paulo") == "lun 30 mar 2026 05:12 UTC-03"
    assert due("zh", "Asia/Shanghai") == "2026年3月30日(周一) 16:12 CST"
    assert due("en", "No/Where") == "Mon 30 Mar 2026 08:12 UTC"


@pytest.mark.parametrize(
    ("language", "read"), [("ko-KR", "ko"), ("zh_TW", "zh"), ("de", "en"), ("", "en"), ("../ko", "en")]
)
def test_a_language_that_nobody_translated_is_english(language: str, read: str) -> None:
    source = sample("en")

    assert replace(source, to=replace(source.to, language=language)).message("page").language == read


def test_a_language_that_nobody_translated_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    wording, to = Wording(), replace(sample("en").to, language="de")
    for _ in range(3):
        replace(sample("en"), wording=wording, to=to).message("page")

    assert [record.getMessage()[:19] for record in caplog.records] == ["no messages in 'de'"]


# --- durations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "seconds", "written_out", "aloud"),
    [
        ("en", 5400, "1h 30m", "1 hour 30 minutes"),
        ("en", 3660, "1h 1m", "1 hour 1 minute"),
        ("ko", 29_520, "8시간 12분", "8시간 12분"),
        ("ja", 29_521, "8時間12分1秒", "8時間12分1秒"),
        ("es", 3600, "1 h", "1 hora"),
        ("fr", 7260, "2 h 1 min", "2 heures 1 minute"),
        ("zh", 45, "45秒", "45秒"),
        ("en", 0, "0s", "0 seconds"),
    ],
)
def test_a_duration_is_exact_in_every_language(language: str, seconds: int, written_out: str, aloud: str) -> None:
    reader = Reader(Phrases(language))

    assert (reader.duration(seconds), reader.listening.duration(seconds)) == (written_out, aloud)


def test_a_message_has_no_trace_of_a_template() -> None:
    for language in COMPLETE:
        for name, message in made(language, "friendly").items():
            texts = (message.subject, message.body, message.short, message.voice)
            assert not any(sign in text for text in texts for sign in ("{", "}", "Said(", "None", "..", "  ")), name
