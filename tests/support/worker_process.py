"""`python -m worker` as processes that can be stopped, killed, started again and asked for the CPU they have used.

For benchmarks and for tests that kill. Must never leave a process behind: whoever starts one stops it, and one whose
owner was killed ends itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from starter.embedded import ROOT, WORKING_WITHIN, WorkerFailed, ended
from starter.gateway import settled
from starter.server import DevServer, end_with_owner
from workflows.contract import EFFECTS, TICKETS

QUEUES = (
    (TICKETS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW), (TICKETS, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (EFFECTS, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
)  # fmt: skip


class WorkerProcess:
    """One worker against that server. `log` gets its error output."""

    def __init__(self, server: DevServer, environment: Mapping[str, str], log: Path) -> None:
        self.server, self.log = server, log
        self.environment = {
            **os.environ, **environment, "TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": server.namespace,
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.process: asyncio.subprocess.Process | None = None
        self.killed = 0
        self._used_before = 0.0

    async def start(self) -> None:
        """Return once it exists; `working` waits until it polls."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "worker", env=self.environment, start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=end_with_owner if sys.platform == "linux" else None,
            )  # fmt: skip

    async def working(self) -> None:
        """Wait until this very process polls. Raises WorkerFailed.

        TRAP: the server goes on naming pollers that are gone, so that there is a poller says nothing after a restart.
        """
        process = self.process
        assert process is not None

        async def polls() -> bool:
            if process.returncode is not None:
                raise WorkerFailed(f"the worker ended (exit {process.returncode}); its log is {self.log}")
            return all([await self._polled(process.pid, queue, kind) for queue, kind in QUEUES])

        if not await settled(polls, WORKING_WITHIN):
            raise WorkerFailed(f"the worker did not get to work within {WORKING_WITHIN:.0f} s; its log is {self.log}")

    async def _polled(self, pid: int, queue: str, kind: TaskQueueType.ValueType) -> bool:
        """By that process, as the identity of its client says."""
        client = self.server.client
        question = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        found = await client.workflow_service.describe_task_queue(question)
        return any(poller.identity.startswith(f"{pid}@") for poller in found.pollers)

    async def stop(self) -> None:
        """SIGTERM, patience, SIGKILL."""
        if self.process is not None:
            self._used_before += self._used_now()
            await ended(self.process)
            self.process = None

    def kill(self) -> None:
        """SIGKILL, by pid, at once."""
        if self.process is not None and self.process.returncode is None:
            self.killed += 1
            with suppress(ProcessLookupError):
                self.process.kill()

    async def kept_alive(self) -> None:
        """Started again whenever it ends, as a supervisor would, until this is cancelled."""
        while True:
            await self.start()
            assert self.process is not None
            try:
                await self.process.wait()
            finally:
                if self.process.returncode is None:
                    self.process.kill()
                    await self.process.wait()
            await asyncio.sleep(0.2)

    def cpu_seconds(self) -> float:
        """Of all its lives that were ended by `stop`, and of the present one."""
        return self._used_before + self._used_now()

    def _used_now(self) -> float:
        return 0.0 if self.process is None else cpu_seconds(self.process.pid)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0.0 where the system does not tell, or when it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> int:
    """Memory of a process as it is now; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
