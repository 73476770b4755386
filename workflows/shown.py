"""What people see in the Temporal UI: typed search attributes and current details.

Upserted only when something changed, all keys in one event. No personal data. Must never feed a decision.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from policies.duration import say_duration
    from policies.explanation import Reading, Standing
    from workflows.contract import SEARCH_ATTRIBUTES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Shown:
    """Remembers what was last shown in this run."""

    def __init__(self) -> None:
        self._attributes: dict[str, Any] = {}

    def update(self, standing: Standing) -> None:
        """Show the ticket as it stands."""
        wanted = attributes_of(standing)
        changed = {name: value for name, value in wanted.items() if self._attributes.get(name) != value}
        if changed:
            workflow.upsert_search_attributes([_update(name, value) for name, value in changed.items()])
            self._attributes = wanted
        workflow.set_current_details(details_of(standing))


def attributes_of(standing: Standing) -> dict[str, Any]:
    """Name -> value; None unsets."""
    ticket = standing.ticket
    pauses = (name.partition(":")[2] for name in standing.paused_by if name.startswith("outage:"))
    muted = standing.muted_by.partition(",")[0].removeprefix("outage ")
    outage = next(pauses, muted or None)
    texts = {
        "RungTenant": ticket.tenant, "RungService": ticket.service, "RungTeam": ticket.team, "RungTier": ticket.tier,
        "RungPriority": ticket.priority, "RungPolicy": standing.policy, "RungOutage": outage,
        "RungSla": standing.state if standing.state in ("resolved", "closed") else standing.sla,
    }  # fmt: skip
    found: dict[str, Any] = {name: text[:250] if text else None for name, text in texts.items()}
    promised = (r.due for r in standing.readings if r.promise == "sla" and r.stop is None and r.due is not None)
    due = min(promised, default=None)
    return {**found, "RungLevel": standing.level, "RungNextDue": None if due is None else moment(due)}


def _update(name: str, value: Any) -> SearchAttributeUpdate[Any]:
    keys: dict[str, Any] = {
        "Keyword": SearchAttributeKey.for_keyword, "Int": SearchAttributeKey.for_int,
        "Datetime": SearchAttributeKey.for_datetime,
    }  # fmt: skip
    key = keys[SEARCH_ATTRIBUTES[name]](name)
    made: SearchAttributeUpdate[Any] = key.value_unset() if value is None else key.value_set(value)
    return made


def moment(at: int) -> datetime:
    """UTC seconds as an aware datetime, without asking the system for anything."""
    return EPOCH + timedelta(seconds=at)


def details_of(standing: Standing) -> str:
    """Markdown: state, clocks, what comes next and why. No table: the UI runs its columns together."""
    paused = f", paused by {', '.join(standing.paused_by)}" if standing.paused_by else ""
    paused += f", muted by {standing.muted_by}" if standing.muted_by else ""
    level = f"level {standing.level} {standing.level_title}"
    lines = [f"**{standing.state}**{paused} - SLA **{standing.sla}** - {level}", ""]
    lines += [_line(reading) for reading in standing.readings]
    if standing.next_due is not None:
        lines += ["", f"Next: **{standing.next_why}** at {moment(standing.next_due):%a %d %b %Y %H:%M} UTC"]
    if standing.undelivered:
        lines += ["", f"Undelivered: {len(standing.undelivered)}"]
    return "\n".join(lines)


def _line(reading: Reading) -> str:
    """`- **resolution** running: 2h of 8h used, due Mon 30 Mar 06:00 UTC`."""
    name = reading.clock.replace("_", " ") + (f" {reading.cycle}" if reading.cycle > 1 else "")
    word = "due" if reading.stop is None else "was due"
    due = f", {word} {moment(reading.due):%a %d %b %H:%M} UTC" if reading.due is not None else ""
    return f"- **{name}** {reading.state}: {say_duration(reading.consumed)} of {say_duration(reading.target)} used{due}"
