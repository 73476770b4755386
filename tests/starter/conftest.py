"""What the tests of the command line share: an empty folder, no settings, no server."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.adapters.sql import SqlJournal, migrate
from policies.outage import Outage
from starter.outages import Desk
from tests.activities.test_auditing import card
from workflows.contract import OutageAnswer, OutageEnd, OutageExtension

URL = "sqlite:///.rung/rung.db"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment in which nothing is set and nobody answers; the working folder is the one returned."""
    for name in list(os.environ):
        if name.startswith(("RUNG_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    nothing = tmp_path / "temporal.toml"
    nothing.touch()
    for name, value in {
        "TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": str(nothing), "COLUMNS": "100", "NO_COLOR": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def written(desk: Desk, id: str, update: str, said: Any) -> OutageAnswer:
    """As the outage's workflow would, without a server."""
    if isinstance(said, OutageEnd):
        said = Outage(id, ended_at=said.ended_at, ended_by=said.by)
    if isinstance(said, OutageExtension):
        return OutageAnswer(await desk.registry.extend(id, said.expected) or Outage(id))
    return OutageAnswer(await desk.registry.keep(said))


@pytest.fixture
def tickets(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal with a ticket of `pay` in `kr`; one of `pay` in `us` is closed."""
    monkeypatch.setattr(Desk, "_say", written)
    Path(".rung").mkdir()
    migrate(URL)

    async def fill() -> None:
        journal = SqlJournal(URL)
        one = replace(card("1", datetime.now(UTC)), service="pay", region="kr", tags=("till",), state="ok", tier="gold")
        for each in (one, replace(one, ticket="2", region="us", state="closed")):
            await journal.append([], each)
        await journal.close()

    asyncio.run(fill())
    return alone
