"""A real server on loopback that takes what Rung sends: what all of them share, whatever they speak.

It runs in the caller's event loop, drops what it has taken before (by key), and fails on demand: the demo shows it, the
tests check it. Must never be what a production worker talks to.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """One thing that arrived and was taken. `detail` is what the channel carries beyond the common."""

    channel: str
    key: str
    to: str
    subject: str
    body: str
    at: datetime
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next exchange: `delay` (seconds, `inf` = no answer ever), then the rest.

    `status` refuses without taking. `lost` takes and then breaks the connection instead of answering.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    delay: float = 0.0
    lost: bool = False


class Sink:
    """Starting, stopping, remembering, failing on demand."""

    def __init__(
        self,
        port: int = 0,
        host: str = LOOPBACK,
        on_received: Callable[[Received], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.host = host
        self.port = port
        self.received: list[Received] = []
        """Everything taken, each key once."""
        self.repeated: Counter[str] = Counter()
        """Key -> how often it was taken again."""
        self.attempts = 0
        """Exchanges that were tried, those that failed and those that were repeated among them."""
        self._faults: deque[Fault] = deque()
        self._on_received = on_received
        self._now = now
        self._news = asyncio.Condition()
        self._stopping = asyncio.Event()
        self._server: asyncio.Server | None = None

    def fail_next(self, *faults: Fault) -> None:
        """One fault per exchange to come; then all is well again."""
        self._faults.extend(faults)

    async def until(self, number: int) -> list[Received]:
        """Waits until so many things were taken; the caller sets the time limit."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.received) >= number)
        return self.received[:number]

    async def until_tried(self, number: int) -> None:
        """Waits until so many exchanges have begun, whatever becomes of them."""
        async with self._news:
            await self._news.wait_for(lambda: self.attempts >= number)

    async def start(self) -> Self:
        """Listens; `port` is then the real one."""
        self._server = await self._listen()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Waits for nothing: exchanges that hang are broken off."""
        self._stopping.set()
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._hang_up()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _listen(self) -> asyncio.Server:
        raise NotImplementedError

    async def _hang_up(self) -> None:
        raise NotImplementedError

    async def _fault(self) -> Fault:
        async with self._news:
            self.attempts += 1
            self._news.notify_all()
        fault = self._faults.popleft() if self._faults else Fault()
        if fault.delay:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), None if fault.delay == float("inf") else fault.delay)
        return fault

    async def _take(self, item: Received) -> None:
        if any((known.channel, known.key) == (item.channel, item.key) for known in self.received):
            self.repeated[item.key] += 1
            return
        self.received.append(item)
        if self._on_received is not None:
            self._on_received(item)
        async with self._news:
            self._news.notify_all()
