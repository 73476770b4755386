"""The desk of maintenance by rule: plans, shows and stops rules; what makes no sense is refused before it is stored.

A rule lives in its workflow alone; its windows are outages in the registry. Must never declare a window itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from policies.maintenance import Maintenance, ahead, faults, stop_faults
from policies.suggestion import did_you_mean
from starter.gateway import BadTicket, GatewayError, NoSuchTicket, Refused, reached
from starter.outages import Desk
from starter.reading import illegible
from starter.saying import ANSWER_WITHIN, say
from workflows.contract import (
    MAINTENANCE,
    TICKETS,
    Maintaining,
    MaintenanceAnswer,
    MaintenanceStop,
    maintenance_id,
)
from workflows.limits import SUMMARY, clipped

ASK_WITHIN = timedelta(seconds=5)
AT_ONCE = 8
"""Rules that are asked at the same time."""
ANOTHER = "plan the new one under another id"
SILENT = "its workflow does not answer"


class BadMaintenance(BadTicket):
    """The rule cannot be used: every reason, one a line."""


class NoSuchMaintenance(GatewayError):
    """The server knows no rule of that id."""


def sensible(rule: Maintenance, everything: bool, now: int) -> None:
    """Raises BadMaintenance."""
    texts = {**vars(rule), **vars(rule.outage), **vars(rule.outage.scope)}
    if found := illegible(**texts) or faults(rule, everything):
        raise BadMaintenance("\n".join(found))
    if not ahead(rule, now, 1):
        raise BadMaintenance("all its windows are over; correct --from, --until or COUNT")


@dataclass(frozen=True)
class MaintenanceDesk:
    """Beside the desk of outages, which knows whom a scope meets."""

    desk: Desk

    async def plan(self, rule: Maintenance, everything: bool = False, early: bool = False) -> MaintenanceAnswer:
        """From now on; `early`: before the first customer is there.

        Raises BadMaintenance; Refused when it meets no ticket, or that id was planned otherwise, stopped or is over.
        """
        sensible(rule, everything, int(datetime.now(UTC).timestamp()))
        await self.desk.check(rule.outage, early)
        client = await self.desk.connect()
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            MAINTENANCE, Maintaining(rule.id), id=maintenance_id(rule.id), task_queue=TICKETS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # TRAP: the same id again would name windows that were withdrawn, and those stay withdrawn
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary=clipped(f"maintenance {rule.id}, {rule.every} from {rule.begins} {rule.zone}", SUMMARY),
        )  # fmt: skip
        try:
            answer = await say(client, start, "plan", rule, MaintenanceAnswer, f"maintenance {rule.id}")
        except WorkflowAlreadyStartedError as error:
            raise Refused(f"maintenance {rule.id} was stopped or is over; {ANOTHER}") from error
        if answer.maintaining.stopped_at:
            raise Refused(f"maintenance {rule.id} was stopped; {ANOTHER}")
        return answer

    async def stop(self, id: str, by: str = "") -> MaintenanceAnswer:
        """One that is over, or was stopped, stays so. Raises BadMaintenance, NoSuchMaintenance."""
        if wrong := illegible(by=by) or stop_faults(by):
            raise BadMaintenance("\n".join(wrong))
        handle = await self._handle(id)
        update = handle.execute_update(
            "stop", MaintenanceStop(by), result_type=MaintenanceAnswer, rpc_timeout=ANSWER_WITHIN
        )
        try:
            found: MaintenanceAnswer = await reached(update)
        except NoSuchTicket:  # it has ended
            return MaintenanceAnswer(await self.one(id), already=True)
        except WorkflowUpdateFailedError as error:
            raise Refused(str(error.cause)) from error
        return found

    async def one(self, id: str) -> Maintaining:
        """As its workflow knows it, also when that is over. Raises NoSuchMaintenance."""
        handle = await self._handle(id)
        try:
            return await reached(handle.query("show", result_type=Maintaining, rpc_timeout=ASK_WITHIN))
        except NoSuchTicket:
            names = [one.id for one in await self.known(50)]
            meant = did_you_mean(id, names)
            raise NoSuchMaintenance(f"no maintenance '{id[:80]}'{meant}; 'rung maintenance list' shows them") from None
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError, RPCError) as error:
            raise GatewayError(f"maintenance {id}: {SILENT} ({error}); is 'rung worker' running?") from error

    async def known(self, limit: int) -> list[Maintaining]:
        """Those that go on and those that are over, the newest first; of one that does not answer only its id."""
        client = await self.desk.connect()
        query = f"WorkflowType='{MAINTENANCE}' AND (ExecutionStatus='Running' OR ExecutionStatus='Completed')"

        async def ids() -> list[str]:
            return [found.id async for found in client.list_workflows(query, limit=limit)]

        gate = asyncio.Semaphore(AT_ONCE)

        async def asked(workflow: str) -> Maintaining:
            async with gate:
                return await _shown(client.get_workflow_handle(workflow))

        return list(await asyncio.gather(*(asked(id) for id in dict.fromkeys(await reached(ids())))))

    async def _handle(self, id: str) -> WorkflowHandle[Any, Any]:
        return (await self.desk.connect()).get_workflow_handle(maintenance_id(id))


async def _shown(handle: WorkflowHandle[Any, Any]) -> Maintaining:
    try:
        found: Maintaining = await handle.query("show", result_type=Maintaining, rpc_timeout=ASK_WITHIN)
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError, RPCError):
        return Maintaining(handle.id.removeprefix(maintenance_id("")), trouble=SILENT)
    return found
