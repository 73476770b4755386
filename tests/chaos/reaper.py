"""Kills workers and the server by SIGKILL, after as many happenings as the seed's dice say.

Workers die in turn of the dice and just after a provider took a message whose sender has not heard of it; the server
dies and comes back on the same port and the same database file. Must never end a process that it was not given.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starter.embedded import ROOT
from starter.server import DevServer, ServerFailed, end_with_owner
from starter.sink import Received

WORKER_EVERY, SERVER_EVERY = (30, 60), (50, 100)
"""Pieces of news from one death to the next: a slow machine has no more deaths than a quick one."""
ARRIVAL_EVERY = (50, 110)
"""Messages between two deaths that come after a message was taken and before its sender heard of it."""
SOON = (0.0, 2.0)
"""Seconds from the news to the death."""


class Worker:
    """`python -m worker`, started again whenever it ends, as a supervisor would. `signs`: whom its messages are from."""

    def __init__(self, environment: Mapping[str, str], signs: tuple[str, str], log: Path) -> None:
        phone, mail = self.signs = signs
        own = {"RUNG_TWILIO_FROM": phone, "RUNG_SMTP_FROM": mail, "PYTHONPATH": str(ROOT)}
        self.environment = {**os.environ, **environment, **own}
        self.log = log
        self.process: asyncio.subprocess.Process | None = None

    def kill(self) -> bool:
        """SIGKILL, by pid, at once; False when there is nothing to kill just now."""
        if self.process is None or self.process.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            self.process.kill()
        return True

    def sent(self, item: Received) -> bool:
        """Whether it waits for the answer to that message. Slack and the helpdesk are not told who asks."""
        return any(sign in item.detail.get("from", "") for sign in self.signs)

    async def run(self) -> None:
        while True:
            with self.log.open("ab") as output:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "worker", env=self.environment, start_new_session=True,
                    stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                    preexec_fn=end_with_owner if sys.platform == "linux" else None,
                )  # fmt: skip
            try:
                await self.process.wait()
            finally:
                if self.process.returncode is None:
                    self.process.kill()
                    await self.process.wait()
            await asyncio.sleep(0.2)


@dataclass
class Turn:
    """One way to die: after so many happenings, drawn anew each time. The first comes earlier: a short run has one, too."""

    dice: random.Random
    every: tuple[int, int]
    left: int = 0

    def __post_init__(self) -> None:
        self.left = self.dice.randint(*self.every) // 2

    def has_come(self) -> bool:
        self.left -= 1
        return self.left == 0

    def draw(self) -> None:
        self.left = self.dice.randint(*self.every)


class Reaper:
    """`deaths` holds the instant of each by the loop's clock."""

    def __init__(self, seed: str) -> None:
        self._worker, self._server, self._arrival = (
            Turn(random.Random(f"{seed}:{name}"), every)
            for name, every in (("worker", WORKER_EVERY), ("server", SERVER_EVERY), ("arrival", ARRIVAL_EVERY))
        )
        self._workers: tuple[Worker, ...] = ()
        self._restart: Callable[[], Awaitable[None]] | None = None
        self._dying: set[asyncio.Task[None]] = set()
        self.deaths: list[float] = []
        self.workers_killed = self.between_send_and_report = self.servers_killed = 0

    def begin(self, workers: tuple[Worker, ...], server: DevServer) -> None:
        """They may die from now on."""
        self._workers, self._restart = workers, partial(self._kill_server, server)

    async def end(self) -> None:
        """Nobody dies any more; the server lives when this returns."""
        self._workers, self._restart = (), None
        await asyncio.gather(*self._dying)

    def news(self) -> None:
        """A ticket was told something."""
        for turn, kill in ((self._worker, self._kill_one), (self._server, self._kill_the_server)):
            if turn.has_come():
                self._dying.add(task := asyncio.create_task(self._soon(turn, kill)))
                task.add_done_callback(self._forget)

    def arrived(self, item: Received) -> None:
        """A provider has it, and its answer is not written yet: the moment between send and report."""
        sender = next((one for one in self._workers if one.sent(item)), None)
        if sender is not None and self._arrival.has_come():
            self.between_send_and_report += self._kill(sender)
            self._arrival.draw()

    async def _soon(self, turn: Turn, kill: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(turn.dice.uniform(*SOON))
        await kill()
        turn.draw()

    async def _kill_one(self) -> None:
        if self._workers:
            self._kill(self._worker.dice.choice(self._workers))

    async def _kill_the_server(self) -> None:
        if self._restart is not None:
            await self._restart()

    def _kill(self, worker: Worker) -> bool:
        killed = worker.kill()
        if killed:
            self.workers_killed += 1
            self._note()
        return killed

    async def _kill_server(self, server: DevServer) -> None:
        """SIGKILL; then the same port and the same database file."""
        assert server.process is not None
        server.process.kill()
        await server.process.wait()
        self.servers_killed += 1
        self._note()
        for patience in range(4, -1, -1):
            try:
                await server.start()
                return
            except ServerFailed:
                await server.stop()
                if not patience:
                    raise

    def _note(self) -> None:
        self.deaths.append(asyncio.get_running_loop().time())

    def _forget(self, task: asyncio.Task[None]) -> None:
        """TRAP: not one that failed: `end` tells of it."""
        if not task.cancelled() and task.exception() is None:
            self._dying.discard(task)
