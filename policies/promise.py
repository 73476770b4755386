"""What is promised for one ticket: its priority, and each clock's target in open seconds.

Tables, cells, weights and dated adjustments of a policy come together here (S1, S2, S5, S6). Whole numbers only: all
factors are multiplied first and divided once, and a fraction of a second is dropped. Must never look at a calendar's
hours: a target is a length, not an instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from policies.condition import fits
from policies.document import BUILT_IN, Adjustment, PolicyDocument, Promise, Weight
from policies.duration import parse_duration
from policies.suggestion import did_you_mean
from policies.ticket import PRIORITIES, PRIORITY_OF_URGENCY, TIERS, URGENCIES, Ticket


class Uncompilable(ValueError):
    """The ticket and the policy do not fit; the message lists why, one reason a line."""


def prioritised(document: PolicyDocument, ticket: Ticket) -> Ticket:
    """The ticket with its priority: by the policy's table if it has one, else the helpdesk's, else by urgency."""
    for row in document.priority:
        if fits(row.only_for, ticket):
            return ticket.changed(priority=row.priority)
    return prioritised_by_urgency(ticket)


def prioritised_by_urgency(ticket: Ticket) -> Ticket:
    """The ticket with the helpdesk's priority, or the one that goes with its urgency."""
    return ticket if ticket.priority else ticket.changed(priority=PRIORITY_OF_URGENCY.get(ticket.urgency, ""))


def possible_priorities(document: PolicyDocument) -> list[str]:
    """Which a ticket may have: those of the policy's table, and where no row of it need fit any the helpdesk says."""
    rows = document.priority
    if any(row.only_for is None or not row.only_for.model_dump(exclude_defaults=True) for row in rows):
        return [priority for priority in PRIORITIES if priority in {row.priority for row in rows}]
    return list(PRIORITIES)


def adjustments_of(document: PolicyDocument, ticket: Ticket, day: date) -> list[Adjustment]:
    """Those that change the targets of a ticket opened on `day`, in the order they are written."""
    return [a for a in document.adjustments if a.start <= day <= a.end and fits(a.only_for, ticket)]


def adjusted(document: PolicyDocument, ticket: Ticket, day: date) -> Ticket:
    """The ticket as this policy treats it on that day: an adjustment may raise its urgency, the table its priority."""
    raised = ticket
    for adjustment in adjustments_of(document, prioritised(document, ticket), day):
        if adjustment.urgency:
            raised = raised.changed(urgency=adjustment.urgency, priority=PRIORITY_OF_URGENCY[adjustment.urgency])
    return prioritised(document, raised)


def promised(document: PolicyDocument, ticket: Ticket) -> dict[str, str]:
    """Clock -> duration text for the ticket. Raises Uncompilable with every reason."""
    faults = [
        f"ticket {ticket.id}: {name} '{value}' is unknown{did_you_mean(value, known)}"
        for name, value, known in (("tier", ticket.tier, TIERS), ("urgency", ticket.urgency, URGENCIES))
        if value not in known
    ]
    if faults:
        raise Uncompilable("\n".join(faults))
    found = by_hand(document, ticket) or combined(document, ticket.tier, ticket.urgency, ticket.priority)
    if not found and own_target(document, "resolution", ticket) is None:
        raise Uncompilable(
            f"policy {document.name} promises nothing for {ticket.tier} x {ticket.urgency}; "
            f"add a row to targets.by_tier or targets.by_urgency"
        )
    return found


def by_hand(document: PolicyDocument, ticket: Ticket) -> dict[str, str]:
    """The cell of the matrix that was set by hand, if any."""
    cells = (cell for cell in document.targets.cells if (cell.tier, cell.urgency) == (ticket.tier, ticket.urgency))
    return _texts(next(cells, None))


def combined(document: PolicyDocument, tier: str, urgency: str, priority: str = "") -> dict[str, str]:
    """The tables combined by the named rule (S1). A rule that names a table takes the others where it is silent."""
    targets = document.targets
    tables = {
        "by_tier": _texts(targets.by_tier.get(tier)),  # type: ignore[call-overload]  # any text may be asked for
        "by_urgency": _texts(targets.by_urgency.get(urgency)),  # type: ignore[call-overload]
        "by_priority": _texts(targets.by_priority.get(priority)),  # type: ignore[call-overload]
    }
    if targets.combine in tables:
        return tables[targets.combine] or next((table for table in tables.values() if table), {})
    choose = min if targets.combine == "strictest" else max
    names = dict.fromkeys(name for table in tables.values() for name in table)
    return {
        name: choose((table[name] for table in tables.values() if name in table), key=_comparable) for name in names
    }


def own_target(document: PolicyDocument, clock: str, ticket: Ticket) -> str | None:
    """The target that a clock brings with it, for tickets of this urgency."""
    written = document.clocks[clock].target if clock in document.clocks else None
    if isinstance(written, Mapping):
        return next((text for urgency, text in written.items() if urgency == ticket.urgency), None)
    return written


def factors(document: PolicyDocument, clock: str, ticket: Ticket, adjustments: Sequence[Adjustment]) -> tuple[int, int]:
    """What the targets of a clock are multiplied with, and divided by. `ticket` as the adjustments treat it."""
    above = below = 1
    hand_made = clock in by_hand(document, ticket)
    weights: list[Weight | Adjustment] = [*_weights(document, ticket, hand_made)]
    for one in (*weights, *adjustments):
        if one.factor and (not one.clocks or clock in one.clocks):
            above, below = above * int(one.factor[:-1]), below * 100
    return above, below


def _weights(document: PolicyDocument, ticket: Ticket, hand_made: bool) -> Sequence[Weight]:
    return () if hand_made else [weight for weight in document.targets.weights if fits(weight.only_for, ticket)]


def said(document: PolicyDocument, ticket: Ticket, day: date) -> Iterator[str]:
    """The adjustments at work, in words: `year-end: targets x 150% from 20 Dec 2026 to 5 Jan 2027`."""
    for one in adjustments_of(document, ticket, day):
        what = [f"targets x {one.factor}"] if one.factor else []
        what += [f"treated as {one.urgency}"] if one.urgency else []
        what += ["clocks stand still"] if one.closed else []
        yield f"{one.adjustment}: {', '.join(what)} from {one.start:%-d %b %Y} to {one.end:%-d %b %Y}"


def _comparable(text: str) -> int:
    return parse_duration(text, business_day=9 * 3600)


def _texts(promise: Promise | None) -> dict[str, str]:
    return {name: getattr(promise, name) for name in BUILT_IN if promise is not None and getattr(promise, name)}
