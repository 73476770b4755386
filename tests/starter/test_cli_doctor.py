"""`rung doctor`: one finding a check, each failure with its next step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from starter.health import Finding, examine
from starter.mail_sink import MailSink
from tests.starter.on_paper import rung
from workflows.contract import EFFECTS, SEARCH_ATTRIBUTES, TICKETS


class PaperServer:
    """A Temporal server with its gateway, as far as the doctor asks."""

    namespace = "default"

    def __init__(self) -> None:
        self.missing = list(SEARCH_ATTRIBUTES)[:1]
        self.seen = {TICKETS: datetime.now(UTC), EFFECTS: datetime.now(UTC)}
        self.stuck: list[str] = []
        self.has_namespace = True
        self.client = self
        self.workflow_service = self
        self.service_client = SimpleNamespace(config=SimpleNamespace(target_host="paper:7233"))

    async def missing_search_attributes(self) -> list[str]:
        return self.missing

    async def register_search_attributes(self) -> list[str]:
        added, self.missing = self.missing, []
        return added

    async def wedged(self) -> list[str]:
        return self.stuck

    async def describe_namespace(self, request: Any) -> None:
        if not self.has_namespace:
            raise RPCError(f"Namespace {request.namespace} is not found.", RPCStatusCode.NOT_FOUND, b"")

    async def describe_task_queue(self, request: Any) -> Any:
        seen = self.seen.get(request.task_queue.name)
        pollers = (
            [SimpleNamespace(identity="w-1", last_access_time=SimpleNamespace(seconds=seen.timestamp()))]
            if seen
            else []
        )
        return SimpleNamespace(pollers=pollers)


@pytest.fixture(autouse=True)
def folder(alone: Path) -> Path:
    return alone


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> PaperServer:
    paper = PaperServer()

    async def reached(settings: object) -> PaperServer:
        return paper

    monkeypatch.setattr("starter.connection.gateway", reached)
    return paper


async def found(register: bool = False) -> dict[str, Finding]:
    return {finding.check: finding async for finding in examine(register)}


def statuses(findings: Sequence[dict[str, str]]) -> dict[str, str]:
    return {finding["check"]: finding["status"] for finding in findings}


def test_without_anything_running_the_doctor_fails_and_says_what_to_do():
    result = rung("doctor", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["ok"]) == (1, False)
    assert statuses(told["findings"]) | {"policies": ""} == {
        "settings": "ok", "people": "note", "policies": "", "journal": "fail", "server": "fail",
        "search attributes": "note", "worker": "note", "tickets": "note", "e-mail": "note",
        "API": "note",
    }  # fmt: skip


def test_people_see_verdict_finding_and_next_step():
    words = " ".join(rung("doctor").stdout.split())
    assert "OK settings all at their defaults note people" in words
    assert "FAIL server no Temporal server at 127.0.0.1:1 (Connection refused); start one with 'rung up'" in words
    assert "next: set RUNG_SMTP_HOST" in words


def test_faulty_settings_end_the_examination(monkeypatch):
    monkeypatch.setenv("RUNG_SMTP_PORT", "abc")
    result = rung("doctor", "--json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert (result.exit_code, finding["status"], "RUNG_SMTP_PORT 'abc'" in finding["said"]) == (1, "fail", True)


async def test_register_makes_what_a_first_start_needs(server, folder):
    server.seen = {}
    findings = await found(register=True)
    assert findings["search attributes"].said == f"added: {next(iter(SEARCH_ATTRIBUTES))}"
    assert findings["journal"].status == "ok"
    assert list(folder.glob(".rung/rung.db"))
    assert findings["worker"].status == "note", "the worker comes after it"
    assert {name for name, finding in findings.items() if finding.status == "fail"} <= {"policies"}


async def test_missing_search_attributes_fail_with_the_command_that_adds_them(server):
    finding = (await found())["search attributes"]
    assert (finding.status, finding.next) == ("fail", "'rung doctor --register' adds them")


async def test_a_namespace_that_is_not_there_is_named(server):
    server.has_namespace = False
    findings = await found()
    finding = findings["server"]
    assert (finding.status, finding.said) == ("fail", "paper:7233 has no namespace 'default'")
    assert "TEMPORAL_NAMESPACE" in finding.next
    assert findings["worker"].said == "not looked at: the server does not let us in"


async def test_a_worker_on_both_task_queues_is_well(server):
    assert (await found())["worker"] == Finding("worker", "ok", "1 at work on both task queues")


async def test_a_task_queue_without_a_worker_is_named(server):
    del server.seen[EFFECTS]
    finding = (await found())["worker"]
    assert (finding.status, finding.said) == ("fail", f"nobody works on {EFFECTS}; tickets wait")


async def test_a_worker_that_went_silent_does_not_count(server):
    server.seen[TICKETS] = datetime(2026, 1, 1, tzinfo=UTC)
    assert (await found())["worker"].said == f"nobody works on {TICKETS}; tickets wait"


async def test_tickets_that_cannot_go_on_are_named(server):
    server.stuck = [f"ticket/default/{number}" for number in range(7)]
    finding = (await found())["tickets"]
    assert (finding.status, finding.said.endswith("ticket/default/4 ...")) == ("fail", True)


async def test_a_mail_server_that_answers_is_well(server, monkeypatch):
    async with MailSink() as sink:
        monkeypatch.setenv("RUNG_SMTP_HOST", sink.host)
        monkeypatch.setenv("RUNG_SMTP_PORT", str(sink.port))
        monkeypatch.setenv("RUNG_SMTP_TLS", "none")
        finding = (await found())["e-mail"]
    assert (finding.status, finding.said) == ("ok", f"{sink.host}:{sink.port} takes mail")


async def test_a_mail_server_that_is_not_there_fails_with_the_variables_to_check(server, monkeypatch):
    monkeypatch.setenv("RUNG_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("RUNG_SMTP_PORT", "1")
    finding = (await found())["e-mail"]
    assert (finding.status, finding.said.startswith("127.0.0.1:1 (starttls): ")) == ("fail", True)
    assert finding.next == "check RUNG_SMTP_HOST, _PORT, _TLS, _USERNAME and _PASSWORD"
    assert (await found(register=True))["e-mail"].status == "note"


async def test_a_check_that_breaks_is_a_finding_and_not_the_end(server, monkeypatch):
    async def refuses() -> list[str]:
        raise RPCError("not allowed", RPCStatusCode.PERMISSION_DENIED, b"")

    monkeypatch.setattr(server, "wedged", refuses)
    findings = await found()
    assert (findings["tickets"].status, findings["tickets"].said) == ("fail", "not allowed")
    assert "e-mail" in findings


async def test_faults_of_people_and_policies_are_told(server, monkeypatch, folder):
    (folder / "people.yaml").write_text("peopel: {}\n")
    (folder / "broken.v1.yaml").write_text("language: policy/1\n")
    monkeypatch.setenv("RUNG_PEOPLE", "people.yaml")
    monkeypatch.setenv("RUNG_POLICIES", str(folder))
    findings = await found()
    assert (findings["people"].status, findings["policies"].status) == ("fail", "fail")
    assert "broken.v1.yaml:1" in findings["policies"].said


async def test_a_role_that_nobody_holds_is_noted(server, monkeypatch, folder):
    (folder / "people.yaml").write_text("people: {kim: {name: Kim, email: kim@rung.example}}\n")
    monkeypatch.setenv("RUNG_PEOPLE", "people.yaml")
    finding = (await found())["people"]
    assert (finding.status, finding.next) == ("note", "'rung people check' after each correction")
    assert "nobody holds the role 'executives', which standard.v1 tells" in finding.said
    assert (await found())["policies"].status == "ok", (
        "what was published is sound; it is the people that lack somebody"
    )


async def test_who_may_call_is_said_by_name_and_no_token_is_shown(server, monkeypatch):
    assert (await found())["API"] == Finding(
        "API", "note", "shut: nobody has a token", "set RUNG_API_TOKENS=NAME:TOKEN to open it"
    )
    monkeypatch.setenv("RUNG_API_TOKENS", "monitor:0123456789abcdef, desk:fedcba9876543210,monitor:9876543210fedcba")
    finding = (await found())["API"]
    assert (finding.status, finding.said) == ("note", "tokens for monitor, desk; only 'rung up' serves it so")
    monkeypatch.setenv("RUNG_PUBLIC_URL", "https://rung.example.com")
    monkeypatch.setenv("RUNG_LINK_SECRET", "0123456789abcdef")
    finding = (await found())["API"]
    assert (finding.status, finding.said) == ("ok", "https://rung.example.com/api/v1 for monitor, desk")
