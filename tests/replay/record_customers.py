"""`python -m tests.replay.record_customers`: an outage whose customers are mailed, recorded on a real server.

One round while it lasts, a second that is cut off by its end, and the last one. A recording is a promise: such an outage may
last somewhere, so the code must replay it.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.ports import Contact, Message, Receipt
from policies.outage import Outage, Scope
from policies.ticket import Ticket
from starter.gateway import settled
from starter.virtual_time import settle
from tests.replay.record import OUTAGES, without_traces
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_outage import FRIDAY
from workflows import options
from workflows.contract import OutageProgress, outage_workflow_id

ID = "INC-MAIL"
WORKFLOW = outage_workflow_id(ID)


class Slow:
    """A mail server that takes every mail, and those to `slow` only once it is let go."""

    channel = "email"

    def __init__(self) -> None:
        self.has_one, self.goes = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message, to: Contact) -> Receipt:
        if to.email.startswith("slow"):
            self.has_one.set()
            await self.goes.wait()
        return Receipt("memory", message.key)


async def pass_by(stage: Stage, time: timedelta) -> None:
    await settle(stage.client.get_workflow_handle(WORKFLOW))
    await stage.time.to(WORKFLOW, await stage.time.now(WORKFLOW) + time)


async def opened(stage: Stage, number: int, address: str) -> None:
    """One more ticket that is seen to show the outage, if that lasts already."""
    ticket = Ticket(str(number), "recorded", tier="gold", urgency="high", service=ID, contact=address)
    await settle(stage.client.get_workflow_handle(await open_ticket(stage, ticket, "plain.v1", FRIDAY)))


async def shown(stage: Stage, count: int) -> None:
    async def done() -> bool:
        return (await stage.client.count_workflows(f"RungOutage = '{ID}'")).count == count

    assert await settled(done, 30)


async def mailed(stage: Stage, count: int) -> None:
    async def done() -> bool:
        found = await stage.client.get_workflow_handle(WORKFLOW).query("show", result_type=OutageProgress)
        return bool(found.customers >= count)

    assert await settled(done, 30)


async def record(folder: Path) -> Path:
    url = f"sqlite:///{folder}/rung.db"
    await asyncio.to_thread(migrate, url)
    stage, slow = Stage(), Slow()
    stage.mail, stage.outbox = slow, SqlOutbox(url)
    async with stage:
        await opened(stage, 1, "ana@customer.example")
        await stage.desk.declare(
            Outage(ID, Scope((ID,)), since=FRIDAY, tell_customers=True, stakeholders=("executives",), priority="P1")
        )
        await shown(stage, 1)
        await pass_by(stage, options.JOURNALED + timedelta(seconds=1))
        await mailed(stage, 1)
        await opened(stage, 2, "slow@customer.example")
        await shown(stage, 2)
        # TRAP: while a mail is under way no time is skipped
        passing = asyncio.create_task(pass_by(stage, timedelta(hours=1) + options.JOURNALED))
        await slow.has_one.wait()
        await stage.desk.end(ID, FRIDAY + 1)
        slow.goes.set()
        await passing
        await pass_by(stage, timedelta(hours=5))
        handle = stage.client.get_workflow_handle(WORKFLOW)
        await handle.result()
        history = await handle.fetch_history()
    target = OUTAGES / "customers-mailed.json"
    text = json.dumps(without_traces(json.loads(history.to_json())), indent=2) + "\n"
    assert "customer.example" not in text
    target.write_text(text, encoding="utf-8")
    return target


async def main() -> None:
    with TemporaryDirectory() as folder:
        print(await record(Path(folder)))


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
