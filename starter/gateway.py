"""The gateway: the only code that starts, signals, updates, queries and finds tickets.

Everything is checked here before the server hears of it, and every fault comes back as one `GatewayError` that says
what to do next. Must never decide anything about a promise.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from policies.case import Case, Entry
from policies.catalog import Catalog, UnknownName
from policies.compiler import compile_plan
from policies.duration import say_duration
from policies.event import SIGNALS, Event
from policies.explanation import Ahead, Deadline, Standing
from policies.plan import Plan
from policies.promise import Uncompilable
from policies.scenario import say_instant
from policies.ticket import GRADES, TIERS, TYPES, URGENCIES, Ticket
from policies.written import Faulty
from workflows.contract import (
    DEPLOYMENT,
    NOT_READY,
    SEARCH_ATTRIBUTES,
    TICKETS,
    WORKFLOW,
    Answer,
    Dossier,
    Opening,
    Unreadable,
    read_news,
    workflow_id,
)
from workflows.limits import FAIRNESS_KEY, clipped

T = TypeVar("T")
_NOT_YET = (
    RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
)  # fmt: skip
CLOCK_SKEW = timedelta(minutes=5)
"""How far in the future a ticket may claim to have been opened."""
LONGEST_OPEN = timedelta(days=3_653)
"""How long ago: ten years; what is older is a slip of the pen, and would fire everything at once."""
TEXTS = ("summary", "customer", "contact", "service", "region", "team", "assignee", "language")
"""Facts in the helpdesk's own words."""
LONGEST = 500
"""Characters of each of them: what news may have, too."""
ANSWER_WITHIN = timedelta(seconds=10)
URGENCY_PRIORITY = {"critical": 1, "high": 2, "medium": 3, "low": 4}
_STATUS_WORDS = {
    WorkflowExecutionStatus.COMPLETED: "closed",
    WorkflowExecutionStatus.TERMINATED: "terminated",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.TIMED_OUT: "timed out",
}


class GatewayError(Exception):
    """Refused or failed; the message says what to do next."""


class BadTicket(GatewayError):
    """The ticket or the policy cannot be accepted: every reason, one a line."""


class NoSuchTicket(GatewayError):
    """No workflow of that id."""


class TicketClosed(GatewayError):
    """The ticket has ended; it takes no news."""


class Refused(GatewayError):
    """The ticket said no to a command."""


class ServerUnreachable(GatewayError):
    """Temporal, or a worker, does not answer."""


@dataclass(frozen=True)
class Opened:
    """A ticket that is being watched. `already` tells that it was open before."""

    workflow_id: str
    run_id: str
    already: bool
    plan: Plan
    waits_for: str = ""
    """Why no clock runs yet, as far as it is known."""


