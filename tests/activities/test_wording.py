"""Words in the reader's language: which message it is, why it is sent, and what happens where a translation is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.fitting import END, ISOLATED, tamed
from activities.phrases import COMPLETE, TEMPLATES, Phrases
from activities.ports import Refused
from activities.reader import Reader
from activities.reasons import why
from activities.requests import NotifyRequest, Situation
from activities.segments import Length, folded, length, within
from activities.wording import Wording, name_of
from policies.people import Delivery
from policies.plan import Effect, Reason
from policies.ticket import Ticket
from starter.sample_messages import BREACH, sample

PAGE = Effect("acme/1/resolution.1/x", "page", "x", "resolution.1", 0, level=2, why="author's words")
INFORM = replace(PAGE, kind="inform")


# --- which message -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "role", "situation", "name"),
    [
        (PAGE, "assignee", Situation(), "page"),
        (replace(PAGE, breach=True), "assignee", Situation(), "breach"),
        (INFORM, "team-lead", Situation(), "notice"),
        (replace(INFORM, breach=True), "customer-relations", Situation(), "notice"),
        (replace(INFORM, key="acme/1/4/escalate-L3.L2"), "team-lead", Situation(), "skipped"),
        (replace(INFORM, reason=Reason("event", event="opened")), "customer", Situation(), "received"),
        (replace(INFORM, reason=Reason("event", event="resolved")), "customer", Situation(), "resolved"),
        (replace(INFORM, reason=Reason("event", event="reopened")), "customer", Situation(), "update"),
        (replace(INFORM, reason=Reason("every")), "customer", Situation(), "progress"),
        (replace(INFORM, reason=Reason("every")), "customer", Situation(eta=7), "eta"),
        (replace(INFORM, reason=Reason("every")), "customer", Situation(state="resolved"), "resolved"),
        (replace(INFORM, reason=Reason("share", percent=80)), "customer", Situation(), "risk"),
        (replace(INFORM, reason=Reason("share", percent=0)), "customer", Situation(), "update"),
        (INFORM, "customer", Situation(), "update"),
    ],
)
def test_the_facts_say_which_message_it_is(effect: Effect, role: str, situation: Situation, name: str) -> None:
    assert name_of(NotifyRequest("k", effect, Delivery("p", "email", role), Ticket("1"), situation)) == name


def test_an_effect_of_an_older_worker_has_no_reason_and_is_told_in_the_authors_words() -> None:
    source = sample("ko")
    request = NotifyRequest(
        "k", replace(PAGE, why="we look into it"), Delivery("customer", "email", "customer"), source.ticket, Situation()
    )

    assert "We look into it." in Wording().message(request, source.to).body


# --- why ---------------------------------------------------------------------------------------------------

REASONS = [
    (Reason("share", "resolution", 75), "해결 시간의 75%를 사용했습니다"),
    (Reason("share", "first_response", 100), "최초 응답 약속을 지키지 못했습니다"),
    (Reason("share", "resolution", 150), "해결 약속을 지키지 못했습니다"),
    (Reason("share", "approval", 0), "승인 시간이 시작되었습니다"),
    (Reason("after", "elapsed", seconds=7200), "티켓이 열린 지 2시간 지났습니다"),
    (Reason("after", "own_clock", seconds=60), "own clock 시간이 1분 지났습니다"),
    (Reason("every", "elapsed", seconds=14_400), "4시간마다 소식을 전할 때입니다"),
    (Reason("event", event="contacted", times=3), "고객이 3번 연락했습니다"),
    (Reason("event", event="assessed", times=1), "author's words"),
    (Reason("reminder"), "모든 에스컬레이션 단계가 끝났지만 티켓이 아직 열려 있습니다"),
    (Reason("unanswered", of="CTO", seconds=300), "CTO 단계에서 5분 안에 확인하지 않았습니다"),
    (Reason("handover", of="seoul", to="europe"), "seoul 지역의 업무가 끝나 europe 지역이 이어받습니다"),
    (Reason("escalated", level=3, of="lee"), "L3 단계로 에스컬레이션했습니다 (요청자: lee)"),
    (Reason("escalated", level=3, text="urgent"), "L3 단계로 에스컬레이션했습니다 (요청자: 알 수 없음): urgent"),
    (Reason("waived", of="lee", text="agreed"), "면제되었습니다 (요청자: lee): agreed"),
    (Reason(), "author's words"),
]


@pytest.mark.parametrize(("reason", "said"), [pytest.param(*one, id=one[0].kind or "none") for one in REASONS])
def test_a_reason_is_worded_from_its_facts(reason: Reason, said: str) -> None:
    assert why(replace(PAGE, reason=reason), Reader(Phrases("ko"))) == said


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize("reason", [one for one, said in REASONS if said != "author's words"], ids=lambda one: one.kind)
def test_every_language_words_every_reason(language: str, reason: Reason) -> None:
    said = why(replace(PAGE, reason=reason), Reader(Phrases(language)))

    assert (said == "author's words") == (language == "en")


def test_an_unacknowledged_ticket_says_so() -> None:
    effect = replace(PAGE, until="acknowledged", reason=Reason("after", "resolution", seconds=300))

    assert why(effect, Reader(Phrases("ja"))) == "チケットが開かれてから5分経ちましたが、誰も確認していません"


@pytest.mark.parametrize("sentence", ["author's words", "the vendor is late"])
def test_what_quiet_hours_put_off_says_so_in_every_language(sentence: str) -> None:
    reason = Reason("share", "vendor", 100, waited=5400)
    effect = replace(PAGE, why=f"{sentence} (waited 1h 30m for the end of the quiet hours)", reason=reason)
    said = {language: why(effect, Reader(Phrases(language))) for language in COMPLETE}

    assert said["en"] == effect.why
    assert "1시간 30분" in said["ko"]
    assert not any("waited" in text for language, text in said.items() if language != "en")


def test_a_sentence_that_is_translated_says_more_than_the_facts() -> None:
    effect = replace(PAGE, why="the vendor is late", reason=Reason("share", "vendor", 100))

    assert why(effect, Reader(Phrases("ko"))) == "협력업체가 늦고 있습니다"


# --- what is missing ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TEMPLATES, tmp_path / "templates")


def test_a_missing_phrase_and_a_missing_template_are_english_and_named(folder: Path) -> None:
    phrases = folder / "ko" / "phrases.yaml"
    phrases.write_text(phrases.read_text(encoding="utf-8").replace("  owner:", "  ownr:"), encoding="utf-8")
    (folder / "ko" / "breach.txt").unlink()
    wording = Wording(folder)
    message = replace(sample("ko"), wording=wording).message("breach")

    assert wording.missing() == ["ko: no phrase labels.owner", "ko: no template breach.txt"]
    assert wording.faults() == ["ko: labels.ownr: English has no such phrase; remove or correct it"]
    assert "beyond the target" in message.text
    assert ("Owner", "kim") in message.facts
    assert message.language == "ko"


def test_places_must_be_those_of_the_english_phrase(folder: Path) -> None:
    phrases = folder / "ja" / "phrases.yaml"
    phrases.write_text(phrases.read_text(encoding="utf-8").replace("{amount} まで", "{sum} まで"), encoding="utf-8")

    assert Wording(folder).faults() == ["ja: values.spend: '{sum} まで' has other places than English ({amount})"]


def test_a_language_is_added_by_a_folder(folder: Path) -> None:
    (folder / "de").mkdir()
    (folder / "de" / "phrases.yaml").write_text('tags: {breach: "[SLA verletzt]"}\n', encoding="utf-8")
    wording = Wording(folder)
    message = replace(sample("de"), wording=wording).message("breach")

    assert message.subject.startswith("[SLA verletzt] #4711")
    assert message.language == "de"
    assert "de: no phrase labels.owner" in wording.missing()


def test_a_file_that_is_no_yaml_is_told_with_its_place(folder: Path) -> None:
    (folder / "fr" / "phrases.yaml").write_text("a: [", encoding="utf-8")

    with pytest.raises(Refused, match=r"(?s)fr/phrases.yaml: .*line 1"):
        Wording(folder).missing()


# --- text messages and strangers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("", Length("GSM-7", 0, 1)),
        ("x" * 160, Length("GSM-7", 160, 1)),
        ("x" * 161, Length("GSM-7", 161, 2)),
        ("x" * 306, Length("GSM-7", 306, 2)),
        ("x" * 307, Length("GSM-7", 307, 3)),
        ("[" * 80, Length("GSM-7", 160, 1)),
        ("가" * 70, Length("UCS-2", 70, 1)),
        ("가" * 71, Length("UCS-2", 71, 2)),
        ("가" * 134, Length("UCS-2", 134, 2)),
        ("가" * 135, Length("UCS-2", 135, 3)),
        ("\U0001f600" * 35, Length("UCS-2", 70, 1)),
    ],
)
def test_a_text_message_is_measured_as_networks_do(text: str, measured: Length) -> None:
    assert length(text) == measured


def test_accents_that_gsm_lacks_are_folded_only_where_that_helps() -> None:
    assert folded("Vencía “ñ” \u2013 é…") == 'Vencia "ñ" - é...'
    assert folded("í 가") == "í 가"


@given(st.text(max_size=600))
def test_any_text_fits_into_two_parts(text: str) -> None:
    assert length(within(text)).parts <= 2


@given(st.text(max_size=300), st.integers(2, 100))
def test_what_a_stranger_wrote_is_one_bearable_line(text: str, limit: int) -> None:
    line = tamed(text, limit)

    assert len(line) <= limit + len(ISOLATED + END)
    assert not set(line) & set("\r\n\t\0\x1b\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067")
    assert line.count(ISOLATED) == line.count(END) <= 1
    line.encode()


def test_an_action_item_says_how_late_it_is() -> None:
    message = sample("en").message("reminder")

    assert message.subject == "[Action item] #4711 - Hanbit Electronics - Alarm when the payment page answers slowly"
    assert "It was due Sun 29 Mar 2026 15:12 KST and is 24h late." in message.text
    assert message.severity == "warning"


def test_a_digest_names_forty_tickets_and_counts_the_others() -> None:
    source = sample("en")
    requests = [
        NotifyRequest("k", BREACH, Delivery("kim", "email", "assignee"), replace(source.ticket, id=str(n)), Situation())
        for n in range(100)
    ]
    message = Wording().digest("k", requests, source.to)

    assert message.text.count("Hanbit Electronics") == 40
    assert message.text.endswith("And 60 more.")
    assert length(message.short).parts <= 2


def test_a_digest_counts_tickets_and_not_their_messages() -> None:
    source = sample("en")
    request = NotifyRequest("k", BREACH, Delivery("kim", "email", "assignee"), source.ticket, Situation())
    elsewhere = replace(request, ticket=replace(source.ticket, tenant="elsewhere"))
    one, two = (Wording().digest("k", asked, source.to) for asked in ([request] * 2, [request, request, elsewhere]))

    assert (one.subject, two.subject) == ("[SLA breach] 1 ticket - #4711", "[SLA breach] 2 tickets - #4711, #4711")
    assert "1 ticket reached a point" in one.text
    assert one.text.count("#4711 - Hanbit Electronics") == 2
    assert "more." not in one.text + two.text
