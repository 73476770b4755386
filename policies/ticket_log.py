"""A log of past tickets: what a record means as a ticket with its news, by a map that people write.

Reads `ticket-history/1` records and rows of a table. Nothing under `outcome` is used, and `closed` only where the map
says so: in many logs a robot writes it days after the work was done. Must never judge a ticket, and never touch the
disk: lines come in as text, pasts go out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from policies import event as news
from policies.business_time import first_instant, zone_of
from policies.condition import Document, Tier, Urgency
from policies.cycles import ENDS
from policies.event import Event
from policies.rehearsal import Happening
from policies.suggestion import did_you_mean
from policies.ticket import PRIORITY_OF_URGENCY, Ticket

SCHEMA = "ticket-history/1"
URGENCY_OF_PRIORITY: dict[str, Urgency] = {"P1": "critical", "P2": "high", "P3": "medium", "P4": "low"}
PAUSES = {"user": "customer", "vendor": "vendor", "problem": "manual:problem", "evidence": "manual:evidence"}
FACTS = ("type", "service", "region", "team", "customer", "assignee")
EARLIEST, LATEST = 946_684_800, 4_102_444_800
"""2000-01-01 and 2100-01-01: an instant outside is a fault of the log."""


class BadRecord(ValueError):
    """A record that cannot be read; the message says why."""


class TierRule(Document):
    """The tier of a ticket: by a field of the record, or the same for all."""

    source: str = Field(default="", alias="from")
    values: dict[str, Tier] = Field(default={})
    otherwise: Tier | None = "bronze"


class UrgencyRule(Document):
    """The urgency of a ticket by a field of the record."""

    source: str = Field(default="priority", alias="from")
    values: dict[str, Urgency] = Field(default=URGENCY_OF_PRIORITY)
    otherwise: Urgency | None = None


class EventColumn(Document):
    """Tables only: a column that holds the instant of one piece of news."""

    column: str
    event: str
    reason: str = "customer"
    """pause, resume: the name of the pause."""

    @field_validator("event")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in news.SIGNALS:
            raise ValueError(f"no event '{kind}'{did_you_mean(kind, news.SIGNALS)}")
        return kind


class LogMap(Document):
    """How the words of a log become ours. Everything has a default for `ticket-history/1`."""

    map: Literal["ticket-map/1"] = "ticket-map/1"
    zone: str = ""
    """Where instants without an offset were written down; the policy's zone if left out."""
    times: str = ""
    """How instants are written (`%d.%m.%Y %H:%M`); ISO 8601 if left out."""
    tier: TierRule = TierRule()
    urgency: UrgencyRule = UrgencyRule()
    facts: dict[Literal["type", "service", "region", "team", "customer", "assignee"], str] = Field(
        default={"service": "category", "region": "location", "customer": "requester"}
    )
    """Fact of the ticket -> field of the record."""
    pauses: dict[str, str] = Field(default=PAUSES)
    """Reason in the log -> name of the pause."""
    reprioritised: Literal["follow", "ignore"] = "follow"
    """Whether a changed priority changes the promise, or the first one counts to the end."""
    closed: Literal["ignore", "resolved"] = "ignore"
    id: str = "id"
    opened_at: str = "opened_at"
    priority: str = "priority"
    """Tables: the columns of these names."""
    events: list[EventColumn] = Field(default=[])

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone:
            try:
                zone_of(zone)
            except (LookupError, ValueError, OSError):
                raise ValueError(f"no time zone '{zone}'; write one like 'Asia/Seoul'") from None
        return zone


@dataclass(frozen=True)
class Past:
    """One past ticket: the facts at its opening and everything that happened to it, in the order of the log.

    `resolved` says whether it stands resolved at its end; if not, the log ended before the ticket did.
    """

    id: str
    ticket: Ticket
    opened_at: int
    priority: str
    happenings: tuple[Happening, ...]
    resolved: bool
    unused: tuple[str, ...] = ()
    """Kinds of lines that have no meaning for us, one for each line."""
    last: int = 0
    """The last instant the record names."""

    def until(self, log_end: int) -> int:
        """The instant up to which it is known what happened."""
        end = max((happening.at for happening in self.happenings), default=self.opened_at)
        return end if self.resolved else max(end, log_end)


def read_line(text: str, rules: LogMap, zone: str) -> Past:
    """One line of a JSONL log. Raises BadRecord."""
    try:
        row = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadRecord(f"not valid JSON: {getattr(error, 'msg', 'nested too deep')}") from None
    if not isinstance(row, dict) or row.get("schema") != SCHEMA:
        raise BadRecord(f'not a record of {SCHEMA}; it needs "schema": "{SCHEMA}"')
    lines = row.get("events")
    if not isinstance(lines, list):
        raise BadRecord("events: must be a list")
    found: list[Event] = []
    unused: list[str] = []
    last = ""
    for index, line in enumerate(lines):
        if not isinstance(line, dict) or not isinstance(line.get("t"), str):
            raise BadRecord(f"events[{index}]: needs 't' and 'type'")
        made = list(_events(line, index, rules, zone))
        found += made
        unused += [] if made else [str(line.get("type"))]
        last = max(last, line["t"])
    return _past(row, rules, zone, found, unused, instant(last, rules, zone) if last else 0)


