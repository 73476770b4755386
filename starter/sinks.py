"""Real servers on loopback that take what Rung sends: the demo shows it, the tests check it.

`MailSink` speaks SMTP; `HttpSink` stands in for Slack, Teams, Twilio, a webhook, a helpdesk, a billing and a
planning system at once, told apart by path. Both run in the caller's event loop, drop what they have taken
before (by key), and fail on demand. Must never be what a production worker talks to.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from http import HTTPStatus
from itertools import count
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_LOOPBACK = "127.0.0.1"
_LONGEST_HEAD = 64 * 1024
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, SyntaxError)


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


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came in; header names are lower-case. `path` is as sent, escapes and all."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class _Sink:
    """What both sinks share: starting, stopping, remembering, failing on demand."""

    def __init__(
        self,
        port: int = 0,
        host: str = _LOOPBACK,
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


class MailSink(_Sink):
    """An SMTP server. With `tls` it offers STARTTLS, with `login` it demands it as (user, password)."""

    def __init__(
        self,
        port: int = 0,
        host: str = _LOOPBACK,
        on_received: Callable[[Received], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(port, host, on_received, now)
        self.mails: list[EmailMessage] = []
        """All that was taken, repetitions too, as parsed."""
        self._tls = tls
        self._login = login
        self._open: set[_MailSession] = set()
        self._losing: set[Session] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Recipients are refused here, where real servers refuse them."""
        fault = await self._fault()
        if fault.status:
            return f"{fault.status} {fault.body or 'refused on demand'}"
        if fault.lost:
            self._losing.add(session)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Takes the mail, and loses the answer if it was told to."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=mail_policy)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        await self._take(_mail(mail, envelope.rcpt_tos, self._now()))
        if session in self._losing and isinstance(server.transport, asyncio.WriteTransport):
            self._losing.discard(session)
            server.transport.abort()
        return "250 taken"

    async def _listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self._session, self.host, self.port)

    def _session(self) -> _MailSession:
        return _MailSession(
            self._open,
            self,
            hostname="sink.localhost",
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            require_starttls=False,
            auth_required=self._login is not None,
            auth_require_tls=self._tls is not None,
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)

    async def _hang_up(self) -> None:
        tasks = [session.hang_up() for session in list(self._open)]
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)


