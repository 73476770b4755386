"""Everything on one machine: dev server with its UI and a database file, and a worker, in one process tree.

For trying out and for small sites; nothing is lost when it stops, the database file keeps every ticket. Must leave no
process behind, however it ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from starter.api.outages import PLACE
from starter.gateway import GatewayError, settled
from starter.server import DevServer, end_with_owner
from starter.settings import Settings
from starter.webhooks.house import open_doors
from starter.webhooks.serving import kept_secret
from starter.whereabouts import noted
from workflows.contract import EFFECTS, TICKETS

ROOT = Path(__file__).parents[1]
WORKING_WITHIN = 60.0


class WorkerFailed(GatewayError):
    """The worker ended; its own message is above."""


@asynccontextmanager
async def child_worker(server: DevServer, variables: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m worker` against that server, ended with it. Yields when it polls."""
    environment = {
        **os.environ, **variables, "TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": server.namespace,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", env=environment, start_new_session=True,
        preexec_fn=end_with_owner if sys.platform == "linux" else None,
    )  # fmt: skip
    try:
        await working(server.client, process)
        yield process
    finally:
        await ended(process)


async def working(client: Client, process: asyncio.subprocess.Process) -> None:
    """Wait until somebody polls both task queues. Raises WorkerFailed when the worker ends first."""

    async def polled() -> bool:
        if process.returncode is not None:
            raise WorkerFailed(f"the worker ended (exit {process.returncode}); its message is above")
        return all([await has_pollers(client, TICKETS), await has_pollers(client, EFFECTS)])

    if not await settled(polled, WORKING_WITHIN):
        raise WorkerFailed(f"the worker did not get to work within {WORKING_WITHIN:.0f} s")


async def has_pollers(client: Client, queue: str) -> bool:
    """Whether a worker polls that task queue for activities."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )  # fmt: skip
    return bool((await client.workflow_service.describe_task_queue(request)).pollers)


async def ended(process: asyncio.subprocess.Process, seconds: float = 40.0) -> None:
    """SIGTERM, patience, SIGKILL."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()


def stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def up(
    settings: Settings, port: int = 7233, ui_port: int = 8233, database: Path | None = None, web_port: int = 8234
) -> None:
    """Run until Ctrl-C. Raises GatewayError when a part does not start or ends by itself."""
    stop = stop_on_signals()
    folder = settings.make_data_dir()
    with only_one(folder):
        for number, option in ((port, "--port"), (ui_port, "--ui-port"), (web_port, "--web-port")):
            if taken(number):
                raise GatewayError(f"port {number} is in use; end what listens there, or choose another with {option}")
        server = DevServer(
            port=port, ui_port=ui_port, database=database or folder / "temporal.db", log=folder / "temporal.log"
        )  # fmt: skip
        url = settings.public_url or f"http://127.0.0.1:{web_port}"
        secrets = settings.link_secrets() or (kept_secret(folder),)
        variables = {"RUNG_PUBLIC_URL": url, "RUNG_LINK_SECRET": ",".join(secrets)}
        if not settings.public_url:
            variables["RUNG_RECEIPT_SECONDS"] = "0"  # no provider reaches this machine
        async with (
            server, child_worker(server, variables) as worker,
            open_doors(settings, server.client, secrets, url, web_port),
        ):  # fmt: skip
            with noted(folder, server.address, f"http://127.0.0.1:{ui_port}"):
                sys.stderr.write(welcome(server, folder, port, ui_port, url, bool(settings.api_callers())))
                await first_to_end(stop, worker, server)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """TRAP: two servers on one database file lose tickets. The lock goes with the process, however it ends."""
    with (folder / "up.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GatewayError(
                f"'rung up' runs in {folder} already; end it, or choose another folder with RUNG_DATA_DIR"
            ) from None
        yield


def taken(port: int) -> bool:
    """Whether somebody listens on that port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def welcome(server: DevServer, folder: Path, port: int, ui_port: int, url: str, callers: bool = False) -> str:
    """What runs where, and a first command that reaches it; the API only where somebody may call it."""
    api = f"  API           {url}{PLACE}\n" if callers else ""
    there = f"TEMPORAL_ADDRESS={server.address} " if port != 7233 else ""
    program = sys.argv[0] if Path(sys.argv[0]).name == "rung" else "rung"
    return (
        f"\nRung is up.\n  Temporal UI   http://127.0.0.1:{ui_port}\n  Temporal      {server.address}\n"
        f"  Answers       {url}  (links and buttons in messages)\n{api}"
        f"  Data          {folder.resolve()}\n\n"
        f"Try, in another terminal and in this folder:\n"
        f"  {there}{program} ticket open T-1 --tier gold --urgency high --summary 'Printer on fire' --team support\n"
        "Ctrl-C ends it; open tickets go on when it is up again.\n\n"
    )


async def first_to_end(stop: asyncio.Event, worker: asyncio.subprocess.Process, server: DevServer) -> None:
    """Return on `stop`; raise WorkerFailed when a child ends before."""
    children = [asyncio.create_task(worker.wait(), name="worker")]
    if server.process is not None:
        children.append(asyncio.create_task(server.process.wait(), name="dev server"))
    wanted = asyncio.create_task(stop.wait())
    done, waiting = await asyncio.wait([wanted, *children], return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if wanted not in done:
        log = f"; its log is {server.log}" if server.log else ""
        raise WorkerFailed(f"the {next(iter(done)).get_name()} ended by itself; see the messages above{log}")
