"""Where `make bench-outage` plays: a dev server, workers as processes, sinks, a journal; and what is read from them.

Must leave no process behind, however it ends.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.common import SearchAttributeKey

from activities.adapters.sql import LINES, SqlJournal
from activities.adapters.sql_outages import SqlOutages
from policies.catalog import Catalog
from starter.demo_stage import PEOPLE, variables
from starter.gateway import Gateway
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.outages import Desk
from starter.server import DevServer
from starter.watching import OPEN
from tests.bench.outage_crowd import OTHER_SERVICE, POLICIES, SERVICE
from tests.support.worker_process import WorkerProcess, cpu_seconds, resident_mb
from workflows.contract import BUILD, outage_workflow_id

LOOK_EVERY = 0.25
STUCK_AFTER = 90.0
"""Seconds without any change after which a count will not be waited for any longer."""
SAY_EVERY = 5.0
_DUE = SearchAttributeKey.for_datetime("RungNextDue")


class Stuck(Exception):
    """What was waited for does not come any nearer."""


class Progress:
    """Says on the error output how far it has come, at most every few seconds."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self._said = 0.0

    def say(self, text: str) -> None:
        self._said = time.monotonic()
        sys.stderr.write(f"{self._said - self.begun:7.1f} s  {text}\n")
        sys.stderr.flush()

    def now_and_then(self, text: str) -> None:
        if time.monotonic() - self._said >= SAY_EVERY:
            self.say(text)


@dataclass(frozen=True)
class Place:
    """How it is set up."""

    workers: int = 2
    cached: int = 500
    database: bool = False
    """The server keeps its tickets in a file; else in memory."""
    journal_url: str = ""
    """Empty = SQLite in the temporary folder."""


@dataclass
class Stage:
    """Everything that runs."""

    server: DevServer
    workers: list[WorkerProcess]
    journal: SqlJournal
    mail: MailSink
    http: HttpSink
    progress: Progress = field(default_factory=Progress)

    @property
    def client(self) -> Client:
        return self.server.client

    @property
    def gateway(self) -> Gateway:
        return Gateway(self.client, Catalog(POLICIES))

    @property
    def desk(self) -> Desk:
        async def connected() -> Client:
            return self.client

        return Desk(SqlOutages(self.journal), self.journal, connected, (SERVICE, OTHER_SERVICE))

    async def start_workers(self) -> None:
        for worker in self.workers:
            await worker.start()
        for worker in self.workers:
            await worker.working()
        await self.gateway.make_current(BUILD, 30)

    async def stop_workers(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self.workers))

    def cpu(self) -> tuple[float, float]:
        """Seconds used so far by (the workers, the server)."""
        assert self.server.process is not None
        return sum(worker.cpu_seconds() for worker in self.workers), cpu_seconds(self.server.process.pid)

    def memory(self) -> dict[str, Any]:
        """Megabytes now."""
        assert self.server.process is not None
        pids = [worker.process.pid for worker in self.workers if worker.process is not None]
        return {"workers_mb": [resident_mb(pid) for pid in pids], "server_mb": resident_mb(self.server.process.pid)}

    # --- what the engine and the journal say -----------------------------------------------------------------

    async def count(self, query: str) -> int:
        return (await self.client.count_workflows(f"{OPEN} AND {query}")).count

    async def until(self, query: str, wanted: int, what: str) -> float:
        """The instant (epoch seconds) at which so many tickets were seen to match. Raises Stuck."""
        known, changed = -1, time.monotonic()
        while (found := await self.count(query)) != wanted:
            if found != known:
                known, changed = found, time.monotonic()
            if time.monotonic() - changed > STUCK_AFTER:
                raise Stuck(f"{what}: {found} instead of {wanted}, and no change for {STUCK_AFTER:.0f} s")
            self.progress.now_and_then(f"{what}: {found} of {wanted}")
            await asyncio.sleep(LOOK_EVERY)
        self.progress.say(f"{what}: {wanted}")
        return time.time()

    async def dues(self) -> dict[str, int | None]:
        """Workflow id -> when its promise is due, as the engine shows it."""
        found: dict[str, int | None] = {}
        async for one in self.client.list_workflows(OPEN, page_size=1_000):
            due: datetime | None = one.typed_search_attributes.get(_DUE)
            found[one.id] = None if due is None else int(due.timestamp())
        return found

    async def lines(self, kind: str, after: int, until: int) -> list[tuple[str, str, int]]:
        """(ticket's key, text, instant) of the journal's lines of that kind in (after, until]."""

        def work(connection: sa.Connection) -> list[tuple[str, str, int]]:
            rows = connection.execute(sa.select(LINES.c.ticket, LINES.c.text, LINES.c.at).where(LINES.c.kind == kind))
            return [(row.ticket, row.text, int(row.at.timestamp())) for row in rows]

        return [line for line in await self.journal.within(work) if after < line[2] <= until]

    async def pushes(self, outage: str) -> list[dict[str, Any]]:
        """Every part that was told so far: which, when it began and ended (epoch seconds), how many."""
        handle = self.client.get_workflow_handle(outage_workflow_id(outage))
        parts: dict[int, dict[str, Any]] = {}
        convert = self.client.data_converter.payload_converter.from_payload
        async for event in handle.fetch_history_events():
            scheduled, done = (
                event.activity_task_scheduled_event_attributes,
                event.activity_task_completed_event_attributes,
            )
            at = event.event_time.ToMicroseconds() / 1e6
            if (
                event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
                and "push" in scheduled.activity_type.name
            ):
                push = convert(scheduled.input.payloads[0])
                parts[event.event_id] = {"part": push["part"], "ends": bool(push["outage"]["ended_at"]), "begun": at}
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED and done.scheduled_event_id in parts:
                pushed = convert(done.result.payloads[0])
                parts[done.scheduled_event_id] |= {"done": at, "told": pushed["told"], "gone": pushed["gone"]}
        return [part for part in parts.values() if "done" in part]


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rung-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@asynccontextmanager
async def stage(place: Place, home: Path) -> AsyncIterator[Stage]:
    """All of it, ended again on every way out."""
    url = place.journal_url or f"sqlite:///{home / 'rung.db'}"
    server = DevServer(database=home / "temporal.db" if place.database else None, log=home / "temporal.log")
    async with MailSink() as mail, HttpSink() as http, server:
        people = home / "people.yaml"
        people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", http.url), encoding="utf-8")
        environment = {
            **variables(home, people, mail, http), "RUNG_POLICIES": str(POLICIES), "RUNG_JOURNAL_URL": url,
            "RUNG_CACHED_TICKETS": str(place.cached), "RUNG_GRACE_SECONDS": "2",
        }  # fmt: skip
        workers = [WorkerProcess(server, environment, home / f"worker-{n}.log") for n in range(place.workers)]
        journal = SqlJournal(url)
        found = Stage(server, workers, journal, mail, http)
        try:
            await found.start_workers()
            yield found
        finally:
            await found.stop_workers()
            await journal.close()
