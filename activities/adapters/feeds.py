"""The on-call feeds that people.yaml names, read from a file or over HTTP, each with its last good version.

A rung must not wait for a calendar server: what was read is used for a minute, then asked for anew, and after a moment
the last good version is used while the answer is still under way. Must never follow a redirect, read an endless answer,
or tell more of an address than its host: the path of a calendar feed is its password.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from activities.adapters.http import silence_url_logs
from activities.ports import Refused

log = logging.getLogger(__name__)
LARGEST = 2 * 1024 * 1024
"""Bytes of one feed."""
TIMEOUT = 5.0
"""Seconds for a whole exchange."""
FRESH = 60
"""Seconds for which a feed is not asked for again."""
PATIENCE = 0.5
"""Seconds that a rung waits for a feed, and again for it to be understood; reading the roster has two in all."""


def now_seconds() -> int:
    """The clock of the adapters; tests pass their own."""
    return int(datetime.now(UTC).timestamp())


@dataclass
class Kept:
    """What is known of one feed: its last good text, and why there is none, or no newer one."""

    content: bytes | None = None
    fault: str = ""
    asked_at: int | None = None
    asking: asyncio.Task[None] | None = field(default=None, repr=False)


class Feeds:
    """Texts by address. One for a process."""

    def __init__(self, now: Callable[[], int] = now_seconds, patience: float = PATIENCE) -> None:
        silence_url_logs()
        self.now = now
        self.patience = patience
        self._kept: dict[str, Kept] = {}

    async def read(self, addresses: list[str], patience: float | None = None) -> dict[str, Kept]:
        """All of them at once, waiting at most `patience` seconds for those that are not fresh."""
        kept = {address: self._kept.setdefault(address, Kept()) for address in addresses}
        asked = [self._ask(address, one) for address, one in kept.items() if self._due(one)]
        if asked:
            await asyncio.wait(asked, timeout=self.patience if patience is None else patience)
        for one in kept.values():
            if one.content is None and not one.fault:
                one.fault = "has not answered yet"
        return kept

    def _due(self, kept: Kept) -> bool:
        return kept.asked_at is None or self.now() - kept.asked_at >= FRESH or bool(kept.asking)

    def _ask(self, address: str, kept: Kept) -> asyncio.Task[None]:
        # TRAP: a task belongs to its loop; one that a closed loop left behind would never end
        if kept.asking is None or kept.asking.get_loop() is not asyncio.get_running_loop():
            kept.asked_at = self.now()
            kept.asking = asyncio.create_task(self._renew(address, kept))
        return kept.asking

    async def _renew(self, address: str, kept: Kept) -> None:
        fault = ""
        try:
            kept.content = await fetched(address)
        except Refused as error:
            fault = str(error)
            if fault != kept.fault and kept.content is not None:
                log.error("the on-call calendar %s %s; its last good version stays in force", place(address), fault)
        finally:
            kept.fault, kept.asking = fault, None


def remote(address: str) -> bool:
    """Whether it is read over HTTP."""
    return urlsplit(address).scheme in {"http", "https", "webcal"}


def place(address: str) -> str:
    """What may be told of an address: a file's name, or the host."""
    return (urlsplit(address).hostname or "?") if remote(address) else Path(address).name


async def fetched(address: str) -> bytes:
    """Raises Refused with what is wrong, without the address."""
    if not remote(address):
        return await asyncio.to_thread(_from_disk, Path(address))
    url = "https" + address.removeprefix("webcal") if address.startswith("webcal:") else address
    try:
        async with asyncio.timeout(TIMEOUT), httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            return await _from_web(client, url)
    except TimeoutError:
        raise Refused(f"did not answer within {TIMEOUT:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise Refused(f"cannot be reached ({type(error).__name__})") from None


async def _from_web(client: httpx.AsyncClient, url: str) -> bytes:
    content = bytearray()
    async with client.stream("GET", url, headers={"Accept": "text/calendar"}) as answer:
        if answer.is_redirect:
            raise Refused(f"answered {answer.status_code}: redirects are not followed, write the final address")
        if answer.status_code != httpx.codes.OK:
            raise Refused(f"answered {answer.status_code}")
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise Refused(f"is larger than {LARGEST // 1024 // 1024} MB")
    return bytes(content)


def _from_disk(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror})") from None
    if len(content) > LARGEST:
        raise Refused(f"is larger than {LARGEST // 1024 // 1024} MB")
    return content
