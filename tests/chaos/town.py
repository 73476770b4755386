"""The town: dev server with a database file, two workers, providers that fail; everything ends with it.

Both workers share people, policies, providers and one journal, and sign their messages differently, so that a provider
knows which of them waits for its answer. Must never leave a process behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from activities.adapters.people_yaml import YamlDirectory
from policies.people import Roster
from starter.demo_stage import PEOPLE, variables
from starter.gateway import Gateway
from starter.server import DevServer
from starter.virtual_time import VirtualTime
from tests.chaos.reaper import Reaper, Worker
from tests.support.scenarios import CATALOG
from tests.support.simulator import (
    BRIEF,
    BURST,
    DROP,
    RESET,
    Dice,
    FaultyHttp,
    FaultyMail,
    Log,
    certificate,
    context,
)
from tests.support.world import TEST_POLICIES
from workflows.contract import BUILD

FAULTS: Mapping[str, int] = {DROP: 5, RESET: 5, BRIEF: 5, BURST: 5}
"""Percent of all keys whose first attempt or two go wrong."""
SIGNS = (("+15550101", "first@rung.example"), ("+15550102", "second@rung.example"))


@dataclass(frozen=True)
class Providers:
    """Where messages end, and the people with their addresses there."""

    http: FaultyHttp
    mail: FaultyMail
    log: Log
    people: Path
    roster: Roster


@dataclass(frozen=True)
class Town:
    """What runs while the chaos lasts."""

    server: DevServer
    client: Client
    workers: tuple[Worker, ...]
    journal_url: str

    @property
    def gateway(self) -> Gateway:
        return Gateway(self.client, CATALOG)

    @property
    def time(self) -> VirtualTime:
        return VirtualTime(self.client)


@asynccontextmanager
async def providers(folder: Path, seed: str, reaper: Reaper) -> AsyncIterator[Providers]:
    """Mail with STARTTLS, and everything over HTTP; both tell the reaper of what they take."""
    log, secure = Log(Dice(seed, weights=FAULTS)), context(certificate(folder, "trusted"))
    async with (
        FaultyHttp(log, on_received=reaper.arrived) as http,
        FaultyMail(log, secure, None, reaper.arrived) as mail,
    ):
        people = folder / "people.yaml"
        people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", http.url), encoding="utf-8")
        yield Providers(http, mail, log, people, await YamlDirectory(people).roster())


@asynccontextmanager
async def town(folder: Path, world: Providers) -> AsyncIterator[Town]:
    """Begins when both workers' build is the current one."""
    server = DevServer(skip_time=True, database=folder / "temporal.db", log=folder / "temporal.log")
    client = await server.start()
    environment = variables_of(folder, world, server)
    workers = tuple(Worker(environment, signs, folder / f"worker-{n}.log") for n, signs in enumerate(SIGNS, 1))
    supervised = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        await Gateway(client, CATALOG).make_current(BUILD, 60)
        yield Town(server, client, workers, environment["RUNG_JOURNAL_URL"])
    finally:
        for task in supervised:
            task.cancel()
        await asyncio.gather(*supervised, return_exceptions=True)
        await server.stop()


def variables_of(folder: Path, world: Providers, server: DevServer) -> dict[str, str]:
    """The environment of both workers."""
    return {
        **variables(folder, world.people, world.mail, world.http),
        "RUNG_SMTP_TLS": "starttls", "SSL_CERT_FILE": str(folder / "trusted.crt"), "RUNG_POLICIES": str(TEST_POLICIES),
        "RUNG_EFFECTS_PER_SECOND": "500", "RUNG_GRACE_SECONDS": "1",
        "TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": server.namespace,
    }  # fmt: skip
