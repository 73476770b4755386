"""Tickets through providers that fail in every way at once: every rung reaches a person or the catch-all.

The worker is a process of its own with the real adapters; the providers are on real sockets. Time is skipped, but stands
still while a request is under way: a slow provider is slow in real time. Receipts come in at the real doors.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import WorkflowExecutionStatus

from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.sql_outbox import SqlOutbox
from policies.catalog import PUBLISHED, Catalog
from policies.compiler import compile_plan
from policies.people import Roster
from policies.plan import Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.ticket import Ticket
from starter import virtual_time
from starter.embedded import child_worker
from starter.gateway import Gateway
from starter.server import DevServer, free_port
from starter.settings import Settings
from starter.virtual_time import VirtualTime, settle
from starter.webhooks.house import open_doors
from tests.support.histories import names, runs_of
from tests.support.provider_counts import Counts
from tests.support.receipts import Receipts
from tests.support.simulator import Dice, FaultyHttp, FaultyMail, Log, certificate, context
from tests.support.stage import moment
from tests.support.world import TEST_POLICIES
from workflows.contract import BUILD, workflow_id

OPENED = int(datetime(2026, 3, 27, 7, 0, tzinfo=UTC).timestamp())
HOUR = 3600
UNTIL = OPENED + 14 * HOUR
"""The last rung is at 8 h; a page that nobody could be reached with is tried for two hours more."""
SEED = "2026-03-27"
TOKEN = "t0ken"
GONE, DARK, CATCH_ALL = ("gone", "left", "moved"), ("dark",), ("shin",)
PEOPLE = """
people:
  kim:    {{name: Kim, channels: [sms, phone, email, slack, teams, webhook], {every}}}
  lee:    {{name: Lee, channels: [sms, phone, email, slack, teams, webhook], {every}}}
  park:   {{name: Park, channels: [sms, phone, email, slack, teams, webhook], {every}}}
  choi:   {{name: Choi, channels: [phone, email, slack, webhook], {every}}}
  shin:   {{name: Shin, channels: [email, sms, phone, webhook], {every}}}
  gone:   {{name: Gone, channels: [sms, email, slack], {every}}}
  left:   {{name: Left, channels: [teams, email, sms], {every}}}
  moved:  {{name: Moved, channels: [phone, webhook, slack], {every}}}
  dark:   {{name: Dark, channels: [sms, teams], {every}}}
  sealed: {{name: Sealed, channels: [webhook, slack, email], email: sealed@example.com, slack: "{bad}/slack/sealed", webhook: "{bad}/webhook/sealed"}}
teams:
  seoul: {{lead: lee, members: [kim]}}
  night: {{lead: left, members: [gone]}}
roles:
  department-head: [{{service: [lost], who: [moved]}}, {{who: [park]}}]
  executives: [{{service: [lost], who: [gone, moved]}}, {{service: [vault], who: [choi, sealed]}}, {{who: [choi]}}]
  duty-manager: [shin]