class _MailSession(SMTP):
    """One connection, known to its sink so that it can be broken off."""

    def __init__(self, open_sessions: set[_MailSession], handler: MailSink, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._sessions = open_sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> asyncio.Task[None] | None:
        """Break the connection; the task that served it, to be waited for."""
        task = self._handler_coroutine
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
        if task is not None:
            task.cancel()
        return task


class HttpSink(_Sink):
    """An HTTP/1.1 server for everything else. `url` is its address; what a path means `_READERS` says."""

    def __init__(
        self,
        port: int = 0,
        host: str = _LOOPBACK,
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
            await self._exchange(await _read(reader), writer)
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
            await _answer(writer, fault.status, fault.body, fault.headers)
        else:
            await self._welcome(request, writer, fault.lost)

    async def _welcome(self, request: Request, writer: asyncio.StreamWriter, lost: bool) -> None:
        try:
            item = _described(request, self._now())
        except _NONSENSE as error:
            await _answer(writer, 400, f"cannot be read: {type(error).__name__}", {})
            return
        if item is None:
            await _answer(writer, 404, f"nothing at {request.path}", {})
            return
        await self._take(item)
        if lost:
            writer.transport.abort()
        else:
            status, body = _said(item.channel, next(self._numbers))
            await _answer(writer, status, body, {})


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _version = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _answer(writer: asyncio.StreamWriter, status: int, body: str, headers: Mapping[str, str]) -> None:
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


def _said(channel: str, number: int) -> tuple[int, str]:
    """What the real ones say when all is well."""
    if channel == "slack":
        return 200, "ok"
    if channel == "teams":
        return 202, ""
    name = {"sms": "sid", "phone": "sid"}.get(channel, "id")
    prefix = {"sms": "SM", "phone": "CA"}.get(channel, "")
    return 201, json.dumps({name: f"{prefix}{number}"})


def _mail(mail: EmailMessage, recipients: list[str], at: datetime) -> Received:
    text = mail.get_body(("plain",))
    detail = {"from": str(mail["From"]), "message-id": str(mail["Message-ID"])}
    for part in mail.iter_attachments():
        if part.get_content_type() == "text/calendar":
            detail["invitation"] = str(part.get_content())
    return Received(
        channel="email",
        key=str(mail["X-Rung-Key"] or mail["Message-ID"]),
        to=", ".join(recipients),
        subject=str(mail["Subject"]),
        body=str(text.get_content()).rstrip("\n").replace("\r\n", "\n") if text else "",
        at=at,
        detail=detail,
    )


def _described(request: Request, at: datetime) -> Received | None:
    """The request in our words; None for a path that nobody serves."""
    segments = [unquote(part) for part in request.path.partition("?")[0].strip("/").split("/")]
    reader = _READERS.get(segments[0])
    if reader is None:
        return None
    channel, to, subject, body, detail = reader(request, segments)
    return Received(channel, request.headers.get("idempotency-key", ""), to, subject, body, at, detail)


_Read = tuple[str, str, str, str, dict[str, str]]


def _slack(request: Request, segments: list[str]) -> _Read:
    texts = list(_texts(json.loads(request.body)["attachments"]))
    return "slack", "/".join(segments[1:]), texts[0], "\n".join(texts[1:]), {}


def _teams(request: Request, segments: list[str]) -> _Read:
    texts = list(_texts(json.loads(request.body)["attachments"][0]["content"]["body"]))
    return "teams", "/".join(segments[1:]), texts[0], "\n".join(texts[1:]), {}


def _texts(value: Any) -> Iterator[str]:
    """The visible strings of a card, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str) and isinstance(value.get("value"), str):
            yield f"{value['title']}: {value['value']}"
        elif isinstance(value.get("text"), str):
            yield value["text"]
        else:
            for part in value.values():
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _twilio(request: Request, segments: list[str]) -> _Read:
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if segments[-1] == "Messages.json":
        return "sms", form["To"], "", form["Body"], {"from": form.get("From", "")}
    say = ElementTree.fromstring(form["Twiml"]).find("Say")
    spoken, language = (say.text or "", say.get("language", "")) if say is not None else ("", "")
    return "phone", form["To"], "", spoken, {"from": form.get("From", ""), "language": language}


def _webhook(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    return "webhook", content["to"]["person"], content["subject"], content["body"], {}


def _ticket(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    what = segments[-1]
    value = content[{"flags": "text", "comments": "text"}.get(what, what)]
    return "helpdesk", "/".join(segments[1:-1]), what, value, {}


def _credit(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    subject = f"credit of {content['percent']} %"
    return "credits", content["customer"], subject, content["reason"], {"ticket": content["ticket"]}


def _revocation(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    return "credits", content["key"], "credit revoked", content["reason"], {}


def _review(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    detail = {"starts_at": content["starts_at"], "ticket": content["ticket"]}
    return "reviews", ", ".join(content["invitees"]), content["title"], content["agenda"], detail


def _ping(request: Request, segments: list[str]) -> _Read:
    return "dead man's switch", "/".join(segments[1:]), "", "", {}


_READERS: Mapping[str, Callable[[Request, list[str]], _Read]] = {
    "slack": _slack,
    "teams": _teams,
    "2010-04-01": _twilio,
    "webhook": _webhook,
    "tickets": _ticket,
    "credits": _credit,
    "revocations": _revocation,
    "reviews": _review,
    "ping": _ping,
}
"""By the first segment of the path; what follows it is free (`/slack/kim`, `/webhook/press`)."""
