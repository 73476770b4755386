"""`python -m tests.replay.record_items`: the histories of action items that were reminded, moved and done.

They are not pinned to a build: every later code must replay them. Record others freely, and none of these again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from activities.requests import ItemOpening
from policies.action_item import Item
from policies.plan import Target
from policies.ticket import Ticket
from starter.action_items import Items
from starter.virtual_time import settle
from tests.replay.record import without_traces
from tests.support.histories import runs_of
from tests.support.stage import Stage, moment
from workflows.contract import item_id

HISTORIES = Path(__file__).parent / "histories" / "items"
MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
HOUR, DAY = 3_600, 86_400
DUE = MONDAY + 2 * DAY + 3 * HOUR


async def played(stage: Stage) -> Path:
    """Reminded before and at the due, moved, reminded again with the lead, done."""
    shift = MONDAY - int(datetime.now(UTC).timestamp())
    ticket = Ticket(id="R-1", tenant="recorded", tier="gold", urgency="high", assignee="kim", team="seoul")
    item, catch_all = Item("i-1", "Alarm on the queue", "kim", DUE, made_by="choi"), Target("duty-manager", ("email",))
    await Items(stage.client).add(ItemOpening(ticket, item, ("email",), catch_all, "items.v1", MONDAY, 9 * HOUR, shift))
    handle = stage.client.get_workflow_handle(item_id("recorded", "R-1", "i-1"))
    await settle(handle)
    await stage.time.to(handle.id, moment(DUE + HOUR - shift))
    until = moment(DUE + DAY).isoformat()
    await handle.execute_update("move", {"until": until, "reason": "the vendor is late", "request_id": "m-1"})
    await settle(handle)
    await stage.time.to(handle.id, moment(DUE + 2 * DAY + HOUR - shift))
    await handle.execute_update("done", {"actor": "kim", "request_id": "d-1"})
    await handle.result()
    (history,) = await runs_of(stage.client, handle.id)
    target = HISTORIES / "reminded-moved-done.1.json"
    HISTORIES.mkdir(exist_ok=True)
    target.write_text(json.dumps(without_traces(json.loads(history.to_json())), indent=2) + "\n", encoding="utf-8")
    return target


async def main() -> None:
    async with Stage() as stage:
        path = await played(stage)
        sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
