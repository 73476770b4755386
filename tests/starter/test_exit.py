"""A short process that has used Temporal ends well: the interpreter crashes in about half of all naive exits."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from activities.adapters.sql import migrate
from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.support.stage import Stage

ROOT = Path(__file__).parents[2]


async def rung(stage: Stage, folder: Path, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli", *words, cwd=folder, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TEMPORAL_ADDRESS": stage.server.address, "RUNG_DATA_DIR": str(folder)},
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def many(stage: Stage, folder: Path, times: int, *words: str) -> list[tuple[int, str, str]]:
    gate = asyncio.Semaphore(3)

    async def one() -> tuple[int, str, str]:
        async with gate:
            return await rung(stage, folder, *words)

    return list(await asyncio.gather(*(one() for _ in range(times))))


async def test_thirty_lists_in_a_row_end_with_0_and_valid_json(stage: Stage, tmp_path: Path) -> None:
    await asyncio.to_thread(migrate, f"sqlite:///{tmp_path / 'rung.db'}")
    ended = await many(stage, tmp_path, 30, "ticket", "list", "--json")
    assert [code for code, _, _ in ended] == [0] * 30
    assert all(isinstance(json.loads(out), (list, dict)) for _, out, _ in ended)


@pytest.mark.parametrize("words", [("ticket", "show"), ("ticket", "explain")])
async def test_commands_that_asked_a_ticket_end_well_too(stage: Stage, tmp_path: Path, words: tuple[str, ...]) -> None:
    ticket = Ticket(id=f"exit-{words[1]}", tier="gold", urgency="high", team="seoul", assignee="kim")
    opened = await stage.gateway.open(ticket)
    await settle(stage.client.get_workflow_handle(opened.workflow_id))
    ended = await many(stage, tmp_path, 10, *words, ticket.id, "--json")
    assert [(code, err) for code, _, err in ended] == [(0, "")] * 10
    assert all(json.loads(out) for _, out, _ in ended)
