"""What the gateway refuses before the server hears of it, and what it lets through."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from policies.ticket import Ticket
from starter.gateway import ServerUnreachable, instant_faults, reached
from tests.support.stage import Stage

NOW = datetime(2026, 3, 27, 7, 0, tzinfo=UTC)


def test_a_ticket_may_be_years_old_but_not_more_than_ten():
    assert instant_faults(NOW - timedelta(days=3_000), NOW) == []
    assert instant_faults(NOW.replace(year=2006), NOW) == [
        "opened_at 2006-03-27T07:00:00+00:00 is more than ten years ago; check the year"
    ]


async def test_a_tenant_that_is_long_in_bytes_is_taken(stage: Stage) -> None:
    """60 characters, 180 bytes: the server takes 64 bytes as a fairness key."""
    ticket = Ticket(id="long", tenant="가" * 60, tier="gold", urgency="high")
    opened = await stage.gateway.open(ticket, "plain.v1")
    assert opened.already is False
    await stage.client.get_workflow_handle(opened.workflow_id).terminate()


ERRORS = (
    WorkflowUpdateRPCTimeoutOrCancelledError(),
    RPCError("cancelled", RPCStatusCode.CANCELLED, b""),
)  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=["update", "call"])
async def test_a_call_that_was_given_up_is_no_server_that_does_not_answer(error: Exception) -> None:
    async def call() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise error from None

    asked = asyncio.create_task(reached(call()))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


@pytest.mark.parametrize("error", ERRORS, ids=["update", "call"])
async def test_a_call_that_the_server_gave_up_is(error: Exception) -> None:
    async def call() -> None:
        raise error

    with pytest.raises(ServerUnreachable):
        await reached(call())
