"""An HTTP server on loopback: `HttpSink` stands in for Slack, Teams, Twilio, a webhook, a helpdesk, a billing and a
planning system at once, told apart by path.

Must never be what a production worker talks to.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count

from starter.http_request import Request, described
from starter.sink import LOOPBACK, Fault, Received, Sink

_LONGEST_HEAD = 64 * 1024
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, SyntaxError)


class HttpSink(Sink):
    """An HTTP/1.1 server for everything else. `url` is its address; what a path means `http_request.py` says."""

    def __init__(
        self,
        port: int = 0,
        host: str = LOOPBACK,
        on_received: Callable[[Received], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(port, host, on_received, now)
        self.requests: list[Request] = []
        """All that came in, failures and repetitions too."""
        self.rule: Callable[[Request], Fault | None] = lambda request: None
        """What goes wrong with a request, whenever it comes; None = nothing."""
        self._numbers = count(1)
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://{self.host}:{self.port}"

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, self.host, self.port, limit=_LONGEST_HEAD)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _hang_up(self) -> None:
        tasks = list(self._serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(await _read_request(reader), writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            writer.transport.abort()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        fault = self.rule(request) or await self._fault()
        if fault.delay == float("inf"):
            writer.transport.abort()
        elif fault.status:
            await answer(writer, fault.status, fault.body, fault.headers)
        else:
            await self._welcome(request, writer, fault.lost)

    async def _welcome(self, request: Request, writer: asyncio.StreamWriter, lost: bool) -> None:
        try:
            item = described(request, self._now())
        except _NONSENSE as error:
            await answer(writer, 400, f"cannot be read: {type(error).__name__}", {})
            return
        if item is None:
            await answer(writer, 404, f"nothing at {request.path}", {})
            return
        await self._take(item)
        if lost:
            writer.transport.abort()
        else:
            status, body = said(item.channel, next(self._numbers))
            await answer(writer, status, body, {})


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _version = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def answer(writer: asyncio.StreamWriter, status: int, body: str, headers: Mapping[str, str]) -> None:
    """One whole response; the connection ends with it."""
    content = body.encode()
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content)
    await writer.drain()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def said(channel: str, number: int) -> tuple[int, str]:
    """What the real ones say when all is well."""
    if channel == "slack":
        return 200, "ok"
    if channel == "teams":
        return 202, ""
    name = {"sms": "sid", "phone": "sid"}.get(channel, "id")
    prefix = {"sms": "SM", "phone": "CA"}.get(channel, "")
    return 201, json.dumps({name: f"{prefix}{number}"})
