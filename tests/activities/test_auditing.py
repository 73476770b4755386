"""The audit's hands: one look at everything there is, an alarm that arrives by whatever way works, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.adapters.dead_man import HttpDeadMan
from activities.adapters.http import Http
from activities.adapters.sql import SqlJournal, migrate
from activities.auditing import BATCH, BATCHES, Auditing, Mailroom, Operator
from activities.outbox import Unsettled
from activities.ports import Card, Contact, Ended, Line, Message, Receipt, Refused, Unreachable
from activities.requests import Alarm, Look, Pokes
from policies.audit import Finding, Forgotten, LateItem, Sending, Sight
from policies.dispatch import LEASE
from policies.people import Person, Roster
from starter.http_sink import HttpSink
from tests.support.fakes import FakeDirectory, FakeHelpdesk, FakeJournal

NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)
ALARM = Alarm("audit/1/x", (Finding("wedged", "acme/1", int(NOW.timestamp()), "cannot go on", "mend it"),), 2)


class PaperWatch:
    """The engine on paper."""

    def __init__(self, *sights: Sight) -> None:
        self.sights = {one.ticket: one for one in sights}
        self.poked: list[str] = []
        self.items: list[LateItem] = []
        self.asked: list[str] = []

    async def wedged(self, limit: int) -> Sequence[str]:
        return [one.ticket for one in self.sights.values() if one.problems][:limit]

    async def unplanned(self, before: datetime, limit: int) -> Sequence[str]:
        return [one.ticket for one in self.sights.values() if not one.planned][:limit]

    async def left_behind(self) -> Sequence[tuple[str, int, str]]:
        return [("0", 2, "acme/8")]

    async def sight(self, ticket: str) -> Sight:
        return self.sights.get(ticket, Sight(ticket, status=""))

    async def late_items(self, before: datetime, limit: int) -> Sequence[LateItem]:
        self.before = before
        return self.items[:limit]

    async def item(self, late: LateItem) -> LateItem:
        self.asked.append(late.item)
        return replace(late, answered=True)

    async def poke(self, ticket: str) -> None:
        if ticket == "acme/gone":
            raise Refused("it is not open")
        self.poked.append(ticket)


class Channel:
    def __init__(self, channel: str, fault: Exception | None = None) -> None:
        self.channel, self.fault = channel, fault
        self.sent: list[tuple[Message, str]] = []

    async def send(self, message: Message, to: Contact) -> Receipt:
        if self.fault:
            raise self.fault
        self.sent.append((message, to.person))
        return Receipt(self.channel)


def card(ticket: str, at: datetime | None) -> Card:
    return Card(
        "acme", ticket, f"ticket/acme/{ticket}", "", 1, "ok", "", "gold", "high", "", "", "", "", "plain.v1", 1,
        NOW, at, None, next_rung_at=at, next_rung="resolution-75",
    )  # fmt: skip


def line(ticket: str, number: int, at: datetime, kind: str = "undelivered") -> Line:
    return Line(f"{ticket}/{number}", f"acme/{ticket}", at, kind, "sms to kim undelivered: no", "L1", f"key-{number}")


def audit(
    watch: PaperWatch, *channels: Channel, who: str = "duty", journal: FakeJournal | SqlJournal | None = None,
    helpdesk: FakeHelpdesk | None = None,
):  # fmt: skip
    roster = Roster(people={"kim": Person("kim"), "lee": Person("lee")}, roles={"duty": ("kim",)})
    contacts = {name: Contact(name, email=f"{name}@rung.example", phone="+1") for name in ("kim", "lee")}
    operator = Operator(who, FakeDirectory(roster, contacts), {one.channel: one for one in channels})
    return Auditing(journal or FakeJournal(), watch, operator, HttpDeadMan(Http()), lambda: NOW, helpdesk)


async def fill(journal: FakeJournal | SqlJournal) -> None:
    late = NOW - timedelta(minutes=11)
    await journal.append([line("1", 1, late), line("1", 2, NOW - timedelta(hours=25))], card("1", late))
    await journal.append([line("2", 1, late, "done")], card("2", NOW - timedelta(minutes=9)))
    await journal.append([], card("3", None))
    await journal.append([], card("4", late - timedelta(hours=1)))


WELL = Sight("acme/1", answered=True, undelivered=("key-1", "key-2"))


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_one_look_sees_journal_and_engine(kind: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rung.db"
    migrate(url)
    journal = FakeJournal() if kind == "memory" else SqlJournal(url)
    await fill(journal)
    watch = PaperWatch(WELL, Sight("acme/4", answered=True, next_at=0), Sight("acme/5", problems=("cause=x",)))
    looked = await audit(watch, journal=journal).look(Look())
    assert looked.looked_at == 3
    assert [(one.kind, one.ticket) for one in looked.findings] == [
        ("wedged", "acme/5"), ("overdue", "acme/4"), ("left-behind", ""), ("undelivered", "acme/1"),
    ]  # fmt: skip


async def test_a_look_is_bounded_and_says_what_it_left_out() -> None:
    journal = FakeJournal()
    for number in range(7):
        await journal.append([], card(str(number), NOW - timedelta(hours=1, minutes=number)))
    watch = PaperWatch(*(Sight(f"acme/{number}", answered=True) for number in range(7)))
    looked = await audit(watch, journal=journal).look(Look(most=3))
    assert looked.looked_at == 3
    assert looked.findings[-1].said == "overdue by the journal: 4 more"


async def test_a_journal_that_is_away_is_a_finding_and_the_engine_is_looked_at_all_the_same() -> None:
    class Away(FakeJournal):
        async def overdue(self, before: datetime, limit: int) -> tuple[Sequence[Card], int]:
            raise Unreachable("the database is away")

    looked = await audit(PaperWatch(Sight("acme/5", problems=("cause=x",))), journal=Away()).look()
    assert [one.kind for one in looked.findings] == ["wedged", "left-behind", "unread"]


class PaperOutbox:
    """So many old messages, and some that nobody settles."""

    def __init__(self, old: int = 0, *astray: Unsettled) -> None:
        self.old, self.astray = old, astray
        self.asked: list[tuple[datetime, datetime]] = []
        self.before: list[datetime] = []

    async def forget(self, before: datetime, most: int) -> int:
        self.before.append(before)
        gone = min(self.old, most)
        self.old -= gone
        return gone

    async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
        self.asked.append((since, before))
        return self.astray[:most]


def with_outbox(outbox: PaperOutbox, *sights: Sight) -> Auditing:
    made: Auditing = audit(PaperWatch(*sights))
    made.mailroom = Mailroom(outbox, 90)  # type: ignore[arg-type]
    return made


async def test_old_messages_are_forgotten_in_batches_and_not_without_end() -> None:
    outbox = PaperOutbox(BATCH + 1)
    assert await with_outbox(outbox).forget() == Forgotten(BATCH + 1)
    assert outbox.before == [NOW - timedelta(days=90)] * 2
    many = PaperOutbox(BATCH * BATCHES + 7)
    assert await with_outbox(many).forget() == Forgotten(BATCH * BATCHES, more=True)
    assert await with_outbox(many).forget() == Forgotten(7)
    assert await audit(PaperWatch()).forget() == Forgotten()


async def test_a_message_that_nobody_settles_is_found_and_its_ticket_looked_at() -> None:
    sent = NOW - timedelta(hours=1)
    outbox = PaperOutbox(0, Unsettled("acme/1", "k", "kim", "sms", sent), Unsettled("acme/2", "l", "lee", "sms", sent))
    busy = Sight("acme/2", answered=True, sending=(Sending("notify", int(NOW.timestamp()) - 60),))
    looked = await with_outbox(outbox, Sight("acme/1", answered=True), busy).look()
    assert looked.looked_at == 2
    assert [(one.kind, one.ticket) for one in looked.findings] == [("left-behind", ""), ("unsettled", "acme/1")]
    assert outbox.asked == [(NOW - timedelta(days=1), NOW - timedelta(seconds=900 + LEASE))]


def reminder(item: str, kind: str, at: datetime) -> Line:
    return Line(f"acme/1/action/{item}/4", "acme/1", at, kind, "said", "", "")


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ([], ["i-1"]),
        ([reminder("i-1", "done", NOW - timedelta(hours=4))], []),
        ([reminder("i-1", "undelivered", NOW)], []),
        ([reminder("i-1", "not_sent", NOW)], []),
        ([reminder("i-1", "action", NOW)], ["i-1"]),
        ([reminder("i-1", "done", NOW - timedelta(hours=5))], ["i-1"]),
        ([reminder("i-11", "done", NOW)], ["i-1"]),
    ],
)
async def test_an_overdue_item_is_asked_only_when_the_journal_knows_of_no_reminder_since(
    lines: list[Line], asked: list[str]
) -> None:
    journal, watch = FakeJournal(), PaperWatch()
    watch.items = [LateItem("acme/1", "i-1", int((NOW - timedelta(hours=4)).timestamp()), "kim")]
    await journal.note(lines)
    looked = await audit(watch, journal=journal).look()
    assert (watch.before, watch.asked) == (NOW - timedelta(hours=3), asked)
    assert [one.kind for one in looked.findings] == ["left-behind", *(["unreminded"] if asked else [])]


async def test_an_outbox_that_is_away_is_a_finding() -> None:
    class Away(PaperOutbox):
        async def unsettled(self, since: datetime, before: datetime, most: int) -> Sequence[Unsettled]:
            raise Unreachable("the database is away")

    looked = await with_outbox(Away()).look()
    assert [one.said for one in looked.findings if one.kind == "unread"] == ["outbox: the database is away"]


async def test_a_ticket_that_the_helpdesk_has_closed_is_found_once_its_news_is_late() -> None:
    journal, desk = FakeJournal(), FakeHelpdesk()
    for number in range(4):
        await journal.append([], replace(card(str(number), None), state="closed" if number == 3 else "ok"))
    long_ago, just_now = NOW - timedelta(minutes=11), NOW - timedelta(minutes=9)
    desk.ended = {"acme/0": long_ago, "acme/1": just_now, "acme/2": long_ago, "acme/3": long_ago}
    watch = PaperWatch(
        Sight("acme/0", answered=True, next_at=0), Sight("acme/1", answered=True), Sight("acme/2", status="completed")
    )
    looked = await audit(watch, journal=journal, helpdesk=desk).look()
    found = [one for one in looked.findings if one.ticket]
    assert [(one.kind, one.ticket, one.since) for one in found] == [
        ("closed-elsewhere", "acme/0", int(long_ago.timestamp()))
    ]
    assert not found[0].repairable  # nobody closes it here by himself
    assert desk.asked == [("acme/0", "acme/1", "acme/2")]


async def test_the_helpdesk_is_asked_in_batches_and_the_next_round_goes_on() -> None:
    journal, desk = FakeJournal(), FakeHelpdesk()
    for number in range(120):
        await journal.append([], card(f"{number:03}", None))
    looked = await audit(PaperWatch(), journal=journal, helpdesk=desk).look(Look(asked_at_most=70))
    assert ([len(batch) for batch in desk.asked], looked.asked) == ([50, 20], "acme/069")
    looked = await audit(PaperWatch(), journal=journal, helpdesk=desk).look(Look(asked_at_most=70, after=looked.asked))
    assert (desk.asked[2][0], desk.asked[2][-1], looked.asked) == ("acme/070", "acme/119", "")


async def test_a_helpdesk_without_the_question_is_not_asked_and_one_that_is_away_is_a_finding() -> None:
    journal, desk = FakeJournal(), FakeHelpdesk()
    for number in range(60):
        await journal.append([], card(str(number), None))
    desk.ended = None
    looked = await audit(PaperWatch(), journal=journal, helpdesk=desk).look()
    assert ([one.kind for one in looked.findings], len(desk.asked)) == (["left-behind"], 1)

    class Away(FakeHelpdesk):
        async def closed(self, tickets: Sequence[str]) -> Sequence[Ended] | None:
            raise Unreachable("helpdesk did not answer in time")

    looked = await audit(PaperWatch(), journal=journal, helpdesk=Away()).look(Look(after="acme/7"))
    assert looked.findings[-1].said == "helpdesk: helpdesk did not answer in time"
    assert looked.asked == "acme/7"  # the same ones in the next round


async def test_a_ticket_that_has_ended_needs_no_poke() -> None:
    watch = PaperWatch()
    await audit(watch).poke(Pokes(("acme/gone", "acme/1")))
    assert watch.poked == ["acme/1"]


async def test_the_operator_is_told_by_every_way_that_is_set_up() -> None:
    mail, sms = Channel("email"), Channel("sms")
    done = await audit(PaperWatch(), mail, sms).alarm(ALARM)
    assert done.text == "email to kim via email; sms to kim via sms"
    ((message, person),) = mail.sent
    assert (person, message.key, message.subject) == ("kim", "audit/1/x/kim/email", "Rung's audit: 1 wedged")
    assert message.body.splitlines() == [
        "wedged acme/1 since 2026-03-27 04:00 UTC: cannot go on", "  next: mend it", "",
        "Known before and still so: 2.", "'rung audit' looks again.",
    ]  # fmt: skip
    assert sms.sent[0][0].short == "Rung's audit: 1 wedged. First: wedged acme/1. 'rung audit' shows all."


async def test_five_hundred_findings_are_one_message_of_twenty() -> None:
    mail = Channel("email")
    many = tuple(Finding("overdue", f"acme/{number}", None, "late", "look") for number in range(500))
    await audit(PaperWatch(), mail).alarm(replace(ALARM, findings=many))
    lines = mail.sent[0][0].body.splitlines()
    assert (mail.sent[0][0].subject, len(mail.sent)) == ("Rung's audit: 500 overdue", 1)
    assert sum(one.startswith("overdue acme/") for one in lines) == 20
    assert "and 480 more" in lines


async def test_an_operator_may_be_a_person_and_one_way_is_enough() -> None:
    sms = Channel("sms")
    done = await audit(PaperWatch(), Channel("email", Unreachable("smtp is away")), sms, who="lee").alarm(ALARM)
    assert done.text == "sms to lee via sms"


@pytest.mark.parametrize(
    ("channels", "who", "said", "final"),
    [
        ((), "duty", "no channel 'email' is configured; no channel 'sms' is configured", True),
        ((Channel("email", Unreachable("away")),), "duty", "away; no channel 'sms' is configured", False),
        ((Channel("email"),), "", "nobody is told: set RUNG_OPERATOR", True),
        ((Channel("email"), Channel("sms")), "nobody", "the directory knows no 'nobody'; add them; " * 2, True),
    ],
)  # fmt: skip
async def test_an_alarm_that_reaches_nobody_says_why(
    channels: tuple[Channel, ...], who: str, said: str, final: bool
) -> None:
    with pytest.raises(ApplicationError) as caught:
        await audit(PaperWatch(), *channels, who=who).alarm(ALARM)
    assert (caught.value.message, caught.value.non_retryable) == (said.removesuffix("; "), final)


async def test_the_dead_mans_switch_is_called_with_get_and_its_address_is_shown_to_nobody() -> None:
    http = Http(proxies_from_environment=False)
    async with HttpSink() as sink:
        receipt = await HttpDeadMan(http, f"{sink.url}/ping/1b2c3d-a-secret-path").alive("audit/1")
        assert (receipt.provider, [one.method for one in sink.requests]) == ("dead man's switch", ["GET"])
        with pytest.raises(Refused) as caught:
            await HttpDeadMan(http, f"{sink.url}/nowhere/1b2c3d-a-secret-path").alive("audit/2")
        assert "secret-path" not in str(caught.value)
    with pytest.raises(Unreachable):
        await HttpDeadMan(http, f"{sink.url}/ping").alive("audit/3")
    assert (await HttpDeadMan(http).alive("audit/4")).provider == ""
    await http.close()
