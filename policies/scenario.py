"""Scenarios: one text that is script and expectation, so that nothing extra and nothing missing can hide.

    # A pause over the weekend costs nothing and loses no checkpoint
    policy  standard.v1
    ticket  tier=gold urgency=high assignee=kim

    Fri 27 Mar 2026 16:00   opened
    Fri 27 Mar 17:30        pause customer
    Mon 30 Mar 09:00        resume customer
    Mon 30 Mar 11:30        -> resolution-50 L1: sms assignee; flag "SLA caution"

Lines without an arrow happen, lines with one are what Rung does. Wall times are in the ticket's zone (or `zone ...`);
a year is written once. Late news says when it happened: `replied by=kim happened="Fri 27 Mar 10:00"`. The worker may go
`down` and come `up`; `taken up` is when a late ticket reaches us. Must never know a rule of the core.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from policies import event as news
from policies.business_time import zone_of
from policies.case import Entry
from policies.duration import parse_duration
from policies.event import Event
from policies.rehearsal import Happening, Rehearsal
from policies.ticket import Ticket

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STAMP = re.compile(
    r"(?P<weekday>\w{3}) (?P<day>\d{1,2}) (?P<month>\w{3})(?: (?P<year>\d{4}))? "
    r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?P<fold>\+?)"
)
_FACTS = ("id", "tenant", "summary", "type", "tier", "urgency", "service", "region", "team", "assignee", "customer",
          "contact", "language", "priority", "impact", "value")  # fmt: skip
_SCORES = ("risk", "complexity", "predicted")
_EVENT_WORDS = {"escalate": news.ESCALATED, "snooze": news.SNOOZED, "waive": news.WAIVED, "migrate": news.MIGRATED,
                "approve": news.APPROVED, "deny": news.DENIED}  # fmt: skip


class BadScenario(ValueError):
    """Lines cannot be understood; the message names each and what to write. `faults`: line number, what is wrong."""

    def __init__(self, message: str, faults: tuple[tuple[int, str], ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


@dataclass(frozen=True)
class Scenario:
    """A script with its expectation; instants are UTC seconds."""

    title: str
    policy: str
    ticket: Ticket
    zone: str
    opened_at: int
    begun_at: int
    until: int
    happenings: tuple[Happening, ...]
    expected: tuple[tuple[int, str], ...]


def read_scenario(text: str, name: str = "scenario", zone: str = "Asia/Seoul") -> Scenario:
    """Parse; raises BadScenario with every faulty line and its number."""
    reader = _Reader(name, zone)
    lines = text.splitlines()
    faults: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        try:
            reader.line(line)
        except ValueError as error:
            faults.setdefault(str(error), number)  # a year that is missing is missed by every line after it
    if faults:
        told = (f"{name}:{number}  {lines[number - 1].strip()!r}: {fault}" for fault, number in faults.items())
        raise BadScenario("\n".join(told), tuple((number, fault) for fault, number in faults.items()))
    return reader.scenario()


def read_facts(text: str, id: str = "ticket") -> Ticket:
    """`tier=gold urgency=high tags=vip,security` as a ticket. Raises ValueError with what a ticket has."""
    return _facts(text, Ticket(id=id))


def _facts(text: str, ticket: Ticket) -> Ticket:
    pairs = dict(word.partition("=")[::2] for word in shlex.split(text))
    unknown = [name for name in pairs if name not in (*_FACTS, *_SCORES, "tags")]
    if unknown:
        named = ", ".join(f"'{name}'" for name in unknown)
        raise ValueError(f"a ticket has no {named}; it has {', '.join((*_FACTS, *_SCORES))}, tags")
    tags = tuple(tag for tag in pairs.pop("tags", "").split(",") if tag)
    numbers: dict[str, Any] = {name: _score(name, pairs.pop(name)) for name in _SCORES if name in pairs}
    facts: dict[str, Any] = {**pairs, **numbers}
    return replace(ticket, tags=tags, **facts)


class Stamps:
    """Instants as a script has them, on the wall of a zone; a year is written once."""

    def __init__(self, zone: str) -> None:
        self.zone, self.year = zone, 0

    def instant(self, stamp: re.Match[str]) -> int:
        self.year = int(stamp["year"] or self.year)
        if not self.year:
            raise ValueError("the first date needs its year: 'Fri 27 Mar 2026 16:00'")
        if stamp["month"].lower() not in MONTHS:
            raise ValueError(f"'{stamp['month']}' is not a month")
        clock = (int(stamp["hour"]), int(stamp["minute"]), int(stamp["second"] or 0))
        month = MONTHS.index(stamp["month"].lower()) + 1
        wall = datetime(self.year, month, int(stamp["day"]), *clock, tzinfo=zone_of(self.zone))
        if WEEKDAYS[wall.weekday()] != stamp["weekday"].lower():
            raise ValueError(f"{wall:%d %b %Y} is a {wall:%a}, not a {stamp['weekday']}")
        return int(wall.replace(fold=1 if stamp["fold"] else 0).timestamp())


class _Reader(Stamps):
    def __init__(self, name: str, zone: str) -> None:
        super().__init__(zone)
        self.name = name
        self.title, self.policy, self.until = "", "standard.v1", 0
        self.ticket = Ticket(id=re.sub(r"[^A-Za-z0-9-]", "-", name))
        self.opened_at = self.begun_at = 0
        self.happenings: list[Happening] = []
        self.expected: list[tuple[int, str]] = []

    def line(self, line: str) -> None:
        text = line.strip()
        if text.startswith("#"):
            self.title = self.title or text.lstrip("# ")
        elif stamp := STAMP.match(text):
            self.entry(self.instant(stamp), text[stamp.end() :].strip())
        elif text:
            word, _, rest = text.partition(" ")
            self.header(word, rest.strip())

    def header(self, word: str, rest: str) -> None:
        if word == "policy":
            self.policy = rest
        elif word == "zone":
            self.zone = zone_of(rest).key
        elif word == "ticket":
            self.ticket = _facts(rest, self.ticket)
        elif word == "until" and (stamp := STAMP.match(rest)):
            self.until = self.instant(stamp)
        else:
            raise ValueError("write 'policy', 'zone', 'ticket', 'until', or a line that begins like 'Fri 27 Mar 16:00'")

    def entry(self, at: int, text: str) -> None:
        if text.startswith("->"):
            self.expected.append((at, text[2:].strip()))
        elif text == "opened":
            self.opened_at, self.begun_at = at, max(at, self.begun_at)
        elif text == "taken up":
            self.begun_at = at
        elif text in ("down", "up"):
            self.happenings.append(Happening(at, worker=text))
        else:
            self.happenings.append(Happening(at, self.event(at, text)))

    def event(self, at: int, text: str) -> Event:
        kind, *words = shlex.split(text)
        kind = _EVENT_WORDS.get(kind, kind)
        if kind not in (*news.SIGNALS, *news.COMMANDS):
            raise ValueError(
                f"nothing called '{kind}' happens to tickets; write {', '.join(news.SIGNALS)}, escalate ..."
            )
        pairs = dict(word.partition("=")[::2] for word in words if "=" in word)
        plain = " ".join(word for word in words if "=" not in word)
        scores: dict[str, Any] = {name: _score(name, pairs.pop(name)) for name in _SCORES if name in pairs}
        event = Event(
            kind=kind, at=self.when(pairs.pop("happened", ""), at), actor=pairs.pop("by", ""),
            event_id=pairs.pop("id", f"{self.name}:{len(self.happenings)}"), reason=pairs.pop("reason", ""),
            until=self.when(pairs.pop("until", ""), 0), urgency=pairs.pop("urgency", ""), tier=pairs.pop("tier", ""),
            impact=pairs.pop("impact", ""), value=pairs.pop("value", ""), level=_level(pairs.pop("as", "")),
            **scores,
        )  # fmt: skip
        if pairs:
            raise ValueError(
                f"'{next(iter(pairs))}=' is unknown; write by=, as=, id=, happened=, reason=, urgency=, "
                "tier=, impact=, value=, risk=, complexity=, predicted="
            )
        if kind in (news.PAUSE, news.RESUME):
            return replace(event, reason=plain or "manual")
        if kind == news.ESCALATED:
            return replace(event, level=_level(plain))
        return replace(event, to=plain)

    def when(self, text: str, default: int) -> int:
        if not text:
            return default
        stamp = STAMP.fullmatch(text)
        if stamp is None:
            raise ValueError(f"'{text}' is not an instant; write 'Fri 27 Mar 10:00'")
        return self.instant(stamp)

    def scenario(self) -> Scenario:
        if not self.opened_at:
            raise BadScenario(f"{self.name}: no line says 'opened'")
        last = max([self.opened_at, *(h.at for h in self.happenings), *(at for at, _ in self.expected)])
        return Scenario(
            self.title, self.policy, self.ticket, self.zone, self.opened_at, self.begun_at, self.until or last,
            tuple(self.happenings), tuple(self.expected),
        )  # fmt: skip


def _score(name: str, text: str) -> int:
    """`risk=70`, `complexity=8`, `predicted=7h`."""
    if name == "predicted":
        return parse_duration(text)
    if not text.isdigit():
        raise ValueError(f"{name}={text} is not a whole number")
    return int(text)


def _level(text: str) -> int:
    """`3` or `L3`."""
    digits = text.lstrip("Ll") or "0"
    if not digits.isdecimal():
        raise ValueError(f"'{text}' is not a level; write one like 'escalate 3'")
    return int(digits)


def say_instant(at: int, zone: str) -> str:
    """`Fri 27 Mar 2026 16:00`, with seconds only where there are any."""
    local = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    return f"{local:%a %d %b %Y %H:%M:%S}" if at % 60 else f"{local:%a %d %b %Y %H:%M}"


def lines_of(entries: tuple[Entry, ...]) -> list[tuple[int, str]]:
    """What two worlds must agree on: instant and words, in order."""
    return sorted((entry.at, entry.text) for entry in entries)


def shown(pairs: list[tuple[int, str]], zone: str) -> str:
    """Lines of a time line as a scenario has them."""
    return "\n".join(f"{say_instant(at, zone):<22}  -> {text}" for at, text in sorted(pairs))


def difference(scenario: Scenario, rehearsal: Rehearsal) -> str:
    """Nothing when the rehearsal gives the expected time line; else both."""
    wanted, got = sorted(scenario.expected), lines_of(rehearsal.ours)
    if wanted == got:
        return ""
    return f"expected\n{shown(wanted, scenario.zone)}\ngot\n{shown(got, scenario.zone)}"
