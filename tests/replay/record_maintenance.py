"""`python -m tests.replay.record_maintenance`: the histories of a rule that declared, went on, missed, and was stopped.

They are not pinned to a build: every later code must replay them. Record others freely, and none of these again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from activities.ports import Unreachable
from policies.maintenance import Maintenance, ahead
from policies.outage import Outage, Scope
from starter.maintenance import MaintenanceDesk
from starter.virtual_time import settle
from tests.replay.record import kept
from tests.support.fakes import FakeOutages
from tests.support.stage import Stage, moment
from workflows.contract import MAINTENANCE, TICKETS, Maintaining, maintenance_id
from workflows.maintenance import AHEAD

HISTORIES = Path(__file__).parent / "histories" / "maintenance"
RULE = "MW-12"
HOUR = 3_600


def rule() -> Maintenance:
    """Ten minutes each day, the first of them an hour from now."""
    first = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0, tzinfo=None)
    what = Outage(RULE, Scope(("payments",)), owner="duty-manager", reason="new disks", declared_by="lee")
    return Maintenance(what, "UTC", first.isoformat(), (first + timedelta(minutes=10)).isoformat(), "daily")


async def played(stage: Stage) -> list[Path]:
    """Planned twice; the first window is missed, two are declared, and the second of them withdrawn."""
    said, desk, id = rule(), MaintenanceDesk(stage.desk), maintenance_id(RULE)
    handle = stage.client.get_workflow_handle(id)
    first, second, third = ahead(said, 0, 3)
    usual, FakeOutages.one = FakeOutages.one, away  # type: ignore[method-assign,assignment]
    await stage.client.start_workflow(MAINTENANCE, Maintaining(RULE, history_limit=60), id=id, task_queue=TICKETS)
    for by in ("lee", "kim"):
        await desk.plan(replace(said, outage=replace(said.outage, declared_by=by)), early=True)
    await settle(handle)
    await stage.time.to(id, moment(first.planned_end + HOUR // 6))
    FakeOutages.one = usual  # type: ignore[method-assign]
    for at in (second.since - AHEAD + HOUR, second.planned_end, third.since - HOUR):
        await stage.time.to(id, moment(at))
    await desk.stop(RULE, "kim")
    await handle.result()
    return await kept(stage, id, lambda number: HISTORIES / f"missed-declared-stopped.{number}.json")


async def away(*_: object) -> Any:
    raise Unreachable("journal (sqlite) cannot be reached")


async def main() -> None:
    async with Stage() as stage:
        for path in await played(stage):
            sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
