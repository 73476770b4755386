"""The contract of the port Notifier, kept by the fake and by every adapter over a real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from activities.adapters.http import Http
from activities.adapters.slack import SlackNotifier
from activities.adapters.smtp import MailServer, SmtpNotifier
from activities.adapters.teams import TeamsNotifier
from activities.adapters.twilio import PhoneNotifier, SmsNotifier, TwilioAccount
from activities.adapters.webhook import WebhookNotifier
from activities.ports import Busy, Contact, Message, Notifier, Refused, Unreachable
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.sink import Fault
from tests.support.fakes import FakeNotifier

CHANNELS = ("email", "sms", "phone", "slack", "teams", "webhook")
KEY = "acme/4711/1/L2-page/team-lead/lee"
MESSAGE = Message(
    key=KEY,
    subject="[SLA breach] #4711 - 한빛전자 - 결제 안 됨",
    body="Resolution is 12 min over.\nOwner: kim",
    facts=(("Clock", "resolution"), ("Over by", "12 min")),
    short="SLA breach #4711: 12 min over",
    severity="breach",
    ticket="acme/4711",
    language="ko",
)


@dataclass
class Rig:
    """One notifier and the far end of it. `patience` is what a busy far end asks for."""

    notifier: Notifier
    lee: Contact
    taken: Callable[[], list[str]]
    refuse: Callable[[], None]
    hold_off: Callable[[], None]
    lose_answer: Callable[[], None]
    patience: float


@pytest.fixture(params=[f"fake-{c}" for c in CHANNELS] + [f"real-{c}" for c in CHANNELS])
def rig(request: pytest.FixtureRequest, http: Http, http_sink: HttpSink, mail_sink: MailSink) -> Rig:
    kind, _, channel = request.param.partition("-")
    lee = Contact(
        person="lee", name="이지훈", email="lee@rung.example", phone="+821000000003",
        slack=f"{http_sink.url}/slack/lee", teams=f"{http_sink.url}/teams/lee", webhook=f"{http_sink.url}/webhook/lee",
        language="ko",
    )  # fmt: skip
    if kind == "fake":
        return fake_rig(FakeNotifier(channel), lee)
    if channel == "email":
        server = MailServer("127.0.0.1", mail_sink.port, "Rung <rung@rung.example>", tls="none")
        return sink_rig(SmtpNotifier(server), lee, mail_sink, (Fault(550), Fault(451)), patience=0)
    account = TwilioAccount("AC1", "token-of-twilio", "+15550000001", http_sink.url)
    notifiers: dict[str, Notifier] = {
        "sms": SmsNotifier(http, account),
        "phone": PhoneNotifier(http, account),
        "slack": SlackNotifier(http),
        "teams": TeamsNotifier(http),
        "webhook": WebhookNotifier(http, "secret"),
    }
    faults = (Fault(404, body="no such thing"), Fault(429, {"Retry-After": "30"}))
    return sink_rig(notifiers[channel], lee, http_sink, faults, patience=30)


def fake_rig(fake: FakeNotifier, lee: Contact) -> Rig:
    return Rig(
        fake, lee, lambda: list(fake.sent),
        lambda: fake.fail_next(Refused("no")), lambda: fake.fail_next(Busy("later", 30)),
        lambda: fake.fail_next(Unreachable("lost"), taken_first=True), 30,
    )  # fmt: skip


def sink_rig(
    notifier: Notifier, lee: Contact, sink: HttpSink | MailSink, faults: tuple[Fault, Fault], patience: float
) -> Rig:
    return Rig(
        notifier, lee, lambda: [item.key for item in sink.received],
        lambda: sink.fail_next(faults[0]), lambda: sink.fail_next(faults[1]),
        lambda: sink.fail_next(Fault(lost=True)), patience,
    )  # fmt: skip


async def test_a_message_arrives_once_and_names_its_key(rig: Rig) -> None:
    receipt = await rig.notifier.send(MESSAGE, rig.lee)

    assert receipt.provider
    assert rig.taken() == [KEY]


async def test_the_same_key_twice_arrives_once(rig: Rig) -> None:
    await rig.notifier.send(MESSAGE, rig.lee)
    await rig.notifier.send(MESSAGE, rig.lee)

    assert rig.taken() == [KEY]


async def test_a_person_without_an_address_is_refused_and_nothing_is_sent(rig: Rig) -> None:
    with pytest.raises(Refused, match=r"lee has no .*in the directory"):
        await rig.notifier.send(MESSAGE, Contact("lee"))

    assert rig.taken() == []


async def test_a_refusal_is_final_and_nothing_arrives(rig: Rig) -> None:
    rig.refuse()

    with pytest.raises(Refused):
        await rig.notifier.send(MESSAGE, rig.lee)

    assert rig.taken() == []


async def test_a_busy_provider_says_how_long_and_the_next_attempt_arrives(rig: Rig) -> None:
    rig.hold_off()

    with pytest.raises(Busy) as busy:
        await rig.notifier.send(MESSAGE, rig.lee)
    assert (busy.value.retry_after, rig.taken()) == (rig.patience, [])

    await rig.notifier.send(MESSAGE, rig.lee)
    assert rig.taken() == [KEY]


async def test_a_lost_answer_is_unreachable_and_the_second_attempt_is_recognised_by_its_key(rig: Rig) -> None:
    rig.lose_answer()

    with pytest.raises(Unreachable):
        await rig.notifier.send(MESSAGE, rig.lee)
    assert rig.taken() == [KEY]

    await rig.notifier.send(MESSAGE, rig.lee)
    assert rig.taken() == [KEY]
