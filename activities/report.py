"""The report of a ticket, drafted for its review: what happened, was promised, did not arrive, is to be done.

Markdown, and the same text for the same facts. The cause is left to people. Must never hold personal data beyond what
the time line has: no customer, no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from activities.fitting import one_line
from policies.action_item import Item
from policies.case import Entry
from policies.duration import say_duration
from policies.explanation import Deadline, Reading
from policies.scenario import say_instant
from policies.ticket import Ticket

NOT_SENT = ("not_sent", "passed_on", "undelivered", "withdrawn")
"""Kinds of lines that say what did not arrive, and why."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|#~])")
TO_WHOM = {"sla": "the customer", "ola": "the house", "uc": "us, by a vendor"}
UNKNOWN = "(to be filled in at the review)"


@dataclass(frozen=True)
class Kept:
    """One promise and what became of it; `pauses` are [from, to) with their names, None for one that lasts."""

    reading: Reading
    calendar: str = ""
    pauses: tuple[tuple[str, int, int | None], ...] = ()


def kept(deadline: Deadline) -> Kept:
    """A promise with what explains it."""
    named = zip(deadline.pauses, deadline.paused_by, strict=False)
    pauses = tuple((by or "resolved", start, end) for (start, end), by in named)
    return Kept(deadline.reading, deadline.calendar, pauses)


