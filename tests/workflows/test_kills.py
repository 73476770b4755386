"""Worker and server are killed at random moments while twenty tickets live: every promise is kept all the same."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from temporalio.service import RPCError

from activities.adapters.people_yaml import YamlDirectory
from policies import event as news
from policies.catalog import Catalog
from policies.compiler import compile_plan
from policies.event import Event
from policies.plan import Plan
from policies.rehearsal import Happening, Rehearsal, rehearse
from policies.ticket import Ticket
from starter import virtual_time
from starter.demo import PEOPLE, keys_of, variables
from starter.embedded import ROOT
from starter.gateway import Gateway, GatewayError
from starter.server import DevServer, end_with_owner
from starter.sinks import HttpSink, MailSink, Received
from starter.virtual_time import VirtualTime
from tests.support.histories import names, runs_of
from tests.support.stage import moment, payload_of
from workflows.contract import BUILD, workflow_id

T = TypeVar("T")
SEED = 20_260_327
TICKETS_AT_ONCE = 20
KILLED_BETWEEN_SEND_AND_REPORT = 2
WORKER_KILLS = 2
SERVER_KILLS = 2
WITHIN = 300.0
"""Seconds for everything; a minute on a machine that has nothing else to do."""
FRIDAY = int(datetime(2026, 3, 27, 7, 0, tzinfo=UTC).timestamp())
"""16:00 in Seoul."""
HOUR, DAY = 3600, 86_400
KINDS = (("gold", "high"), ("diamond", "critical"), ("silver", "high"), ("gold", "critical"))


class Worker:
    """`python -m worker`, started again whenever it ends, as a supervisor would."""

    def __init__(self, server: DevServer, environment: Mapping[str, str]) -> None:
        self.environment = {
            **os.environ, **environment, "TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": server.namespace,
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.process: asyncio.subprocess.Process | None = None
        self.killed = 0

    def kill(self) -> None:
        """SIGKILL, by pid, at once."""
        if self.process is not None and self.process.returncode is None:
            self.killed += 1
            with suppress(ProcessLookupError):
                self.process.kill()

    async def run(self) -> None:
        while True:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "worker", env=self.environment, start_new_session=True,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
                preexec_fn=end_with_owner if sys.platform == "linux" else None,
            )  # fmt: skip
            try:
                await self.process.wait()
            finally:
                if self.process.returncode is None:
                    self.process.kill()
                    await self.process.wait()
            await asyncio.sleep(0.2)


class Deaths:
    """Who is killed when: decided by the dice before the play begins."""

    def __init__(self, dice: random.Random, worker: Worker, server: DevServer) -> None:
        self.worker, self.server = worker, server
        self.arrivals = 0
        self.at_arrivals = set(dice.sample(range(2, 24), KILLED_BETWEEN_SEND_AND_REPORT))
        who = [self.kill_worker] * WORKER_KILLS + [self.kill_server] * SERVER_KILLS
        self.at_seconds = sorted(((dice.uniform(1, 8), kill) for kill in who), key=lambda pair: pair[0])
        self.servers_killed = 0

    def arrived(self) -> None:
        """The sink has it, its answer is not written yet: the moment between send and report."""
        self.arrivals += 1
        if self.arrivals in self.at_arrivals:
            self.worker.kill()

    async def run(self) -> None:
        begun = asyncio.get_running_loop().time()
        for at, kill in self.at_seconds:
            await asyncio.sleep(max(begun + at - asyncio.get_running_loop().time(), 0))
            await kill()

    async def kill_worker(self) -> None:
        self.worker.kill()

    async def kill_server(self) -> None:
        """SIGKILL; then the same port and the same database file."""
        assert self.server.process is not None
        self.server.process.kill()
        await self.server.process.wait()
        self.servers_killed += 1
        await self.server.start()


async def patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Until it works: what a helpdesk does with a server that is away for a moment."""
    while True:
        try:
            return await attempt()
        except (RPCError, GatewayError, RuntimeError, TimeoutError):
            await asyncio.sleep(0.2)