def last_instant(text: str, rules: LogMap, zone: str) -> int:
    """The instant of the last event of one JSONL line; 0 where it cannot be told. Much cheaper than reading it."""
    try:
        return instant(json.loads(text)["events"][-1]["t"], rules, zone)
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0


def read_row(row: Mapping[str, str], rules: LogMap, zone: str) -> Past:
    """One row of a table, a ticket each. Raises BadRecord."""
    facts = {**row, "id": row.get(rules.id), "opened_at": row.get(rules.opened_at), "priority": row.get(rules.priority)}
    found = [
        Event(column.event, at, f"{number}", reason=column.reason if column.event in (news.PAUSE, news.RESUME) else "")
        for number, column in enumerate(rules.events)
        if (text := (row.get(column.column) or "").strip())
        for at in [instant(text, rules, zone)]
    ]
    found.sort(key=lambda event: event.at)
    return _past(facts, rules, zone, found, [], max((event.at for event in found), default=0))


def _past(row: Mapping[str, Any], rules: LogMap, zone: str, events: list[Event], unused: list[str], last: int) -> Past:
    name = row.get("id")
    if not isinstance(name, str) or not name.strip():
        raise BadRecord("it has no id")
    if not isinstance(row.get("opened_at"), str):
        raise BadRecord("it has no opened_at")
    opened_at = instant(row["opened_at"], rules, zone)
    urgency = _chosen("urgency", rules.urgency, row)
    ended = [event.kind in ENDS for event in events if event.kind in (*ENDS, news.REOPENED)]
    facts: dict[str, Any] = {fact: str(row[field]) for fact, field in rules.facts.items() if row.get(field)}
    ticket = Ticket(
        id=name,
        tier=_chosen("tier", rules.tier, row),
        urgency=urgency,
        contact=facts.get("customer", "customer"),
        **facts,
    )
    return Past(
        name, ticket, opened_at, str(row.get("priority") or PRIORITY_OF_URGENCY[urgency]),
        tuple(Happening(event.at, event) for event in events), bool(ended) and ended[-1], tuple(unused),
        max(last, opened_at),
    )  # fmt: skip


def _chosen(name: str, rule: TierRule | UrgencyRule, row: Mapping[str, Any]) -> str:
    value = str(row.get(rule.source) or "") if rule.source else ""
    found = rule.values.get(value) or rule.otherwise
    if not found:
        raise BadRecord(f"{rule.source} '{value}' gives no {name}; name it in the map under {name}.values")
    return found


def _events(line: Mapping[str, Any], index: int, rules: LogMap, zone: str) -> Iterator[Event]:
    """What one line of a record means for us: nothing or one piece of news."""
    kind, name = line.get("type"), str(index)
    if kind in (news.PAUSE, news.RESUME):
        reason = rules.pauses.get(str(line.get("reason")))
        if reason is None:
            raise BadRecord(f"events[{index}]: no pause for reason '{line.get('reason')}'; name it in the map: pauses")
        yield Event(str(kind), instant(line["t"], rules, zone), name, reason=reason)
    elif kind in (news.RESOLVED, news.REOPENED):
        yield Event(str(kind), instant(line["t"], rules, zone), name)
    elif kind == "first_response":
        yield Event(news.REPLIED, instant(line["t"], rules, zone), name)
    elif kind == "assignee" and line.get("to"):
        yield Event(news.ASSIGNED, instant(line["t"], rules, zone), name, to=str(line["to"]))
    elif kind == "group" and line.get("to"):
        yield Event(news.TRANSFERRED, instant(line["t"], rules, zone), name, to=str(line["to"]))
    elif kind == "priority" and rules.reprioritised == "follow" and rules.urgency.source == "priority":
        urgency = _chosen("urgency", rules.urgency, {"priority": line.get("to")})
        yield Event(news.REPRIORITISED, instant(line["t"], rules, zone), name, urgency=urgency)
    elif kind == news.CLOSED and rules.closed == "resolved":
        yield Event(news.RESOLVED, instant(line["t"], rules, zone), name)


def instant(text: str, rules: LogMap, zone: str) -> int:
    """UTC seconds of an instant of the log. Without an offset it is a wall time in the zone. Raises BadRecord."""
    try:
        moment = datetime.strptime(text, rules.times) if rules.times else datetime.fromisoformat(text)  # noqa: DTZ007
        if moment.tzinfo is not None:
            at = int(moment.timestamp())
        else:
            passed = moment.hour * 3600 + moment.minute * 60 + moment.second
            at = first_instant(zone, moment.date(), passed)
    except (ValueError, OverflowError):
        wanted = rules.times or "2026-03-27T16:00:00"
        raise BadRecord(f"'{text}' is not an instant; expected one like {wanted}") from None
    if not EARLIEST <= at < LATEST:
        raise BadRecord(f"'{text}' is too far away")
    return at
