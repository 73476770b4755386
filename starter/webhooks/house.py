"""A house with its doors open: the tickets behind them, the directory beside them, until it is told to stop.

`rung up` opens them beside the rest of the stack, `rung web` alone. Must never open without a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from temporalio.client import Client

from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outages import SqlOutages
from activities.adapters.sql_outbox import SqlOutbox
from activities.claims import Claims
from starter.answering import Unfit
from starter.api.application import api
from starter.api.callers import Callers
from starter.api.outages import Room
from starter.connection import connect
from starter.gateway import Gateway
from starter.outages import Desk, services_of
from starter.people import strangers_of
from starter.settings import Settings
from starter.webhooks.doors import Doors
from starter.webhooks.phones import phone_book
from starter.webhooks.router import application
from starter.webhooks.serving import served
from starter.webhooks.words import tongue


@asynccontextmanager
async def open_doors(
    settings: Settings, client: Client, secrets: tuple[str, ...], url: str, port: int, host: str = "127.0.0.1"
) -> AsyncIterator[None]:
    """Yields when they can be entered. Raises GatewayError when the port cannot be used."""
    directory, outbox = YamlDirectory(settings.people), SqlOutbox(settings.journal_url)
    journal = SqlJournal(settings.journal_url)
    doors = Doors(
        Gateway(client, settings.catalog()), Claims(secrets), url.rstrip("/"),
        settings.slack_signing_secret.get_secret_value(), settings.twilio_token.get_secret_value(),
        tongue=tongue(directory), twilio2_token=settings.twilio2_token.get_secret_value(), outbox=outbox,
    )  # fmt: skip
    try:
        room = await asyncio.to_thread(_room, settings, client, journal)
        calls = api(room, Callers(settings.api_callers()))
        async with served(application(doors, phone_book(directory), calls), port, host):
            yield
    finally:
        await outbox.close()
        await journal.close()


def _room(settings: Settings, client: Client, journal: SqlJournal) -> Room:
    """Where outages are declared by HTTP. What the policies name is read once: a new policy comes with a new start."""

    async def connected() -> Client:
        return client

    catalog = settings.catalog()
    desk = Desk(SqlOutages(journal), journal, connected, services_of(catalog), settings.outage_limit)
    return Room(desk, Gateway(client, catalog), partial(strangers_of, settings), settings.downtime_costs)


async def web(settings: Settings, host: str, port: int, stop: asyncio.Event) -> None:
    """The doors alone, for the workers of another process. Raises Unfit without its settings, GatewayError."""
    secrets = settings.link_secrets()
    if not (secrets and settings.public_url):
        raise Unfit(
            ["set RUNG_PUBLIC_URL and RUNG_LINK_SECRET, the same for the workers: without them no message has a link"]
        )
    async with open_doors(settings, await connect(settings), secrets, settings.public_url, port, host):
        await stop.wait()
