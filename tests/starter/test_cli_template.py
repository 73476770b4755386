"""`rung template`: what people would get, shown without sending anything."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from activities.parts import MESSAGES
from activities.phrases import COMPLETE
from tests.starter.on_paper import rung, unfit


def told(*words: str):
    return json.loads(rung("template", *words, "--json").stdout)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "people.yaml"
    monkeypatch.setenv("RUNG_PEOPLE", str(file))
    file.write_text(
        "people:\n  kim: {name: Kim, email: kim@x.example, languages: [ko]}\n"
        "  lee: {name: Lee, email: lee@x.example, languages: [de]}\n",
        encoding="utf-8",
    )
    return file


def test_every_message_is_listed_with_its_use_and_the_languages():
    listed = told("list")
    assert [one["name"] for one in listed["messages"]] == list(MESSAGES)
    assert all(one["about"].endswith((".", ")")) for one in listed["messages"])
    assert listed["languages"] == list(COMPLETE)
    assert "Languages: ko, en, ja, es, fr, zh" in rung("template", "list").stdout


def test_a_preview_shows_one_channel_as_its_adapter_sends_it():
    text = rung("template", "preview", "breach", "--lang", "ko", "--channel", "sms").stdout
    assert "[SLA 위반] #4711 결제 페이지가 열리지 않습니다" in text
    assert "(112 of UCS-2, parts: 2)" in text
    blocks = told("preview", "breach", "--lang", "ko", "--channel", "slack")["channels"]["slack"]["attachments"][0][
        "blocks"
    ]
    assert blocks[0]["text"]["text"].startswith("[SLA 위반] #4711 - 한빛전자")


def test_a_preview_shows_every_channel_in_the_readers_zone():
    found = told("preview", "page", "--lang", "fr", "--zone", "Europe/Paris")["channels"]
    assert set(found) == {"email", "sms", "phone", "slack", "teams", "webhook"}
    assert "lun. 30 mars 2026 10:12 CEST" in found["email"]["text"]
    assert found["teams"]["attachments"][0]["content"]["lang"] == "fr"
    assert '<Say language="fr-FR"' in found["phone"]["twiml"]


def test_a_mail_is_written_as_html(tmp_path):
    file = tmp_path / "mail.html"
    rung("template", "preview", "resolved", "--lang", "ja", "--channel", "email", "--out", str(file))
    assert file.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="ja">')


def test_what_is_unknown_is_told_at_once():
    said = unfit("template", "preview", "breech", "--lang", "kr", "--channel", "slak", "--zone", "Seoul")
    assert said.splitlines() == [
        "error: message 'breech' is unknown (did you mean 'breach'?)",
        "error: --lang 'kr' is unknown (known: en, es, fr, ja, ko, zh)",
        "error: --channel 'slak' is unknown (did you mean 'slack'?)",
        "error: --zone 'Seoul' is no time zone; write one like Asia/Seoul",
    ]


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    said = unfit("template", "preview", "page", "--out", str(tmp_path / "no" / "mail.html"))
    assert "No such file or directory; name a file in a folder that exists" in said


def test_without_a_browser_a_picture_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = rung("template", "preview", "page", "--picture", str(tmp_path / "mail.png"))
    assert result.exit_code == 1
    assert "no browser is here (looked for chromium," in result.stderr
    assert "'apt install chromium'" in result.stderr


def test_a_picture_is_as_wide_as_asked_and_as_tall_as_the_mail(monkeypatch, tmp_path):
    browser = tmp_path / "chromium"
    browser.write_text(
        '#!/bin/sh\nfor word in "$@"; do case "$word" in\n'
        '--dump-dom) echo "<title>tall:777</title>";;\n'
        '--window-size=*) size="${word#*=}";;\n'
        '--screenshot=*) echo "$size" > "${word#*=}";;\nesac; done\n',
        encoding="utf-8",
    )
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    picture = tmp_path / "mail.png"
    rung("template", "preview", "page", "--picture", str(picture), "--width", "390")
    assert picture.read_text(encoding="utf-8") == "390,777\n"


def test_nothing_is_missing_and_people_without_templates_are_noted(people):
    result = rung("template", "check")
    assert result.exit_code == 0
    assert "nothing is missing. No native speaker has checked the texts." in result.stdout
    assert result.stderr == "warning: lee reads 'de', which has no templates: English is sent\n"
    assert told("check")["missing"] == []