@dataclass(frozen=True)
class Report:
    """All that a report tells. Instants are UTC seconds; `cost` is what a minute costs, 0 = not known."""

    ticket: Ticket
    policy: str
    zone: str
    opened_at: int
    written_at: int
    state: str = ""
    level: str = ""
    promises: tuple[Kept, ...] = ()
    broken: tuple[str, ...] = ()
    """Clocks that were broken, where no more is known of the promises."""
    lines: tuple[Entry, ...] = ()
    items: tuple[Item, ...] = ()
    cost: int = 0
    solved_at: int | None = None

    @property
    def lasted(self) -> int:
        """Seconds from the opening to the solution, or to the writing; nights and pauses count."""
        return max((self.solved_at or self.written_at) - self.opened_at, 0)

    @property
    def loss(self) -> int:
        """What it cost, in the house's currency; begun minutes count."""
        return -(-self.lasted // 60) * self.cost


def markdown(report: Report) -> str:
    """The whole text, which ends with a line break."""
    parts = (
        _head(report), _impact(report), _promises(report), _time_line(report), _cause(), _missing(report),
        _actions(report),
    )  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(report: Report) -> Iterator[str]:
    ticket = report.ticket
    yield f"# Review of ticket {said(ticket.id)}" + (f": {said(ticket.summary)}" if ticket.summary else "")
    yield ""
    yield f"Draft of {_at(report, report.written_at)}, times in {report.zone}. The ticket is {report.state or 'open'}."
    yield ""
    yield "## Summary"
    yield ""
    facts = [
        ("Promised", f"{ticket.tier} x {ticket.urgency}{f', {ticket.priority}' if ticket.priority else ''}"),
        ("Policy", report.policy), ("Type", ticket.type), ("Service", ticket.service), ("Region", ticket.region),
        ("Team", ticket.team), ("Opened", _at(report, report.opened_at)),
        ("Solved", _at(report, report.solved_at) if report.solved_at is not None else "not yet"),
        ("Highest level", report.level),
    ]  # fmt: skip
    yield from (f"- {name}: {said(value)}" for name, value in facts if value)


def _impact(report: Report) -> Iterator[str]:
    ticket = report.ticket
    broken = dict.fromkeys([*(_clock(k.reading) for k in report.promises if k.reading.breached), *report.broken])
    yield "## Impact"
    yield ""
    yield f"- Lasted: {say_duration(report.lasted // 60 * 60)} by the clock"
    if ticket.impact or ticket.value:
        yield f"- Impact {ticket.impact or 'not assessed'}, business value {ticket.value or 'not assessed'}"
    yield f"- Broken promises: {said(', '.join(broken)) or 'none'}"
    minutes = -(-report.lasted // 60)
    yield (
        f"- Loss: {report.loss:,} ({minutes:,} minutes at {report.cost:,})" if report.cost
        else "- Loss: not estimated, no cost per minute is known"
    )  # fmt: skip
    yield f"- Who was affected, and how: {UNKNOWN}"


def _promises(report: Report) -> Iterator[str]:
    yield "## Promises"
    yield ""
    if not report.promises:
        broken = ", ".join(said(clock) for clock in report.broken) or "none"
        yield f"Only the journal knows this ticket any more. Broken: {broken}."
        return
    for one in report.promises:
        to = TO_WHOM.get(one.reading.promise, "somebody")
        yield f"- **{said(_clock(one.reading))}** to {to}: {_verdict(one, report)}"
        for name, start, end in one.pauses:
            until = f"to {_at(report, end)}" if end is not None else "and it lasts"
            yield f"  - stood still ({said(name)}) from {_at(report, start)} {until}"


def _verdict(one: Kept, report: Report) -> str:
    """`broken: 8h 45m used of 8h, due Mon 30 Mar 2026 15:00, stopped Mon 30 Mar 2026 15:45, on kr-office.v1`."""
    reading = one.reading
    used = f"{say_duration(reading.consumed)} used of {say_duration(reading.target)}"
    word = "broken" if reading.breached else "kept" if reading.stop is not None else reading.state
    facts = [used]
    facts += [f"due {_at(report, reading.due)}"] if reading.due is not None else []
    facts += [f"stopped {_at(report, reading.stop)}"] if reading.stop is not None else []
    facts += [f"counted on {said(one.calendar)}"] if one.calendar else []
    return f"{word}{' (waived)' if reading.waived else ''}: {', '.join(facts)}"


def _time_line(report: Report) -> Iterator[str]:
    yield "## Time line"
    shown = sorted(report.lines, key=lambda line: line.at)
    days = groupby(shown, key=lambda line: _at(report, line.at)[:15])
    for day, lines in days:
        yield ""
        yield f"**{day}**"
        yield ""
        yield from (_line(line, report) for line in lines)
    if not shown:
        yield ""
        yield "Nothing is known of it."


def _line(line: Entry, report: Report) -> str:
    """`- 15:00 -> resolution-breach L4: ...`: what happened has no arrow, what Rung did has one."""
    arrow = "" if line.kind == "event" else "-> "
    kind = line.kind.replace("_", " ")
    named = f"{kind}: " if line.kind in NOT_SENT and kind not in line.text else ""
    return f"- {_at(report, line.at)[16:]} {arrow}{named}{said(line.text)}"


def _cause() -> Iterator[str]:
    yield "## Cause"
    yield ""
    yield f"- What failed: {UNKNOWN}"
    yield f"- Why it was not noticed before: {UNKNOWN}"


def _missing(report: Report) -> Iterator[str]:
    missing = [line for line in report.lines if line.kind in NOT_SENT]
    yield "## What was not sent, and why"
    yield ""
    yield from (f"- {_at(report, line.at)}: {said(line.text)}" for line in sorted(missing, key=lambda line: line.at))
    if not missing:
        yield "Everything arrived."


def _actions(report: Report) -> Iterator[str]:
    yield "## Actions"
    yield ""
    yield from (
        f"- [{' ' if item.open else 'x'}] {said(item.title)} - {said(item.owner)}, due {_at(report, item.due)}"
        for item in sorted(report.items, key=lambda item: (item.due, item.id))
    )
    if not report.items:
        yield "None yet: 'rung ticket action add' makes one that its owner is reminded of."


def said(text: str) -> str:
    """One line without markup: a summary must not become a heading, nor a link."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def _clock(reading: Reading) -> str:
    """`next response 2`."""
    return reading.clock.replace("_", " ") + (f" {reading.cycle}" if reading.cycle > 1 else "")


def _at(report: Report, at: int | None) -> str:
    return say_instant(at, report.zone) if at is not None else ""
