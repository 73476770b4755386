"""The tickets of the demo: what happens to them, on dates that lie ahead.

One Friday before a weekend and one working day before a public holiday are looked up in the calendar, so that the demo
is always about days to come. Must never state what Rung does with them: that is what the demo shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies import event as news
from policies.event import Event
from policies.outage import Outage, Scope
from policies.public_holidays import public_holidays
from policies.rehearsal import Happening
from policies.ticket import Ticket

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Act:
    """One ticket's story; `until` is when the curtain falls."""

    title: str
    ticket: Ticket
    opened_at: int
    happenings: tuple[Happening, ...]
    until: int
    policy: str = "standard"
    by_link: tuple[str, ...] = ()
    """Ids of the acknowledgements that come by pressing the link of a message."""
    no_sms: str = ""
    """Whose text messages the provider refuses."""


@dataclass(frozen=True)
class Scene:
    """Several tickets and one outage that some of them are in; `outage` as it stands once it has ended."""

    title: str
    outage: Outage
    acts: tuple[Act, ...]


def acts(today: date) -> tuple[Act, ...]:
    """Tickets whose whole life is shown, in the order in which they are."""
    friday, eve = plain_friday(today), eve_of_holiday(today)
    return (
        gold_high(friday), diamond_critical(friday + timedelta(days=1)), over_a_holiday(eve),
        in_time(friday + timedelta(days=3)), nobody_there(friday + timedelta(days=3)),
        at_night(friday + timedelta(days=3)),
    )  # fmt: skip


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in public_holidays("KR", day.year)


def plain_friday(today: date) -> date:
    """The next Friday that is worked, as are the Monday and Tuesday after it."""
    day = today + timedelta(days=1)
    while not (day.weekday() == 4 and all(works(day + timedelta(days=n)) for n in (0, 3, 4))):
        day += timedelta(days=1)
    return day


def eve_of_holiday(today: date) -> date:
    """The last day worked before a weekend that a public holiday lengthens."""
    day = today + timedelta(days=1)
    while not (works(day) and next_worked(day) - day >= timedelta(days=4)):
        day += timedelta(days=1)
    return day


def next_worked(day: date) -> date:
    day += timedelta(days=1)
    while not works(day):
        day += timedelta(days=1)
    return day


def at(day: date, wall: str) -> int:
    """UTC seconds of a wall time in Seoul."""
    hour, minute = (int(part) for part in wall.split(":"))
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=SEOUL).timestamp())


def told(number: str, when: int, kind: str, by: str = "", reason: str = "", to: str = "") -> Happening:
    return Happening(when, Event(kind, when, f"{number}:{kind}:{when}", by, reason, to))


def _ticket(number: str, tier: str, urgency: str, customer: str, summary: str, **more: str) -> Ticket:
    facts: dict[str, Any] = {"team": "platform", "assignee": "kim", "service": "payments", "region": "kr", **more}
    contact = f"ops@{customer.lower().replace(' ', '-')}.example"
    return Ticket(
        id=number, tier=tier, urgency=urgency, customer=customer, contact=contact, summary=summary,
        zone="Asia/Seoul", **facts,
    )  # fmt: skip


def gold_high(friday: date) -> Act:
    monday = friday + timedelta(days=3)
    number = "D-101"
    return Act(
        "Gold x High, received on Friday at 16:00: warned, breached on Monday, resolved",
        _ticket(number, "gold", "high", "Hanbit Mart", "Card payments time out"),
        at(friday, "16:00"),
        (
            told(number, at(friday, "16:40"), news.REPLIED, "kim"),
            told(number, at(monday, "11:45"), news.RESOLVED, "kim"),
            told(number, at(monday, "17:00"), news.CLOSED, "hanbit"),
        ),
        at(monday, "17:05"),
    )


def diamond_critical(saturday: date) -> Act:
    number = "D-102"
    return Act(
        "Diamond x Critical, on Saturday: the weekend window is open to it; acknowledged, escalated by hand, saved",
        _ticket(number, "diamond", "critical", "Narae Bank", "Transfers are refused"),
        at(saturday, "11:00"),
        (
            told(number, at(saturday, "11:09"), news.REPLIED, "kim"),
            told(number, at(saturday, "12:05"), news.ACKNOWLEDGED, "kim"),
            Happening(at(saturday, "12:35"), Event(
                news.ESCALATED, at(saturday, "12:35"), f"{number}:escalate", "lee", "vendor does not answer", level=4,
            )),
            told(number, at(saturday, "12:55"), news.RESOLVED, "kim"),
            told(number, at(saturday, "15:00"), news.CLOSED, "narae"),
        ),
        at(saturday, "15:05"),
    )  # fmt: skip