"""
KINDS = (("gone", "night", "lost"), ("gone", "seoul", ""), ("dark", "seoul", "vault"), ("sealed", "night", ""))
"""Assignee, team, service of the first four of twenty tickets; the others have people whom only the dice may stop."""


@dataclass(frozen=True)
class Town:
    """Server, worker and providers while a play lasts."""

    gateway: Gateway
    time: VirtualTime
    roster: Roster
    log: Log
    receipts: Receipts
    outbox: SqlOutbox


@asynccontextmanager
async def town(folder: Path, slow: float) -> AsyncIterator[Town]:
    log = Log(Dice(SEED, GONE, DARK), slow)
    trusted, unknown = certificate(folder, "trusted"), certificate(folder, "unknown")
    good, bad = context(trusted), context(unknown)
    server = DevServer(skip_time=True, log=folder / "temporal.log")
    receipts, url, database = (
        Receipts(SEED, TOKEN),
        f"http://127.0.0.1:{(port := free_port())}",
        f"sqlite:///{folder}/rung.db",
    )
    async with (
        FaultyHttp(log, receipts=receipts) as http,
        FaultyHttp(log, bad) as sealed,
        FaultyMail(log, good, bad) as mail,
        server,
    ):
        people = folder / "people.yaml"
        people.write_text(people_file(http.url, sealed.url), encoding="utf-8")
        variables = {
            "RUNG_DATA_DIR": str(folder), "RUNG_PEOPLE": str(people), "RUNG_POLICIES": str(TEST_POLICIES),
            "RUNG_SMTP_HOST": "127.0.0.1", "RUNG_SMTP_PORT": str(mail.port), "RUNG_SMTP_TLS": "starttls",
            "RUNG_TWILIO_URL": http.url, "RUNG_TWILIO_ACCOUNT": "AC0", "RUNG_TWILIO_TOKEN": TOKEN,
            "RUNG_PUBLIC_URL": url, "RUNG_LINK_SECRET": "a secret of the simulator",
            # time is skipped for each ticket by itself: a window of real time would never pass
            "RUNG_BUNDLE_SECONDS": "0", "RUNG_JOURNAL_URL": database,
            "RUNG_TWILIO_FROM": "+15550100", "RUNG_WEBHOOK_SECRET": "webhook-secret", "RUNG_EFFECTS_PER_SECOND": "500",
            "RUNG_LOG_LEVEL": "warning", "RUNG_GRACE_SECONDS": "1", "NO_PROXY": "127.0.0.1",
            "SSL_CERT_FILE": str(trusted.with_suffix(".crt")),
        }  # fmt: skip
        gateway = Gateway(server.client, Catalog(PUBLISHED, TEST_POLICIES))
        doors, directory = (
            Settings(people=people, journal_url=database, twilio_token=SecretStr(TOKEN)),
            YamlDirectory(people),
        )
        async with child_worker(server, variables), open_doors(doors, server.client, ("a secret",), url, port):
            await gateway.make_current(BUILD, 30)
            outbox = SqlOutbox(database, reading=True)
            yield Town(gateway, VirtualTime(server.client), await directory.roster(), log, receipts, outbox)
            await outbox.close()


def people_file(url: str, bad: str) -> str:
    """Everybody with an address of their own on every channel."""
    lines = PEOPLE.format(every="{every}", bad=bad).split("\n")
    for number, line in enumerate(lines):
        person = line.strip().partition(":")[0]
        every = (
            f'email: {person}@example.com, phone: "+1555020{number:02}", slack: "{url}/slack/{person}", '
            f'teams: "{url}/teams/{person}", webhook: "{url}/webhook/{person}"'
        )
        lines[number] = line.replace("{every}", every)
    return "\n".join(lines)


def a_ticket(number: int) -> Ticket:
    kind = number % 20
    assignee, team, service = KINDS[kind] if kind < len(KINDS) else ("kim", "seoul", "")
    return Ticket(
        id=f"P-{number}", tenant="providers", tier="gold", urgency="high", summary="Nothing works",
        assignee=assignee, team=team, service=service,
    )  # fmt: skip


def on_paper(running: Town, ticket: Ticket) -> Rehearsal:
    catalog = running.gateway.catalog

    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        return compile_plan(catalog.policy(catalog.latest(policy)), ticket, opened_at, now)

    return rehearse(make_plan, "providers.v1", ticket, OPENED, (), UNTIL, roster=running.roster)


async def live(running: Town, ticket: Ticket) -> None:
    """From opening to well after the last rung."""
    at = moment(OPENED)
    await running.gateway.open(ticket, "providers.v1", at, as_of=at)
    name = workflow_id(ticket.tenant, ticket.id)
    handle = running.gateway.client.get_workflow_handle(name)
    await settle(handle)
    shift = await handle.query("clock")
    await running.time.to(name, moment(UNTIL - shift))


async def faults_of(running: Town, ticket: Ticket) -> list[str]:
    """What is wrong with one ticket after its life: nothing."""
    name = workflow_id(ticket.tenant, ticket.id)
    client = running.gateway.client
    described = await client.get_workflow_handle(name).describe()
    standing = await running.gateway.standing(ticket.tenant, ticket.id)
    told = {
        "failed": described.status != WorkflowExecutionStatus.RUNNING,
        "reported problems": "TemporalReportedProblems" in described.raw_description.workflow_execution_info
            .search_attributes.indexed_fields,
        "undelivered": bool(standing.undelivered),
        "failed tasks": any("WORKFLOW_TASK_FAILED" in names(run.events) for run in await runs_of(client, name)),
    }  # fmt: skip
    return [f"{ticket.id}: {what}" for what, is_so in told.items() if is_so]


async def states_of(running: Town, ticket: Ticket) -> list[tuple[str, str]]:
    """How its messages stand in the end."""
    return [(one.key, one.outcome.state) for one in await running.outbox.sent(ticket.tenant, ticket.id)]


def table(rows: Mapping[str, Mapping[str, int]]) -> str:
    """The receipts as people read them."""
    columns = ("keys", "receipts", "delivered", "failed", "unknown", "accepted", "page reached")
    lines = [f"{'receipts':20}" + "".join(f"{column:>13}" for column in columns)]
    return "\n".join(
        [*lines, *(f"{name:20}" + "".join(f"{row.get(c, 0):13}" for c in columns) for name, row in rows.items())]
    )


async def play(folder: Path, tickets: Sequence[Ticket], slow: float, within: float) -> Counts:
    """All at once; prints the counts and holds them against what was promised."""
    async with asyncio.timeout(within), town(folder, slow) as running:
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*map(partial(live, running), tickets))
        seconds = asyncio.get_running_loop().time() - begun
        await running.receipts.over()
        papers = [on_paper(running, ticket) for ticket in tickets]
        counts = Counts(running.log, papers, CATCH_ALL, running.receipts)
        ended = {key: state for ticket in tickets for key, state in await states_of(running, ticket)}
        found = await asyncio.gather(*map(partial(faults_of, running), tickets))
    wrong = [line for lines in found for line in lines]
    receipts = running.receipts.rows(ended, {key: counts.elsewhere(key) for key in counts.by_key})
    report = {
        "tickets": len(tickets), "pages": len(counts.pages), "seconds": round(seconds), "by_fault": counts.rows(),
        "bad_handshakes": dict(running.log.bad_handshakes), "reached_nobody": counts.reached_nobody,
        "taken_twice": counts.taken_twice, "strange": counts.strange, "wrong": wrong,
        "receipts": receipts,
    }  # fmt: skip
    print(f"\n{counts.table()}\n{table(receipts)}\n{json.dumps(report)}")
    assert wrong == []
    assert len(counts.pages) == 3 * len(tickets)
    assert counts.reached_nobody == []
    assert counts.taken_twice == []
    assert counts.asked_after_a_refusal == []
    assert counts.strange == []
    assert running.receipts.wrong(ended) == []
    assert all(answer == 204 for answer in running.receipts.answers)
    return counts


async def test_a_dozen_tickets_reach_somebody_through_every_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_time, "LOOK_EVERY", 0.1)
    counts = await play(tmp_path, [a_ticket(number) for number in range(12)], slow=0.2, within=120)
    rows = counts.rows()["all"]
    assert all(rows[column] for column in ("again", "to channel", "to person", "to catch-all"))


@pytest.mark.providers
async def test_two_hundred_tickets_reach_somebody_through_every_fault_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_time, "LOOK_EVERY", 2.0)  # two hundred who look every 5 ms leave no time to work
    monkeypatch.setattr(virtual_time, "QUIET_WITHIN", 290.0)
    counts = await play(tmp_path, [a_ticket(number) for number in range(200)], slow=10.0, within=300)
    rows = counts.rows()
    assert all(row["requests"] for row in rows.values())
    assert counts.receipts is not None
    assert all(row.get("keys") for row in counts.receipts.rows({}, {}).values())
    assert rows["slow"]["again"] == 0
    assert all(rows["all"][column] for column in ("again", "to channel", "to person", "to catch-all"))
