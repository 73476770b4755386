"""Is everything there that Rung needs? One finding a check, each with what to do next.

With `register` it also makes what a first start needs (search attributes, the journal's tables); a worker, which comes
after that, is then no condition. Must never repair anything unasked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from starter.answering import faults_of
from starter.settings import BadSettings, Settings, load, shown

Status = Literal["ok", "fail", "note"]
ALIVE = 120
"""Seconds since a worker last asked for work; one question lasts up to 60."""
PATIENCE = 5.0
"""Seconds for one check."""


@dataclass(frozen=True)
class Finding:
    """What a check found. A `note` is no fault, but worth knowing."""

    check: str
    status: Status
    said: str
    next: str = ""


Check = Callable[[Settings], Awaitable[Finding]]


async def examine(register: bool = False) -> AsyncIterator[Finding]:
    """Check after check, as each comes to its end."""
    try:
        settings = load()
    except BadSettings as error:
        yield Finding("settings", "fail", str(error), "correct these variables; nothing else was looked at")
        return
    given = [setting.name for setting in shown(settings) if setting.is_set]
    yield Finding("settings", "ok", f"set: {', '.join(given)}" if given else "all at their defaults")
    for name, check in (("people", _people), ("policies", _policies)):
        yield await _tried(name, check, settings)
    yield await _tried("journal", _make_journal if register else _journal, settings)
    async for finding in _server(settings, register):
        yield finding
    smtp = await _tried("e-mail", _smtp, settings)
    yield _later(smtp) if register else smtp
    yield _api(settings)


async def _tried(name: str, check: Check, settings: Settings) -> Finding:
    try:
        return await asyncio.wait_for(check(settings), PATIENCE * 4)
    except TimeoutError:
        return Finding(name, "fail", f"no answer within {PATIENCE * 4:g} s")
    except Exception as error:
        return Finding(name, "fail", "\n".join(faults_of(error)))


def _later(finding: Finding) -> Finding:
    return replace(finding, status="note") if finding.status == "fail" else finding


async def _people(settings: Settings) -> Finding:
    from starter.people import is_sample, people_of, read_roster, silent, unheld, unknown_operator

    found = await read_roster(settings)
    people = len(people_of(found.people))
    said = f"{settings.people.name}: {people} people, {len(found.teams)} teams, {len(found.roles)} roles"
    if is_sample(settings):
        return Finding("people", "note", f"{said}; the sample, whom nobody reaches", "set RUNG_PEOPLE to your file")
    missing = [*silent(found), *unknown_operator(settings, found), *await asyncio.to_thread(unheld, settings, found)]
    if missing:
        return Finding("people", "note", "\n".join([said, *missing]), "'rung people check' after each correction")
    return Finding("people", "ok", said)


async def _policies(settings: Settings) -> Finding:
    from activities.ports import Refused
    from starter.checking import check, unchanged
    from starter.people import read_roster

    try:
        roles = tuple((await read_roster(settings)).roles)
    except Refused:
        roles = ()  # told by the check before
    catalog = settings.catalog()
    now = int(datetime.now(UTC).timestamp())
    checked = await asyncio.to_thread(check, catalog, (), now, roles, doubting=False)
    faults = [str(fault) for one in (*checked, unchanged(catalog)) for fault in one.faults]
    if faults:
        return Finding("policies", "fail", "\n".join(faults), "'rung policy check' after each correction")
    return Finding("policies", "ok", f"{', '.join(one.name for one in checked)}; published files are unchanged")


async def _journal(settings: Settings) -> Finding:
    from starter.journal import journal

    async with journal(settings) as records:
        await records.lines("")
        await records.cards(limit=1)
    return Finding("journal", "ok", "can be read, its tables fit")


async def _make_journal(settings: Settings) -> Finding:
    from activities.adapters.sql import migrate

    if str(settings.data_dir) in settings.journal_url:
        settings.make_data_dir()
    await asyncio.to_thread(migrate, settings.journal_url)
    return await _journal(settings)


async def _smtp(settings: Settings) -> Finding:
    import aiosmtplib

    if not settings.smtp_host:
        return Finding("e-mail", "note", "not configured: e-mails will be undelivered", "set RUNG_SMTP_HOST")
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    server = aiosmtplib.SMTP(
        hostname=settings.smtp_host, port=settings.smtp_port, timeout=min(settings.smtp_timeout, PATIENCE),
        use_tls=settings.smtp_tls == "tls", start_tls=settings.smtp_tls == "starttls",
        username=settings.smtp_username or None, password=settings.smtp_password.get_secret_value() or None,
    )  # fmt: skip
    try:
        await server.connect()
        await server.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        said = str(error).strip().splitlines()
        return Finding(
            "e-mail", "fail", f"{place} ({settings.smtp_tls}): {said[0] if said else type(error).__name__}",
            "check RUNG_SMTP_HOST, _PORT, _TLS, _USERNAME and _PASSWORD",
        )  # fmt: skip
    return Finding("e-mail", "ok", f"{place} takes mail")


def _api(settings: Settings) -> Finding:
    names = dict.fromkeys(name for name, _ in settings.api_callers())
    if not names:
        return Finding("API", "note", "shut: nobody has a token", "set RUNG_API_TOKENS=NAME:TOKEN to open it")
    if not settings.public_url:
        said = f"tokens for {', '.join(names)}; only 'rung up' serves it so"
        return Finding("API", "note", said, "'rung web' needs RUNG_PUBLIC_URL and RUNG_LINK_SECRET, too")
    return Finding("API", "ok", f"{settings.public_url}/api/v1 for {', '.join(names)}")


# --- what needs the server ---------------------------------------------------------------------------------


async def _server(settings: Settings, register: bool) -> AsyncIterator[Finding]:
    from starter.connection import gateway
    from starter.gateway import GatewayError

    try:
        found = await gateway(settings)
    except (GatewayError, BadSettings) as error:
        yield Finding("server", "fail", str(error))
        for finding in _unseen("there is no server"):
            yield finding
        return
    examination = _Examination(found)
    namespace = await _tried("server", examination.namespace, settings)
    yield namespace
    if namespace.status == "fail":
        for finding in _unseen("the server does not let us in"):
            yield finding
        return
    yield await _tried("search attributes", examination.register if register else examination.attributes, settings)
    for name, check in (("worker", examination.worker), ("tickets", examination.tickets)):
        finding = await _tried(name, check, settings)
        yield _later(finding) if register else finding


def _unseen(why: str) -> list[Finding]:
    return [Finding(name, "note", f"not looked at: {why}") for name in ("search attributes", "worker", "tickets")]


class _Examination:
    """The checks that share one connection."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.client = gateway.client

    async def namespace(self, _settings: Settings) -> Finding:
        from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
        from temporalio.service import RPCError, RPCStatusCode

        name, place = self.client.namespace, self.client.service_client.config.target_host
        try:
            await self.client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name))
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            advice = f"make it with 'temporal operator namespace create -n {name}', or set TEMPORAL_NAMESPACE"
            return Finding("server", "fail", f"{place} has no namespace '{name}'", advice)
        return Finding("server", "ok", f"{place}, namespace {name}")

    async def attributes(self, _settings: Settings) -> Finding:
        missing = await self.gateway.missing_search_attributes()
        if missing:
            return Finding(
                "search attributes", "fail", f"missing: {', '.join(missing)}", "'rung doctor --register' adds them"
            )
        return Finding("search attributes", "ok", "all registered")

    async def register(self, _settings: Settings) -> Finding:
        added = await self.gateway.register_search_attributes()
        return Finding("search attributes", "ok", f"added: {', '.join(added)}" if added else "all registered")

    async def worker(self, _settings: Settings) -> Finding:
        from temporalio.api.enums.v1 import TaskQueueType

        from workflows.contract import EFFECTS, TICKETS

        queues = (
            (TICKETS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW), (TICKETS, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
            (EFFECTS, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        )  # fmt: skip
        found = [(name, await self.pollers(name, kind)) for name, kind in queues]
        idle = sorted({name for name, pollers in found if not pollers})
        if idle:
            return Finding(
                "worker",
                "fail",
                f"nobody works on {', '.join(idle)}; tickets wait",
                "start 'rung worker', or 'rung up'",
            )
        return Finding(
            "worker", "ok", f"{len({p for _, pollers in found for p in pollers})} at work on both task queues"
        )

    async def pollers(self, queue: str, kind: Any) -> set[str]:
        """Who asked for work lately."""
        from temporalio.api.taskqueue.v1 import TaskQueue
        from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        answer = await self.client.workflow_service.describe_task_queue(request)
        since = datetime.now(UTC).timestamp() - ALIVE
        return {poller.identity for poller in answer.pollers if poller.last_access_time.seconds >= since}

    async def tickets(self, _settings: Settings) -> Finding:
        wedged = await self.gateway.wedged()
        if wedged:
            said = f"{len(wedged)} cannot go on: {', '.join(wedged[:5])}{' ...' if len(wedged) > 5 else ''}"
            return Finding(
                "tickets", "fail", said, "their histories in the Temporal UI say why; they go on once it is mended"
            )
        waiting = await self.gateway.without_a_plan(datetime.now(UTC) - timedelta(minutes=1))
        if waiting:
            said = f"{len(waiting)} have no plan: {', '.join(waiting[:5])}{' ...' if len(waiting) > 5 else ''}"
            return Finding("tickets", "fail", said, "'rung ticket show' says why; does the worker have their policy?")
        return Finding("tickets", "ok", "none is stuck")
