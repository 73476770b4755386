"""Receipts as providers send them: doubled, early, out of order, late, never, or to say that it failed after all.

By seeded dice, the same for the same key; signed, and posted to a real door. Must never know what Rung makes of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl

import httpx

from policies.dispatch import DELIVERED, FAILED, UNKNOWN
from starter.http_request import Request
from tests.starter.test_webhooks import twilio

PLAIN, TWICE, EARLY, REORDERED, LATE, NEVER, LOST = (
    "delivered", "twice", "before the answer", "out of order", "late", "never", "failed after accept",
)  # fmt: skip
FATES = (PLAIN, TWICE, EARLY, REORDERED, LATE, NEVER, LOST)
WEIGHTS: Mapping[str, int] = {TWICE: 12, EARLY: 12, REORDERED: 12, LATE: 10, NEVER: 10, LOST: 12}
"""Percent of all keys of text messages and calls; the rest is delivered and says so once."""
ENDS: Mapping[str, str] = {NEVER: UNKNOWN, LOST: FAILED}
"""The state in which such a message ends, whatever came between; every other one is delivered."""
SAID: Mapping[str, Sequence[str]] = {
    PLAIN: ("sent", "delivered"), TWICE: ("delivered", "delivered"), EARLY: ("delivered",),
    REORDERED: ("delivered", "sent", "queued"), LATE: ("delivered",), NEVER: (), LOST: ("sent", "undelivered"),
}  # fmt: skip
OF_CALLS: Mapping[str, str] = {"sent": "in-progress", "delivered": "completed", "undelivered": "no-answer"}
TRIES = 20
"""A provider repeats what is not answered well."""


@dataclass
class Receipts:
    """What is posted, and to where the message said. `late` are seconds of real time."""

    seed: str
    token: str
    late: float = 4.0
    posted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Key -> what its receipts said, in order."""
    answers: Counter[int] = field(default_factory=Counter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def fate(self, key: str) -> str:
        left = int.from_bytes(sha256(f"{self.seed}:receipt:{key}".encode()).digest()[:8]) % 100
        for fate, weight in WEIGHTS.items():
            if left < weight:
                return fate
            left -= weight
        return PLAIN

    async def taken(self, request: Request, key: str, sid: str) -> None:
        """A message was taken for the first time: its receipts go their way, an early one before this returns."""
        form = dict(parse_qsl(request.body.decode()))
        if "StatusCallback" not in form or key in self.posted:
            return
        self.posted[key] = []
        task = asyncio.create_task(self._send(form["StatusCallback"], key, sid))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.fate(key) == EARLY:
            with suppress(httpx.HTTPError):
                await asyncio.shield(task)

    async def over(self) -> None:
        """Wait for all that are still to be posted."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _send(self, url: str, key: str, sid: str) -> None:
        fate = self.fate(key)
        if fate == LATE:
            await asyncio.sleep(self.late)
        for said in SAID[fate]:
            is_call = sid.startswith("CA")
            fields = (
                {"CallSid": sid, "CallStatus": OF_CALLS.get(said, said), "AnsweredBy": "human"} if is_call
                else {"MessageSid": sid, "MessageStatus": said}
            )  # fmt: skip
            await self._post(url, fields)
            self.posted[key].append(said)

    async def _post(self, url: str, fields: dict[str, str]) -> None:
        headers = {"X-Twilio-Signature": twilio(self.token, url, fields)}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for _ in range(TRIES):
                with suppress(httpx.HTTPError):
                    answer = await client.post(url, data=fields, headers=headers)
                    self.answers[answer.status_code] += 1
                    if answer.is_success:
                        return
                await asyncio.sleep(0.2)

    def rows(self, ended: Mapping[str, str], reached: Mapping[str, bool]) -> dict[str, dict[str, int]]:
        """Fate -> keys, receipts, how the messages stand in the end, and how many pages reached somebody otherwise."""
        rows = {fate: Counter[str]() for fate in FATES}
        for key, said in self.posted.items():
            row = rows[self.fate(key)]
            row.update({"keys": 1, "receipts": len(said), ended.get(key, "unheard of"): 1})
            row["page reached"] += reached.get(key, False)
        return {fate: dict(row) for fate, row in rows.items()}

    def wrong(self, ended: Mapping[str, str]) -> list[str]:
        """Keys that do not stand as their receipts say."""
        return [
            f"{key}: {fate} ended {ended.get(key)}"
            for key, fate in ((key, self.fate(key)) for key in self.posted)
            if ended.get(key) != ENDS.get(fate, DELIVERED)
        ]
