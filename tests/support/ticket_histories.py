"""Real ticket histories (`ticket-history/1`) as scenarios, and the verdicts that a table of counts is made of.

Only what happened is fed, never what stands under `outcome`, and `closed` is left out because a robot wrote it (see
tests/data/README.md). The instants have no zone and are taken as UTC. Must never count time itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from policies import event as news
from policies.case import FIRED
from policies.event import Event
from policies.explanation import Reading, readings
from policies.rehearsal import Happening
from policies.scenario import Scenario
from policies.ticket import PRIORITY_OF_URGENCY, Ticket
from tests.support.scenarios import played

FILE = Path(__file__).parent.parent / "data" / "ticket_history_500.jsonl"
PAUSED_BY_CUSTOMER, NEVER_PAUSED = "real-l.v1", "real-l-unpaused.v1"
POLICIES = (NEVER_PAUSED, PAUSED_BY_CUSTOMER)
"""The facts are the same; what differs is whether a pause by the customer stops the clock."""
SHARES = (50, 75, 80, 100)
URGENCY_OF_PRIORITY = {priority: urgency for urgency, priority in PRIORITY_OF_URGENCY.items()}
PAUSE_NAMES = {"user": "customer", "vendor": "vendor", "problem": "manual:problem", "evidence": "manual:evidence"}
STATES = {"resolved": news.RESOLVED, "reopened": news.REOPENED}


@dataclass(frozen=True)
class History:
    """One real ticket: what stops and starts its clock, in the order in which it was written down."""

    id: str
    opened_at: int
    priority: str
    events: tuple[Event, ...]

    def has(self, kind: str, reason: str = "") -> bool:
        return any(event.kind == kind and reason in ("", event.reason) for event in self.events)

    def scenario(self, policy: str) -> Scenario:
        """The ticket under a policy, to be played on paper or on a server until its last piece of news."""
        urgency = URGENCY_OF_PRIORITY[self.priority]
        ticket = Ticket(self.id, tenant=policy.replace(".", "-"), tier="gold", urgency=urgency)
        until = max(event.at for event in self.events)
        happenings = tuple(Happening(event.at, event) for event in self.events)
        return Scenario(self.id, policy, ticket, "UTC", self.opened_at, self.opened_at, until, happenings, ())


@dataclass(frozen=True)
class Outcome:
    """How one ticket ended. `crossed` are the shares of its target that it ran past, `fired` the rungs we climbed."""

    id: str
    priority: str
    consumed: int
    target: int
    crossed: tuple[int, ...]
    breached: bool
    fired: tuple[str, ...]

    @classmethod
    def of(cls, history: History, reading: Reading, fired: Iterable[str]) -> Outcome:
        """From the one reading of the resolution clock. TRAP: strictly greater, and in whole numbers."""
        crossed = tuple(share for share in SHARES if reading.consumed * 100 > reading.target * share)
        rungs = tuple(sorted(name.partition("@")[0] for name in fired))
        return cls(history.id, history.priority, reading.consumed, reading.target, crossed, reading.breached, rungs)


@dataclass(frozen=True)
class Counts:
    """One row of the table."""

    crossed: tuple[int, ...]
    """Past 50, 75 and 80 %."""
    breaches: int
    by_priority: tuple[int, ...]


TABLE = {
    NEVER_PAUSED: Counts((206, 183, 181), 170, (1, 7, 161, 1)),
    PAUSED_BY_CUSTOMER: Counts((156, 127, 126), 114, (0, 6, 107, 1)),
}
"""What an independent program counted (tests/data/README.md, 500 tickets, targets L)."""


def count(outcomes: Sequence[Outcome]) -> Counts:
    broken = Counter(outcome.priority for outcome in outcomes if outcome.breached)
    return Counts(
        tuple(sum(share in outcome.crossed for outcome in outcomes) for share in SHARES[:3]),
        broken.total(),
        tuple(broken[priority] for priority in ("P1", "P2", "P3", "P4")),
    )


@cache
def on_paper(history: History, policy: str) -> Outcome:
    """On the pure core, heard as it happened."""
    scenario = history.scenario(policy)
    rehearsal = played(scenario)
    (reading,) = readings(rehearsal.plan, rehearsal.case, scenario.until)
    fired = [name for name, record in rehearsal.case.records.items() if record.outcome == FIRED]
    return Outcome.of(history, reading, fired)


def read_histories(path: Path = FILE) -> list[History]:
    return [_history(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _history(row: dict[str, Any]) -> History:
    assert row["schema"] == "ticket-history/1"
    events = tuple(event for index, line in enumerate(row["events"]) for event in _events(row["id"], index, line))
    return History(row["id"], _instant(row["opened_at"]), row["priority"], events)


def _events(ticket: str, index: int, line: dict[str, Any]) -> list[Event]:
    kind = line["type"]
    if kind in (news.PAUSE, news.RESUME):
        return [Event(kind, _instant(line["t"]), f"{ticket}:{index}", reason=PAUSE_NAMES[line["reason"]])]
    return [Event(STATES[kind], _instant(line["t"]), f"{ticket}:{index}")] if kind in STATES else []


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
