"""A mail server on loopback: `MailSink` speaks SMTP and takes every mail once.

Must never be what a production worker talks to.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from starter.sink import LOOPBACK, Received, Sink


class MailSink(Sink):
    """An SMTP server. With `tls` it offers STARTTLS, with `login` it demands it as (user, password)."""

    def __init__(
        self,
        port: int = 0,
        host: str = LOOPBACK,
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
        self._open: set[MailSession] = set()
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
        await self._take(read_mail(mail, envelope.rcpt_tos, self._now()))
        if session in self._losing and isinstance(server.transport, asyncio.WriteTransport):
            self._losing.discard(session)
            server.transport.abort()
        return "250 taken"

    async def _listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self._session, self.host, self.port)

    def _session(self) -> MailSession:
        return MailSession(
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


class MailSession(SMTP):
    """One connection, known to its sink so that it can be broken off."""

    def __init__(self, open_sessions: set[MailSession], handler: MailSink, **settings: Any) -> None:
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


def read_mail(mail: EmailMessage, recipients: list[str], at: datetime) -> Received:
    """The mail in our words."""
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