def over_a_holiday(eve: date) -> Act:
    back = next_worked(eve)
    number = "D-103"
    return Act(
        "Silver x Medium, waiting for the customer over a weekend and a public holiday: the clock stands still",
        _ticket(number, "silver", "medium", "Sora Foods", "Wrong totals in the monthly report", service="reports"),
        at(eve, "10:00"),
        (
            told(number, at(eve, "10:20"), news.REPLIED, "kim"),
            told(number, at(eve, "14:00"), news.PAUSE, "kim", "customer"),
            told(number, at(back, "10:00"), news.CONTACTED, "sora"),
            told(number, at(back, "10:01"), news.RESUME, "kim", "customer"),
            told(number, at(back, "10:30"), news.REPLIED, "kim"),
            told(number, at(back, "15:00"), news.RESOLVED, "kim"),
            told(number, at(back, "17:00"), news.CLOSED, "sora"),
        ),
        at(back, "17:05"),
    )


def in_time(monday: date) -> Act:
    number = "D-104"
    return Act(
        "Gold x High, resolved in time: nobody is disturbed",
        _ticket(number, "gold", "high", "Bada Logistics", "Label printer offline", service="warehouse"),
        at(monday, "10:00"),
        (
            told(number, at(monday, "10:15"), news.REPLIED, "kim"),
            told(number, at(monday, "11:30"), news.RESOLVED, "kim"),
            told(number, at(monday, "16:00"), news.CLOSED, "bada"),
        ),
        at(monday, "16:05"),
    )


def nobody_there(monday: date) -> Act:
    number = "D-105"
    return Act(
        "Gold x High for a team whose lead is on leave: the page goes up, and the time line says why",
        _ticket(number, "gold", "high", "Miru Games", "Login fails for some players", team="games", assignee="noh"),
        at(monday, "09:00"),
        (
            told(number, at(monday, "09:20"), news.REPLIED, "noh"),
            told(number, at(monday, "15:30"), news.RESOLVED, "noh"),
            told(number, at(monday, "17:00"), news.CLOSED, "miru"),
        ),
        at(monday, "17:05"),
    )


def at_night(monday: date) -> Act:
    number, taken = "D-106", at(monday, "02:08")
    return Act(
        "Gold x Critical at night: the text message is refused, a call goes out; the lead takes it by the mail's link",
        _ticket(number, "gold", "critical", "Hanbit Mart", "No payment goes through"),
        at(monday, "02:00"),
        (
            told(number, taken, news.ACKNOWLEDGED, "lee"),
            told(number, at(monday, "02:25"), news.REPLIED, "lee"),
            told(number, at(monday, "02:55"), news.RESOLVED, "lee"),
            told(number, at(monday, "09:30"), news.CLOSED, "hanbit"),
        ),
        at(monday, "09:35"),
        policy="night-desk",
        by_link=(f"{number}:{news.ACKNOWLEDGED}:{taken}",),
        no_sms="kim",
    )


def payments_down(today: date) -> Scene:
    """On the Monday after the plain Friday, from 10:00 to 14:00."""
    monday = plain_friday(today) + timedelta(days=3)
    outage = Outage(
        "INC-7", Scope(services=("payments",), regions=("kr",)), since=at(monday, "10:00"),
        ended_at=at(monday, "14:00"), reason="card network is down", declared_by="noh", ended_by="noh",
    )  # fmt: skip
    lives = (
        ("D-107", "09:00", "09:15", "15:30", "payments"), ("D-108", "09:10", "09:40", "15:40", "payments"),
        ("D-109", "09:30", "09:50", "16:00", "payments"), ("D-110", "09:20", "09:45", "14:30", "mail"),
        ("D-111", "11:00", "14:20", "16:30", "payments"),
    )  # fmt: skip
    title = "Payments are down from 10:00 to 14:00: one command stops four clocks, one of a ticket opened meanwhile"
    return Scene(title, outage, tuple(_life(monday, *one) for one in lives))


def _life(monday: date, number: str, opened: str, replied: str, solved: str, service: str) -> Act:
    return Act(
        "", _ticket(number, "gold", "high", "Hanbit Mart", f"{service} fails", service=service), at(monday, opened),
        (
            told(number, at(monday, replied), news.REPLIED, "kim"),
            told(number, at(monday, solved), news.RESOLVED, "kim"),
            told(number, at(monday, "17:00"), news.CLOSED, "hanbit"),
        ),
        at(monday, "17:05"),
    )  # fmt: skip