class Gateway:
    """Talks to tickets through one client."""

    def __init__(self, client: Client, catalog: Catalog | None = None) -> None:
        self.client = client
        self.catalog = catalog or Catalog()

    # --- opening -------------------------------------------------------------------------------------------

    async def open(
        self, ticket: Ticket, policy: str = "", opened_at: datetime | None = None,
        events: Sequence[Event] = (), as_of: datetime | None = None, history_limit: int = 2_000, ahead: bool = False,
    ) -> Opened:  # fmt: skip
        """Start watching a ticket; an open one is answered with itself. Raises BadTicket before anything is stored.

        For rehearsals on a server that skips time: `as_of` plays it at another instant, `ahead` lets it open later.
        """
        now = as_of or (opened_at if ahead and opened_at else datetime.now(UTC))
        opened = opened_at or now
        plan = self.check(ticket, policy, opened, now)
        opening = Opening(
            ticket=plan.ticket, opened_at=int(opened.timestamp()), policy=plan.name, events=tuple(events),
            as_of=int(as_of.timestamp()) if as_of else 0, history_limit=history_limit,
        )  # fmt: skip
        name = workflow_id(ticket.tenant, ticket.id)
        try:
            handle = await reached(
                self.client.start_workflow(
                    WORKFLOW, opening, id=name, task_queue=TICKETS,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    static_summary=summary_of(plan), static_details=details_of(plan),
                    priority=Priority(URGENCY_PRIORITY.get(ticket.urgency, 3), clipped(ticket.tenant, FAIRNESS_KEY)),
                )
            )  # fmt: skip
        except WorkflowAlreadyStartedError as error:
            return Opened(name, error.run_id or "", True, plan)
        return Opened(name, handle.first_execution_run_id or handle.result_run_id or "", False, plan)

    def check(self, ticket: Ticket, policy: str, opened: datetime, now: datetime) -> Plan:
        """The plan on paper: every reason against the ticket at once, or the plan it would get."""
        faults = [*ticket_faults(ticket), *instant_faults(opened, now)]
        if missing := missing_facts(ticket):
            raise BadTicket("\n".join([*faults, *missing]))
        try:
            found = self.catalog.policy(self.catalog.latest(policy or self.catalog.selected(ticket).policy))
            plan = compile_plan(found, ticket, int(opened.timestamp()))
        except (UnknownName, Uncompilable, Faulty) as error:
            faults += str(error.args[0]).split("\n")
        if faults:
            raise BadTicket("\n".join(faults))
        return plan

    # --- news and commands ---------------------------------------------------------------------------------

    async def tell(self, tenant: str, ticket: str, kind: str, **fields: str | int) -> str:
        """Send one piece of news; returns its event id. Raises TicketClosed, NoSuchTicket or BadTicket."""
        payload: dict[str, str | int] = {
            "event_id": f"cli-{uuid.uuid4()}", "occurred_at": datetime.now(UTC).isoformat(),
            **{name: value for name, value in fields.items() if value != ""},
        }  # fmt: skip
        if kind not in SIGNALS:
            raise BadTicket(f"no event '{kind}'; write one of {', '.join(SIGNALS)}")
        try:
            read_news(kind, [payload], 1 << 40)
        except Unreadable as error:
            raise BadTicket(f"{kind}: {error}") from error
        await self._running(tenant, ticket)
        await reached(self._handle(tenant, ticket).signal(kind, payload))
        return str(payload["event_id"])

    async def command(self, tenant: str, ticket: str, name: str, **fields: Any) -> Answer:
        """Send one command (`escalate`, `snooze`, `waive`, ...). Raises Refused with the reason."""
        given = {name: value for name, value in fields.items() if value or value is False}
        payload = {"request_id": f"cli-{uuid.uuid4()}", **given}
        await self._running(tenant, ticket)
        try:
            return await reached(
                self._handle(tenant, ticket).execute_update(
                    name, payload, id=str(payload["request_id"]), result_type=Answer, rpc_timeout=ANSWER_WITHIN
                )
            )
        except WorkflowUpdateFailedError as error:
            raise Refused(getattr(error.cause, "message", "") or str(error.cause)) from error

    # --- questions -----------------------------------------------------------------------------------------

    async def standing(self, tenant: str, ticket: str, at: datetime | None = None) -> Standing:
        """Where the ticket stands."""
        found: Standing = await self._ask(tenant, ticket, "status", Standing, at)
        return found

    async def deadlines(self, tenant: str, ticket: str, at: datetime | None = None) -> tuple[Deadline, ...]:
        """Every deadline with the intervals and pauses that make it."""
        return tuple(await self._ask(tenant, ticket, "explain", list[Deadline], at))

    async def ahead(self, tenant: str, ticket: str, at: datetime | None = None) -> tuple[Ahead, ...]:
        """What would fire next, soonest first."""
        return tuple(await self._ask(tenant, ticket, "ahead", list[Ahead], at))

    async def time_line(self, tenant: str, ticket: str) -> tuple[Entry, ...]:
        """The last entries of the time line; the journal has them all."""
        return tuple(await self._ask(tenant, ticket, "time_line", list[Entry], None))

    async def dossier(self, tenant: str, ticket: str) -> Dossier:
        """Case, plan and clock of a ticket, as they stand together."""
        found: Dossier = await self._ask(tenant, ticket, "dossier", Dossier, None)
        return found

    async def remembered(self, tenant: str, ticket: str, seconds: float) -> Case | None:
        """All that the ticket remembers; None when nobody answers within so many seconds."""
        try:
            found = await asyncio.wait_for(self._query(self._handle(tenant, ticket), "remembered", {}), seconds)
        except (TimeoutError, RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return None
        return TypeAdapter(Case).validate_python(found)

    async def _ask(self, tenant: str, ticket: str, query: str, wanted: Any, at: datetime | None) -> Any:
        payload = {"at": at.isoformat()} if at else {"wall": datetime.now(UTC).isoformat()}
        try:
            found = await reached(self._query(self._handle(tenant, ticket), query, payload))
        except NoSuchTicket as error:
            raise _unheard_of(tenant, ticket) from error
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            why = await self._held_up(tenant, ticket)
            raise Refused(f"ticket {tenant}/{ticket} does not answer '{query}': {why or error}") from error
        return TypeAdapter(wanted).validate_python(found)

    async def _held_up(self, tenant: str, ticket: str) -> str:
        """What a ticket waits for that does not come, or how it ended."""
        found = await reached(self._handle(tenant, ticket).describe(rpc_timeout=ANSWER_WITHIN))
        pending = [one.last_failure.message for one in found.raw_description.pending_activities if one.attempt > 1]
        if found.status not in (None, WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED):
            return f"it is {_STATUS_WORDS.get(found.status, 'over')}; its history in the Temporal UI says why"
        return pending[0] if pending else ""

    async def _query(self, handle: WorkflowHandle[Any, Any], query: str, payload: dict[str, str]) -> Any:
        """TRAP: between two runs (continue-as-new), and before the plan is there, a query is refused for a moment."""
        for patience in range(100, -1, -1):
            try:
                return await handle.query(query, payload, rpc_timeout=ANSWER_WITHIN)
            except RPCError as error:
                if error.status != RPCStatusCode.FAILED_PRECONDITION or not patience:
                    raise
            except WorkflowQueryFailedError as error:
                if NOT_READY not in str(error) or not patience:
                    raise
            await asyncio.sleep(0.05)
        return None

    # --- the server ----------------------------------------------------------------------------------------

    async def register_search_attributes(self) -> list[str]:
        """Register what is missing; returns the names that were added."""
        missing = await self.missing_search_attributes()
        if missing:
            types = {
                name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{_TYPE[SEARCH_ATTRIBUTES[name]]}") for name in missing
            }
            request = AddSearchAttributesRequest(namespace=self.client.namespace, search_attributes=types)
            await reached(self.client.operator_service.add_search_attributes(request))
        return missing

    async def missing_search_attributes(self) -> list[str]:
        """Names the server does not know; a ticket would hang at the first one (pitfall 4)."""
        request = ListSearchAttributesRequest(namespace=self.client.namespace)
        known = await reached(self.client.operator_service.list_search_attributes(request))
        return [name for name in SEARCH_ATTRIBUTES if name not in known.custom_attributes]

    async def make_current(self, build: str, seconds: float = 15.0) -> None:
        """New tickets go to this build from now on; tickets of other builds stay where they are (pinned).

        Without a current build every start waits silently. Raises ServerUnreachable when no worker of the build polls.
        """
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self.client.namespace, deployment_name=DEPLOYMENT, build_id=build, identity="rung",
            ignore_missing_task_queues=True,
        )  # fmt: skip

        async def current() -> bool:
            try:
                await self.client.workflow_service.set_worker_deployment_current_version(request)
            except RPCError as error:
                if error.status not in _NOT_YET:
                    raise
                return False
            return True

        if not await settled(current, seconds):
            raise ServerUnreachable(f"no worker of build {build} polls; start one with 'rung worker'")

    async def left_behind(self, build: str) -> list[str]:
        """Open tickets pinned to another build: they need its worker, or a `poke` while it still runs."""
        query = f"WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'"
        version = f"TemporalWorkerDeploymentVersion != '{DEPLOYMENT}:{build}'"
        return [found.id async for found in self.client.list_workflows(f"{query} AND {version}")]

    async def tickets_under(self, policy: str) -> AsyncIterator[str]:
        """Workflow ids of the open tickets whose plan is of that policy. Visibility lags by a moment."""
        query = f"WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running' AND RungPolicy='{policy}'"
        async for found in self.client.list_workflows(query):
            yield found.id

    async def without_a_plan(self, since: datetime) -> list[str]:
        """Ids of tickets that were opened before `since` and have no plan yet: no worker can make one."""
        begun = f"StartTime < '{since.isoformat()}' AND WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'"
        return [found.id async for found in self.client.list_workflows(f"{begun} AND RungPolicy IS NULL")]

    async def waits_for(self, tenant: str, ticket: str, seconds: float) -> str:
        """Nothing once the ticket has its plan; else, after so many seconds, what keeps it from being taken up."""
        handle = self._handle(tenant, ticket)
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        while datetime.now(UTC) < deadline:
            try:
                await handle.query("clock", rpc_timeout=timedelta(seconds=seconds))
                await handle.query("status", rpc_timeout=timedelta(seconds=seconds))
            except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
                await asyncio.sleep(0.1)
            else:
                return ""
        return await self._held_up(tenant, ticket) or "no worker has taken it up yet; is 'rung worker' running?"

    async def wedged(self) -> list[str]:
        """Ids of tickets whose workflow tasks keep failing."""
        query = f"TemporalReportedProblems IS NOT NULL AND WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'"
        return [found.id async for found in self.client.list_workflows(query)]

    def _handle(self, tenant: str, ticket: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(tenant, ticket))

    async def _running(self, tenant: str, ticket: str) -> None:
        try:
            found = await reached(self._handle(tenant, ticket).describe(rpc_timeout=ANSWER_WITHIN))
        except NoSuchTicket as error:
            raise _unheard_of(tenant, ticket) from error
        except RPCError as error:
            raise GatewayError(f"ticket {tenant}/{ticket}: {error.message}") from error
        if found.status != WorkflowExecutionStatus.RUNNING:
            word = _STATUS_WORDS.get(found.status or WorkflowExecutionStatus.COMPLETED, "over")
            raise TicketClosed(
                f"ticket {tenant}/{ticket} is {word} and takes no news; open it again with 'rung ticket open'"
            )


