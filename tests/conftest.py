"""Fixtures that all rooms share: one server with skipped time and its crew for the whole session."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.stage import Stage


@pytest_asyncio.fixture(scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as one:
        yield one
