"""What the adapter tests share: real servers on loopback, one HTTP client, one throw-away PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from activities.adapters.http import Http
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from tests.support import postgres


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
