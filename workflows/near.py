"""Near work asked of activities: tried as a local activity, and until it works when that failed.

Must never be used for anything that reaches a provider.
"""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.clearance import Clearance
    from activities.journal import Journaling
    from activities.planning import Planning
    from activities.replanning import Replanning
    from activities.requests import (
        AddressRequest,
        Cleared,
        FiringRequest,
        JournalRequest,
        PlanRequest,
        Replanned,
        ReplanRequest,
    )
    from policies.business_time import WorkingTime
    from policies.people import Addressed
    from policies.plan import Plan
    from policies.ticket import Ticket
    from workflows import options
    from workflows.limits import SUMMARY, clipped


async def first_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
    """The plan a ticket begins with, tried until a worker has the policy. Raises FailureError when none can fit."""
    found: Plan = await near(Planning.compile_plan, PlanRequest(policy, ticket, opened_at, now), f"plan {policy}")
    return found


async def office_hours(policy: str, ticket: Ticket, opened_at: int, now: int) -> WorkingTime:
    """When people are reminded of what is not urgent. Raises FailureError at once when nobody can say."""
    found: WorkingTime = await at_once(
        Planning.office_hours, PlanRequest(policy, ticket, opened_at, now), "office hours"
    )
    return found


async def compile_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
    """Raises FailureError at once when no plan can be made: a ticket that has one goes on with it."""
    found: Plan = await at_once(Planning.compile_plan, PlanRequest(policy, ticket, opened_at, now), f"plan {policy}")
    return found


async def replan(request: ReplanRequest) -> Replanned:
    """A new plan and its lines in the journal; raises FailureError when no plan can be made."""
    found: Replanned = await at_once(Replanning.replan, request, f"plan {request.policy}")
    return found


async def address_rung(request: AddressRequest, rung: str) -> Addressed:
    """Who is told of a rung, at the instant it fires."""
    found: Addressed = await near(Planning.address_rung, request, f"who is there for {rung}")
    return found


async def look_before_firing(request: FiringRequest) -> Cleared:
    """What the ticket has not heard of outages, else who is there. Holds nothing up when nobody answers."""
    try:
        found: Cleared = await at_once(Clearance.look_before_firing, request, "what the outages say, and who is there")
    except FailureError as error:
        if is_cancelled_exception(error):
            raise
        return Cleared(unasked=str(error), uncounted=str(error) if request.opens else "")
    return found


async def write_journal(request: JournalRequest) -> int:
    """A journal write, once; raises FailureError when the database is away."""
    written: int = await workflow.execute_local_activity_method(
        Journaling.write_journal, request, start_to_close_timeout=options.NEAR, retry_policy=options.NEAR_RETRY,
        summary=f"journal {len(request.entries)} lines",
    )  # fmt: skip
    return written


async def write_journal_patiently(request: JournalRequest) -> int:
    """The same until it works."""
    written: int = await workflow.execute_activity_method(
        Journaling.write_journal, request, start_to_close_timeout=options.PATIENT, retry_policy=options.PATIENT_RETRY,
        summary=f"journal {len(request.entries)} lines",
    )  # fmt: skip
    return written


async def at_once(method: Any, request: Any, summary: str) -> Any:
    """As a local activity, and no more."""
    return await workflow.execute_local_activity_method(
        method, request, start_to_close_timeout=options.NEAR, retry_policy=options.NEAR_RETRY,
        summary=clipped(summary, SUMMARY),
    )  # fmt: skip


async def near(method: Any, request: Any, summary: str) -> Any:
    """Local first; what may pass is then tried as a normal activity, which does not block messages."""
    summary = clipped(summary, SUMMARY)
    try:
        return await workflow.execute_local_activity_method(
            method, request, start_to_close_timeout=options.NEAR, retry_policy=options.NEAR_RETRY, summary=summary
        )
    except FailureError as error:
        # TRAP: a local activity's failure comes as it is, a normal activity's inside an ActivityError.
        cause = error.cause if isinstance(error, ActivityError) else error
        if is_cancelled_exception(error) or (isinstance(cause, ApplicationError) and cause.non_retryable):
            raise
    return await workflow.execute_activity_method(
        method, request, start_to_close_timeout=options.PATIENT, retry_policy=options.PATIENT_RETRY, summary=summary
    )
