"""What an e-mail looks like, and how a mail server's answers become errors."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from activities.adapters.invitation import review_invitation
from activities.adapters.smtp import MailServer, SmtpNotifier
from activities.ports import Busy, Contact, Message, Refused, Review, Unreachable
from starter.mail_sink import MailSink
from starter.sink import Fault

KIM = Contact("kim", "김민수", email="kim@rung.example", language="ko")
MESSAGE = Message(
    key="acme/4711/1/L1/assignee/kim/email", subject="[SLA caution] #4711 - 한빛 - <결제>",
    body="첫 줄\nsecond <b> & line", facts=(("Over & by", "<12 min>"),), severity="warning",
    ticket="acme/4711", language="ko",
)  # fmt: skip
NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)


def notifier(sink: MailSink, **settings: object) -> SmtpNotifier:
    server = MailServer("127.0.0.1", sink.port, "Rung 알림 <rung@mail.rung.example>", tls="none", timeout=5)
    return SmtpNotifier(replace(server, **settings), now=lambda: NOW)  # type: ignore[arg-type]


def part(mail: EmailMessage, subtype: str) -> str:
    found = mail.get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


async def test_a_mail_carries_the_same_words_as_text_and_as_escaped_html(mail_sink: MailSink) -> None:
    receipt = await notifier(mail_sink).send(MESSAGE, KIM)

    [mail] = mail_sink.mails
    assert mail["Subject"] == MESSAGE.subject
    assert mail["To"] == "김민수 <kim@rung.example>"
    assert mail["From"] == "Rung 알림 <rung@mail.rung.example>"
    assert mail["Date"] == "Fri, 27 Mar 2026 04:00:00 +0000"
    assert mail["X-Rung-Key"] == MESSAGE.key
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ko"
    assert mail["Message-ID"] == receipt.reference
    assert part(mail, "plain") == "첫 줄\nsecond <b> & line\n"
    html = part(mail, "html")
    assert '<html lang="ko">' in html
    assert "첫 줄<br>\nsecond &lt;b&gt; &amp; line" in html
    assert "Over &amp; by" in html
    assert "&lt;12 min&gt;" in html
    assert "#4711 - 한빛 - &lt;결제&gt;" in html
    assert list(mail.iter_attachments()) == []


async def test_a_retry_has_the_same_message_id_and_another_key_another_one(mail_sink: MailSink) -> None:
    other = replace(MESSAGE, key="acme/4711/1/L2/assignee/kim/email")
    for message in (MESSAGE, MESSAGE, other):
        await notifier(mail_sink).send(message, KIM)

    first, again, second = [mail["Message-ID"] for mail in mail_sink.mails]
    assert first == again != second
    assert first.endswith("@mail.rung.example>")
    assert len({mail["References"] for mail in mail_sink.mails}) == 1


async def test_no_text_of_a_ticket_becomes_a_header(mail_sink: MailSink) -> None:
    evil = replace(
        MESSAGE,
        subject="over\r\nBcc: all@rung.example\n\n<script>alert(1)</script>",
        key="acme/1\r\nX-Evil: 1",
        language='ko\r\nX-Evil: 2"><script>',
        body="fine\r\n.\r\nMAIL FROM:<x@y>\r\n",
    )
    await notifier(mail_sink).send(evil, replace(KIM, name="Kim\r\nX-Evil: 3"))

    [mail] = mail_sink.mails
    assert mail["Subject"] == "over Bcc: all@rung.example <script>alert(1)</script>"
    assert (mail["Bcc"], mail["X-Evil"]) == (None, None)
    assert "<script" not in part(mail, "html")
    assert part(mail, "plain") == "fine\n.\nMAIL FROM:<x@y>\n"
    assert [item.to for item in mail_sink.received] == ["kim@rung.example"]


async def test_a_very_long_key_and_subject_arrive_whole_or_visibly_cut(mail_sink: MailSink) -> None:
    long = replace(MESSAGE, key="acme/" + "k" * 220, subject="결제 " * 200)
    await notifier(mail_sink).send(long, KIM)

    [mail] = mail_sink.mails
    assert mail["X-Rung-Key"] == long.key
    assert len(mail["Subject"]) <= 250
    assert mail["Subject"].endswith("결제…")


async def test_an_invitation_is_attached_as_a_request(mail_sink: MailSink) -> None:
    review = Review("k", "acme/4711", "회고 #4711", NOW, 60, "안건", ("kim@rung.example",))
    text = review_invitation(review, "rung@rung.example")
    await notifier(mail_sink).send(replace(MESSAGE, invitation=text), KIM)

    [attachment] = mail_sink.mails[0].iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_param("method") == "REQUEST"
    assert attachment.get_filename() == "invite.ics"
    assert str(attachment.get_content()).replace("\r\n", "\n").strip() == text.replace("\r\n", "\n").strip()


@pytest.mark.parametrize("status", [421, 450, 451, 452])
async def test_a_4yz_reply_asks_for_patience(mail_sink: MailSink, status: int) -> None:
    mail_sink.fail_next(Fault(status, body="greylisted"))

    with pytest.raises(Busy, match=f"answered {status}: .*greylisted") as busy:
        await notifier(mail_sink).send(MESSAGE, KIM)

    assert (busy.value.retry_after, mail_sink.mails) == (0, [])


@pytest.mark.parametrize("status", [550, 551, 553, 554])
async def test_a_5yz_reply_is_final(mail_sink: MailSink, status: int) -> None:
    mail_sink.fail_next(Fault(status, body="no such user"))

    with pytest.raises(Refused, match=f"answered {status}: .*no such user"):
        await notifier(mail_sink).send(MESSAGE, KIM)

    assert mail_sink.mails == []


async def test_a_server_that_is_not_there_or_does_not_answer_is_unreachable(mail_sink: MailSink) -> None:
    mail_sink.fail_next(Fault(delay=float("inf")))
    with pytest.raises(Unreachable):
        await notifier(mail_sink, timeout=0.05).send(MESSAGE, KIM)

    gone = await MailSink().start()
    await gone.stop()
    with pytest.raises(Unreachable, match=f"127.0.0.1:{gone.port}"):
        await notifier(gone).send(MESSAGE, KIM)

    assert mail_sink.mails == []


@pytest.mark.parametrize("address", ["kim", "kim@", "@rung.example", "a@b, c@d", "kim@rung.example\r\nBcc: x@y"])
async def test_an_address_that_is_none_is_refused(mail_sink: MailSink, address: str) -> None:
    with pytest.raises(Refused, match="is no e-mail address"):
        await notifier(mail_sink).send(MESSAGE, replace(KIM, email=address))

    assert mail_sink.attempts == 0


async def test_a_server_without_starttls_is_refused_rather_than_used_in_the_clear(
    mail_sink: MailSink,
) -> None:
    with pytest.raises(Refused, match="check the TLS and login settings"):
        await notifier(mail_sink, tls="starttls").send(MESSAGE, KIM)

    assert mail_sink.attempts == 0


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    key, crt, both = folder / "key.pem", folder / "crt.pem", folder / "both.pem"
    command = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout {key} -out {crt} "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    both.write_text(key.read_text() + crt.read_text())
    return both


@pytest.fixture
async def guarded(certificate: Path) -> AsyncIterator[MailSink]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with MailSink(tls=tls, login=("rung", "mail-password")) as sink:
        yield sink


async def test_a_guarded_server_takes_mail_over_starttls_with_a_login(guarded: MailSink, certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    login = {"tls": "starttls", "tls_context": trusted, "username": "rung", "password": "mail-password"}

    await notifier(guarded, **login).send(MESSAGE, KIM)

    assert [item.key for item in guarded.received] == [MESSAGE.key]


async def test_a_wrong_password_is_refused_and_not_shown(guarded: MailSink, certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    login = {"tls": "starttls", "tls_context": trusted, "username": "rung", "password": "wrong-password"}

    with pytest.raises(Refused, match="answered 535") as refused:
        await notifier(guarded, **login).send(MESSAGE, KIM)

    assert "wrong-password" not in str(refused.value)
    assert guarded.received == []


async def test_an_unknown_certificate_is_not_trusted(guarded: MailSink) -> None:
    with pytest.raises(Unreachable):
        await notifier(guarded, tls="starttls").send(MESSAGE, KIM)

    assert guarded.received == []


async def test_a_lost_answer_and_a_second_attempt_give_one_mail_by_id(mail_sink: MailSink) -> None:
    mail_sink.fail_next(Fault(lost=True))
    with pytest.raises(Unreachable):
        await notifier(mail_sink).send(MESSAGE, KIM)
    await notifier(mail_sink).send(MESSAGE, KIM)

    assert len({mail["Message-ID"] for mail in mail_sink.mails}) == 1
    assert len(mail_sink.received) == 1
