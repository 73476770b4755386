"""`python -m tests.replay.record_recognition`: the histories of a recognition that declared, linked, ended and went on.

They are not pinned to a build: every later code must replay them. Record others freely, and none of these again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from activities.requests import Recognising
from policies.major_incident import rules_of
from policies.recognition import Arrival
from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.replay.record import kept
from tests.support.scenarios import CATALOG
from tests.support.stage import Stage, moment
from workflows.contract import RECOGNITION, TICKETS

HISTORIES = Path(__file__).parent / "histories" / "recognition"
ID = "recognition/incidents.v1"
HALF_AN_HOUR = 1_800
ARRIVALS = (("till", 4), ("desk", 3), ("mail", 6))
"""Declared and joined; what no scope can name; proposed and joined."""


async def played(stage: Stage) -> list[Path]:
    """Three incidents, then the time passes in which nothing comes."""
    now = int(datetime.now(UTC).timestamp())
    opening = Recognising("incidents.v1", rules_of(CATALOG.policy("incidents.v1")), history_limit=100)
    handle = await stage.client.start_workflow(RECOGNITION, opening, id=ID, task_queue=TICKETS)
    for service, count in ARRIVALS:
        for number in range(count):
            ticket = Ticket(f"{service}-{number}", "recorded", service=service, team="seoul", urgency="low")
            await handle.signal("opened", Arrival(ticket, now, now))
            await settle(stage.client.get_workflow_handle(ID))
    await stage.time.to(ID, moment(now + HALF_AN_HOUR + 60))
    await settle(stage.client.get_workflow_handle(ID))
    await stage.time.to(ID, moment(now + 5 * HALF_AN_HOUR))
    await stage.client.get_workflow_handle(ID).result()
    return await kept(stage, ID, lambda number: HISTORIES / f"declared-proposed-over.{number}.json")


async def main() -> None:
    async with Stage() as stage:
        for path in await played(stage):
            sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