_TYPE = {"Keyword": "KEYWORD", "Int": "INT", "Datetime": "DATETIME"}


AWAY = (
    "the Temporal server or a worker does not answer; is 'rung up' (or 'rung worker') running? "
    "'rung doctor' looks for the cause"
)


async def reached(call: Awaitable[T]) -> T:
    """Await a call; raises ServerUnreachable or NoSuchTicket instead of an RPC error where that is what it means."""
    try:
        return await call
    except RPCTimeoutOrCancelledError as error:  # TRAP: of an update that no worker takes up, and no RPCError
        _if_given_up(error)
        raise ServerUnreachable(AWAY) from error
    except RPCError as error:
        _if_given_up(error)
        if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
            raise ServerUnreachable(AWAY) from error
        if error.status == RPCStatusCode.NOT_FOUND and "amespace" in error.message:
            raise ServerUnreachable(f"{error.message}; create it, or set TEMPORAL_NAMESPACE to yours") from error
        if error.status == RPCStatusCode.NOT_FOUND:
            raise NoSuchTicket("no such ticket; 'rung ticket list' shows those that are known") from error
        raise


def _if_given_up(error: Exception) -> None:
    """TRAP: a call that we cancel ourselves fails with words of the server's; whoever cancelled must not go on."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def _unheard_of(tenant: str, ticket: str) -> NoSuchTicket:
    return NoSuchTicket(f"no ticket {tenant}/{ticket}; 'rung ticket list' shows those that are known")


def ticket_faults(ticket: Ticket) -> list[str]:
    """What is wrong with the ticket's own fields."""
    faults = []
    if not ticket.id or len(ticket.id) > 120 or any(c.isspace() or c == "/" for c in ticket.id):
        faults.append(f"ticket id '{ticket.id}': write 1 to 120 characters without spaces or slashes")
    if not ticket.tenant or len(ticket.tenant) > 60 or any(c.isspace() or c == "/" for c in ticket.tenant):
        faults.append(f"tenant '{ticket.tenant}': write 1 to 60 characters without spaces or slashes")
    if ticket.type not in TYPES:
        faults.append(f"type '{ticket.type}' is unknown; write one of {', '.join(TYPES)}")
    for name, given in (("impact", ticket.impact), ("value", ticket.value)):
        if given and given not in GRADES:
            faults.append(f"{name} '{given}' is unknown; write one of {', '.join(GRADES)}")
    for name, score, most in (("risk", ticket.risk, 100), ("complexity", ticket.complexity, 10)):
        if not 0 <= score <= most:
            faults.append(f"{name} {score} is not a score; write a whole number from 0 to {most}")
    if ticket.contact and "@" not in ticket.contact.strip("@"):
        faults.append(f"contact '{ticket.contact}' is no mail address; write one like ann@example.com")
    for name in TEXTS:
        if len(text := getattr(ticket, name)) > LONGEST:
            faults.append(f"the {name} has {len(text)} characters; {LONGEST} are enough")
    return faults


