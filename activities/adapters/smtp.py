"""E-mail over SMTP: plain text for everybody, HTML that says the same, an invitation if there is one.

A mail cannot be taken back, so a retry carries the same Message-ID, by which mail systems can drop it.
Must never let a ticket's text reach a header or the HTML unescaped.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

import aiosmtplib
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from activities.adapters.http import header_key, utc_now, without_secrets
from activities.adapters.invitation import ADDRESS
from activities.fitting import fit, one_line, printable
from activities.ports import Busy, Contact, Down, Message, Press, Receipt, Refused, Unreachable

Tls = Literal["none", "starttls", "tls"]
_LONGEST_SUBJECT = 250
_NOBODY_THERE = (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError, ConnectionRefusedError)
_COLOURS = {"info": "#2f6fab", "warning": "#d98e04", "breach": "#c0392b"}


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out and as whom. `sender` may be `Rung <rung@example.com>`; no username = no login."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "starttls"
    timeout: float = 15.0
    tls_context: ssl.SSLContext | None = None
    name: str = "smtp"
    """What it is called where there are two."""


class SmtpNotifier:
    """Channel `email`."""

    channel = "email"

    def __init__(self, server: MailServer, now: Callable[[], datetime] = utc_now) -> None:
        self._server = server
        self._now = now

    async def send(self, message: Message, to: Contact) -> Receipt:
        """The reference is the Message-ID. 4yz replies are Busy, 5yz are Refused (RFC 5321, 4.2.1)."""
        mail = compose(message, to, self._server.sender, self._now())
        try:
            await self._deliver(mail, to.email)
        except (aiosmtplib.SMTPException, OSError, ValueError, MessageError) as error:
            raise _classified(self._server, error) from None
        return Receipt(self._server.name, mail["Message-ID"])

    async def _deliver(self, mail: EmailMessage, to: str) -> None:
        server = self._server
        await aiosmtplib.send(
            mail,
            sender=_address(server.sender).addr_spec,
            recipients=[to],
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            timeout=server.timeout,
            tls_context=server.tls_context,
        )


def compose(message: Message, to: Contact, sender: str, date: datetime) -> EmailMessage:
    """The mail. Raises Refused when there is no address, or one that is none."""
    if not to.email:
        raise Refused(f"{to.person} has no e-mail address; set `email` in the directory")
    author = _address(sender)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = author
    mail["To"] = _named(to.name, to.email)
    mail["Subject"] = fit(one_line(message.subject), _LONGEST_SUBJECT)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = _id(message.key, author.domain)
    if message.ticket:
        mail["References"] = _id(message.ticket, author.domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Rung-Key"] = header_key(message.key)
    _fill(mail, message)
    mail["Content-Language"] = one_line(message.language)
    return mail


_POLICY = SMTP_POLICY.clone(max_line_length=998)
"""RFC 5322 allows 998; folding at 78 would break a long key into encoded words."""


def _fill(mail: EmailMessage, message: Message) -> None:
    links = "".join(f"{one_line(one.label)}: {one.link}\n" for one in (message.press, *message.presses) if one.link)
    text = f"{message.body.rstrip()}\n\n{links}" if links else message.body
    mail.set_content(printable(text) or one_line(message.subject))
    mail.add_alternative(page(message), subtype="html")
    if message.invitation:
        mail.add_attachment(message.invitation, subtype="calendar", filename="invite.ics", params={"method": "REQUEST"})


def page(message: Message) -> str:
    """The HTML alternative: a headline, the text as written, the action, the facts, the key; all escaped."""
    text = Markup("<br>\n").join(printable(message.words).strip().split("\n"))
    return _PAGE.render(
        language=one_line(message.language), subject=printable(message.subject), text=text, key=printable(message.key),
        colour=_COLOURS.get(message.severity, _COLOURS["info"]), fonts=Markup(_FONTS.get(message.language, "Arial")),
        action=[printable(part) for part in message.action],
        facts=[(printable(label), printable(value)) for label, value in message.facts], press=message.press,
        presses=[Press(printable(one.label), one.link) for one in message.presses],
    )  # fmt: skip


_FONTS = {
    "ko": "'Apple SD Gothic Neo','Malgun Gothic','Noto Sans CJK KR'",
    "ja": "'Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP'",
    "zh": "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC'",
}
_PAGE = SandboxedEnvironment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True,
).get_template("mail.html")  # fmt: skip


def _id(seed: str, domain: str) -> str:
    return f"<{sha256(seed.encode()).hexdigest()[:32]}@{domain}>"


def _address(text: str) -> Address:
    name, _, rest = text.rpartition("<")
    return _named(name.strip().strip('"'), rest.rstrip("> ") if name else text.strip("<> "))


def _named(name: str, address: str) -> Address:
    if not ADDRESS.fullmatch(address):
        raise Refused(f"'{one_line(address)}' is no e-mail address; correct the directory or the settings")
    user, _, domain = address.rpartition("@")
    return Address(one_line(name), user, domain)


def _classified(server: MailServer, error: Exception) -> Exception:
    place = f"smtp ({server.host}:{server.port})"
    code, said = _reply(error)
    text = without_secrets(said, (server.password,))
    if 400 <= code < 500:
        return Busy(f"{place} answered {code}: {text}")
    if code >= 500:
        return Refused(f"{place} answered {code}: {text}")
    if type(error) is aiosmtplib.SMTPException or (
        isinstance(error, aiosmtplib.SMTPNotSupported | ValueError | MessageError) and not isinstance(error, OSError)
    ):
        return Refused(f"{place} cannot take this mail ({text}); check the TLS and login settings")
    before = isinstance(error, _NOBODY_THERE)
    kind = Down if before else Unreachable
    return kind(f"{place} cannot be reached ({type(error).__name__}: {text})")


def _reply(error: Exception) -> tuple[int, str]:
    """Code and text of the server's reply; code 0 when there was none."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code, error.message
    return 0, str(error)
