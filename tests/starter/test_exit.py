"""`rung` always ends with the exit code it means.

TRAP: a process that ends soon after its last call to Temporal crashes in the interpreter's own shutdown four times in ten.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from activities.adapters.sql import SqlJournal, migrate
from activities.journal import Journaling
from activities.requests import CardView, JournalRequest
from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.support.histories import open_ticket
from tests.support.stage import Stage

LISTS, QUESTIONS = 30, 12
AT_ONCE = 3
ROOT = Path(__file__).parents[2]
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())


def a_ticket(id: str) -> Ticket:
    return Ticket(id=id, tenant="exits", tier="gold", urgency="high", assignee="kim", team="seoul")


async def rung(stage: Stage, folder: Path, *words: str) -> tuple[int, str, str]:
    """(exit code, output, errors) of the real command in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RUNG_", "TEMPORAL_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli", *words, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={
            **environment, "PYTHONPATH": str(ROOT), "TEMPORAL_ADDRESS": stage.server.address,
            "TEMPORAL_NAMESPACE": stage.server.namespace, "TEMPORAL_CONFIG_FILE": str(folder / "none.toml"),
            "RUNG_JOURNAL_URL": f"sqlite:///{folder / 'rung.db'}", "RUNG_POLICIES": str(ROOT / "tests/policies_for_scenarios"),
        },
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode(), errors.decode()


async def many(stage: Stage, folder: Path, times: int, *words: str) -> list[tuple[int, str, str]]:
    """So many runs, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> tuple[int, str, str]:
        async with gate:
            return await rung(stage, folder, *words)

    return await asyncio.gather(*(one() for _ in range(times)))


def answers(runs: list[tuple[int, str, str]]) -> list[Any]:
    """What they said, once all of them ended well."""
    assert [(code, errors) for code, _, errors in runs] == [(0, "")] * len(runs)
    return [json.loads(output) for _, output, _ in runs]


async def test_thirty_lists_end_well_with_valid_json(stage: Stage, tmp_path: Path) -> None:
    await with_a_card(tmp_path)
    for found in answers(await many(stage, tmp_path, LISTS, "ticket", "list", "--json")):
        assert [card["id"] for card in found] == ["T-1"]


async def test_a_dozen_questions_to_temporal_end_well_with_valid_json(stage: Stage, tmp_path: Path) -> None:
    """`list` reads the journal; `show` asks the server and a worker."""
    (tmp_path / "none.toml").touch()
    workflow = await open_ticket(stage, a_ticket("T-1"), "plain.v1", MONDAY)
    await settle(stage.client.get_workflow_handle(workflow))
    for found in answers(
        await many(stage, tmp_path, QUESTIONS, "ticket", "show", "T-1", "--tenant", "exits", "--json")
    ):
        assert "T-1" in json.dumps(found)


async def test_a_refusal_of_the_server_ends_with_one(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "none.toml").touch()
    code, output, errors = await rung(stage, tmp_path, "ticket", "show", "nobody-knows", "--tenant", "exits")
    assert (code, output) == (1, "")
    assert "no ticket exits/nobody-knows; 'rung ticket list'" in errors


async def with_a_card(folder: Path) -> None:
    """A journal that knows one ticket."""
    (folder / "none.toml").touch()
    url = f"sqlite:///{folder / 'rung.db'}"
    await asyncio.to_thread(migrate, url)
    journal = SqlJournal(url)
    card = CardView(1, "open", "ok", "plain.v1", 0, MONDAY, MONDAY + 4 * 3600, MONDAY + 8 * 3600)
    request = JournalRequest(a_ticket("T-1"), "ticket/exits/T-1", "run", (), card)
    await Journaling(journal).write_journal(request)
    await journal.close()