def missing_facts(ticket: Ticket) -> list[str]:
    """Without these no policy promises anything."""
    needed = (("tier", ticket.tier, TIERS), ("urgency", ticket.urgency, URGENCIES))
    return [
        f'the {name} is missing; write --{name}, or "{name}" in the file, with one of {", ".join(choices)}'
        for name, value, choices in needed
        if not value
    ]


def instant_faults(opened: datetime, now: datetime) -> list[str]:
    """A naive or future opening, or one absurdly long ago."""
    if opened.tzinfo is None:
        return [f"opened_at {opened.isoformat()} has no time zone; write one like 2026-03-27T16:00:00+09:00"]
    if opened > now + CLOCK_SKEW:
        known = now.isoformat(timespec="seconds")
        return [f"opened_at {opened.isoformat()} is in the future (now {known}); check the clock"]
    if opened < now - LONGEST_OPEN:
        return [f"opened_at {opened.isoformat()} is more than ten years ago; check the year"]
    return []


def summary_of(plan: Plan) -> str:
    """The line the Temporal UI shows for the workflow. No personal data."""
    about = f", {plan.ticket.service}" if plan.ticket.service else ""
    return f"{plan.ticket.tier} x {plan.ticket.urgency}{about} under {plan.name}"


def details_of(plan: Plan) -> str:
    """The promises in Markdown for the Temporal UI."""
    lines = [
        f"**{plan.name}** ({plan.versions.get('calendar', '')}), opened {say_instant(plan.opened_at, plan.zone)}",
        "",
    ]
    promises = [clock for clock in plan.clocks if clock.target]
    lines += [f"- {clock.name.replace('_', ' ')}: {say_duration(clock.target)} of business time" for clock in promises]
    return "\n".join(lines)


async def settled(call: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Ask until it is so, at most `seconds`."""
    for _ in range(int(seconds / 0.05)):
        if await call():
            return True
        await asyncio.sleep(0.05)
    return False
