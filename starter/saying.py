"""Saying something to a workflow that may not run yet: an update with the start, in one call.

Must never start anything that does not end by itself when nothing follows: an update that is refused leaves the started
workflow behind (workflows/outage.py, workflows/maintenance.py).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError

from starter.gateway import GatewayError, NoSuchTicket, Refused, reached

T = TypeVar("T")
ANSWER_WITHIN = timedelta(seconds=20)


async def say(
    client: Client, start: WithStartWorkflowOperation[Any, Any], update: str, said: Any, answer: type[T], what: str
) -> T:
    """Its answer. Raises Refused with its reason; GatewayError, which names `what`, when nobody takes it."""
    try:
        return await reached(
            client.execute_update_with_start_workflow(
                update, said, start_workflow_operation=start, result_type=answer, rpc_timeout=ANSWER_WITHIN
            )
        )
    except WorkflowUpdateFailedError as error:
        raise Refused(getattr(error.cause, "message", "") or str(error.cause)) from error
    except NoSuchTicket as error:
        raise GatewayError(f"{what}: the server does not know it any more; try again") from error
    finally:
        with suppress(Exception):  # TRAP: what became of the start must be looked at, or asyncio complains of it
            await asyncio.wait_for(start.workflow_handle(), 0.01)
