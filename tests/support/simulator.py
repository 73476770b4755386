"""Providers on real loopback sockets that fail as real ones do: by seeded dice, the same for the same key.

HTTP (Twilio, Slack, Teams, webhooks) and SMTP with STARTTLS, told apart and read by the demo's sinks; what is added
is what goes wrong, a log of every request, and the receipts of `receipts.py`. Must never treat a request by anything but its key, its attempt and whom it is for.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiosmtpd.smtp import SMTP, Envelope, Session

from starter.http_request import Request, described
from starter.http_sink import HttpSink, answer, said
from starter.mail_sink import MailSession, MailSink, read_mail
from starter.sink import Received
from tests.support.receipts import Receipts

FINE, DROP, HOLE, RESET, SLOW, LIMIT, PATIENCE, BURST, DOWN, REFUSED, TLS = (
    "fine", "accept, drop", "accept, drop always", "reset after send", "slow", "429 wait 20 s", "429 wait 10 min",
    "500 burst", "500 always", "refused", "TLS",
)  # fmt: skip
BRIEF = "429 wait 1 s"
"""Played by the chaos alone, whose time is short."""
FAULTS = (FINE, DROP, HOLE, RESET, SLOW, LIMIT, PATIENCE, BURST, DOWN, REFUSED, TLS)
WEIGHTS: Mapping[str, int] = {
    DROP: 8, HOLE: 2, RESET: 8, SLOW: 3, LIMIT: 8, PATIENCE: 3, BURST: 8, REFUSED: 6,
}  # fmt: skip
"""Percent of all keys; the rest is fine. `500 always` and bad certificates belong to people, not to keys."""
LASTS: Mapping[str, int] = {DROP: 1, RESET: 1, SLOW: 1, LIMIT: 1, BRIEF: 1, BURST: 2}
"""Attempts after which such a fault has passed; one that is not named stays."""
STATUS: Mapping[str, tuple[int, str]] = {
    LIMIT: (429, "20"), BRIEF: (429, "1"), PATIENCE: (429, "600"), BURST: (503, ""), DOWN: (500, ""), REFUSED: (403, ""),
}  # fmt: skip
"""Fault -> HTTP status, Retry-After. SMTP has no such header: there both limits are a 450."""
REPLY: Mapping[str, str] = {
    LIMIT: "450 slow down", BRIEF: "450 slow down", PATIENCE: "450 much too fast", BURST: "451 local error", DOWN: "451 down",
    REFUSED: "550 no such mailbox",
}  # fmt: skip
TAKES = (FINE, DROP, HOLE, SLOW)
"""Faults under which the message is taken; a reset takes every other one."""
BAD_HANDSHAKE_EVERY = 12
"""One STARTTLS in so many shows a certificate that nobody trusts."""


@dataclass(frozen=True)
class Asked:
    """One request: `taken` by the provider or not, `known` when the sender was answered so. `at` by the loop's clock."""

    key: str
    attempt: int
    to: str
    fault: str
    taken: bool
    known: bool
    at: float = 0.0


@dataclass
class Dice:
    """Which fault meets which key. To the people in `gone` everything is refused, for those in `dark` it is down.

    `refused` are single keys that are never taken.
    """

    seed: str
    gone: Collection[str] = ()
    dark: Collection[str] = ()
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    refused: Collection[str] = ()

    def fault(self, key: str) -> str:
        """The fault of that key: what its first attempts, or all of them, meet."""
        person = key.split("/")[-2]
        if person in self.gone or key in self.refused:
            return REFUSED
        if person in self.dark:
            return DOWN
        left = self._number(key) % 100
        for fault, weight in self.weights.items():
            if left < weight:
                return fault
            left -= weight
        return FINE

    def met(self, key: str, attempt: int) -> str:
        """The fault of that attempt (from 1)."""
        fault = self.fault(key)
        return fault if attempt <= LASTS.get(fault, attempt) else FINE

    def takes(self, fault: str, key: str) -> bool:
        return fault in TAKES or (fault == RESET and self._number(key) % 2 == 0)

    def _number(self, key: str) -> int:
        return int.from_bytes(sha256(f"{self.seed}:{key}".encode()).digest()[:8])