class Story:
    """One ticket, its script, and what the pure core says will come of it."""

    def __init__(self, number: int, dice: random.Random, gateway: Gateway, time: VirtualTime) -> None:
        tier, urgency = KINDS[number % len(KINDS)]
        self.gateway, self.time = gateway, time
        self.ticket = Ticket(
            id=f"K-{number}", tenant="killed", tier=tier, urgency=urgency, assignee="kim", team="platform",
            customer="Hanbit", contact="ops@hanbit.example", summary="Nothing works",
        )  # fmt: skip
        pause = FRIDAY + dice.randrange(2, 24) * 60
        resume = FRIDAY + 3 * DAY - 7 * HOUR + dice.randrange(0, 90) * 60
        self.happenings = tuple(
            Happening(at, Event(kind, at, f"{number}-{kind}", "lee", reason))
            for kind, at, reason in (
                (news.PAUSE, pause, "customer"), (news.RESUME, resume, "customer"),
                (news.CONTACTED, resume + HOUR, ""), (news.RESOLVED, FRIDAY + 3 * DAY - HOUR, ""),
            )
        )  # fmt: skip
        self.until = FRIDAY + 3 * DAY - HOUR + 60
        self.name = workflow_id(self.ticket.tenant, self.ticket.id)

    def on_paper(self, roster: object) -> Rehearsal:
        catalog = Catalog()

        def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
            return compile_plan(catalog.policy(catalog.latest(policy)), ticket, opened_at, now)

        return rehearse(
            make_plan, "standard.v1", self.ticket, FRIDAY, self.happenings, self.until, roster=roster,  # type: ignore[arg-type]
        )  # fmt: skip

    async def play(self) -> None:
        handle = self.gateway.client.get_workflow_handle(self.name)
        at = moment(FRIDAY)
        await patiently(lambda: self.gateway.open(self.ticket, "standard.v1", at, as_of=at))
        shift = await patiently(lambda: handle.query("clock"))
        for happening in self.happenings:
            assert happening.event is not None
            await patiently(partial(self.time.to, self.name, moment(happening.at - shift)))
            await patiently(partial(handle.signal, happening.event.kind, payload_of(happening.event)))
        await patiently(partial(self.time.to, self.name, moment(self.until - shift)))


@pytest.mark.chaos
async def test_nothing_is_lost_and_nothing_is_done_under_two_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_time, "QUIET_WITHIN", 10.0)  # a skip the server forgot as it died is asked for again
    dice = random.Random(SEED)
    people = tmp_path / "people.yaml"
    async with AsyncExitStack() as stack, asyncio.timeout(WITHIN):
        deaths: list[Deaths] = []

        def arrived(_: Received) -> None:
            for one in deaths:
                one.arrived()

        mail = await stack.enter_async_context(MailSink(on_received=arrived))
        http = await stack.enter_async_context(HttpSink(on_received=arrived))
        people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", http.url), encoding="utf-8")
        server = DevServer(skip_time=True, database=tmp_path / "temporal.db", log=tmp_path / "temporal.log")
        client = await server.start()
        stack.push_async_callback(server.stop)
        worker = Worker(server, {**variables(tmp_path, people, mail, http), "RUNG_GRACE_SECONDS": "1"})
        background = [asyncio.create_task(worker.run())]
        stack.push_async_callback(ended, background)
        gateway, time = Gateway(client, Catalog()), VirtualTime(client)
        await gateway.make_current(BUILD, 30)
        roster = await YamlDirectory(people).roster()
        stories = [Story(number, dice, gateway, time) for number in range(TICKETS_AT_ONCE)]
        reaper = Deaths(dice, worker, server)
        deaths.append(reaper)
        background.append(asyncio.create_task(reaper.run()))
        await asyncio.gather(*(story.play() for story in stories))

        wanted = {key for story in stories for key in keys_of(story.on_paper(roster), roster)}
        exchanged = Counter([*(str(one["X-Rung-Key"]) for one in mail.mails), *http_keys(http)])
        taken = Counter((one.channel, one.key) for one in (*mail.received, *http.received))
        twice = {key: times for key, times in exchanged.items() if times > 1}
        print(
            f"\n{len(wanted)} effects wanted, {len(taken)} taken; {len(twice)} sent again with the same key "
            f"(at most {max(exchanged.values())} times); worker killed {worker.killed} times, "
            f"server {reaper.servers_killed} times"
        )
        assert {key for _, key in taken} == wanted
        assert set(taken.values()) == {1}
        assert reaper.servers_killed == SERVER_KILLS
        assert worker.killed >= KILLED_BETWEEN_SEND_AND_REPORT
        assert KILLED_BETWEEN_SEND_AND_REPORT <= len(twice) < len(wanted) / 4
        for story in stories:
            standing = await gateway.standing("killed", story.ticket.id)
            assert (standing.state, standing.undelivered) == ("resolved", ())
            (history,) = await runs_of(client, story.name)
            assert "WORKFLOW_TASK_FAILED" not in names(history.events)
    await asyncio.sleep(0.05)


def http_keys(http: HttpSink) -> list[str]:
    """The key of every request that came in, Twilio's own header among them."""
    names = ("idempotency-key", "i-twilio-idempotency-token")
    return [next(request.headers[name] for name in names if name in request.headers) for request in http.requests]


async def ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
