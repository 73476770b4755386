"""The composition root: settings -> client -> adapters -> activities -> workers. Also the container's entry point.

Runs until SIGTERM or Ctrl-C, then lets work in flight finish. Must never hold a rule or know a provider's protocol.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

import structlog

from activities.adapters.feeds import TIMEOUT
from activities.adapters.http import Http
from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.sql import SqlJournal, migrate
from activities.adapters.sql_outages import SqlOutages
from activities.adapters.sql_outbox import SqlOutbox
from activities.ports import Refused
from activities.wording import Wording
from starter import logs
from starter.action_items import Items
from starter.audit_schedule import keep_schedule
from starter.bytecode import kept_bytecode
from starter.connection import connect
from starter.crowd import ListedCrowd
from starter.gateway import Gateway, GatewayError
from starter.outfit import activities
from starter.people import silent
from starter.recognition import Declared, Reports
from starter.settings import BadSettings, Settings, load
from starter.watching import Engine
from workflows.contract import BUILD
from workflows.crew import Capacity, crew

log = structlog.get_logger("worker")


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop`. Raises GatewayError or Refused when something must be mended first."""
    if settings.journal_url.startswith("sqlite"):
        settings.make_data_dir()
    await asyncio.to_thread(migrate, settings.journal_url)
    directory = YamlDirectory(settings.people)
    for line in silent(await directory.roster(patience=TIMEOUT)):
        log.error("on-call calendar", said=line)
    gateway = Gateway(await connect(settings), settings.catalog())
    if missing := await gateway.missing_search_attributes():
        raise GatewayError(f"the server lacks search attributes ({', '.join(missing)}); run 'rung doctor --register'")
    for fault in (*(wording := Wording()).faults(), *wording.missing()):
        log.warning("messages", fault=fault, next="'rung template check' after each correction; English is sent")
    http, build = Http(), settings.build_id or BUILD
    journal, outbox = SqlJournal(settings.journal_url), SqlOutbox(settings.journal_url, settings.bundle_seconds)
    capacity = Capacity(
        settings.max_workflow_tasks, settings.cached_tickets, settings.max_effects, settings.effects_per_second,
        timedelta(seconds=settings.grace_seconds),
    )  # fmt: skip
    engine, crowd, items = Engine(gateway.client), ListedCrowd(gateway.client), Items(gateway.client)
    reports, declared = Reports(gateway.client), Declared(gateway.client, SqlOutages(journal), journal)
    near, world = activities(settings, http, journal, outbox, directory, engine, crowd, items, reports, declared)
    waiting, acting = crew(gateway.client, near, world, build, capacity)
    async with waiting, acting:
        if settings.make_current:
            await gateway.make_current(build)
            await keep_schedule(gateway.client, settings.audit_minutes)
        log.info("working", build=build, namespace=gateway.client.namespace)
        await stop.wait()
        log.info("stopping", grace_seconds=settings.grace_seconds)
    await http.close()
    await journal.close()
    await outbox.close()


async def main() -> int:
    """0 after a clean stop; with one message 2 when the settings cannot be used, 1 when it cannot work."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        settings = load()
        logs.configure(settings.log_level, settings.log_format)
        with kept_bytecode():
            await work(settings, stop)
    except (GatewayError, BadSettings, Refused) as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, BadSettings) else 1
    return 0


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stderr.flush()
    os._exit(code)  # TRAP: the interpreter crashes in about half of all exits after temporalio was used
