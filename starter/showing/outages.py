"""An outage in words: its scope, what it does, since when, and how far the telling has come. Instants in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.duration import say_duration
from policies.migration import Moved
from policies.outage import (
    CALLED_OFF,
    MUTE,
    OPEN,
    OVER,
    PAUSE_CLOCK,
    PLANNED,
    RAISE,
    REPRIORITISE,
    UNDECLARED,
    URGENT,
    Outage,
    state,
)
from policies.outage_update import CADENCES
from starter.outage_rehearsing import OutageRehearsal
from starter.outage_reporting import OutageReport
from starter.showing.page import clock_name, iso, local, plain, table, year_of
from starter.showing.page import state as state_word
from starter.showing.wrapped import folded, wrapped
from workflows.contract import OutageAnswer, OutageProgress

SAID = {
    PAUSE_CLOCK: "clocks that outages stop stand still",
    MUTE: "clocks run, staff is not told",
    REPRIORITISE: "urgency",
    RAISE: "urgency at least",
}

MAILED = ["told     customers, once that it lasts and once that it is over"]


def lines(outage: Outage, now: int) -> list[str]:
    """Beneath its name."""
    does = SAID[outage.effect] + (f" {outage.urgency}" if outage.effect in URGENT else "")
    found = [f"scope    {plain(outage.scope.said())}", f"effect   {outage.effect}: {does}"]
    found += _times(outage, state(outage, now))
    found += [f"owner    {plain(outage.owner)}"] if outage.owner else []
    found += [f"approved by {plain(outage.approved_by)} (as it was typed)"] if outage.approved_by else []
    if outage.stakeholders:
        who = ", ".join(map(plain, outage.stakeholders))
        found.append(f"updates  to {who}, every {say_duration(CADENCES[outage.priority])}")
    found += MAILED if outage.tell_customers else []
    return [*found, *([f"reason   {plain(outage.reason)}"] if outage.reason else [])]


def _times(outage: Outage, standing: str) -> list[str]:
    if standing == UNDECLARED:
        found = ["since    not declared yet: only its end is known"]
    else:
        word = "since" if standing in (OPEN, OVER) else "begins" if standing == PLANNED else "was due"
        found = [f"{word:<9}{_utc(outage.since)}{_by(outage.declared_by)}"]
    if standing == CALLED_OFF:
        return [*found, f"called off {_utc(outage.ended_at)}{_by(outage.ended_by)}"]
    if outage.over_at is not None:
        return [*found, f"ended    {_utc(outage.over_at)}{_by(outage.ended_by)}"]
    if outage.planned_end:
        return [*found, f"planned  to end {_utc(outage.planned_end)}"]
    return [*found, f"expected {_utc(outage.expected)}"] if outage.expected else found


def _by(who: str) -> str:
    return f" by {plain(who)}" if who else ""


def briefly(outage: Outage, now: int) -> str:
    """Scope, effect, since when, in one line."""
    said = lines(outage, now)
    return "; ".join(" ".join(line.split()) for line in (*said[:3], *(line for line in said if line in MAILED)))


def after_declaration(answer: OutageAnswer, now: int) -> str:
    """What else its headline says: that it was before, or that its end came first."""
    if answer.already:
        return " already"
    return ", and its end was known before" if state(answer.outage, now) in (OVER, CALLED_OFF) else ""


def over(answer: OutageAnswer) -> str:
    """What an end did to it: `has ended`."""
    if state(answer.outage, answer.outage.ended_at) == CALLED_OFF:
        return "was called off already" if answer.already else "is called off"
    return "had ended already" if answer.already else "has ended"


def _utc(at: int | None) -> str:
    """TRAP: everything about a ticket stands in its own zone; whoever reads both must see which is which."""
    return "-" if at is None else f"{local(at, 'UTC')} UTC"


def said_telling(progress: OutageProgress) -> list[str]:
    """`told     8120 words sent so far`: a ticket that opened meanwhile may have been told twice."""
    if progress.told < 0:
        return ["told     not known: its workflow does not answer"]
    more = " so far" if progress.telling else ""
    found = [f"told     {many(progress.told, 'word')} sent{more if progress.telling == 'declared' else ''}"]
    ended = progress.outage.ended_at or progress.told_end
    found += [f"told end {many(progress.told_end, 'word')} sent{more}"] if ended else []
    refused = (
        (progress.failed, "began; each asks by itself before it fires"),
        (progress.failed_end, "ended; those that stand still are looked for again"),
    )
    found += [f"failed   {many(count, 'ticket')} could not be told that it {what}" for count, what in refused if count]
    found.append(
        f"people   {progress.people} told that it began" + (f", {progress.people_end} that it ended" if ended else "")
    )
    found += _said_customers(progress, ended=bool(ended)) if progress.outage.tell_customers else []
    found += [f"review   {progress.review}"] if progress.review else []
    return [*found, *(f"unheard  {plain(line)}" for line in progress.unreached)]


def _said_customers(progress: OutageProgress, ended: bool) -> list[str]:
    over = f", {progress.customers_end} that it ended" if ended else ""
    unasked = f"; {many(progress.unasked, 'ticket')} did not say whose they are" if progress.unasked else ""
    begun = f"{many(progress.customers, 'customer')} that it began, {progress.customers_untold} not"
    return [f"mailed   {begun}{over}{unasked}"]


def telling(progress: OutageProgress) -> dict[str, Any]:
    """For programs."""
    known = progress.told >= 0
    return {
        "told": progress.told if known else None, "told_end": progress.told_end if known else None,
        "telling": progress.telling, "people": progress.people if known else None,
        "people_end": progress.people_end if known else None, "unreached": list(progress.unreached),
        "failed": progress.failed if known else None, "failed_end": progress.failed_end if known else None,
        "review": progress.review,
        "customers": progress.customers if known else None,
        "customers_end": progress.customers_end if known else None,
        "customers_untold": progress.customers_untold if known else None,
        "unasked": progress.unasked if known else None,
    }  # fmt: skip


def data(outage: Outage, now: int) -> dict[str, Any]:
    """One outage as JSON. `ended_at` of one that was called off is when that was said."""
    standing = state(outage, now)
    return {
        "id": outage.id,
        "scope": {name: list(values) for name, values in vars(outage.scope).items()},
        "effect": outage.effect, "urgency": outage.urgency,
        "state": standing,
        "since": iso(outage.since or None, "UTC"), "expected_end": iso(outage.expected or None, "UTC"),
        "planned_end": iso(outage.planned_end or None, "UTC"),
        "ended_at": iso(outage.ended_at if standing == CALLED_OFF else outage.over_at, "UTC"),
        "owner": outage.owner, "reason": outage.reason,
        "declared_by": outage.declared_by, "ended_by": outage.ended_by,
        "approved_by": outage.approved_by, "priority": outage.priority, "stakeholders": list(outage.stakeholders),
        "tell_customers": outage.tell_customers,
    }  # fmt: skip


def listed(page: Console, outages: Sequence[Outage], now: int) -> Iterator[Text]:
    """Two lines each, folded with a hanging indent: names and scopes are as long as they like."""
    for one in outages:
        standing = state(one, now)
        head = Text(f"{plain(one.id)}  ")
        yield from folded(page, head + state_word(standing) + f" {_span(one, standing, year_of(now, 'UTC'))} UTC")
        yield from wrapped(page, Text("    "), Text(plain(f"{one.effect}: {one.scope.said()}")))


def _span(outage: Outage, standing: str, year: int) -> str:
    begins, over, planned, expected = (
        local(at, "UTC", year) for at in (outage.since, outage.ended_at, outage.planned_end, outage.expected)
    )
    if standing == UNDECLARED:
        return over
    if standing == CALLED_OFF:
        return f"{over}, was to begin {begins}"
    if standing == OVER:
        return f"{over}, since {begins}"
    if outage.planned_end:
        return f"from {begins} to {planned}"
    return f"since {begins}" + (f", expected to end {expected}" if outage.expected else "")


def said_rehearsal(outage: Outage, found: OutageRehearsal) -> list[str]:
    """Each ticket with its dues and who would be spared, then how many there are in all."""
    told: list[str] = []
    for one in found.foreseen:
        told.append(plain(one.ticket))
        told += [f"  {clock_name(due.name)} {_moved(due)}" for due in one.dues]
        told += [f"  spares  {plain(line)}" for line in one.spared]
        told += [f"  at once {plain(line)}" for line in one.at_once]
    rest = f"; {found.unasked} more were not asked (--limit)" if found.unasked else ""
    told.append(f"{len(found.foreseen)} of {found.asked} tickets that were asked are within the scope{rest}")
    return [*told, "nothing was declared"]


def _moved(due: Moved) -> str:
    before, after = _utc(due.before), _utc(due.after)
    if before == after:
        return f"is due {before} as it is" if due.before is not None else "stands still already"
    return f"is due {before} -> {after if due.after is not None else 'stands still'}"


def rehearsal_data(found: OutageRehearsal) -> dict[str, Any]:
    """For programs."""
    return {
        "asked": found.asked, "unasked": found.unasked, "faults": list(found.faults),
        "tickets": [
            {
                "ticket": one.ticket, "spared": list(one.spared), "at_once": list(one.at_once),
                "dues": [
                    {"clock": due.name, "before": iso(due.before, "UTC"), "after": iso(due.after, "UTC")}
                    for due in one.dues
                ],
            }
            for one in found.foreseen
        ],
    }  # fmt: skip


def said_report(found: OutageReport) -> list[str]:
    """The sums."""
    sums = found.account
    told = [
        f"heard of by {many(sums.tickets, 'ticket')}; "
        f"clocks stood still for {say_duration(sums.stopped)} of open time in all",
        f"{many(sums.saved, 'promise')} saved by the pause, {sums.broken} broken all the same",
    ]
    told += [f"not sent to staff: {many(sums.unsent, 'message')}"] if sums.unsent else []
    return [*told, *([f"loss: about {found.loss:,}"] if found.loss is not None else [])]


def many(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def reported(found: OutageReport) -> Table:
    """One line a ticket."""
    made = table("Ticket", "From (UTC)", "Until", "Stood still", "Saved", "Broken", right=("Stood still",))
    for one in found.tickets:
        made.add_row(
            plain(one.ticket), local(one.since, "UTC"), local(one.until, "UTC"), say_duration(one.stopped),
            ", ".join(map(clock_name, one.saved)) or "-", ", ".join(map(clock_name, one.broken)) or "-",
        )  # fmt: skip
    return made


def report_data(found: OutageReport, now: int) -> dict[str, Any]:
    """For programs; `stopped` in open seconds."""
    return {
        **data(found.outage, now), "sums": vars(found.account), "faults": list(found.faults), "loss": found.loss,
        "tickets": [
            {
                "ticket": one.ticket, "since": iso(one.since, "UTC"), "until": iso(one.until, "UTC"),
                "stopped": one.stopped, "saved": list(one.saved), "broken": list(one.broken), "unsent": one.unsent,
            }
            for one in found.tickets
        ],
    }  # fmt: skip
