"""`rung audit`: the round by hand, and the schedule that a worker process keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.adapters.sql import SqlJournal, migrate
from policies.audit import Sight
from policies.people import Person, Roster
from starter import auditing
from starter.demo_stage import PEOPLE, variables
from starter.embedded import child_worker
from starter.gateway import settled
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.people import unknown_operator
from starter.server import DevServer
from starter.settings import load
from tests.activities.test_auditing import PaperWatch, card
from tests.starter.on_paper import rung
from workflows.contract import AUDIT, AUDIT_SCHEDULE

WELL = Sight("acme/1", answered=True)
LATE = replace(WELL, next_at=int(datetime.now(UTC).timestamp()) - 3_600)
WEDGED = Sight("acme/2", problems=("cause=Fault",), task_since=1_790_000_000)


class Curable(PaperWatch):
    """A poke brings a lost timer back."""

    async def poke(self, ticket: str) -> None:
        await super().poke(ticket)
        self.sights[ticket] = replace(self.sights[ticket], next_at=None)

    async def left_behind(self) -> Sequence[tuple[str, int, str]]:
        return []


def engine(monkeypatch: pytest.MonkeyPatch, *sights: Sight) -> Curable:
    """That engine, and a journal that expected something of each of its tickets an hour ago."""
    watch = Curable(*sights)

    async def connected(_: object) -> None:
        return None

    monkeypatch.setattr(auditing, "connect", connected)
    monkeypatch.setattr(auditing, "Engine", lambda client: watch)
    Path(".rung").mkdir()
    migrate("sqlite:///.rung/rung.db")

    async def fill() -> None:
        journal = SqlJournal("sqlite:///.rung/rung.db")
        for sight in sights:
            ticket = sight.ticket.partition("/")[2]
            await journal.append([], card(ticket, datetime.now(UTC) - timedelta(hours=1)))
        await journal.close()

    asyncio.run(fill())
    return watch


@pytest.mark.usefixtures("alone")
class TestByHand:
    def test_all_is_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine(monkeypatch, WELL)
        done = rung("audit")
        assert (done.exit_code, done.stdout) == (0, "all is well (1 tickets were looked at closely)\n")

    def test_findings_end_with_one_and_say_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch = engine(monkeypatch, LATE, WEDGED)
        done = rung("audit")
        assert done.exit_code == 1
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        assert lines[1] == "wedged acme/2 2026-09-21 14:13 cannot go on: cause=Fault"
        assert lines[2].startswith("overdue acme/1 ")
        assert lines[2].endswith(" resolution-75 did not fire")
        assert lines[-1] == "'rung audit --repair' wakes those that did not fire"
        assert watch.poked == []

    def test_repair_pokes_what_did_not_fire_and_nothing_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch = engine(monkeypatch, LATE, WEDGED)
        done = rung("audit", "--repair", "--json")
        told = json.loads(done.stdout)
        assert (done.exit_code, watch.poked, told["poked"]) == (1, ["acme/1"], ["acme/1"])
        (left,) = told["findings"]
        assert (left["kind"], left["ticket"], left["since"], left["repairable"], told["ok"]) == (
            "wedged", "acme/2", 1_790_000_000, False, False,
        )  # fmt: skip

    def test_a_repair_that_leaves_nothing_ends_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine(monkeypatch, LATE)
        done = rung("audit", "--repair")
        assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "1 poked, 1 of them go on")

    def test_without_a_server_or_a_journal_it_says_what_to_do(self) -> None:
        done = rung("audit")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "no journal at .rung/rung.db; 'rung up' or 'rung worker' makes it" in done.stderr


@pytest.mark.usefixtures("alone")
def test_an_operator_whom_nobody_knows_is_told_by_the_doctor() -> None:
    known = Roster(people={"kim": Person("kim")}, roles={"duty-manager": ("kim",)})
    said = {name: unknown_operator(load(operator=name), known) for name in ("", "kim", "duty-manager", "duty-manger")}
    assert said.pop("duty-manger") == [
        "RUNG_OPERATOR 'duty-manger' is neither a role nor a person (did you mean 'duty-manager'?); "
        "the audit tells nobody"
    ]
    assert set(map(tuple, said.values())) == {()}


async def test_a_worker_process_keeps_the_schedule_and_its_silence_is_the_alarm(
    tmp_path: Path,
) -> None:
    people = tmp_path / "people.yaml"
    people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", "http://127.0.0.1:1"), encoding="utf-8")
    async with DevServer() as server, MailSink() as mail, HttpSink() as http:
        settings = {
            **variables(tmp_path, people, mail, http), "RUNG_AUDIT_MINUTES": "1440",
            "RUNG_DEADMAN_URL": f"{http.url}/ping/secret",
        }  # fmt: skip
        handle = server.client.get_schedule_handle(AUDIT_SCHEDULE)

        def pings() -> int:
            return sum(request.path == "/ping/secret" for request in http.requests)

        async def pinged() -> bool:
            return pings() == 1

        async with child_worker(server, settings):

            async def kept() -> bool:
                return [one.id async for one in await server.client.list_schedules()] == [AUDIT_SCHEDULE]

            assert await settled(kept, 60)
            await handle.trigger()
            assert await settled(pinged, 60)
        await handle.trigger()

        async def waiting() -> bool:
            running = f"WorkflowType='{AUDIT}' AND ExecutionStatus='Running'"
            return (await server.client.count_workflows(running)).count == 1

        assert await settled(waiting, 60)
        assert pings() == 1
    await asyncio.sleep(0.05)
