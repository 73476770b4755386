"""Action items from outside: starting, listing, finishing and moving them; the port `ActionItems` for the workers.

Beside the gateway the only code that starts and asks them. A list asks no item: it shows what stands in their memos.
Must never decide when somebody is reminded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.ports import Receipt, Unreachable
from activities.requests import ItemOpening
from policies.action_item import Item
from starter.gateway import ANSWER_WITHIN, GatewayError, NoSuchTicket, Refused, reached
from workflows.contract import ACTION, ALREADY, TICKETS, Answer, item_id
from workflows.limits import SUMMARY, clipped

MOST = 200
"""Items of one list."""


class Items:
    """Through one client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def begin(self, opening: ItemOpening) -> Receipt:
        """Start it. One of the same name that runs or has run is the same one. Raises Unreachable."""
        try:
            await self._start(opening)
        except GatewayError as error:
            raise Unreachable(str(error)) from error
        return Receipt("rung", opening.item.id)

    async def add(self, opening: ItemOpening) -> None:
        """The same by hand. Raises GatewayError."""
        await self._start(opening)

    async def _start(self, opening: ItemOpening) -> None:
        ticket, item = opening.ticket, opening.item
        memo = {"title": item.title, "owner": item.owner, "due": item.due, "made_by": item.made_by}
        try:
            await reached(
                self.client.start_workflow(
                    ACTION, opening, id=item_id(ticket.tenant, ticket.id, item.id), task_queue=TICKETS,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL, memo=memo,
                    static_summary=clipped(f"action item of {ticket.id} for {item.owner}", SUMMARY),
                )
            )  # fmt: skip
        except WorkflowAlreadyStartedError:
            return

    async def of(self, tenant: str, ticket: str) -> tuple[Item, ...]:
        """Those of one ticket, open and done, the next due first; what was made in this second may be missing."""
        head = item_id(tenant, ticket, "").replace("'", "''")
        query = f"WorkflowType='{ACTION}' AND WorkflowId STARTS_WITH '{head}'"
        found = [one async for one in self.client.list_workflows(query, limit=MOST)]
        items = [await self._read(one, item_id(tenant, ticket, "")) for one in found]
        return tuple(sorted((item for item in items if item), key=lambda item: (not item.open, item.due, item.id)))

    async def _read(self, found: WorkflowExecution, head: str) -> Item | None:
        memo: dict[str, Any] = dict(await found.memo())
        item = Item(
            found.id.removeprefix(head), str(memo.get("title", "")), str(memo.get("owner", "")),
            int(memo.get("due", 0)), made_by=str(memo.get("made_by", "")),
        )  # fmt: skip
        if found.status == WorkflowExecutionStatus.RUNNING:
            return item
        if found.status != WorkflowExecutionStatus.COMPLETED:
            return None
        handle = self.client.get_workflow_handle(found.id, run_id=found.run_id, result_type=Item)
        done: Item = await handle.result()
        return replace(item, title=done.title, due=done.due, done_at=done.done_at, done_by=done.done_by)

    async def command(self, tenant: str, ticket: str, item: str, name: str, **fields: Any) -> Answer:
        """`done` or `move`. Raises Refused with the reason, NoSuchTicket for an item that there is not."""
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(item_id(tenant, ticket, item))
        payload = {name: value for name, value in fields.items() if value}
        try:
            return await reached(
                handle.execute_update(
                    name, payload, id=payload.get("request_id"), result_type=Answer, rpc_timeout=ANSWER_WITHIN
                )
            )
        except WorkflowUpdateFailedError as error:
            raise Refused(getattr(error.cause, "message", "") or str(error.cause)) from error
        except NoSuchTicket as error:
            if name == "done" and await self._over(handle):
                return ALREADY
            raise NoSuchTicket(
                f"no open action item '{item}' of {tenant}/{ticket}; 'rung ticket action list {ticket}' shows them"
            ) from error

    async def _over(self, handle: WorkflowHandle[Any, Any]) -> bool:
        try:
            found = await handle.describe(rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return found.status == WorkflowExecutionStatus.COMPLETED
