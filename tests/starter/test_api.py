"""The API in this process: who may call, what is refused and in which words, and that saying it again changes nothing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr
from structlog.testing import capture_logs

from activities.adapters.sql import SqlJournal, migrate
from activities.adapters.sql_outages import SqlOutages
from activities.ports import Unreachable
from policies.migration import Moved
from policies.outage import Outage, Scope
from policies.outage_preview import Foreseen
from policies.outage_report import account
from starter.api.application import api
from starter.api.bodies import MOST_BYTES, Covered, Declaration, Ending, Extension, Rehearsal
from starter.api.callers import Callers
from starter.api.outages import PLACE, Room, outages
from starter.gateway import Gateway, ServerUnreachable
from starter.outage_rehearsing import OutageRehearsal
from starter.outage_reporting import OutageReport
from starter.outages import Desk
from starter.people import strangers_of
from starter.server import free_port
from starter.settings import Settings, load
from starter.webhooks.doors import Doors
from starter.webhooks.house import open_doors
from starter.webhooks.router import application
from tests.activities.test_auditing import card
from tests.starter.conftest import written
from tests.starter.on_paper import rung

TOKEN, OTHER = "monitor-token-0123456789", "desk-token-0123456789"
NOW = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
SINCE = "2026-03-27T16:00:00+09:00"
AT = int(datetime.fromisoformat(SINCE).timestamp())
OUTAGES = f"{PLACE}/outages"
PAY = {"id": "INC-7", "scope": {"services": ["pay"], "regions": ["kr"]}}


class Calling:
    """The API mounted as the house mounts it, in front of a journal with one open ticket of `pay` in `kr`."""

    def __init__(self, room: Room, tokens: tuple[tuple[str, str], ...]) -> None:
        self.room, self.tokens = room, tokens

    async def __call__(
        self, method: str, path: str, body: Any = None, token: str = TOKEN, **more: Any
    ) -> httpx.Response:
        doors: Any = Doors(SimpleNamespace(), SimpleNamespace(), "")  # type: ignore[arg-type]
        app = application(doors, nobody, api(self.room, Callers(self.tokens)))
        if token:
            more["headers"] = {"Authorization": f"Bearer {token}", **more.get("headers", {})}
        if body is not None:
            more["content"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://rung") as client:
            return await client.request(method, path, **more)

    async def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> list[str]:
        """The faults of a problem in the form of RFC 9457."""
        answer = await self(method, path, body, **more)
        found = answer.json()
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
        assert found.keys() == {"type", "title", "status", "detail", "faults"}
        assert (found["status"], found["detail"]) == (status, "; ".join(found["faults"]))
        faults: list[str] = found["faults"]
        return faults

    async def known(self) -> list[Outage]:
        return list(await self.room.desk.registry.known(10))


async def nobody(_: str) -> str:
    return ""


@pytest.fixture
async def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Calling]:
    monkeypatch.setattr(Desk, "_say", written)
    url = f"sqlite:///{tmp_path}/rung.db"
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    one = replace(card("1", datetime.now(UTC)), service="pay", region="kr", tags=("till",), state="ok", tier="gold")
    for each in (one, replace(one, ticket="2", region="us", state="closed")):
        await journal.append([], each)

    async def away() -> Any:
        raise ServerUnreachable("the Temporal server does not answer")

    desk = Desk(SqlOutages(journal), journal, away)
    room = Room(desk, Gateway(SimpleNamespace()), now=lambda: NOW)  # type: ignore[arg-type]
    yield Calling(room, (("monitor", TOKEN), ("desk", OTHER)))
    await journal.close()


# --- who calls ---------------------------------------------------------------------------------------------


async def test_without_a_token_the_api_is_shut_and_says_so(call: Calling) -> None:
    call.tokens = ()
    (fault,) = await call.refused(404, "GET", OUTAGES, token=TOKEN)
    assert fault.startswith("the API is shut: nobody has a token; set RUNG_API_TOKENS")


@pytest.mark.parametrize(
    "header", ["", f"Basic {TOKEN}", "Bearer ", "Bearer monitor", f"Bearer {TOKEN}x", "Bearer \u00e9", TOKEN]
)
async def test_whoever_has_no_token_of_ours_is_sent_away_unread(call: Calling, header: str) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    with capture_logs() as logs:
        answer = await call("POST", OUTAGES, b"x" * (MOST_BYTES + 1), token="", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert await call.known() == []
    assert len(logs) == 1
    assert TOKEN not in f"{answer.text}{logs}"


async def test_each_token_has_a_name_and_two_may_bear_one(call: Calling) -> None:
    call.tokens = (("monitor", TOKEN), ("monitor", OTHER))
    for token, id in ((TOKEN, "A"), (OTHER, "B")):
        assert (await call("POST", OUTAGES, {**PAY, "id": id}, token=token)).json()["declared_by"] == "monitor"


async def test_no_token_is_ever_logged(call: Calling) -> None:
    with capture_logs() as logs:
        await call("POST", OUTAGES, PAY)
        await call("POST", f"{OUTAGES}/INC-7/end", {})
        await call("POST", OUTAGES, PAY)
    assert [(one["event"], one["caller"]) for one in logs] == [("declared", "monitor"), ("ended", "monitor")]
    assert TOKEN not in str(logs)


# --- declared ----------------------------------------------------------------------------------------------


async def test_a_declaration_is_kept_as_it_was_sent(call: Calling) -> None:
    body = {
        "id": "INC-7", "scope": {"services": ["pay"], "regions": ["kr"], "tiers": ["GOLD"], "tags": ["till"]},
        "effect": "mute_keep_clock", "occurred_at": SINCE, "expected_end": "2026-03-27T18:00:00+09:00", "owner": "lee",
        "by": "kim", "reason": "card network", "priority": "p2", "stakeholders": ["executives"], "approved_by": "dana",
    }  # fmt: skip
    answer = await call("POST", OUTAGES, body)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{OUTAGES}/INC-7")
    scope = Scope(("pay",), ("kr",), (), ("gold",), ("till",))
    expected = Outage(
        "INC-7", scope, "mute_keep_clock", AT, AT + 7_200, 0, "lee", "card network", declared_by="kim (monitor)",
        approved_by="dana", priority="P2", stakeholders=("executives",),
    )  # fmt: skip
    assert await call.known() == [expected]
    found = answer.json()
    assert (found["already"], found["state"], found["declared_by"], found["warnings"]) == (
        False, "open", "kim (monitor)", [],
    )  # fmt: skip


async def test_the_same_again_is_answered_with_what_stands_and_another_is_refused(call: Calling) -> None:
    first = await call("POST", OUTAGES, {**PAY, "occurred_at": SINCE})
    again = await call("POST", OUTAGES, PAY, token=OTHER)
    assert (first.status_code, again.status_code, again.json()["already"]) == (201, 200, True)
    assert {**first.json(), "already": True} == again.json()
    (fault,) = await call.refused(409, "POST", OUTAGES, {**PAY, "scope": {"services": ["pay"]}})
    assert "INC-7 was declared otherwise before (scope service pay, region kr; effect" in fault
    (stands,) = await call.known()
    assert (stands.since, stands.scope.regions) == (AT, ("kr",))


async def test_maintenance_lies_ahead_and_may_be_called_off(call: Calling) -> None:
    planned = {**PAY, "from": "2099-03-27T22:00:00+09:00", "to": "2099-03-28T02:00:00+09:00"}
    answers = [await call("POST", OUTAGES, planned) for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(201, "planned"), (200, "planned")]
    await call.refused(409, "POST", OUTAGES, {**planned, "from": "2099-03-27T23:00:00+09:00"})
    over = (await call("POST", f"{OUTAGES}/INC-7/end")).json()
    assert (over["state"], over["ended_at"], over["ended_by"]) == ("called_off", NOW.isoformat(), "monitor")


async def test_one_that_ends_by_itself_may_be_sent_again_later(call: Calling) -> None:
    body = {**PAY, "to": "2099-03-28T02:00:00+09:00"}
    assert (await call("POST", OUTAGES, body)).status_code == 201
    call.room = replace(call.room, now=lambda: datetime(2026, 3, 27, 8, 1, tzinfo=UTC))
    assert (await call("POST", OUTAGES, body)).status_code == 200


BAD: dict[str, tuple[Any, str]] = {
    "no id": ({"scope": {"services": ["pay"]}}, "'id' is missing"),
    "an id with a space": ({**PAY, "id": "INC 7"}, "id 'INC 7': write 1 to 60 letters"),
    "an empty scope": ({"id": "INC-7"}, 'the scope names nothing, so it is every ticket there is; narrow it, or say so with "all"'),
    "an unknown service": ({**PAY, "scope": {"services": ["pya"]}}, "service 'pya' is unknown (did you mean 'pay'?)"),
    "an unknown effect": ({**PAY, "effect": "pause"}, "effect 'pause' is unknown (did you mean 'pause_clock'?)"),
    "a misspelt key": ({**PAY, "raeson": "x"}, "unknown key 'raeson' (did you mean 'reason'?)"),
    "a misspelt kind": ({"id": "I", "scope": {"service": ["pay"]}}, "unknown key 'service' (did you mean 'services'?)"),
    "a text for a list": ({**PAY, "scope": {"services": "pay"}}, "scope.services: Input should be a valid list"),
    "a number for a text": ({**PAY, "reason": 7}, "reason: Input should be a valid string"),
    "a text for yes": ({**PAY, "ahead": "yes"}, "ahead: Input should be a valid boolean"),
    "no time zone": ({**PAY, "occurred_at": "2026-03-27T16:00"}, "\"occurred_at\" '2026-03-27T16:00' has no time zone"),
    "the future": ({**PAY, "occurred_at": "2026-03-27T19:00:00+09:00"}, "is in the future"),
    "an end before its beginning": ({**PAY, "expected_end": SINCE}, "the expected end is not after the beginning"),
    "from without to": ({**PAY, "from": SINCE}, 'say when with "to"'),
    "half a character": (b'{"id": "INC-7", "all": true, "reason": "\\ud83d"}', "reason: is not readable text"),
    "half a character in a key": (b'{"id": "INC-7", "all": true, "\\ud83d": 1}', "a key is not readable text"),
    "the same key in half twice": (b'{"\\ud83d": 1, "\\ud83d": 2}', "a key is not readable text"),
    "half a character in the scope": (b'{"id": "INC-7", "scope": {"\\ud83d": 1}}', "a key is not readable text"),
    "a NUL": ({**PAY, "reason": "a\0b"}, "reason: is not readable text"),
    "a long reason": ({**PAY, "reason": "x" * 201}, "the reason has 201 characters; 200 are enough"),
    "a key twice": (b'{"id": "1", "id": "2"}', "'id' stands there twice; keep one"),
    "no JSON": (b"{", "the body is not valid JSON"),
    "no UTF-8": (b'{"id": "\xff"}', "the body is not valid JSON"),
    "a list": ([PAY], "the body must be one object like"),
    "nothing": (b"", "'id' is missing"),
    "a deep one": (b"[" * 30_000, "the body is not valid JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_meant_is_refused_before_anything_is_kept(call: Calling, name: str) -> None:
    body, said = BAD[name]
    faults = await call.refused(422, "POST", OUTAGES, body)
    assert any(said in fault for fault in faults), faults
    assert await call.known() == []


async def test_every_fault_is_told_at_once(call: Calling) -> None:
    faults = await call.refused(422, "POST", OUTAGES, {**PAY, "effect": "x", "scope": {"tiers": ["tin"]}})
    assert len(faults) == 2


async def test_a_body_that_is_too_long_is_not_read(call: Calling) -> None:
    assert await call.refused(413, "POST", OUTAGES, b" " * (MOST_BYTES + 1)) == ["a body has at most 65536 bytes"]


async def test_a_body_that_says_how_long_it_is_is_not_waited_for(call: Calling) -> None:
    sent = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal sent
        sent += 1
        yield b"{"

    headers = {"Content-Length": str(MOST_BYTES + 1)}
    answer = await call("POST", OUTAGES, content=slowly(), headers=headers)
    assert (answer.status_code, answer.json()["faults"]) == (413, ["a body has at most 65536 bytes"])
    answer = await call("POST", OUTAGES, content=b"{}", headers={"Content-Length": "9" * 5000})
    assert answer.status_code == 422


async def test_a_caller_who_hangs_up_before_the_end_is_no_fault_of_rung(call: Calling) -> None:
    heard: Any = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/outages", "raw_path": b"/outages", "query_string": b"",
        "headers": [(b"authorization", f"Bearer {TOKEN}".encode())], "root_path": "", "http_version": "1.1",
        "scheme": "http", "server": ("rung", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    with capture_logs() as logs:
        await api(call.room, Callers(call.tokens))(scope, receive, send)
    assert (sent[0]["status"], logs, await call.known()) == (413, [], [])


async def test_a_scope_without_a_ticket_is_refused_unless_it_is_ahead_of_them(call: Calling) -> None:
    body = {"id": "INC-7", "scope": {"services": ["pay"], "regions": ["us"]}}
    (fault,) = await call.refused(409, "POST", OUTAGES, body)
    assert fault.endswith('nobody has complained yet? "ahead" declares it all the same')
    assert (await call("POST", OUTAGES, {**body, "ahead": True})).status_code == 201


async def test_more_than_one_may_stop_alone_needs_a_name(call: Calling) -> None:
    await call.room.desk.journal.append(
        [], replace(card("3", datetime.now(UTC)), service="pay", region="kr", state="ok")
    )
    call.room = replace(call.room, desk=replace(call.room.desk, limit=1))
    (fault,) = await call.refused(409, "POST", OUTAGES, PAY)
    assert fault.endswith('ask, and say who with "approved_by"')
    assert (await call("POST", OUTAGES, {**PAY, "approved_by": "dana"})).status_code == 201


async def test_an_owner_whom_nobody_knows_is_a_warning(
    call: Calling, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = alone / "people.yaml"
    people.write_text("people:\n  kim: {name: Kim, email: kim@rung.example}\nroles: {lead: [kim]}\n", encoding="utf-8")
    monkeypatch.setenv("RUNG_PEOPLE", str(people))

    async def strangers(outage: Outage) -> list[str]:
        return await strangers_of(load(), outage)

    call.room = replace(call.room, strangers=strangers)
    answers = [await call("POST", OUTAGES, {**PAY, "id": owner, "owner": owner}) for owner in ("kim", "lead", "kin")]
    assert [one.json()["warnings"] for one in answers[:2]] == [[], []]
    said = "owner 'kin' is neither a role nor a person of people.yaml (did you mean 'kim'?)"
    assert answers[2].json()["warnings"] == [f"{said}; nobody is reminded (no RUNG_OPERATOR)"]


# --- ended, extended, shown --------------------------------------------------------------------------------


async def test_its_end_is_kept_once(call: Calling) -> None:
    await call("POST", OUTAGES, {**PAY, "occurred_at": SINCE})
    answers = [await call("POST", f"{OUTAGES}/INC-7/end", {"by": who}) for who in ("lee", "kim")]
    assert [(one.status_code, one.json()["already"], one.json()["ended_by"]) for one in answers] == [
        (200, False, "lee (monitor)"), (200, True, "lee (monitor)"),
    ]  # fmt: skip
    assert "has ended; declare the new one under another id" in (await call.refused(409, "POST", OUTAGES, PAY))[0]
    extension = {"expected_end": "2099-01-01T00:00:00Z"}
    assert "has ended" in (await call.refused(409, "POST", f"{OUTAGES}/INC-7/extend", extension))[0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"by": "x" * 200}, "the ended_by has 210 characters; 200 are enough"),
        ({"by": "a\0b"}, "by: is not readable text"),
        ({"occurred_at": "2026-03-27T17:00"}, "has no time zone"),
        ({"occurred_at": "2099-03-27T17:00:00+09:00"}, "is in the future"),
        ({"at": "now"}, "unknown key 'at'"),
    ],
)  # fmt: skip
async def test_an_end_that_cannot_be_meant_ends_nothing(call: Calling, body: dict[str, str], said: str) -> None:
    await call("POST", OUTAGES, PAY)
    (fault,) = await call.refused(422, "POST", f"{OUTAGES}/INC-7/end", body)
    assert said in fault
    assert [one.ended_at for one in await call.known()] == [0]


async def test_it_may_last_longer(call: Calling) -> None:
    await call("POST", OUTAGES, {**PAY, "occurred_at": SINCE})
    answer = await call("POST", f"{OUTAGES}/INC-7/extend", {"expected_end": "2026-03-27T18:00:00+09:00"})
    assert (answer.status_code, answer.json()["expected_end"]) == (200, "2026-03-27T09:00:00+00:00")
    assert await call.refused(422, "POST", f"{OUTAGES}/INC-7/extend") == ["'expected_end' is missing"]
    early = {"expected_end": SINCE}
    assert "is not after the beginning" in (await call.refused(422, "POST", f"{OUTAGES}/INC-7/extend", early))[0]


async def test_maintenance_does_not_last_longer_than_planned_and_says_so(call: Calling) -> None:
    """An expected end that was kept would promise what does not happen: clocks go on at the planned one."""
    await call("POST", OUTAGES, {**PAY, "from": "2099-03-27T22:00:00+09:00", "to": "2099-03-28T02:00:00+09:00"})
    later = {"expected_end": "2099-03-28T04:00:00+09:00"}
    assert await call.refused(409, "POST", f"{OUTAGES}/INC-7/extend", later) == [
        'maintenance INC-7 ends as planned; declare the rest as another one, which begins then ("from")'
    ]
    assert [one.expected for one in await call.known()] == [0]


async def test_one_that_nobody_knows(call: Calling) -> None:
    await call("POST", OUTAGES, PAY)
    extension = {"expected_end": "2099-01-01T00:00:00Z"}
    for method, path, body in (
        ("GET", "INC-8", None), ("POST", "INC-8/end", {}), ("POST", "INC-8/extend", extension), ("GET", "INC-8/report", None),
    ):  # fmt: skip
        (fault,) = await call.refused(404, method, f"{OUTAGES}/{path}", body)
        assert fault.startswith("no outage 'INC-8' (did you mean 'INC-7'?)")
    for id in ("%00", "a%20b", "%F0%9F%92%A5", "x" * 61):
        assert (await call.refused(404, "GET", f"{OUTAGES}/{id}"))[0].startswith("no outage '")
    ahead = await call("POST", f"{OUTAGES}/INC-8/end", {"ahead": True})
    assert (ahead.status_code, ahead.json()["state"]) == (200, "undeclared")


async def test_the_list_and_one_of_it_are_those_of_the_command_line(
    call: Calling, alone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await call("POST", OUTAGES, {**PAY, "occurred_at": SINCE})
    await call("POST", OUTAGES, {**PAY, "id": "INC-8"})
    listed = (await call("GET", OUTAGES)).json()["outages"]
    assert [one["id"] for one in listed] == ["INC-8", "INC-7"]
    assert [one["id"] for one in (await call("GET", f"{OUTAGES}?limit=1")).json()["outages"]] == ["INC-8"]
    assert "limit" in (await call.refused(422, "GET", f"{OUTAGES}?limit=many"))[0]
    shown = (await call("GET", f"{OUTAGES}/INC-7")).json()
    assert (shown["told"], shown["failed"], shown["unreached"]) == (None, None, [])
    monkeypatch.setenv("RUNG_JOURNAL_URL", f"sqlite:///{tmp_path}/rung.db")
    typed = await asyncio.to_thread(rung, "outage", "list", "--json")
    assert json.loads(typed.stdout) == listed
    typed = await asyncio.to_thread(rung, "outage", "show", "INC-7", "--json")
    assert json.loads(typed.stdout) == shown


async def test_a_rehearsal_declares_nothing(call: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Outage, int]] = []

    async def rehearsed(_: Gateway, outage: Outage, most: int) -> OutageRehearsal:
        asked.append((outage, most))
        return OutageRehearsal((Foreseen("acme/1", (Moved("resolution", AT, None),), ("sms kim",), ()),), 3, 40)

    monkeypatch.setattr("starter.api.outages.rehearse", rehearsed)
    body = {"scope": {"services": ["pay"]}, "limit": 7}
    found = (await call("POST", f"{OUTAGES}/rehearse", body)).json()
    assert (found["asked"], found["unasked"], found["tickets"][0]["spared"]) == (3, 40, ["sms kim"])
    unknown = {"scope": {"services": ["pya"]}}
    first, last = (await call("POST", f"{OUTAGES}/rehearse", unknown)).json()["refused"]
    assert (found["refused"], first) == ([], "service 'pya' is unknown (did you mean 'pay'?)")
    assert last.endswith('"ahead" declares it all the same')
    asked.pop()
    ((outage, most),) = asked
    assert (outage.scope.services, most, await call.known()) == (("pay",), 7, [])
    assert "limit" in (await call.refused(422, "POST", f"{OUTAGES}/rehearse", {**body, "limit": 0}))[0]
    assert "every ticket there is" in (await call.refused(422, "POST", f"{OUTAGES}/rehearse", {}))[0]


async def test_the_report_estimates_the_loss(call: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    async def reported(desk: Desk, id: str) -> OutageReport:
        return OutageReport(await desk.one(id), (), account([]), ("acme/2: it does not answer",))

    monkeypatch.setattr(Desk, "report", reported)
    await call("POST", OUTAGES, {**PAY, "occurred_at": SINCE})
    found = (await call("GET", f"{OUTAGES}/INC-7/report?cost_per_minute=10")).json()
    assert (found["loss"], found["faults"], found["sums"]["tickets"]) == (600, ["acme/2: it does not answer"], 0)
    assert (await call("GET", f"{OUTAGES}/INC-7/report")).json()["loss"] is None
    call.room = replace(call.room, costs={"pay": 5})
    assert (await call("GET", f"{OUTAGES}/INC-7/report")).json()["loss"] == 300


# --- what fails --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ServerUnreachable("the Temporal server does not answer"), Unreachable("no database")]
)
async def test_when_somebody_is_away_it_may_be_sent_again_and_nothing_is_lost(
    call: Calling, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def away(*_: Any) -> Any:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(Desk, "_say", away)
        answer = await call("POST", OUTAGES, PAY)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["faults"]) == (503, "10", [str(error)])
    assert (await call("POST", OUTAGES, PAY)).status_code == 201


async def test_a_fault_of_rung_shows_nothing_of_what_is_inside(call: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise KeyError("secret")

    monkeypatch.setattr(Desk, "known", broken)
    with capture_logs() as logs:
        (fault,) = await call.refused(500, "GET", OUTAGES)
    assert (fault, len(logs)) == ("this is a fault of Rung; its log says where it happened", 1)


@pytest.mark.parametrize(
    ("status", "method", "path"),
    [(405, "PUT", OUTAGES), (405, "DELETE", f"{OUTAGES}/INC-7"), (404, "GET", f"{PLACE}/tickets"), (404, "GET", f"{OUTAGES}/")],
)  # fmt: skip
async def test_what_is_not_there_is_a_problem_too(call: Calling, status: int, method: str, path: str) -> None:
    (fault,) = await call.refused(status, method, path)
    assert fault == f"there is no such call with {method}; docs/reference/api.md has every one"


async def test_the_doors_beside_it_are_as_they_were(call: Calling) -> None:
    assert (await call("GET", "/healthz", token="")).json() == {"ok": True}
    for path in ("/docs", "/openapi.json", f"{PLACE}/docs", f"{PLACE}/openapi.json"):
        assert (await call("GET", path)).status_code == 404


async def test_the_house_opens_it_beside_its_doors(tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path}/rung.db", free_port()
    await asyncio.to_thread(migrate, url)
    settings = Settings(journal_url=url, api_tokens=SecretStr(f"monitor:{TOKEN}"))
    client: Any = SimpleNamespace()
    async with (
        open_doors(settings, client, ("a secret",), f"http://127.0.0.1:{port}", port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser,
    ):
        assert (await browser.get("/healthz")).json() == {"ok": True}
        assert (await browser.get(OUTAGES)).status_code == 401
        listed = await browser.get(OUTAGES, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (listed.status_code, listed.json()) == (200, {"outages": []})


# --- what the reference says -------------------------------------------------------------------------------

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


def test_every_route_stands_in_the_reference_and_no_other() -> None:
    routes = {f"{method} {PLACE}{route.path}" for route in outages().routes for method in route.methods}  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `((?:GET|POST) /api/v1[^`]*)`", REFERENCE, re.MULTILINE)) == routes
    assert len(routes) == 7


@pytest.mark.parametrize("body", [Declaration, Rehearsal, Ending, Extension, Covered])
def test_every_key_of_a_body_stands_in_the_reference(body: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in body.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in REFERENCE] == []


async def test_the_examples_of_the_reference_are_good(call: Calling) -> None:
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", REFERENCE, re.DOTALL)]
    assert len(examples) == 2
    for example in examples:
        Declaration.model_validate(example).written("monitor").outage(NOW)
