"""Settings: one typed place, and faults that name the variable and what to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policies.catalog import PUBLISHED
from starter.outfit import mail_servers, twilio_accounts
from starter.settings import BadSettings, Settings, load, shown

pytestmark = pytest.mark.usefixtures("alone")


def faults_of(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load()
    return str(caught.value).splitlines()


def test_nothing_needs_to_be_set():
    settings = load()
    assert settings.journal_url == "sqlite:///.rung/rung.db"
    assert settings.people.is_file()
    assert (settings.smtp_host, settings.twilio_url, settings.helpdesk_url) == ("", "", "")


def test_the_journal_lies_in_the_data_folder(monkeypatch):
    monkeypatch.setenv("RUNG_DATA_DIR", "elsewhere")
    assert load().journal_url == "sqlite:///elsewhere/rung.db"


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("RUNG_SMTP_PORT", "")
    assert load().smtp_port == 587


def test_an_argument_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("RUNG_HISTORY_LIMIT", "500")
    assert (load().history_limit, load(history_limit=50).history_limit) == (500, 50)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RUNG_SMTP_PORT", "abc", "RUNG_SMTP_PORT 'abc': should be a valid integer; write for example 587"),
        ("RUNG_SMTP_PORT", "0", "RUNG_SMTP_PORT '0': should be greater than or equal to 1; write for example 587"),
        ("RUNG_SMTP_FROM", "rung", "RUNG_SMTP_FROM 'rung': is not an e-mail address; "
         "write for example Rung <rung@example.com>"),
        ("RUNG_SMTP_TLS", "ssl", "RUNG_SMTP_TLS 'ssl': should be 'none', 'starttls' or 'tls'; "
         "write for example starttls"),
        ("RUNG_LOG_FORMAT", "xml", "RUNG_LOG_FORMAT 'xml': should be 'console' or 'json'; write for example json"),
        ("RUNG_MAKE_CURRENT", "maybe", "RUNG_MAKE_CURRENT 'maybe': should be a valid boolean; write for example false"),
        ("RUNG_EFFECTS_PER_SECOND", "0", "RUNG_EFFECTS_PER_SECOND '0': should be greater than 0; write for example 50"),
        ("RUNG_PEOPLE", "nobody.yaml", "RUNG_PEOPLE 'nobody.yaml': no such file; write for example people.yaml"),
        ("RUNG_UI_URL", "example.com", "RUNG_UI_URL 'example.com': is not a web address; "
         "write for example https://temporal.example.com"),
        ("RUNG_HELPDESK_URL", "http://host:port", "RUNG_HELPDESK_URL 'http://host:port': is not a web address; "
         "write for example https://helpdesk.example.com/api"),
        ("RUNG_JOURNAL_URL", "mysql://h/x", "RUNG_JOURNAL_URL: is not the address of an SQLite or PostgreSQL database; "
         "write for example postgresql+psycopg://rung@localhost:5432/rung"),
        ("RUNG_JOURNAL_URL", "sqlite:///:memory:", "RUNG_JOURNAL_URL: needs a file that outlives a connection; "
         "write for example postgresql+psycopg://rung@localhost:5432/rung"),
    ],
)  # fmt: skip
def test_a_fault_names_the_variable_and_what_to_write(monkeypatch, name, value, said):
    assert faults_of(monkeypatch, **{name: value}) == [said]


def test_a_file_where_a_folder_should_be_is_the_only_fault(monkeypatch):
    Path("file").touch()
    assert faults_of(monkeypatch, RUNG_DATA_DIR="file") == [
        "RUNG_DATA_DIR 'file': is a file, not a folder; write for example .rung"
    ]


def test_all_faults_come_at_once(monkeypatch):
    faults = faults_of(monkeypatch, RUNG_SMTP_PORT="x", RUNG_GRACE_SECONDS="-1", RUNG_LOG_LEVL="debug")
    assert [fault.split(" ")[0] for fault in faults] == ["RUNG_LOG_LEVL", "RUNG_SMTP_PORT", "RUNG_GRACE_SECONDS"]


def test_a_misspelt_variable_is_a_fault(monkeypatch):
    assert faults_of(monkeypatch, RUNG_SMTP_HOTS="mail") == [
        "RUNG_SMTP_HOTS is not a setting (did you mean 'RUNG_SMTP_HOST'?); 'rung settings' lists all"
    ]


def test_variables_of_tests_and_of_other_programs_are_left_alone(monkeypatch):
    for name in ("RUNG_CASES", "RUNG_SCENARIOS", "RUNG_CHAT_URL", "RUNG_DB_PASSWORD", "RUNG_SOMETHING_ELSE", "RUNGS"):
        monkeypatch.setenv(name, "x")
    assert load().smtp_host == ""


def test_half_an_account_is_refused_by_the_names_of_the_other_half(monkeypatch):
    faults = faults_of(monkeypatch, RUNG_TWILIO_URL="https://api.twilio.com", RUNG_SMTP_USERNAME="rung")
    assert faults == [
        "RUNG_SMTP_PASSWORD is missing: RUNG_SMTP_USERNAME is set; set both or neither",
        "RUNG_TWILIO_ACCOUNT is missing: RUNG_TWILIO_URL is set; write for example AC0123...",
        "RUNG_TWILIO_TOKEN is missing: RUNG_TWILIO_URL is set; put it there",
        "RUNG_TWILIO_FROM is missing: RUNG_TWILIO_URL is set; write for example +15550100",
    ]


def test_a_second_provider_needs_a_first_and_the_whole_of_itself(monkeypatch):
    faults = faults_of(
        monkeypatch, RUNG_SMTP2_HOST="mail2.example.com", RUNG_SMTP2_USERNAME="rung", RUNG_TWILIO2_URL="https://sms.example.com",
        RUNG_TWILIO2_ACCOUNT="AC2", RUNG_TWILIO2_TOKEN="t",
    )  # fmt: skip
    assert faults == [
        "RUNG_SMTP2_PASSWORD is missing: RUNG_SMTP2_USERNAME is set; set both or neither",
        "RUNG_SMTP_HOST is missing: RUNG_SMTP2_HOST is set; a second one needs a first",
        "RUNG_TWILIO_URL is missing: RUNG_TWILIO2_URL is set; a second one needs a first",
        "RUNG_TWILIO2_FROM is missing: RUNG_TWILIO2_URL is set; write for example +15550200",
    ]


def test_a_second_provider_stands_behind_the_first_and_receipts_need_a_public_address(monkeypatch):
    values = {
        "RUNG_SMTP_HOST": "mail", "RUNG_SMTP2_HOST": "mail2", "RUNG_TWILIO_URL": "https://one.example.com",
        "RUNG_TWILIO_ACCOUNT": "AC1", "RUNG_TWILIO_TOKEN": "t", "RUNG_TWILIO_FROM": "+1",
        "RUNG_TWILIO2_URL": "https://two.example.com", "RUNG_TWILIO2_ACCOUNT": "AC2", "RUNG_TWILIO2_TOKEN": "t2",
        "RUNG_TWILIO2_FROM": "+2", "RUNG_PUBLIC_URL": "https://rung.example.com", "RUNG_LINK_SECRET": "x" * 30,
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert [(server.name, server.host) for server in mail_servers(load())] == [("smtp", "mail"), ("smtp2", "mail2")]
    assert [(one.name, one.sid, one.receipts) for one in twilio_accounts(load())] == [
        ("twilio", "AC1", "https://rung.example.com/receipts/twilio"),
        ("twilio2", "AC2", "https://rung.example.com/receipts/twilio"),
    ]
    monkeypatch.setenv("RUNG_RECEIPT_SECONDS", "0")
    assert {one.receipts for one in twilio_accounts(load())} == {""}


def test_a_secret_is_never_shown(monkeypatch):
    monkeypatch.setenv("RUNG_SMTP_PASSWORD", "hush-1")
    monkeypatch.setenv("RUNG_WEBHOOK_SECRET", "hush-2")
    monkeypatch.setenv("RUNG_JOURNAL_URL", "postgresql://rung:hush-3@db/rung")
    settings = load()
    everything = repr(settings) + "".join(setting.value for setting in shown(settings))
    assert "hush" not in everything
    assert settings.smtp_password.get_secret_value() == "hush-1"


def test_the_password_in_a_faulty_journal_address_is_not_repeated(monkeypatch):
    assert "hush" not in "".join(faults_of(monkeypatch, RUNG_JOURNAL_URL="mysql://rung:hush@db/rung"))


def test_own_policies_come_before_the_published(monkeypatch, alone):
    ours, drafts = alone / "ours", alone / "drafts"
    for folder in (ours, drafts):
        folder.mkdir()
    monkeypatch.setenv("RUNG_POLICIES", os.pathsep.join([str(ours), str(drafts)]))
    assert load().catalog().folders == (ours, drafts, PUBLISHED)


def test_a_missing_policy_folder_is_named(monkeypatch, alone):
    (fault,) = faults_of(monkeypatch, RUNG_POLICIES=os.pathsep.join([str(alone), "nowhere"]))
    assert "no folder nowhere;" in fault


def test_the_data_folder_keeps_itself_out_of_version_control():
    assert (load().make_data_dir() / ".gitignore").read_text() == "*\n"
    load().make_data_dir()


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("0123456789abcdef", "RUNG_API_TOKENS: number 1 is not NAME:TOKEN"),
        ("a:0123456789abcdef,b:", "RUNG_API_TOKENS: number 2 is not NAME:TOKEN"),
        ("a b:0123456789abcdef", "RUNG_API_TOKENS: number 1 is not NAME:TOKEN"),
        ("desk:0123456789", "RUNG_API_TOKENS: the token of desk is not safe; put 16 random characters or more"),
        ("desk:0123456789abcdef\u00e9", "RUNG_API_TOKENS: the token of desk is not safe"),
        ("a:0123456789abcdef,b:0123456789abcdef", "RUNG_API_TOKENS: two have the same token"),
    ],
)
def test_tokens_that_nobody_should_have_are_refused_unseen(monkeypatch, given, said):
    (fault,) = faults_of(monkeypatch, RUNG_API_TOKENS=given)
    assert fault.startswith(said)
    assert "0123456789" not in fault


def test_a_token_may_hold_a_colon_and_is_never_shown(monkeypatch):
    monkeypatch.setenv("RUNG_API_TOKENS", "desk:0123:456789abcdef, ")
    assert load().api_callers() == (("desk", "0123:456789abcdef"),)
    assert not [one for one in shown(load()) if "0123" in one.value]


def test_costs_are_a_list_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNG_DOWNTIME_COSTS", " payments=250, mail room = 40 ,")
    assert load().downtime_costs == {"payments": 250, "mail room": 40}


@pytest.mark.parametrize("text", ["payments", "payments=", "=4", "payments=-1", "payments=1.5", "payments=1;mail=2"])
def test_costs_that_are_no_list_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RUNG_DOWNTIME_COSTS", text)
    with pytest.raises(BadSettings, match=r"RUNG_DOWNTIME_COSTS .*is not a list like payments=250,mail=40"):
        load()
