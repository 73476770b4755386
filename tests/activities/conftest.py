"""What the adapter tests share: servers on loopback, one HTTP client, one throw-away PostgreSQL, an outbox on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from activities.adapters.http import Http
from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from tests.activities.test_journal import fresh_schema
from tests.support import postgres

WINDOW = 60
"""Seconds within which the outbox of the tests bundles."""


@pytest.fixture
async def http_sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture
async def mail_sink() -> AsyncIterator[MailSink]:
    async with MailSink() as sink:
        yield sink


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    client = Http(timeout=10, proxies_from_environment=False)
    yield client
    await client.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def outbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/rung.db"
    return fresh_schema(request.getfixturevalue("postgres_url"), tmp_path.name)


@pytest.fixture
async def outbox(outbox_url: str) -> AsyncIterator[SqlOutbox]:
    await asyncio.to_thread(migrate, outbox_url)
    made = SqlOutbox(outbox_url, WINDOW)
    yield made
    await made.close()