@dataclass
class Log:
    """Everything the providers were asked, in order."""

    dice: Dice
    slow: float = 10.0
    """Seconds of real time that a slow provider takes."""
    asked: list[Asked] = field(default_factory=list)
    bad_handshakes: Counter[str] = field(default_factory=Counter)
    """Connections that were shown a bad certificate, by protocol: no key is known then."""
    attempts: Counter[str] = field(default_factory=Counter)

    def note(self, key: str, to: str) -> Asked:
        """What becomes of a request that has arrived whole."""
        self.attempts[key] += 1
        fault = self.dice.met(key, self.attempts[key])
        taken = self.dice.takes(fault, key)
        known, at = fault not in (DROP, HOLE, RESET), asyncio.get_running_loop().time()
        one = Asked(key, self.attempts[key], to, fault, taken, known, at)
        self.asked.append(one)
        return one


class FaultyHttp(HttpSink):
    """All HTTP providers; with `bad` an HTTPS door whose certificate nobody trusts."""

    def __init__(
        self, log: Log, bad: ssl.SSLContext | None = None, on_received: Callable[[Received], None] | None = None,
        receipts: Receipts | None = None,
    ) -> None:  # fmt: skip
        super().__init__(on_received=on_received)
        self.log, self.bad, self.receipts = log, bad, receipts
        self._ids: dict[str, int] = {}

    @property
    def url(self) -> str:
        return super().url.replace("http:", "https:") if self.bad else super().url

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.bad is not None:
            self.log.bad_handshakes["https"] += 1
            try:
                await writer.start_tls(self.bad)
            except OSError:
                writer.transport.abort()
                return
        await super()._serve(reader, writer)

    async def _exchange(self, request: Request, writer: asyncio.StreamWriter) -> None:
        item = described(request, self._now())
        assert item is not None, request.path
        self.requests.append(request)
        one = self.log.note(unquote(item.key), item.to)
        number = self._ids.setdefault(item.key, next(self._numbers))
        status, body = said(item.channel, number)
        if one.taken:
            await self._take(item)
            if self.receipts is not None and item.channel in ("sms", "phone"):
                await self.receipts.taken(request, unquote(item.key), json.loads(body)["sid"])
        if one.fault == RESET:
            reset(writer.get_extra_info("socket"))
            writer.transport.abort()
        elif one.known and one.taken:
            await asyncio.sleep(self.log.slow if one.fault == SLOW else 0)
            await answer(writer, status, body, {})
        elif one.known:
            status, wait = STATUS[one.fault]
            await answer(writer, status, one.fault, {"Retry-After": wait} if wait else {})


class FaultyMail(MailSink):
    """A mail server that insists on STARTTLS with a good certificate, and now and then has a bad one if there is one."""

    def __init__(
        self, log: Log, good: ssl.SSLContext, bad: ssl.SSLContext | None = None,
        on_received: Callable[[Received], None] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(tls=good, on_received=on_received)
        self.log, self.good, self.bad = log, good, bad
        self._sessions = count(1)

    def _session(self) -> MailSession:
        is_bad = self.bad is not None and next(self._sessions) % BAD_HANDSHAKE_EVERY == 0
        self.log.bad_handshakes["smtp"] += is_bad
        return MailSession(
            self._open, self, hostname="simulator.localhost", enable_SMTPUTF8=True,
            tls_context=self.bad if is_bad else self.good, require_starttls=True,
        )  # fmt: skip

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=mail_policy)
        assert isinstance(mail, EmailMessage)
        item = read_mail(mail, envelope.rcpt_tos, self._now())
        one = self.log.note(unquote(item.key), item.to)
        if one.taken:
            await self._take(item)
        if not one.known:
            self._break_off(server.transport, one.fault)
        elif one.fault == SLOW:
            await asyncio.sleep(self.log.slow)
        return REPLY.get(one.fault, "250 taken")

    def _break_off(self, transport: Any, fault: str) -> None:
        if fault == RESET:
            reset(transport.get_extra_info("socket"))
            transport.abort()
        else:
            transport.close()


def reset(connection: socket.socket) -> None:
    """Whatever closes it now sends RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key, crt, both = folder / f"{name}.key", folder / f"{name}.crt", folder / f"{name}.pem"
    command = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout {key} -out {crt} "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    both.write_text(key.read_text() + crt.read_text())
    return both


def context(both: Path) -> ssl.SSLContext:
    """What a server with that certificate speaks."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(both)
    return tls
